// Package check turns flows into plans. It reports every problem that can be found before a run, and makes the
// engine.Plan of a flow without problems, which a run executes.
//
// It knows the language, the specs of the cards and JSON Schema. It runs nothing and does no I/O.
package check

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// A Checker checks the flows of one workspace. It keeps what it compiled, so that a flow that is used by many others is
// checked once. It is not safe for concurrent use.
type Checker struct {
	Triggers card.Triggers // what events and polls may name; nil: nothing

	cards     card.Set
	services  map[string]card.Service
	workspace *flow.Workspace

	endless  func() map[*flow.Flow]endless
	depths   func() map[*flow.Flow]deepest
	uses     func() map[string][]use
	unread   func() bool
	schemas  *schemas
	tables   *tables
	verbs    map[string]build
	flows    map[string]*flow.Flow // by name; the first of several with the same name
	names    func() []string       // of flows
	nameless bool                  // a flow has no valid name, so that any name may be meant for it
	checked  map[*flow.Flow]*checked
}

// checked is the result of checking a flow.
type checked struct {
	plan     *engine.Plan
	problems flow.Problems
	runs     []*flow.Flow // the flows that it runs

	inputs  first[*jsonschema.Schema] // of the flow, for the steps that run it
	returns first[expr.Type]          // the type of its value, for the steps that run it
}

// first keeps a value that is made on first use. Workers of Problems share it. Two of them may make the value at the same
// time: both values are equal.
type first[T any] struct{ made atomic.Pointer[T] }

func (f *first[T]) get(value func() T) T {
	if known := f.made.Load(); known != nil {
		return *known
	}
	made := value()
	f.made.Store(&made)
	return made
}

// New returns a Checker for the flows of a workspace.
func New(cards card.Set, services map[string]card.Service, workspace *flow.Workspace) *Checker {
	c := &Checker{
		cards: cards, services: services, workspace: workspace,
		schemas: &schemas{}, tables: newTables(workspace), verbs: builds(), flows: map[string]*flow.Flow{}, checked: map[*flow.Flow]*checked{},
	}
	for _, f := range workspace.Flows() {
		c.nameless = c.nameless || f.Name == nil
		if name := text(f.Name); f.Name != nil && c.flows[name] == nil {
			c.flows[name] = f
		}
	}
	c.names = sync.OnceValue(func() []string { return slices.Sorted(maps.Keys(c.flows)) })
	c.endless = sync.OnceValue(func() map[*flow.Flow]endless { return callCycles(workspace.Flows(), c.flows) })
	c.depths = sync.OnceValue(func() map[*flow.Flow]deepest { return callDepths(workspace.Flows(), c.flows) })
	c.uses = sync.OnceValue(c.usesOf)
	c.unread = sync.OnceValue(c.anyUnread)
	return c
}

// Plan checks a flow and all flows that it runs, and returns its plan. chosen is the user's choice of a connection for
// each service; it may be nil. The plan is nil if there are problems other than warnings.
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

// entries are flows that a user or a trigger starts. Problems of a flow that several of them run are reported once.
type entries struct {
	report
	chosen   map[string]string
	survey   *engine.Survey
	reported map[*flow.Flow]bool
}

func (c *Checker) entries(chosen map[string]string) *entries {
	e := &entries{report: report{Checker: c}, chosen: chosen, reported: map[*flow.Flow]bool{}}
	e.survey = engine.NewSurvey(chosen, e.readOnly)
	e.survey.Several = e.severalCounts
	return e
}

// plan returns the plan of a flow, and adds its problems and those of all flows that it runs.
func (e *entries) plan(f *flow.Flow) *engine.Plan {
	plan := e.check(f).plan
	e.add(f)
	for _, t := range plan.Triggers {
		if t.MayRegister() {
			e.refusesWrites(plan.TriggerUse(t, nil), "`register` of "+t.Name, t.Pos)
		}
	}
	e.connections(f, slices.Concat(e.survey.Uses(plan), plan.OptionUses(e.chosen), plan.TriggerUses(e.chosen)))
	return plan
}

// add adds the problems of a flow and of all flows that it runs.
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

// check checks a flow once. A flow that runs itself gets the plan that is still being made.
func (c *Checker) check(f *flow.Flow) *checked {
	if known, ok := c.checked[f]; ok {
		return known
	}
	made := &checked{plan: &engine.Plan{Flow: text(f.Name), About: text(f.About), Source: f.Digest}}
	c.checked[f] = made
	b := &builder{report: report{Checker: c, flow: f}, checked: made, named: map[*flow.Step]expr.Type{}, instead: map[string][]string{}, paths: map[string][]string{}}
	b.build(made.plan)
	b.ignoredApprovals()
	made.problems = b.problems
	return made
}

// Planned returns the plan of a flow that was checked, by itself or because another flow runs it; nil for any other
// name.
func (c *Checker) Planned(name string) *engine.Plan {
	if known, ok := c.checked[c.flows[name]]; ok {
		return known.plan
	}
	return nil
}

// Files returns the names of the files of all checked flows, and of flowdeck.yaml.
func (c *Checker) Files() []string {
	files := map[string]bool{c.workspace.File.Name: true}
	for f := range c.checked {
		files[f.File.Name] = true
	}
	return slices.Sorted(maps.Keys(files))
}
