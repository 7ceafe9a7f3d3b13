package flow

// The grammar of a file with tests: a list of cases.

var seedShape = either(Shape{Kind: ShapeMap, Of: &anyShape}, name)

var mockErrorForm = Form{
	Name: "an error",
	Doc:  "The error with which a call fails.",
	Keys: []Key{
		{Name: "kind", Doc: "its kind", Required: true, Shape: choice("invalid", "unauthorized", "forbidden", "not_found", "conflict", "rate_limit", "unavailable", "timeout")},
		{Name: "message", Doc: "its message", Shape: prose},
		{Name: "code", Doc: "its code", Shape: name},
		{Name: "status", Doc: "the HTTP status of the answer", Shape: counts},
	},
}

var mockAnswerForm = Form{
	Name: "an answer",
	Doc:  "What one call gets.",
	Keys: []Key{
		{Name: "answer", Doc: "the answer; of a list card, the records. Expressions have input, the inputs of the call", Shape: anyShape},
		{Name: "error", Doc: "the error with which the call fails", Shape: form(&mockErrorForm)},
	},
	Rules: []Rule{{ExactlyOne, []string{"answer", "error"}}},
}

var mockForm = Form{
	Name: "a mock",
	Doc:  "What calls of a card get instead of the answer of a service.",
	Keys: []Key{
		{Name: "when", Doc: "which calls: a condition on input, the inputs of the call; without it all", Shape: expression},
		{Name: "answer", Doc: "the answer to each call; of a list card, the records. Expressions have input, the inputs of the call", Shape: anyShape},
		{Name: "error", Doc: "the error with which each call fails", Shape: form(&mockErrorForm)},
		{Name: "answers", Doc: "the answers to several calls with the same inputs, one after another; the last one repeats", Shape: listOf(form(&mockAnswerForm)).atLeast(1)},
	},
	Rules: []Rule{{ExactlyOne, []string{"answer", "error", "answers"}}},
}

var requestForm = Form{
	Name: "a request",
	Doc:  "A request to the webhook of the flow.",
	Keys: []Key{
		{Name: "body", Doc: "its body: an object", Shape: Shape{Kind: ShapeMap, Of: &anyShape}},
		{Name: "query", Doc: "the parameters of its query: strings", Shape: mapOf(name, anyShape)},
		{Name: "headers", Doc: "its headers: strings", Shape: mapOf(name, anyShape)},
	},
}

var approvalForm = Form{
	Name: "a decision",
	Doc:  "What a person decides when the flow asks for an approval.",
	Keys: []Key{
		{Name: "approved", Doc: "whether they approve", Shape: boolean},
		{Name: "expires", Doc: "true: nobody decides in time", Shape: boolean},
		{Name: "by", Doc: "who decides", Shape: name},
		{Name: "note", Doc: "the reason", Shape: prose},
		{Name: "prompt", Doc: "a regular expression that the question must match", Shape: prose},
		{Name: "show", Doc: "what the flow must show with it, as for result", Shape: anyShape},
	},
	Rules: []Rule{{ExactlyOne, []string{"approved", "expires"}}, {AtMostOne, []string{"expires", "by"}}, {AtMostOne, []string{"expires", "note"}}},
}

var expectErrorForm = Form{
	Name: "an expected error",
	Doc:  "The error with which the run fails.",
	Keys: []Key{
		{Name: "kind", Doc: "its kind, such as not_found", Shape: name},
		{Name: "code", Doc: "its code", Shape: name},
		{Name: "message", Doc: "a regular expression that its message matches", Shape: prose},
		{Name: "step", Doc: "the step that failed, such as sweep[ada@acme.example].suspend", Shape: prose},
		{Name: "card", Doc: "the card that failed", Shape: name},
	},
}

var expectForm = Form{
	Name: "expect",
	Doc:  "What the run must do. What is not named may be anything, but a run must not fail unless status or error says so.",
	Keys: []Key{
		{Name: "starts", Doc: "false: the event, record, request or time starts no run", Shape: boolean},
		{Name: "status", Doc: "how the run ends; paused: at one of its limits", Shape: choice("succeeded", "succeeded_with_errors", "skipped", "failed", "paused")},
		{Name: "reason", Doc: "a regular expression that the reason of a run matches that is skipped or paused", Shape: prose},
		{Name: "result", Doc: "the result: objects may have more keys than those written, everything else is the same", Shape: anyShape},
		{Name: "error", Doc: "the error of the run", Shape: form(&expectErrorForm)},
		{Name: "started", Doc: "how many runs that the run starts end how, by flow: {offboard-user: {succeeded: 2, failed: 1}}", Shape: mapOf(flowName, mapOf(name, counts))},
		{Name: "response", Doc: "the answer of a respond step: status, headers and body, as for result", Shape: Shape{Kind: ShapeMap, Of: &anyShape}},
		{Name: "calls", Doc: "how many calls of a card changed something; {} means that no call did. If the flow uses several connections of a service: okta2.okta.user.suspend", Shape: mapOf(name, counts)},
		{Name: "in_doubt", Doc: "how many calls of a card may have changed something, since no answer came", Shape: mapOf(name, counts)},
		{Name: "never", Doc: "cards of which no call is made", Shape: listOf(name)},
		{Name: "org", Doc: "what is in the org after the run: a part of its seed, with lists as mappings by login or name; null means it is not there", Shape: mapOf(name, anyShape)},
		{Name: "targets", Doc: "the same for other simulated connections, by name", Shape: mapOf(name, mapOf(name, anyShape))},
		{Name: "unchanged", Doc: "the parts of the org that are as before: users, groups and so on; of another simulated connection after its name: okta2.users", Shape: listOf(name)},
		{Name: "tables", Doc: "the rows of tables after the run, as a list or a mapping by key", Shape: mapOf(identifier, anyShape)},
		{Name: "files", Doc: "the texts of files of the workspace after the run, by path; null means that a file is not there", Shape: mapOf(name, anyShape)},
		{Name: "dry_run", Doc: "same: a dry run lists exactly the writes that the run makes", Shape: choice("same")},
	},
}

var testForm = Form{
	Name: "a test",
	Doc:  "A flow, what it finds, and what it must do.",
	Keys: []Key{
		{Name: "test", Doc: "what the flow does in this case, in a few words", Shape: prose, Required: true},
		{Name: "flow", Doc: "the flow that runs", Shape: flowName, Required: true},
		{Name: "inputs", Doc: "its inputs; of a trigger, those that replace what the trigger gives", Shape: mapOf(identifier, anyShape)},
		{Name: "now", Doc: "the time at the start, such as 2026-03-08T01:59:00-05:00; 2026-01-01T00:00:00Z by default. Waiting takes no time", Shape: name},
		{Name: "org", Doc: "the seed of the simulated org, or a file with it; without it, an org without people", Shape: seedShape},
		{Name: "targets", Doc: "the seeds of other simulated connections, by name", Shape: mapOf(name, seedShape)},
		{Name: "connections", Doc: "the connection for a service, as --connection selects it", Shape: mapOf(name, name)},
		{Name: "tables", Doc: "the rows of tables at the start", Shape: mapOf(identifier, listOf(Shape{Kind: ShapeMap, Of: &anyShape}))},
		{Name: "files", Doc: "the files of the workspace at the start: their texts by path", Shape: mapOf(name, Shape{Kind: ShapeProse})},
		{Name: "mocks", Doc: "the answers of cards, by card", Shape: mapOf(name, listOf(form(&mockForm)).atLeast(1))},
		{Name: "approvals", Doc: "what people decide: one decision about all approvals, or a list with one for each", Shape: either(form(&approvalForm), listOf(form(&approvalForm)).atLeast(1))},
		{Name: "started_by", Doc: "the person who starts the flow; test by default", Shape: name},
		{Name: "event", Doc: "the event that starts the flow, as the service sends it", Shape: Shape{Kind: ShapeMap, Of: &anyShape}},
		{Name: "record", Doc: "the record of a poll that starts the flow", Shape: Shape{Kind: ShapeMap, Of: &anyShape}},
		{Name: "request", Doc: "the request that starts the flow", Shape: form(&requestForm)},
		{Name: "scheduled_at", Doc: "the time of a schedule that starts the flow, such as 2026-03-01T06:00:00+01:00", Shape: name},
		{Name: "schedule", Doc: "the cron expression of the schedule, if several are due at scheduled_at", Shape: prose},
		{Name: "expect", Doc: "what the run must do", Shape: form(&expectForm)},
	},
	Rules: []Rule{{AtMostOne, []string{"event", "record", "request", "scheduled_at", "started_by"}}, {Needs, []string{"schedule", "scheduled_at"}}},
}

// TestForm returns the grammar of a test. It is shared: do not change it.
func TestForm() *Form { return &testForm }
