package engine

import (
	"maps"
	"time"

	"github.com/flowdeck/flowdeck/engine/expr"
)

// frame is the state that the steps of one list see while they run. It belongs to one strand.
type frame struct {
	*settings
	rt     Runtime
	plan   *Plan
	place  Place             // of the list; the places of its steps are inside of it
	conns  map[string]string // service → connection for its steps
	roots  map[string]any    // the roots of expressions
	steps  *bindings         // roots["steps"]; shared by the lists of one scope
	vars   *bindings         // roots["vars"]; shared by the lists of one scope
	errors *bool             // set when something failed within what on_error or allow permits
	depth  int               // number of flows that this one is nested in
}

// settings are shared by all frames of a run.
type settings struct {
	root    *Plan             // of the run
	start   Start             // of the run
	run     string            // the run's id
	forced  map[string]string // the user's connections, which win over the choice of a called flow
	picks   map[string]Pick   // the records of loops to process, by the names of their places
	dry     bool              // dry run: no write is made
	planned bool              // in a dry run: the state before each write is read
	asOf    *AsOf             // nil: expressions see the time and random numbers of the run
	repeats bool              // it repeats another run
	// resumed is set for a run that goes on, or repeats another, and may have values which are a LostSecret.
	resumed bool
	earlier func(Record) (Outcome, bool)
	permit  func(Runtime, Place) error // see Start.Permit
	record  string                     // see Start.Record
}

// enter initializes the frame for a flow with these inputs, before its first step.
func (f *frame) enter(inputs map[string]Value) {
	f.errors = new(bool)
	f.roots["inputs"] = inputs
	f.scopeOf(&bindings{values: map[string]any{}}, &bindings{values: map[string]any{}})
	f.learnInputs(inputs)
}

// bindings are the results of the steps of one scope, or its variables. Values are immutable. So an expression that reads
// the map as a whole, as in ${ vars }, gets the map itself, an inner scope starts with it, and later bindings go into a copy:
// see bind.
type bindings struct {
	values map[string]any
	lent   bool            // something else holds the map
	old    map[string]bool // the steps whose results are of an earlier round of a repeat
}

func (f *frame) scopeOf(steps, vars *bindings) {
	f.steps, f.vars = steps, vars
	f.roots["steps"], f.roots["vars"] = steps.values, vars.values
}

// lend marks the maps as held by something else.
func (f *frame) lend() { f.steps.lent, f.vars.lent = true, true }

// owned copies one of the maps if something else holds it.
func (f *frame) owned(b *bindings) {
	if b.lent {
		b.values, b.lent = maps.Clone(b.values), false
		f.scopeOf(f.steps, f.vars)
	}
}

// bind adds a binding to one of the maps.
func (f *frame) bind(to *bindings, name string, v Value) {
	f.owned(to)
	delete(to.old, name)
	to.values[name] = v
}

// again marks the results of steps as those of an earlier round, which may be read until this round comes to the step.
func (f *frame) again(list []Step) {
	eachID(list, func(id string) {
		if _, bound := f.steps.values[id]; bound {
			if f.steps.old == nil {
				f.steps.old = map[string]bool{}
			}
			f.steps.old[id] = true
		}
	})
}

// untaken removes the results of an earlier round from steps that this round did not run.
func (f *frame) untaken(lists ...[]Step) {
	if len(f.steps.old) == 0 {
		return
	}
	for _, list := range lists {
		eachID(list, func(id string) {
			if f.steps.old[id] {
				f.owned(f.steps)
				delete(f.steps.old, id)
				delete(f.steps.values, id)
			}
		})
	}
}

// eachID calls visit for the ids of steps that share a scope, including nested steps.
func eachID(list []Step, visit func(id string)) {
	for i := range list {
		visit(list[i].ID)
		switch list[i].Do.(type) {
		case Loop, Parallel: // they have their own scopes
			continue
		}
		for _, body := range list[i].Do.bodies() {
			eachID(body, visit)
		}
	}
}

// in returns the frame of a list inside of a step. It shares the scope.
func (f *frame) in(at Place) *frame {
	g := *f
	g.place = at
	return &g
}

// inner returns the frame of a nested scope, on the strand of rt. It can read the bindings of f; its own bindings are
// not visible in f. Call lend first: inner may be called on several strands at the same time.
func (f *frame) inner(rt Runtime, at Place) *frame {
	g := f.in(at)
	g.rt = rt
	g.errors = new(bool)
	g.roots = maps.Clone(f.roots)
	g.scopeOf(&bindings{values: f.steps.values, lent: true}, &bindings{values: f.vars.values, lent: true})
	return g
}

// MaxDepth is the maximum depth of flows that call each other.
const MaxDepth = 64

// helper returns the frame of a flow that a step of f runs, on the strand of rt. step has the step's connections by
// service.
func (f *frame) helper(rt Runtime, p *Plan, at Place, inputs map[string]Value, step map[string]string) (*frame, error) {
	if f.depth >= MaxDepth {
		return nil, invalid("", "flow %q is called at a depth of %d; calls nest at most %d deep", p.Flow, f.depth+1, MaxDepth)
	}
	h := &frame{
		settings: f.settings, rt: rt, plan: p, place: at, depth: f.depth + 1,
		conns: connectionsOf(p.Connections, f.conns, step, f.forced),
		roots: map[string]any{"run": f.roots["run"], "trigger": nil}, // no trigger of this flow has started it
	}
	h.enter(inputs)
	return h, nil
}

// scope returns the scope for the expressions of the step at this place.
func (f *frame) scope(at Place) expr.Scope {
	return expr.Scope{Roots: f.roots, Site: &site{f: f, place: at}, Dry: f.dry || f.resumed}
}

// site identifies a place where expressions are evaluated: a step, or a part of a step that is evaluated at another
// time, such as its guard. All expressions of a site see the same time and draw from the same sequence of random
// numbers. The time and the numbers are only made when an expression calls now(), uuid() or random().
type site struct {
	f     *frame
	place Place
	now   time.Time
	drawn int
}

func (s *site) Now() time.Time {
	switch {
	case s.f.asOf != nil:
		return s.f.asOf.Time
	case s.now.IsZero():
		s.now = s.f.rt.Moment(s.place)
	}
	return s.now
}

func (s *site) Seed() string {
	if of := s.f.asOf; of != nil {
		return of.Run + " " + s.place.ID()
	}
	return s.f.run + " " + s.place.ID()
}

func (s *site) Count() int {
	s.drawn++
	return s.drawn - 1
}
