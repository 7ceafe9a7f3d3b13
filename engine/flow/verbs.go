package flow

import "slices"

// This file and flows.go define the language. The parser, the problems of unknown, missing and conflicting keys, the
// schema for editors, the order of keys and the reference derive from it. form.go reads mappings with it, shape.go
// values.

var retryForm = Form{
	Name: "a retry",
	Doc:  "How often, and when, a card is retried. Keys that are not given have the default of the card.",
	Keys: []Key{
		{Name: "attempts", Doc: "the most attempts, including the first", Shape: positive},
		{Name: "delay", Doc: "the wait before the second attempt", Shape: duration},
		{Name: "backoff", Doc: "the factor from each wait to the next", Shape: Shape{Kind: ShapeNumber, Min: 1}},
		{Name: "max_delay", Doc: "the longest wait", Shape: someTime},
		{Name: "jitter", Doc: "full: each wait is random, from half of its length to all of it", Shape: choice("full", "none")},
		{Name: "within", Doc: "the time for all attempts together", Shape: someTime},
		{Name: "when", Doc: "which errors are retried, such as: error.kind == \"unavailable\"", Shape: expression},
	},
}

var allowForm = Form{
	Name:  "an allow",
	Doc:   "How many records may fail before the loop stops.",
	Rules: []Rule{{ExactlyOne, []string{"failures", "percent"}}},
	Keys: []Key{
		{Name: "failures", Doc: "a number of records", Shape: counts},
		{Name: "percent", Doc: "a share of the records, from 0 to 100", Shape: Shape{Kind: ShapeNumber, Max: 100}},
	},
}

var caseForm = Form{
	Name:  "a case",
	Doc:   "A branch of a switch. The last one may be else, without a condition.",
	Rules: []Rule{{ExactlyOne, []string{"when", "else"}}, {Needs, []string{"when", "do"}}, {Needs, []string{"do", "when"}}},
	Keys: []Key{
		{Name: "when", Doc: "the condition; the first branch with a true condition runs", Shape: expression},
		{Name: "do", Doc: "the steps of the branch", Shape: sameSteps},
		{Name: "else", Doc: "the steps to run if no condition is true", Shape: sameSteps},
	},
}

var catchForm = Form{
	Name: "a catch",
	Doc:  "The steps that handle some errors of a try.",
	Keys: []Key{
		{Name: "when", Doc: "which errors to handle; all by default", Shape: expression},
		{Name: "do", Doc: "the steps, in which the error is called error", Shape: sameSteps, Required: true},
	},
}

var waitForm = Form{
	Name: "a wait",
	Doc:  "The time until which a wait lasts.",
	Keys: []Key{{Name: "until", Doc: "the time, such as date(inputs.start)", Shape: expression, Required: true}},
}

var approveForm = Form{
	Name: "an approve",
	Doc:  "A question to a person.",
	Keys: []Key{
		{Name: "prompt", Doc: "the question, at most 4 KB", Shape: text, Required: true},
		{Name: "show", Doc: "what exactly is approved: a value, an object or a list, at most 256 KB", Shape: anyShape},
		{Name: "by", Doc: "who may decide: a name or a list; by default anyone but who started the run", Shape: either(text, listOf(text))},
		{Name: "self", Doc: "whether who started the run may decide, too; false by default", Shape: boolean},
		{Name: "timeout", Doc: "how long the decision may take: 7d by default, 90d at most", Shape: someTime},
		{Name: "on_reject", Doc: "continue: the flow goes on after a rejection, with approved: false; by default the step fails", Shape: choice("continue")},
	},
}

var failForm = Form{
	Name: "a fail",
	Doc:  "The error that a flow ends with.",
	Keys: []Key{
		{Name: "message", Doc: "the message for people", Shape: text, Required: true},
		{Name: "code", Doc: "a code that other flows can check", Shape: text},
		{Name: "details", Doc: "more data about the error", Shape: anyShape},
	},
}

var respondForm = Form{
	Name: "a respond",
	Doc:  "The answer to the request that started the run.",
	Keys: []Key{
		{Name: "status", Doc: "the HTTP status, from 200 to 599; 200 by default", Shape: either(Shape{Kind: ShapeWhole, Min: 200, Max: 599}, text)},
		{Name: "headers", Doc: "the headers, in addition to those of the server", Shape: templates},
		{Name: "body", Doc: "the body: a text is sent as it is, anything else as JSON", Shape: anyShape},
	},
}

// Keys that several verbs have.
var (
	withKey       = Key{Name: "with", Doc: "the inputs of the card", Shape: templates}
	flowWithKey   = Key{Name: "with", Doc: "the inputs of the flow", Shape: templates}
	connectionKey = Key{Name: "connection", Doc: "the connection that this step uses", Shape: name}
	timeoutKey    = Key{Name: "timeout", Doc: "how long the step may take", Shape: someTime}
	onErrorKey    = Key{Name: "on_error", Doc: "continue: record the error, set the result to nil, and go on", Shape: choice("continue")}

	loopKeys = []Key{
		{Name: "to", Doc: "the flow to run for every record", Shape: flowName},
		{Name: "pass", Doc: "the state that the flow gets, evaluated once", Shape: templates},
		{Name: "give", Doc: "the inputs of the flow, evaluated for every record, in place of record, state and index", Shape: templates},
		{Name: "as", Doc: "the name of the record in loops inside this one", Shape: identifier},
		{Name: "concurrency", Doc: "how many records are processed at a time; 8 by default", Shape: positive},
		{Name: "max", Doc: "the most records to process", Shape: positive},
		{Name: "key", Doc: "the name of a record in results and history", Shape: expression},
		{Name: "allow", Doc: "how many records may fail: a number, a share, or all; none by default", Shape: either(choice("all"), form(&allowForm))},
		{Name: "collect", Doc: "the value of a record, evaluated after its steps", Shape: expression},
		{Name: "count_by", Doc: "counts the records by the text of this expression, evaluated after the record; with `to` it reads the helper's value as value", Shape: expression},
	}
	doKey     = Key{Name: "do", Doc: "the steps to run for every record", Shape: recordSteps}
	loopRules = []Rule{
		{ExactlyOne, []string{"to", "do"}},
		{AtMostOne, []string{"pass", "give"}},
		{Needs, []string{"pass", "to"}},
		{Needs, []string{"give", "to"}},
		{Needs, []string{"as", "do"}},
	}
	loopChecked = []Rule{{Needs, []string{"collect", "do"}}}
)

// A verb that only ends or binds something (set, return, stop, fail) takes no time and cannot fail half-way, so it has
// neither timeout nor on_error. All others have both.
var stepForm = Form{
	Name: "a step",
	Doc:  "One thing that a flow does. It has exactly one verb.",
	Keys: []Key{
		{Name: "id", Doc: "the name of the result in expressions: steps.<id>", Shape: identifier},
		{Name: "name", Doc: "a description of the step, for people", Shape: text},
		{Name: "if", Doc: "a guard: if it is false, the step does not run and its result is nil", Shape: expression},
	},
	Verbs: []Verb{
		{
			Key: Key{Name: "card", Doc: "calls a card; the result is the card's output", Shape: name},
			Keys: []Key{
				withKey,
				{Name: "result", Doc: "how much of a list to return: the first record, some (up to 200, the default), or all up to max",
					Shape: choice("first", "some", "all")},
				{Name: "max", Doc: "the most records that result: all may return", Shape: positive},
				{Name: "required", Doc: "with result: first, no record is an error with this message; true: with a message of its own", Shape: text},
				{Name: "retry", Doc: "how to retry the card when it fails", Shape: form(&retryForm)},
				connectionKey,
				{Name: "timeout", Doc: "how long one attempt may take", Shape: someTime},
				onErrorKey,
			},
			Card:    "card",
			Checked: []Rule{{Needs, []string{"max", "result"}}, {Needs, []string{"required", "result"}}},
		},
		{
			Key: Key{Name: "stream", Doc: "reads a list card page by page and runs a flow, or steps, once for every record", Shape: name},
			Keys: slices.Concat([]Key{withKey}, loopKeys, []Key{
				{Name: "snapshot", Doc: "whether to read the whole list before the first record is processed", Shape: boolean},
				connectionKey, timeoutKey, onErrorKey, doKey,
			}),
			Rules: loopRules,
			Card:  "stream", Runs: "to", Checked: loopChecked,
		},
		{
			Key:   Key{Name: "each", Doc: "runs a flow, or steps, once for every item of a list", Shape: either(expression, listOf(anyShape))},
			Keys:  slices.Concat(loopKeys, []Key{connectionKey, timeoutKey, onErrorKey, doKey}),
			Rules: loopRules,
			Runs:  "to", Checked: loopChecked,
		},
		{
			Key:  Key{Name: "call", Doc: "runs another flow and waits for it; the result is the value that it returns, or else that of its last step", Shape: flowName},
			Keys: []Key{flowWithKey, connectionKey, timeoutKey, onErrorKey},
			Runs: "call",
		},
		{
			Key:  Key{Name: "start", Doc: "starts another flow as a run of its own and goes on", Shape: flowName},
			Keys: []Key{flowWithKey, connectionKey, timeoutKey, onErrorKey},
			Runs: "start",
		},
		{
			Key:  Key{Name: "if", Doc: "chooses between two lists of steps", Shape: expression},
			With: []string{"then", "else"},
			Keys: []Key{
				timeoutKey, onErrorKey,
				{Name: "then", Doc: "the steps to run if it is true", Shape: sameSteps.atLeast(1), Required: true},
				{Name: "else", Doc: "the steps to run if it is false", Shape: sameSteps},
			},
		},
		{
			Key:  Key{Name: "switch", Doc: "runs the first branch whose condition is true", Shape: listOf(form(&caseForm)).atLeast(1)},
			Keys: []Key{timeoutKey, onErrorKey},
		},
		{
			Key:  Key{Name: "parallel", Doc: "runs branches, each a name with steps, at the same time", Shape: mapOf(identifier, ownSteps.always()).atLeast(1)},
			Keys: []Key{timeoutKey, onErrorKey},
		},
		{
			Key: Key{Name: "try", Doc: "runs steps, and others when they fail", Shape: sameSteps.atLeast(1).always()},
			Keys: []Key{
				{Name: "catch", Doc: "the error handlers: the first one with a true condition runs", Shape: listOf(form(&catchForm)).atLeast(1)},
				{Name: "finally", Doc: "the steps that always run at the end", Shape: sameSteps.atLeast(1).always()},
				timeoutKey, onErrorKey,
			},
			Rules: []Rule{{AtLeastOne, []string{"catch", "finally"}}},
		},
		{
			Key: Key{Name: "repeat", Doc: "runs steps, at least once, until an expression is true", Shape: sameSteps.atLeast(1).always()},
			Keys: []Key{
				{Name: "until", Doc: "the expression, evaluated after each round", Shape: expression, Required: true},
				{Name: "max", Doc: "the most rounds; 1000 by default", Shape: positive},
				{Name: "delay", Doc: "the wait between two rounds", Shape: duration},
				timeoutKey, onErrorKey,
			},
		},
		{
			Key:   Key{Name: "wait", Doc: "sleeps for a duration, or until a time", Shape: either(Shape{Kind: ShapeDuration, Late: true}, form(&waitForm))},
			Keys:  []Key{timeoutKey, onErrorKey},
			Waits: true,
		},
		{
			Key:   Key{Name: "approve", Doc: "waits until a person decides, also when the process ends", Shape: form(&approveForm)},
			Keys:  []Key{timeoutKey, onErrorKey},
			Waits: true,
		},
		{
			Key:  Key{Name: "respond", Doc: "answers the request to the webhook that started the run, once; the flow goes on after it", Shape: form(&respondForm)},
			Keys: []Key{timeoutKey, onErrorKey},
		},
		{Key: Key{Name: "set", Doc: "binds variables: vars.<name>", Shape: mapOf(identifier, anyShape).atLeast(1)}, Binds: true},
		{Key: Key{Name: "return", Doc: "ends the flow with this value as its result", Shape: anyShape}, Ends: EndsReturned},
		{Key: Key{Name: "stop", Doc: "ends the flow without an error, as skipped; the value is the reason", Shape: text}, Ends: EndsSkipped},
		{Key: Key{Name: "fail", Doc: "ends the flow with an error; the value is its message", Shape: either(text, form(&failForm))}, Ends: EndsFailed},
	},
}
