package check

// The codes of the problems that this package reports. They are stable, because people search for them.
const (
	CodeUnknownCard       = "unknown-card"       // no card has that name
	CodeUnknownFlow       = "unknown-flow"       // no flow of the workspace has that name
	CodeUnknownConnection = "unknown-connection" // no connection of the workspace has that name
	CodeUnknownService    = "unknown-service"    // no service has that name
	CodeWrongService      = "wrong-service"      // the connection is for a different service than that of the card
	CodeUnknownTable      = "unknown-table"      // the workspace has no table of that name
	CodeMissingColumn     = "missing-column"     // the key of a row is missing
	CodeReadOnly          = "read-only"          // a card that writes is called on a read-only connection
	CodeUnknownInput      = "unknown-input"      // the card or flow has no such input
	CodeMissingInput      = "missing-input"      // a required input is missing
	CodeUnknownField      = "unknown-field"      // a stream passes a field that the state of its helper does not have
	CodeMissingField      = "missing-field"      // a required field of the helper's state is missing
	CodeNotAList          = "not-a-list"         // a stream, or `result`, of a card that is not a list card
	CodeHelperRecord      = "helper-record"      // a helper expects records of a different card than that of the stream
	CodeBadSchema         = "bad-schema"         // the description of an input is not a JSON Schema
	CodeUnknownName       = "unknown-name"       // an expression reads a name that does not exist
	CodeBadExpression     = "bad-expression"     // an expression is not valid
	CodeStepOrder         = "step-order"         // an expression reads a step that runs later
	CodeNilRead           = "nil-read"           // a field of a value that may be nil is read without ?.
	CodeSimilarField      = "similar-field"      // the name of a field is a listed one in another spelling
	CodeSeveralCounts     = "several-counts"     // the list of a percentage is counted on several connections
	CodeSetOuter          = "set-outer"          // a loop or a branch sets a variable that is set outside too
	CodeUnquotedFilter    = "unquoted-filter"    // a value in a filter may change what the filter finds
	CodeBadFilter         = "bad-filter"         // the service refuses a filter
	CodeRefusedInput      = "refused-input"      // the card refuses an input that has the right form
	CodeEmptyFilter       = "empty-filter"       // an empty filter or search would list everything
	CodeLiteralExpression = "literal-expression" // a literal was meant as an expression
	CodeLiteralSecret     = "literal-secret"     // a secret is written in the file itself
	CodeCallCycle         = "call-cycle"         // flows run each other without an end, or too deep
	CodeMissingTimezone   = "missing-timezone"   // a schedule has no time zone
	CodeUnknownTimezone   = "unknown-timezone"   // no time zone has that name
	CodeBadCron           = "bad-cron"           // a schedule is not a cron expression
	CodeCronNever         = "cron-never"         // a schedule names a day that does not exist
	CodeDuplicateWebhook  = "duplicate-webhook"  // two triggers have the same webhook
	CodeDuplicateTrigger  = "duplicate-trigger"  // two triggers of a flow select the same
	CodeDuplicateManual   = "duplicate-manual"   // a flow has two manual triggers
	CodeUnsignedRequest   = "unsigned-request"   // requests are to be signed that have no body
	CodeNoWebhook         = "no-webhook"         // a flow answers a request, and has no webhook
	CodeTwoResponses      = "two-responses"      // a flow would answer a request twice
	CodeUnknownEvent      = "unknown-event"      // the service has no such event type
	CodeEventNotSent      = "event-not-sent"     // no event hook delivers an event type
	CodeDuplicateEvent    = "duplicate-event"    // a trigger names an event type twice
	CodeApprovalIgnored   = "approval-ignored"   // a flow goes on after a rejection, and never looks at the decision
	CodeUnsafeRetry       = "unsafe-retry"       // a card that creates or destroys is retried although it may have been done
)
