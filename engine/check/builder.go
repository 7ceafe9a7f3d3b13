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
	checked *checked
	env     expr.Type                // types of the roots for the current step
	bound   *expr.Type               // bindings in the current scope since during was called; nil outside of it
	over    bool                     // the steps so far always end their flow
	instead map[string][]string      // by a path, such as steps.u.manager: the steps whose results are not nil where the path is
	paths   map[string][]string      // by a step: the paths in instead that start with its result
	repeats int                      // depth of nested repeats
	seen    int                      // number of repeats so far
	named   map[*flow.Step]expr.Type // result of inside, by step
	rest    []*flow.Step             // the current step and the steps after it in its list
	sets    []map[string]*flow.Node  // variables set in each enclosing scope, outermost first
	passing []*flow.Step             // the loops whose values are the fields of inputs.state; nil if it has any fields
	retry   engine.Retry             // for cards of the flow without their own
	timeout time.Duration            // for cards of the flow without their own
	table   *tabled                  // the card whose inputs are read; nil if it is not for a table
	answers map[*flow.Step]answering // nil: not looked for
	implied bool                     // a mistake was not reported, because it follows from a reported one
	unsure  bool                     // a step or a condition has a problem: from here on nobody knows which values may be nil
	ignored []*flow.Node             // the on_reject of approvals whose decision nothing reads
}

// build fills the plan of the flow.
func (b *builder) build(p *engine.Plan) {
	f := b.flow
	types := map[string]expr.Type{}
	for _, in := range f.Inputs {
		input, typ := b.input(in)
		if state, from, ok := b.passed(in); ok {
			typ, b.passing = state, from
		}
		p.Inputs = append(p.Inputs, input)
		types[input.Name] = typ
	}
	for _, conn := range f.Connections {
		if b.full() {
			break
		}
		if b.connection(conn.Value, conn.Key.Text) {
			if p.Connections == nil {
				p.Connections = map[string]string{}
			}
			p.Connections[conn.Key.Text] = conn.Value.Text
		}
	}
	if f.Returns != nil {
		returns := b.schema(f.Returns, "returns")
		b.noFilterKeywords(f.Returns)
		p.Returns = returns.validate
	}
	start := roots(expr.ObjectOf(types, f.Lacks), b.triggerRoot())
	b.in(start, func() {
		b.retry = b.readRetry(f.Retry, engine.DefaultRetry())
		b.timeout = length(f.Timeout)
	})
	p.Steps, _ = b.scoped(start, f.Steps)
	b.limits(p)
	p.Runs = b.runLimit(expr.ObjectOf(types, f.Lacks))
	b.triggers(p, types)
	b.callCycle(f)
	b.callDepth(f)
}

// in calls do with env as the types of the roots, and returns env with the bindings of do.
func (b *builder) in(env expr.Type, do func()) (after expr.Type) {
	outside := b.env
	b.env = env
	do()
	after = b.env
	b.env = outside
	return after
}

// body makes the steps of a body that shares its scope, and returns the types of the roots after them.
func (b *builder) body(env expr.Type, body []*flow.Step) (steps []engine.Step, after expr.Type) {
	after = b.in(env, func() { steps = b.steps(body) })
	return steps, after
}

// scoped is body for steps with their own scope: a flow, the body of a loop, a branch of a parallel. Their bindings are
// not visible outside.
func (b *builder) scoped(env expr.Type, body []*flow.Step) ([]engine.Step, expr.Type) {
	sets, bound := b.sets, b.bound
	b.sets, b.bound = append(slices.Clone(sets), setsOf(body)), nil
	steps, after := b.body(env, body)
	b.sets, b.bound, b.over = sets, bound, false
	return steps, after
}

// bind adds a step's result, or a variable, to the scope.
func (b *builder) bind(root, name string, t expr.Type) {
	t = t.Bounded()
	if root == "steps" {
		b.rebound(name)
	}
	b.env = binding(b.env, root, name, t)
	if b.bound != nil {
		b.binds(binding(unbound, root, name, t))
	}
}

// plan returns the plan of a flow that this flow runs.
func (b *builder) plan(called *flow.Flow) *engine.Plan {
	b.checked.runs = append(b.checked.runs, called)
	return b.check(called).plan
}
