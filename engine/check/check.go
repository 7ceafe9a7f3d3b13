// Package check turns flows into plans: it reports every problem that can be found before a run, and makes
// the engine.Plan of a flow without problems, which a run executes.
//
// It knows the language, the cards' specs and JSON Schema. It runs nothing and does no I/O.
package check

import (
	"maps"
	"slices"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// A Checker checks the flows of one workspace. It keeps what it compiled, so that a flow that many use is
// checked once; it is for one goroutine.
type Checker struct {
	cards     card.Set
	services  map[string]card.Service
	workspace *flow.Workspace

	schemas *schemas
	verbs   map[string]build
	flows   map[string]*flow.Flow // of two with the same name, the first
	checked map[*flow.Flow]*checked
}

// checked is what came of the check of one flow.
type checked struct {
	plan     *engine.Plan
	problems flow.Problems
	runs     []*flow.Flow // the flows that it runs
}

// New makes a Checker of the flows of a workspace.
func New(cards card.Set, services map[string]card.Service, workspace *flow.Workspace) *Checker {
	c := &Checker{
		cards: cards, services: services, workspace: workspace,
		schemas: &schemas{}, verbs: builds(), flows: map[string]*flow.Flow{}, checked: map[*flow.Flow]*checked{},
	}
	for _, f := range workspace.Flows() {
		if name := text(f.Name); f.Name != nil && c.flows[name] == nil {
			c.flows[name] = f
		}
	}
	return c
}

// Plan checks a flow and all that it runs, and makes its plan. chosen is the connection that the person
// chose for each service, which may be nil. The plan is nil if there are problems other than warnings.
func (c *Checker) Plan(f *flow.Flow, chosen map[string]string) (*engine.Plan, flow.Problems) {
	plan := c.check(f).plan
	use := report{Checker: c, problems: c.problems(f)}
	use.connections(f, plan, chosen)
	use.readOnly(plan, chosen)
	use.knownZone(c.workspace.Timezone)
	use.problems.Sort()
	if use.problems.Err() != nil {
		return nil, use.problems
	}
	return plan, use.problems
}

// problems is those of a flow and of all that it runs.
func (c *Checker) problems(f *flow.Flow) flow.Problems {
	var all flow.Problems
	seen := map[*flow.Flow]bool{}
	var visit func(*flow.Flow)
	visit = func(f *flow.Flow) {
		if seen[f] {
			return
		}
		seen[f] = true
		all = append(all, c.checked[f].problems...)
		for _, next := range c.checked[f].runs {
			visit(next)
		}
	}
	visit(f)
	return all
}

// check checks a flow, once. A flow that runs itself gets the plan that is being made.
func (c *Checker) check(f *flow.Flow) *checked {
	if known, ok := c.checked[f]; ok {
		return known
	}
	made := &checked{plan: &engine.Plan{Flow: text(f.Name), About: text(f.About), Source: f.Digest}}
	c.checked[f] = made
	b := &builder{report: report{Checker: c}, flow: f, checked: made}
	b.build(made.plan)
	made.problems = b.problems
	return made
}

// Planned is the plan of a flow that was checked, by itself or because another runs it; nil for any other.
func (c *Checker) Planned(name string) *engine.Plan {
	if known, ok := c.checked[c.flows[name]]; ok {
		return known.plan
	}
	return nil
}

// Files is the names of the files that the checked flows are in, and of the workspace's own.
func (c *Checker) Files() []string {
	files := map[string]bool{c.workspace.File.Name: true}
	for f := range c.checked {
		files[f.File.Name] = true
	}
	return slices.Sorted(maps.Keys(files))
}
