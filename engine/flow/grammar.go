package flow

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

// A Verb is the key of a step, or of a trigger, that says what it does, with the keys that may stand beside it.
type Verb struct {
	Key
	With  []string // it is the verb only beside one of these: "if" with "then"; nil is always
	Keys  []Key
	Rules []Rule
}

// A Rule says which keys go together. Keys stand in the order of the message.
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
	Min     int      // the least of ShapeWhole and ShapeNumber, the fewest items of lists, steps and mappings
	Max     int      // of ShapeWhole and ShapeNumber; 0 is no bound
	Late    bool     // of ShapeDuration: it may hold ${ } instead
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
	boolean    = Shape{Kind: ShapeBoolean}
	schema     = Shape{Kind: ShapeSchema}
	templates  = Shape{Kind: ShapeMap, Of: &anyShape} // names with values that may hold ${ }
	positive   = Shape{Kind: ShapeWhole, Min: 1}
	counts     = Shape{Kind: ShapeWhole}
	stepList   = Shape{Kind: ShapeSteps, Min: 1}
	fewSteps   = Shape{Kind: ShapeSteps} // there may be none
)

func choice(of ...string) Shape     { return Shape{Kind: ShapeChoice, Choices: of} }
func mapOf(keys, of Shape) Shape    { return Shape{Kind: ShapeMap, Keys: &keys, Of: &of} }
func listOf(of Shape) Shape         { return Shape{Kind: ShapeList, Of: &of} }
func form(f *Form) Shape            { return Shape{Kind: ShapeForm, Form: f} }
func either(shapes ...Shape) Shape  { return Shape{Kind: ShapeOr, Any: shapes} }
func (s Shape) atLeast(n int) Shape { s.Min = n; return s }

// FlowForm is the grammar of a flow. It is shared: do not change it.
func FlowForm() *Form { return &flowForm }

// StepForm is the grammar of a step. It is shared: do not change it.
func StepForm() *Form { return &stepForm }

// WorkspaceForm is the grammar of a flowdeck.yaml. It is shared: do not change it.
func WorkspaceForm() *Form { return &workspaceForm }
