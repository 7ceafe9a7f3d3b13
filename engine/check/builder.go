package check

import (
	"slices"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// builder makes the plan of one flow.
type builder struct {
	report
	flow    *flow.Flow
	checked *checked
	env     expr.Type               // the roots, as the step at hand sees them
	bound   []binding               // so far, in the scope that the step is in
	over    bool                    // the steps at hand end their flow, whatever happens
	instead map[string][]string     // by a path: the steps whose results are not nil where it is
	rounds  int                     // repeats that the step is in, in this scope, if the outermost is checked for what it binds
	rest    []*flow.Step            // the step at hand and those after it in its list
	sets    []map[string]*flow.Node // the variables that are set in each scope that the step is in, outermost first
	retry   engine.Retry            // of the flow's cards, unless a step has its own
	timeout time.Duration           // the same
}

// maxProblems is the most problems that are found in one flow: no person wrote a flow with more.
const maxProblems = 1000

// full reports whether there are too many problems to go on. The first time it adds one that says so.
func (b *builder) full() bool {
	if len(b.problems) == maxProblems {
		b.problem(b.flow.Node, flow.CodeFile, "", "only the first %d problems of this flow are reported", maxProblems)
	}
	return len(b.problems) > maxProblems
}

// build fills the plan of the flow.
func (b *builder) build(p *engine.Plan) {
	f := b.flow
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
		returns := b.schema(f.Returns, "returns")
		b.noFilters(f.Returns, returns.schema)
		p.Returns = returns.validate
	}
	start := roots(types)
	b.in(start, func() {
		b.retry = b.readRetry(f.Retry, engine.DefaultRetry())
		b.timeout = length(f.Timeout)
	})
	p.Steps, _ = b.scoped(start, f.Steps)
	if f.Runs != nil {
		p.Refused = append(p.Refused, "runs")
	}
	if f.Limits != nil {
		p.Refused = append(p.Refused, "limits")
	}
	b.runsPer(types)
	b.triggers(p)
	b.callCycle(f)
	b.callDepth(f)
}

// in runs do where expressions see env, and returns the roots after it: env with what do has bound.
func (b *builder) in(env expr.Type, do func()) (after expr.Type) {
	outside := b.env
	b.env = env
	do()
	after = b.env
	b.env = outside
	return after
}

// body makes the steps of a body that shares its scope, and returns the roots after them.
func (b *builder) body(env expr.Type, body []*flow.Step) (steps []engine.Step, after expr.Type) {
	after = b.in(env, func() { steps = b.steps(body) })
	return steps, after
}

// scoped is body for steps with a scope of their own: a flow, the body of a loop, a branch of a parallel. What they bind
// is not seen outside.
func (b *builder) scoped(env expr.Type, body []*flow.Step) ([]engine.Step, expr.Type) {
	outside, bound, rounds := b.sets, len(b.bound), b.rounds
	b.rounds = min(rounds, 1)
	b.sets = append(slices.Clone(outside), setsOf(body))
	steps, after := b.body(env, body)
	b.sets, b.bound, b.rounds, b.over = outside, b.bound[:bound], rounds, false
	return steps, after
}

// bind makes a step's result, or a variable, known to what follows.
func (b *builder) bind(root, name string, t expr.Type) {
	all, _ := b.env.Field(root)
	t = t.Bounded()
	b.env = b.env.With(root, all.With(name, t))
	b.bound = append(b.bound, binding{root, name, t})
}

// plan checks a flow that this one runs.
func (b *builder) plan(called *flow.Flow) *engine.Plan {
	b.checked.runs = append(b.checked.runs, called)
	return b.check(called).plan
}
