// Package check turns flows into plans: it says everything that can be said before a run, and makes of
// a flow without problems the engine.Plan that a run executes.
//
// It knows the language, the cards' specs and JSON Schema. It runs nothing and does no I/O.
package check

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/words"
)

// The codes of the problems that this package finds. They are stable: people search for them.
const (
	CodeUnknownCard       = "unknown-card"       // no card has that name
	CodeUnknownFlow       = "unknown-flow"       // no flow of the workspace has that name
	CodeUnknownConnection = "unknown-connection" // no connection of the workspace has that name
	CodeUnknownService    = "unknown-service"    // no service has that name
	CodeWrongService      = "wrong-service"      // the connection is of another service than the card
	CodeReadOnly          = "read-only"          // a card that is no read is called on a connection that is for reading
	CodeUnknownInput      = "unknown-input"      // the card, or the flow, takes no such input
	CodeMissingInput      = "missing-input"      // an input that must be given is not
	CodeUnknownField      = "unknown-field"      // what a stream passes has no place in its helper's state
	CodeMissingField      = "missing-field"      // a field of the helper's state that must be given is not
	CodeNotAList          = "not-a-list"         // a stream, or `result`, of a card that answers one thing
	CodeHelperRecord      = "helper-record"      // a helper expects records of another card than the stream's
	CodeBadSchema         = "bad-schema"         // what describes an input is no JSON Schema
	CodeUnknownName       = "unknown-name"       // an expression reads what does not exist
	CodeBadExpression     = "bad-expression"     // an expression that cannot be
	CodeStepOrder         = "step-order"         // an expression reads a step that runs later
	CodeNilRead           = "nil-read"           // a field of what may be nil is read without ?.
	CodeSetOuter          = "set-outer"          // a loop or a branch sets a variable that is set outside too
	CodeUnquotedFilter    = "unquoted-filter"    // a value stands between quotes in a filter, unescaped
	CodeLiteralSecret     = "literal-secret"     // a secret stands in the file itself
	CodeCallCycle         = "call-cycle"         // flows run each other without an end
	CodeMissingTimezone   = "missing-timezone"   // a schedule does not say in which time zone it is
	CodeUnknownTimezone   = "unknown-timezone"   // no time zone has that name
	CodeBadCron           = "bad-cron"           // a schedule is no cron expression
	CodeCronNever         = "cron-never"         // a schedule names a day that never comes
	CodeUnsafeRetry       = "unsafe-retry"       // a card that creates or destroys is tried again when it may have been done
)

// A Checker checks the flows of one workspace. It keeps what it compiled, so that a flow that many use is
// checked once; it is for one goroutine.
type Checker struct {
	cards     card.Set
	services  map[string]card.Service
	workspace *flow.Workspace

	schemas  schemas
	plans    map[*flow.Flow]*engine.Plan
	problems flow.Problems
}

// New makes a Checker of the flows of a workspace.
func New(cards card.Set, services map[string]card.Service, workspace *flow.Workspace) *Checker {
	return &Checker{
		cards: cards, services: services, workspace: workspace,
		schemas: newSchemas(), plans: map[*flow.Flow]*engine.Plan{},
	}
}

// Plan checks a flow and all that it runs, and makes its plan. chosen is the connection that the person
// chose for each service, which may be nil. The plan is nil if there are problems other than warnings.
func (c *Checker) Plan(f *flow.Flow, chosen map[string]string) (*engine.Plan, flow.Problems) {
	c.problems = nil
	plan := c.plan(f)
	c.connections(f, plan, chosen)
	c.readOnly(plan, chosen)
	if n := c.workspace.Timezone; n != nil {
		c.knownZone(n)
	}
	c.problems.Sort()
	if c.problems.Err() != nil {
		return nil, c.problems
	}
	return plan, c.problems
}

// plan makes the plan of a flow, once. A flow that runs itself gets the plan that is being made.
func (c *Checker) plan(f *flow.Flow) *engine.Plan {
	if p, ok := c.plans[f]; ok {
		return p
	}
	p := &engine.Plan{Flow: text(f.Name), About: text(f.About)}
	c.plans[f] = p
	b := &builder{Checker: c, flow: f}
	types := map[string]expr.Type{}
	for _, in := range f.Inputs {
		input, typ := b.input(in)
		p.Inputs = append(p.Inputs, input)
		types[input.Name] = typ
	}
	for _, conn := range f.Connections {
		if b.connection(conn.Value, conn.Key.Text) {
			if p.Connections == nil {
				p.Connections = map[string]string{}
			}
			p.Connections[conn.Key.Text] = conn.Value.Text
		}
	}
	if f.Returns != nil {
		if s := b.schema(f.Returns, "returns"); s.validate != nil {
			p.Returns = s.validate
		}
	}
	b.env = roots(types)
	b.retry = b.readRetry(f.Retry, engine.DefaultRetry())
	b.timeout = length(f.Timeout)
	b.sets = []map[string]*flow.Node{setsOf(f.Steps)}
	p.Steps = b.steps(f.Steps)
	for _, n := range []*flow.Node{f.Runs, f.Limits} {
		if n != nil {
			p.Refused = append(p.Refused, map[*flow.Node]string{f.Runs: "runs", f.Limits: "limits"}[n])
		}
	}
	b.env = roots(types)
	b.flowRules(p)
	return p
}

// builder makes the plan of one flow.
type builder struct {
	*Checker
	flow    *flow.Flow
	env     expr.Type               // the roots, as the step at hand sees them
	rest    []*flow.Step            // the step at hand and those after it in its list
	sets    []map[string]*flow.Node // the variables that are set in each scope that the step is in, outermost first
	retry   engine.Retry            // what the flow's cards do where a step does not say
	timeout time.Duration           // the same
}

func (c *Checker) problem(at *flow.Node, code, hint, format string, args ...any) {
	c.problems = append(c.problems, flow.Problem{
		Pos: at.Pos, Width: at.Width, Code: code, Hint: hint, Message: fmt.Sprintf(format, args...),
	})
}

// fewNames is how many names a hint lists; of more it lists those of the same kind.
const fewNames = 12

// alternatives is the hint for a name that is not there: the one that was probably meant, and all there are or,
// of many, those that begin like it.
func alternatives(name, noun string, there []string) string {
	near, ok := words.Nearest(name, there)
	if len(there) > fewNames {
		like := name
		if ok {
			like = near
		}
		kind := like[:strings.LastIndex(like, ".")+1]
		there = slices.DeleteFunc(slices.Clone(there), func(n string) bool { return kind == "" || !strings.HasPrefix(n, kind) })
	}
	var hint string
	if ok {
		hint = fmt.Sprintf("did you mean %q? ", near)
	}
	if len(there) == 0 {
		return strings.TrimSpace(hint)
	}
	return hint + noun + ": " + strings.Join(there, ", ")
}

// card finds the card that a node names.
func (c *Checker) card(at *flow.Node) (card.Card, bool) {
	found, ok := c.cards[at.Text]
	if !ok {
		c.problem(at, CodeUnknownCard, alternatives(at.Text, "cards", slices.Sorted(maps.Keys(c.cards))), "unknown card %q", at.Text)
	}
	return found, ok
}

// list finds the list card that a node names.
func (c *Checker) list(at *flow.Node, what string) (card.Card, bool) {
	found, ok := c.card(at)
	if ok && !found.IsList() {
		var lists []string
		for name, other := range c.cards {
			if other.IsList() {
				lists = append(lists, name)
			}
		}
		slices.Sort(lists)
		c.problem(at, CodeNotAList, alternatives(at.Text, "list cards", lists), "%s needs a list card, and %q answers one thing", what, at.Text)
		return found, false
	}
	return found, ok
}

func text(n *flow.Node) string {
	if n == nil {
		return ""
	}
	return n.Text
}

// Planned is the plan of a flow that was checked, by itself or because another runs it; nil for any other.
func (c *Checker) Planned(name string) *engine.Plan { return c.plans[c.workspace.Flow(name)] }

// Files is the names of the files that the checked flows are in, and of the workspace's own.
func (c *Checker) Files() []string {
	files := map[string]bool{c.workspace.File.Name: true}
	for f := range c.plans {
		files[f.File.Name] = true
	}
	return slices.Sorted(maps.Keys(files))
}
