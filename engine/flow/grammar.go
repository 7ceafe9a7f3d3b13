package flow

import "slices"

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
}

// A Verb is the key of a step, or of a trigger, that selects what it does, with the keys that may be used with it. What is
// true of a verb is here, and nowhere else: no reader of the table compares names of verbs to know it.
type Verb struct {
	Key
	With  []string // it is the verb only together with one of these: "if" with "then"; nil is always
	Keys  []Key
	Rules []Rule

	Ends    Ending // how it ends its flow; the zero value is that it does not
	Waits   bool   // it waits for a time or for a person, which a finally does not
	Binds   bool   // the names in its value become variables
	Runs    string // the key with the name of the flow that it runs; empty if it runs none
	Card    string // the key with the name of the card that it calls or lists with; empty if there is none
	Checked []Rule // rules that package check reports in its own words: the parser passes over them
}

// Ending is how a verb ends its flow or, in a body with a scope of its own, the turn or the branch.
type Ending string

const (
	EndsReturned Ending = "returned" // with a value
	EndsSkipped  Ending = "skipped"  // without an error, as skipped
	EndsFailed   Ending = "failed"   // with an error
)

// Records reports whether the verb runs a flow, or steps, once for every record of a list. A nil Verb does not.
func (v *Verb) Records() bool {
	return v != nil && slices.ContainsFunc(v.Keys, func(k Key) bool { return k.Shape.Kind == ShapeSteps && k.Shape.Scope == RecordScope })
}

// Scope is what the steps of a body see and change.
type Scope string

const (
	SameScope   Scope = "same"   // that of the steps around them: what they bind is seen after them
	OwnScope    Scope = "own"    // one of their own: what they bind is not seen outside
	RecordScope Scope = "record" // one of their own for each record, in which the record is known
)

// A Rule says which keys go together. Keys are in the order of the message.
type Rule struct {
	Kind RuleKind
	Keys []string
}

// RuleKind is what a Rule asks.
type RuleKind string

const (
	ExactlyOne RuleKind = "exactly one"  // of Keys is there
	AtLeastOne RuleKind = "at least one" // of Keys is there
	Needs      RuleKind = "needs"        // where the first is, the others are as well
)

// A Shape is what a value looks like.
type Shape struct {
	Kind    ShapeKind
	Min     int      // the least of ShapeWhole and ShapeNumber, the fewest items of lists, steps and mappings; above 0, a ShapeDuration is more than 0s
	Max     int      // of ShapeWhole and ShapeNumber; 0 is no bound
	Late    bool     // of ShapeDuration: it may hold ${ } instead
	Choices []string // of ShapeChoice
	Of      *Shape   // of the items of a ShapeList and the values of a ShapeMap
	Keys    *Shape   // of the keys of a ShapeMap; nil is any text
	Form    *Form    // of ShapeForm
	Any     []Shape  // of ShapeOr
	Scope   Scope    // of ShapeSteps
	Always  bool     // of ShapeSteps in a step: they run whenever the step runs without an error
}

// ShapeKind names the shapes.
type ShapeKind string

const (
	ShapeAny        ShapeKind = "any"        // any value; the texts in it may hold ${ }
	ShapeText       ShapeKind = "text"       // text that may hold ${ }
	ShapeProse      ShapeKind = "prose"      // text for people, as it is
	ShapeName       ShapeKind = "name"       // a name, literally: never an expression
	ShapeFlowName   ShapeKind = "flow name"  // lowercase words joined by "-"
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
	anyShape    = Shape{Kind: ShapeAny}
	text        = Shape{Kind: ShapeText}
	prose       = Shape{Kind: ShapeProse}
	name        = Shape{Kind: ShapeName}
	flowName    = Shape{Kind: ShapeFlowName}
	identifier  = Shape{Kind: ShapeIdentifier}
	expression  = Shape{Kind: ShapeExpression}
	duration    = Shape{Kind: ShapeDuration}
	someTime    = Shape{Kind: ShapeDuration, Min: 1}
	boolean     = Shape{Kind: ShapeBoolean}
	schema      = Shape{Kind: ShapeSchema}
	templates   = Shape{Kind: ShapeMap, Of: &anyShape} // names with values that may hold ${ }
	positive    = Shape{Kind: ShapeWhole, Min: 1}
	counts      = Shape{Kind: ShapeWhole}
	sameSteps   = Shape{Kind: ShapeSteps, Scope: SameScope}
	ownSteps    = Shape{Kind: ShapeSteps, Scope: OwnScope, Min: 1}
	recordSteps = Shape{Kind: ShapeSteps, Scope: RecordScope, Min: 1}
)

func choice(of ...string) Shape     { return Shape{Kind: ShapeChoice, Choices: of} }
func mapOf(keys, of Shape) Shape    { return Shape{Kind: ShapeMap, Keys: &keys, Of: &of} }
func listOf(of Shape) Shape         { return Shape{Kind: ShapeList, Of: &of} }
func form(f *Form) Shape            { return Shape{Kind: ShapeForm, Form: f} }
func either(shapes ...Shape) Shape  { return Shape{Kind: ShapeOr, Any: shapes} }
func (s Shape) atLeast(n int) Shape { s.Min = n; return s }
func (s Shape) always() Shape       { s.Always = true; return s }

// FlowForm is the grammar of a flow. It is shared: do not change it.
func FlowForm() *Form { return &flowForm }

// StepForm is the grammar of a step. It is shared: do not change it.
func StepForm() *Form { return &stepForm }

// Verb finds a verb of a form by its name; nil if there is none.
func (f *Form) Verb(name string) *Verb {
	for i := range f.Verbs {
		if f.Verbs[i].Name == name {
			return &f.Verbs[i]
		}
	}
	return nil
}

// WorkspaceForm is the grammar of a flowdeck.yaml. It is shared: do not change it.
func WorkspaceForm() *Form { return &workspaceForm }
