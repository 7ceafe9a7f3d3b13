// Package check turns flows into plans: it reports every problem that can be found before a run, and makes
// the engine.Plan of a flow without problems, which a run executes.
//
// It knows the language, the cards' specs and JSON Schema. It runs nothing and does no I/O.
package check

import (
	"maps"
	"slices"
	"sync"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// A Checker checks the flows of one workspace. It keeps what it compiled, so that a flow that many use is
// checked once; it is for one goroutine.
type Checker struct {
	cards     card.Set
	services  map[string]card.Service
	workspace *flow.Workspace

	endless func() map[*flow.Flow]endless
	depths  func() map[*flow.Flow]deepest
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

	// What each step that runs the flow needs, made for the first of them.
	inputs  *jsonschema.Schema
	returns *expr.Type
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
	c.endless = sync.OnceValue(func() map[*flow.Flow]endless { return callCycles(workspace.Flows(), c.flows) })
	c.depths = sync.OnceValue(func() map[*flow.Flow]deepest { return callDepths(workspace.Flows(), c.flows) })
	return c
}

// Plan checks a flow and all that it runs, and makes its plan. chosen is the connection that the person
// chose for each service, which may be nil. The plan is nil if there are problems other than warnings.
func (c *Checker) Plan(f *flow.Flow, chosen map[string]string) (*engine.Plan, flow.Problems) {
	e := c.entries(chosen)
	plan := e.plan(f)
	e.knownZone(c.workspace.Timezone)
	e.problems.Sort()
	if e.problems.Err() != nil {
		return nil, e.problems
	}
	return plan, e.problems
}

// entries are flows that a person, or a trigger, starts. What several of them run is reported once.
type entries struct {
	report
	chosen   map[string]string
	survey   *engine.Survey
	reported map[*flow.Flow]bool
}

func (c *Checker) entries(chosen map[string]string) *entries {
	e := &entries{report: report{Checker: c}, chosen: chosen, reported: map[*flow.Flow]bool{}}
	e.survey = engine.NewSurvey(chosen, e.readOnly)
	return e
}

// plan is the plan of a flow; its problems, and those of all that it runs, are added to those of the entries.
func (e *entries) plan(f *flow.Flow) *engine.Plan {
	plan := e.check(f).plan
	e.add(f)
	e.connections(f, slices.Concat(e.survey.Uses(plan), plan.OptionUses(e.chosen)))
	return plan
}

// add adds the problems of a flow and of all that it runs.
func (e *entries) add(f *flow.Flow) {
	if e.reported[f] {
		return
	}
	e.reported[f] = true
	e.problems = append(e.problems, e.checked[f].problems...)
	for _, next := range e.checked[f].runs {
		e.add(next)
	}
}

// check checks a flow, once. A flow that runs itself gets the plan that is being made.
func (c *Checker) check(f *flow.Flow) *checked {
	if known, ok := c.checked[f]; ok {
		return known
	}
	made := &checked{plan: &engine.Plan{Flow: text(f.Name), About: text(f.About), Source: f.Digest}}
	c.checked[f] = made
	b := &builder{report: report{Checker: c}, flow: f, checked: made, instead: map[string][]string{}}
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
