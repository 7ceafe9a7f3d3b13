package flow

import "slices"

// This file and flows.go are the language: the parser, the problems of unknown, missing and clashing keys, the schema
// for editors, the order of keys and the reference are views of it. form.go reads mappings by it, shape.go values.

var retryForm = Form{
	Name: "a retry",
	Doc:  "How often, and when, a card is tried again. What it does not say it takes from the card's default.",
	Keys: []Key{
		{Name: "attempts", Doc: "how many tries there are, the first included", Shape: positive},
		{Name: "delay", Doc: "the wait before the second try", Shape: duration},
		{Name: "backoff", Doc: "what each wait is multiplied by for the next", Shape: Shape{Kind: ShapeNumber, Min: 1}},
		{Name: "max_delay", Doc: "the longest wait", Shape: duration},
		{Name: "jitter", Doc: "whether a wait is drawn at random up to its length", Shape: choice("full", "none")},
		{Name: "within", Doc: "the time for all tries together", Shape: duration},
		{Name: "when", Doc: "which errors are tried again, such as: error.kind == \"unavailable\"", Shape: expression},
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
		{Name: "when", Doc: "the branch is taken where this is true, and no branch above it was", Shape: expression},
		{Name: "do", Doc: "the steps of the branch", Shape: sameSteps},
		{Name: "else", Doc: "the steps where no branch was taken", Shape: sameSteps},
	},
}

var catchForm = Form{
	Name: "a catch",
	Doc:  "What is done about some errors of a try.",
	Keys: []Key{
		{Name: "when", Doc: "which errors; without it all", Shape: expression},
		{Name: "do", Doc: "the steps; the error is called error in them", Shape: sameSteps, Required: true},
	},
}

var waitForm = Form{
	Name: "a wait",
	Doc:  "A time to wait for.",
	Keys: []Key{{Name: "until", Doc: "the time, such as date(inputs.start)", Shape: expression, Required: true}},
}

var approveForm = Form{
	Name: "an approve",
	Doc:  "A question to a person.",
	Keys: []Key{
		{Name: "prompt", Doc: "what is asked", Shape: text, Required: true},
		{Name: "by", Doc: "who may answer, one or a list; without it anyone who may run the flow", Shape: either(text, listOf(text))},
		{Name: "timeout", Doc: "how long the run waits for an answer", Shape: duration},
	},
}

var failForm = Form{
	Name: "a fail",
	Doc:  "The error that a flow ends with.",
	Keys: []Key{
		{Name: "message", Doc: "what happened, for people", Shape: text, Required: true},
		{Name: "code", Doc: "a word that other flows can ask for", Shape: text},
		{Name: "details", Doc: "anything that helps", Shape: anyShape},
	},
}

// The keys that several verbs have.
var (
	withKey       = Key{Name: "with", Doc: "the inputs of the card", Shape: templates}
	flowWithKey   = Key{Name: "with", Doc: "the inputs of the flow", Shape: templates}
	connectionKey = Key{Name: "connection", Doc: "the connection that this step uses", Shape: name}
	timeoutKey    = Key{Name: "timeout", Doc: "how long the step may take", Shape: duration}
	onErrorKey    = Key{Name: "on_error", Doc: "continue: an error is recorded, the result is nil, and the flow goes on", Shape: choice("continue")}

	loopKeys = []Key{
		{Name: "to", Doc: "the flow that is run for every record", Shape: flowName},
		{Name: "pass", Doc: "what that flow gets as state, evaluated once", Shape: templates},
		{Name: "as", Doc: "what loops inside of it call the record by", Shape: identifier},
		{Name: "concurrency", Doc: "how many records are worked on at a time; 8 by default", Shape: positive},
		{Name: "max", Doc: "the most records that are begun", Shape: positive},
		{Name: "key", Doc: "what a record is called in results and history", Shape: expression},
		{Name: "allow", Doc: "how many records may fail; none by default", Shape: form(&allowForm)},
		{Name: "collect", Doc: "the value of a record, evaluated at the end of its turn", Shape: expression},
	}
	doKey     = Key{Name: "do", Doc: "the steps that are run for every record", Shape: recordSteps}
	loopRules = []Rule{
		{ExactlyOne, []string{"to", "do"}},
		{Needs, []string{"pass", "to"}},
		{Needs, []string{"as", "do"}},
	}
	loopChecked = []Rule{{Needs, []string{"collect", "do"}}}
)

// A verb that only ends or binds something (set, return, stop, fail) cannot take long or fail half-way: it has neither
// timeout nor on_error. All others have both.
var stepForm = Form{
	Name: "a step",
	Doc:  "One thing that a flow does. It has exactly one verb.",
	Keys: []Key{
		{Name: "id", Doc: "what expressions call the step's result by: steps.<id>", Shape: identifier},
		{Name: "name", Doc: "what the step is for, for people", Shape: text},
		{Name: "if", Doc: "a guard: where it is false the step does not run and its result is nil", Shape: expression},
	},
	Verbs: []Verb{
		{
			Key: Key{Name: "card", Doc: "calls a card; the result is the card's output", Shape: name},
			Keys: []Key{
				withKey,
				{Name: "result", Doc: "what a list card gives: its first record, some (up to 200, the default), or all up to max",
					Shape: choice("first", "some", "all")},
				{Name: "max", Doc: "the most records that result: all may give", Shape: positive},
				{Name: "retry", Doc: "how the card is tried again when it fails", Shape: form(&retryForm)},
				connectionKey,
				{Name: "timeout", Doc: "how long one try may take", Shape: duration},
				onErrorKey,
			},
			Card:    "card",
			Checked: []Rule{{Needs, []string{"max", "result"}}},
		},
		{
			Key: Key{Name: "stream", Doc: "reads a list card page by page and runs a flow, or steps, once for every record", Shape: name},
			Keys: slices.Concat([]Key{withKey}, loopKeys, []Key{
				{Name: "snapshot", Doc: "whether the whole list is read before the first record is begun", Shape: boolean},
				connectionKey, timeoutKey, onErrorKey, doKey,
			}),
			Rules: loopRules,
			Card:  "stream", Runs: "to", Checked: loopChecked,
		},
		{
			Key:   Key{Name: "each", Doc: "runs a flow, or steps, once for every item of a list", Shape: expression},
			Keys:  slices.Concat(loopKeys, []Key{timeoutKey, onErrorKey, doKey}),
			Rules: loopRules,
			Runs:  "to", Checked: loopChecked,
		},
		{
			Key:  Key{Name: "call", Doc: "runs another flow and waits for it; the result is what that returns", Shape: flowName},
			Keys: []Key{flowWithKey, connectionKey, timeoutKey, onErrorKey},
			Runs: "call",
		},
		{
			Key:  Key{Name: "start", Doc: "begins another flow as a run of its own and goes on", Shape: flowName},
			Keys: []Key{flowWithKey, connectionKey, timeoutKey, onErrorKey},
			Runs: "start",
		},
		{
			Key:  Key{Name: "if", Doc: "chooses between two lists of steps", Shape: expression},
			With: []string{"then", "else"},
			Keys: []Key{
				timeoutKey, onErrorKey,
				{Name: "then", Doc: "the steps where it is true", Shape: sameSteps.atLeast(1), Required: true},
				{Name: "else", Doc: "the steps where it is false", Shape: sameSteps},
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
				{Name: "catch", Doc: "what is done about an error: the first whose condition is true", Shape: listOf(form(&catchForm)).atLeast(1)},
				{Name: "finally", Doc: "the steps that run at the end in any case", Shape: sameSteps.atLeast(1).always()},
				timeoutKey, onErrorKey,
			},
			Rules: []Rule{{AtLeastOne, []string{"catch", "finally"}}},
		},
		{
			Key: Key{Name: "repeat", Doc: "runs steps, at least once, until an expression is true", Shape: sameSteps.atLeast(1).always()},
			Keys: []Key{
				{Name: "until", Doc: "the expression, which sees the round that has just ended", Shape: expression, Required: true},
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
			Key:   Key{Name: "approve", Doc: "pauses until a person decides", Shape: form(&approveForm)},
			Keys:  []Key{timeoutKey, onErrorKey},
			Waits: true,
		},
		{Key: Key{Name: "set", Doc: "binds variables: vars.<name>", Shape: mapOf(identifier, anyShape).atLeast(1)}, Binds: true},
		{Key: Key{Name: "return", Doc: "ends the flow with this value as its result", Shape: anyShape}, Ends: EndsReturned},
		{Key: Key{Name: "stop", Doc: "ends the flow without an error, as skipped; the value is the reason", Shape: text}, Ends: EndsSkipped},
		{Key: Key{Name: "fail", Doc: "ends the flow with an error; the value is its message", Shape: either(text, form(&failForm))}, Ends: EndsFailed},
	},
}
