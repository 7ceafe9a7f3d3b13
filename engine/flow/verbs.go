package flow

import "slices"

// This file is the language: the parser, the problems of unknown, missing and clashing keys, the schema for editors and
// the reference are views of it. form.go reads mappings by it, shape.go values.

// A Form is one kind of mapping: the keys that it may have and, where there are verbs, exactly one of these.
type Form struct {
	Name  string // as a message calls one: "a flow"
	Doc   string
	Keys  []Key
	Verbs []Verb
	Rules []Rule
	Open  bool // any other key is the author's own
}

// A Key is one key of a form.
type Key struct {
	Name     string
	Doc      string // one line for people
	Shape    Shape
	Required bool
	Later    bool // part of the language that this version does not run
}

// A Verb is the key of a step, or of a trigger, that says what it does, with the keys that may stand beside it.
type Verb struct {
	Key
	With string // it is the verb only beside this key: "if" with "then"
	Keys []Key
}

// A Rule says which keys go together. Keys stand in the order of the message.
type Rule struct {
	Kind RuleKind
	Keys []string
}

// RuleKind is what a Rule asks.
type RuleKind string

const (
	ExactlyOne RuleKind = "exactly one" // of Keys is there
	AtMostOne  RuleKind = "at most one" // of Keys is there
	Needs      RuleKind = "needs"       // where the first is, the others are as well
)

// A Shape is what a value looks like.
type Shape struct {
	Kind    ShapeKind
	Min     int      // of ShapeWhole and ShapeNumber
	Max     int      // the same; 0 is no bound
	Choices []string // of ShapeChoice
	Of      *Shape   // of the items of a ShapeList and the values of a ShapeMap
	Keys    *Shape   // of the keys of a ShapeMap; nil is any text
	Form    *Form    // of ShapeForm
	Any     []Shape  // of ShapeOr
}

// ShapeKind names the shapes.
type ShapeKind string

const (
	ShapeAny        ShapeKind = "any"        // any value; the texts in it may hold ${ }
	ShapeText       ShapeKind = "text"       // text that may hold ${ }
	ShapeProse      ShapeKind = "prose"      // text for people, as it stands
	ShapeName       ShapeKind = "name"       // a name, literally: never an expression
	ShapeFlowName   ShapeKind = "flow name"  // lower-case words joined by "-"
	ShapeIdentifier ShapeKind = "identifier" // what an expression can call by name
	ShapeExpression ShapeKind = "expression" // bare, without ${ }
	ShapeDuration   ShapeKind = "duration"   // 30s, 2h: see ParseDuration
	ShapeWhole      ShapeKind = "integer"
	ShapeNumber     ShapeKind = "number"
	ShapeBoolean    ShapeKind = "boolean"
	ShapeChoice     ShapeKind = "choice"  // one of Choices
	ShapeSchema     ShapeKind = "schema"  // a JSON Schema, or the name of a type
	ShapeForm       ShapeKind = "form"    // a mapping with the keys of Form
	ShapeMap        ShapeKind = "mapping" // a mapping from the author's own names
	ShapeList       ShapeKind = "list"
	ShapeSteps      ShapeKind = "steps" // a list of steps
	ShapeOr         ShapeKind = "or"    // the first of Any that fits the kind of the value
)

var (
	anyShape   = Shape{Kind: ShapeAny}
	text       = Shape{Kind: ShapeText}
	prose      = Shape{Kind: ShapeProse}
	name       = Shape{Kind: ShapeName}
	flowName   = Shape{Kind: ShapeFlowName}
	identifier = Shape{Kind: ShapeIdentifier}
	expression = Shape{Kind: ShapeExpression}
	duration   = Shape{Kind: ShapeDuration}
	schema     = Shape{Kind: ShapeSchema}
	templates  = Shape{Kind: ShapeMap, Of: &anyShape} // names with values that may hold ${ }
	positive   = Shape{Kind: ShapeWhole, Min: 1}
	counts     = Shape{Kind: ShapeWhole}
)

func choice(of ...string) Shape    { return Shape{Kind: ShapeChoice, Choices: of} }
func mapOf(keys, of Shape) Shape   { return Shape{Kind: ShapeMap, Keys: &keys, Of: &of} }
func listOf(of Shape) Shape        { return Shape{Kind: ShapeList, Of: &of} }
func form(f *Form) Shape           { return Shape{Kind: ShapeForm, Form: f} }
func either(shapes ...Shape) Shape { return Shape{Kind: ShapeOr, Any: shapes} }

// later names keys of the language that this version does not run.
func later(names ...string) []Key {
	keys := make([]Key, len(names))
	for i, n := range names {
		keys[i] = Key{Name: n, Shape: anyShape, Later: true}
	}
	return keys
}

// laterVerb names a verb that this version does not run, and the keys that stand beside it.
func laterVerb(name, doc string, keys ...string) Verb {
	return Verb{Key: later(name)[0].with(doc), Keys: later(keys...)}
}

func (k Key) with(doc string) Key { k.Doc = doc; return k }

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

var failForm = Form{
	Name: "a fail",
	Doc:  "The error that a flow ends with.",
	Keys: []Key{
		{Name: "message", Doc: "what happened, for people", Shape: text, Required: true},
		{Name: "code", Doc: "a word that other flows can ask for", Shape: text},
		{Name: "details", Doc: "anything that helps", Shape: anyShape},
	},
}

var (
	withKey       = Key{Name: "with", Doc: "the inputs of the card", Shape: templates}
	connectionKey = Key{Name: "connection", Doc: "the connection that this step uses", Shape: name}
	loopLater     = later("do", "as", "key", "collect", "timeout", "on_error")
)

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
			Keys: slices.Concat([]Key{
				withKey,
				{Name: "result", Doc: "what a list card gives: its first record, some (up to 200, the default), or all up to max",
					Shape: choice("first", "some", "all")},
				{Name: "max", Doc: "the most records that result: all may give", Shape: positive},
				{Name: "retry", Doc: "how the card is tried again when it fails", Shape: form(&retryForm)},
				connectionKey,
			}, later("timeout", "on_error")),
		},
		{
			Key: Key{Name: "stream", Doc: "reads a list card page by page and runs a flow once for every record", Shape: name},
			Keys: slices.Concat([]Key{
				withKey,
				{Name: "to", Doc: "the flow that is run for every record", Shape: flowName, Required: true},
				{Name: "pass", Doc: "what the flow gets as state, evaluated once", Shape: templates},
				{Name: "concurrency", Doc: "how many records are worked on at a time; 8 by default", Shape: positive},
				{Name: "max", Doc: "the most records that are read", Shape: positive},
				{Name: "allow", Doc: "how many records may fail; none by default", Shape: form(&allowForm)},
				connectionKey,
			}, loopLater, later("snapshot")),
		},
		{Key: Key{Name: "stop", Doc: "ends the flow without an error, as skipped; the value is the reason", Shape: text}},
		{Key: Key{Name: "fail", Doc: "ends the flow with an error; the value is its message", Shape: either(text, form(&failForm))}},
		{Key: Key{Name: "return", Doc: "ends the flow with this value as its result", Shape: anyShape}},

		laterVerb("each", "runs steps for every item of a list", "to", "pass", "do", "as", "concurrency", "max", "key", "allow", "collect", "timeout", "on_error"),
		laterVerb("call", "runs another flow and waits for it", "with", "connection", "timeout", "on_error"),
		laterVerb("start", "begins another flow and goes on", "with", "connection", "timeout", "on_error"),
		{Key: Key{Name: "if", Doc: "chooses between two lists of steps", Shape: expression, Later: true}, With: "then", Keys: later("then", "else", "timeout", "on_error")},
		laterVerb("switch", "runs the first branch that holds", "timeout", "on_error"),
		laterVerb("parallel", "runs branches at the same time", "timeout", "on_error"),
		laterVerb("try", "runs steps, and others when they fail", "catch", "finally", "timeout", "on_error"),
		laterVerb("repeat", "runs steps until an expression is true", "until", "max", "delay", "timeout", "on_error"),
		laterVerb("wait", "sleeps", "timeout", "on_error"),
		laterVerb("approve", "waits until a person decides", "timeout", "on_error"),
		laterVerb("set", "binds variables"),
	},
}

var triggerForm = Form{
	Name: "a trigger",
	Doc:  "What starts a flow besides a person or another flow. It is of exactly one kind.",
	Keys: []Key{{Name: "inputs", Doc: "the inputs of the flow that it starts", Shape: templates}},
	Verbs: []Verb{
		{
			Key: Key{Name: "schedule", Doc: "starts the flow at times: five fields of cron, or @daily and the like", Shape: name},
			Keys: []Key{
				{Name: "timezone", Doc: "an IANA time zone such as Europe/Berlin", Shape: name},
				{Name: "dst", Doc: "what happens when clocks change", Shape: form(&Form{
					Name: "a dst", Doc: "What happens to a time that a change of clocks leaves out or repeats.",
					Keys: []Key{
						{Name: "gap", Doc: "for a time that is left out", Shape: name},
						{Name: "overlap", Doc: "for a time that comes twice", Shape: name},
					},
				})},
				{Name: "overlap", Doc: "what happens when the last run is still going", Shape: choice("queue", "skip", "replace")},
				{Name: "missed", Doc: "which of the times are made up for when the scheduler was down", Shape: choice("all", "last", "none")},
				{Name: "within", Doc: "how far back missed times are made up for", Shape: duration},
			},
		},
		{
			Key:  Key{Name: "event", Doc: "starts the flow for every event of a trigger card", Shape: name},
			Keys: []Key{{Name: "with", Doc: "the inputs of the trigger card", Shape: templates}},
		},
		{
			Key: Key{Name: "poll", Doc: "starts the flow for every record that a polling trigger card finds", Shape: name},
			Keys: []Key{
				{Name: "with", Doc: "the inputs of the trigger card", Shape: templates},
				{Name: "every", Doc: "how often it looks", Shape: duration},
			},
		},
		{
			Key:  Key{Name: "webhook", Doc: "starts the flow for every POST to /hooks/<name>", Shape: name},
			Keys: []Key{{Name: "respond", Doc: "whether the caller waits for the flow", Shape: choice("accepted", "wait")}},
		},
	},
}

var flowForm = Form{
	Name: "a flow",
	Doc:  "A list of steps with a name.",
	Keys: slices.Concat([]Key{
		{Name: "flow", Doc: "the flow's name: lower-case words joined by \"-\"", Shape: flowName, Required: true},
		{Name: "about", Doc: "what the flow is for, in one sentence", Shape: prose},
		{Name: "inputs", Doc: "what the flow is given: names with a JSON Schema or the name of a type", Shape: mapOf(identifier, schema)},
		{Name: "returns", Doc: "a JSON Schema of what the flow returns", Shape: schema},
		{Name: "connections", Doc: "the connection that the flow uses for each service", Shape: mapOf(name, name)},
		{Name: "triggers", Doc: "what starts the flow besides a person or another flow", Shape: listOf(form(&triggerForm))},
		{Name: "retry", Doc: "how the cards of this flow are tried again", Shape: form(&retryForm)},
		{Name: "steps", Doc: "what the flow does", Shape: Shape{Kind: ShapeSteps}, Required: true},
	}, later("timeout", "runs", "limits")),
}

var connectionForm = Form{
	Name: "a connection",
	Doc:  "A server, and how to sign in to it. What there is to say depends on its type.",
	Open: true,
	Keys: []Key{{Name: "type", Doc: "the service, such as okta", Shape: name, Required: true}},
}

var workspaceForm = Form{
	Name: "a workspace",
	Doc:  "The folder that flows live in, described by its flowdeck.yaml.",
	Keys: []Key{
		{Name: "timezone", Doc: "the IANA time zone of schedules that name none, such as Europe/Berlin", Shape: name},
		{Name: "connections", Doc: "the servers that flows talk to, by name", Shape: mapOf(name, form(&connectionForm))},
	},
}

// FlowForm is the grammar of a flow. It is shared: do not change it.
func FlowForm() *Form { return &flowForm }

// StepForm is the grammar of a step. It is shared: do not change it.
func StepForm() *Form { return &stepForm }

// WorkspaceForm is the grammar of a flowdeck.yaml. It is shared: do not change it.
func WorkspaceForm() *Form { return &workspaceForm }
