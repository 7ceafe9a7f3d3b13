package flow

// The codes of the problems that this package reports. They are stable, because people search for them. Codes describes
// them.
const (
	CodeSyntax         = "yaml-syntax"
	CodeTag            = "yaml-tag"
	CodeAlias          = "yaml-alias"
	CodeTrap           = "yaml-trap"
	CodeFile           = "bad-file"
	CodeDuplicateKey   = "duplicate-key"
	CodeUnknownKey     = "unknown-key"
	CodeUnknownKeyword = "unknown-keyword"
	CodeMissingKey     = "missing-key"
	CodeKeyExpression  = "key-expression"
	CodeKeyClash       = "key-clash"
	CodeNoVerb         = "no-verb"
	CodeTwoVerbs       = "two-verbs"
	CodeWrongType      = "wrong-type"
	CodeBadNumber      = "bad-number"
	CodeBadWord        = "bad-word"
	CodeBadName        = "bad-name"
	CodeDuplicateID    = "duplicate-id"
	CodeDuplicateFlow  = "duplicate-flow"
	CodeMissingSteps   = "missing-steps"
	CodeNotInFinally   = "not-in-finally"
	CodeUnreachable    = "unreachable"
	CodeNoWorkspace    = "no-workspace"
	CodeUnknownColumn  = "unknown-column"
)

// A CodeDoc is the code of a problem and its meaning in one line.
type CodeDoc struct{ Code, Doc string }

// Codes returns the codes of this package with their meanings, in the order in which a file is read.
func Codes() []CodeDoc {
	return []CodeDoc{
		{CodeNoWorkspace, "the folder has no flowdeck.yaml"},
		{CodeFile, "a file is not text, too large, nested too deeply, or cannot be read"},
		{CodeSyntax, "the text is not YAML"},
		{CodeTrap, "YAML reads an expression differently than it was meant"},
		{CodeTag, "a YAML tag, or the merge key \"<<\""},
		{CodeAlias, "an alias without an anchor, one that contains itself, or aliases that expand to too many values"},
		{CodeDuplicateKey, "a mapping has the same key twice"},
		{CodeKeyExpression, "the key of a mapping has ${ } in it"},
		{CodeBadNumber, "a number is written in a way that programs read differently, or would be written back differently"},
		{CodeBadWord, "true, false or null is written in another way"},
		{CodeUnknownKey, "the key is not allowed here"},
		{CodeUnknownKeyword, "the keyword is not one of JSON Schema, or is misspelled"},
		{CodeMissingKey, "a required key is missing"},
		{CodeKeyClash, "two keys exclude each other"},
		{CodeMissingSteps, "a flow, or a part of a step, has no steps"},
		{CodeNoVerb, "a step or a trigger has no verb"},
		{CodeTwoVerbs, "a step or a trigger has more than one verb"},
		{CodeWrongType, "a value does not have the shape that its key requires"},
		{CodeBadName, "a flow, an id, an input or a test has a name that is not allowed"},
		{CodeUnreachable, "a case of a switch, or a catch, follows one that always matches"},
		{CodeNotInFinally, "a finally has a return, a stop, or a step that waits"},
		{CodeDuplicateID, "two steps of a flow have the same id"},
		{CodeUnknownColumn, "a table has no such column"},
		{CodeDuplicateFlow, "two flows of a workspace have the same name"},
	}
}
