package flow

import "slices"

// A Form is a kind of mapping: its keys and, if it has verbs, the verbs, exactly one of which must be used.
type Form struct {
	Name  string // for messages: "a flow"
	Doc   string
	Keys  []Key
	Verbs []Verb
	Rules []Rule
	Open  bool // the author may add other keys
	// List is the key that names a list card, whose inputs are in `with`; empty for none.
	List string
}

// A Key is one key of a form.
type Key struct {
	Name     string
	Doc      string // one line of documentation
	Shape    Shape
	Required bool
}

// A Verb is the key of a step or trigger that selects its action, with the keys that may be used with it. All
// properties of a verb are here and nowhere else: code that reads the table does not compare names of verbs.
type Verb struct {
	Key
	With  []string // it is the verb only together with one of these keys: "if" with "then"; nil means always
	Keys  []Key
	Rules []Rule

	Ends    Ending // how it ends its flow; zero if it does not
	Waits   bool   // it waits for a time or for a person, which is not allowed in a finally
	Binds   bool   // the names in its value become variables
	Runs    string // the key with the name of the flow that it runs; empty if it runs none
	Card    string // the key with the name of the card that it calls or lists with; empty if there is none
	Checked []Rule // rules that package check reports with its own messages: the parser ignores them
}

// Ending is the way in which a verb ends its flow or, in a body with its own scope, the record or branch.
type Ending string

const (
	EndsReturned Ending = "returned" // with a value
	EndsSkipped  Ending = "skipped"  // without an error, as skipped
	EndsFailed   Ending = "failed"   // with an error
)

// Records reports whether the verb runs a flow, or steps, once for every record of a list. It returns false for a nil
// Verb.
func (v *Verb) Records() bool {
	return v != nil && slices.ContainsFunc(v.Keys, func(k Key) bool { return k.Shape.Kind == ShapeSteps && k.Shape.Scope == RecordScope })
}

// Scope defines which bindings the steps of a body see and change.
type Scope string

const (
	SameScope   Scope = "same"   // the scope of the enclosing steps: bindings are visible after the body
	OwnScope    Scope = "own"    // a new scope: bindings are not visible outside
	RecordScope Scope = "record" // a new scope for each record, which also binds the record
)

// A Rule defines which keys may be combined. Keys are in the order of the message.
type Rule struct {
	Kind RuleKind
	Keys []string
}

// RuleKind is the requirement of a Rule.
type RuleKind string

const (
	ExactlyOne RuleKind = "exactly one"  // of Keys is present
	AtLeastOne RuleKind = "at least one" // of Keys is present
	AtMostOne  RuleKind = "at most one"  // of Keys is present
	Needs      RuleKind = "needs"        // if the first key is present, so are the others
)

// A Shape describes a value.
type Shape struct {
	Kind    ShapeKind
	Min     int      // minimum of ShapeWhole and ShapeNumber, and of the number of items of lists, steps and mappings
	Max     int      // maximum of ShapeWhole and ShapeNumber; 0 means none
	Late    bool     // ShapeDuration: it may be an expression in ${ }
	Choices []string // ShapeChoice: the allowed values; ShapeDuration: words that are allowed, too
	Noun    string   // ShapeFlowName: what it is the name of; empty: a flow. ShapeName: Percentage, or empty
	Of      *Shape   // shape of the items of a ShapeList and the values of a ShapeMap
	Keys    *Shape   // shape of the keys of a ShapeMap; nil allows any text
	Form    *Form    // ShapeForm: the grammar of the mapping
	Any     []Shape  // ShapeOr: the alternatives
	Scope   Scope    // ShapeSteps: the scope of the steps
	Always  bool     // ShapeSteps in a step: they run whenever the step runs without an error
}

// ShapeKind is the kind of a Shape.
type ShapeKind string

const (
	ShapeAny        ShapeKind = "any"        // any value; texts in it may contain ${ }
	ShapeText       ShapeKind = "text"       // text that may contain ${ }
	ShapeProse      ShapeKind = "prose"      // text for people, without expressions
	ShapeName       ShapeKind = "name"       // a literal name, never an expression
	ShapeFlowName   ShapeKind = "flow name"  // lowercase words joined by "-"
	ShapeIdentifier ShapeKind = "identifier" // a name that expressions can use
	ShapeExpression ShapeKind = "expression" // a bare expression, without ${ }
	ShapeDuration   ShapeKind = "duration"   // 30s, 2h: see ParseDuration
	ShapeWhole      ShapeKind = "integer"
	ShapeNumber     ShapeKind = "number"
	ShapeBoolean    ShapeKind = "boolean"
	ShapeChoice     ShapeKind = "choice"  // one of Choices
	ShapeSchema     ShapeKind = "schema"  // a JSON Schema, or the name of a type
	ShapeForm       ShapeKind = "form"    // a mapping with the keys of Form
	ShapeMap        ShapeKind = "mapping" // a mapping whose keys are chosen by the author
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
	hookName    = Shape{Kind: ShapeFlowName, Noun: "webhook"}
	roleName    = Shape{Kind: ShapeFlowName, Noun: "role"}
	identifier  = Shape{Kind: ShapeIdentifier}
	expression  = Shape{Kind: ShapeExpression}
	duration    = Shape{Kind: ShapeDuration}
	someTime    = Shape{Kind: ShapeDuration, Min: 1}
	boolean     = Shape{Kind: ShapeBoolean}
	schema      = Shape{Kind: ShapeSchema}
	templates   = Shape{Kind: ShapeMap, Of: &anyShape} // names with values that may contain ${ }
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

// FlowForm returns the grammar of a flow. It is shared: do not change it.
func FlowForm() *Form { return &flowForm }

// StepForm returns the grammar of a step. It is shared: do not change it.
func StepForm() *Form { return &stepForm }

// TriggerForm returns the grammar of a trigger. It is shared: do not change it.
func TriggerForm() *Form { return &triggerForm }

// Verb returns the verb of a form with a name; nil if there is none.
func (f *Form) Verb(name string) *Verb {
	for i := range f.Verbs {
		if f.Verbs[i].Name == name {
			return &f.Verbs[i]
		}
	}
	return nil
}

// WorkspaceForm returns the grammar of a flowdeck.yaml. It is shared: do not change it.
func WorkspaceForm() *Form { return &workspaceForm }
