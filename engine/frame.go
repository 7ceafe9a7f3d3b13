package engine

import (
	"maps"
	"time"

	"github.com/flowdeck/flowdeck/engine/expr"
)

// frame is what the steps of one list see while they run. It belongs to one strand.
type frame struct {
	*settings
	rt     Runtime
	plan   *Plan
	place  Place             // of the list: its steps are inside of it
	conns  map[string]string // service → connection for its steps
	roots  map[string]any    // what expressions see
	steps  *bindings         // roots["steps"]; shared by the lists of one scope, as vars is
	vars   *bindings         // roots["vars"]
	errors *bool             // something failed, within what was allowed
	only   string            // the key of the only record that a stream starts; empty means all
	depth  int               // how many flows this one is inside of
}

// settings are what all frames of a run share.
type settings struct {
	run    string            // the run's id
	forced map[string]string // the person's connections, which a called flow's own choice does not change
	max    int               // records started at most in each stream; 0 means all
	dry    bool              // no write is made
}

// enter starts a flow with its inputs and nothing done yet.
func (f *frame) enter(inputs map[string]Value) {
	f.errors = new(bool)
	f.roots["inputs"] = inputs
	f.scopeOf(&bindings{values: map[string]any{}}, &bindings{values: map[string]any{}})
	f.learnInputs(inputs)
}

// bindings are the results of the steps of one scope, or its variables. Values are immutable, so an expression that reads
// all of them, as in ${ vars }, gets the map as it is, and an inner scope starts with it: what is bound afterwards goes into
// a copy.
type bindings struct {
	values map[string]any
	lent   bool // others see the map
}

func (f *frame) scopeOf(steps, vars *bindings) {
	f.steps, f.vars = steps, vars
	f.roots["steps"], f.roots["vars"] = steps.values, vars.values
}

// lend keeps what is bound so far as it is.
func (f *frame) lend() { f.steps.lent, f.vars.lent = true, true }

// bind makes a name known in the scope.
func (f *frame) bind(to *bindings, name string, v Value) {
	if to.lent {
		*to = bindings{values: maps.Clone(to.values)}
		f.scopeOf(f.steps, f.vars)
	}
	to.values[name] = v
}

// in is the frame of a list inside of a step, which shares the scope.
func (f *frame) in(at Place) *frame {
	g := *f
	g.place = at
	return &g
}

// inner is the frame of a nested scope, on the strand of rt: it reads what is bound here, which this frame has lent, and
// nothing that it binds is seen here.
func (f *frame) inner(rt Runtime, at Place) *frame {
	g := f.in(at)
	g.rt = rt
	g.errors = new(bool)
	g.roots = maps.Clone(f.roots)
	g.scopeOf(&bindings{f.steps.values, true}, &bindings{f.vars.values, true})
	return g
}

// maxDepth is how deep flows may run one another.
const maxDepth = 64

// helper is the frame of a flow that a step of this one runs, on the strand of rt. step is the step's connections.
func (f *frame) helper(rt Runtime, p *Plan, at Place, inputs map[string]Value, step map[string]string) (*frame, error) {
	if f.depth >= maxDepth {
		return nil, invalid("", "flow %q is called at a depth of %d; calls nest at most %d deep", p.Flow, f.depth+1, maxDepth)
	}
	h := &frame{
		settings: f.settings, rt: rt, plan: p, place: at, depth: f.depth + 1, only: f.only,
		conns: connectionsOf(p, f.conns, step, f.forced),
		roots: map[string]any{"run": f.roots["run"], "trigger": f.roots["trigger"]},
	}
	h.enter(inputs)
	return h, nil
}

// scope is what the evaluations of one step see, at its place.
func (f *frame) scope(at Place) expr.Scope {
	return expr.Scope{Roots: f.roots, Site: &site{f: f, place: at}, Dry: f.dry}
}

// site is a place where expressions are evaluated: a step, or a part of it that is evaluated at another time, such as its
// guard. All of one site see one time, and draw from one row of
// random numbers. Both are asked for only when an expression calls now(), uuid() or random().
type site struct {
	f     *frame
	place Place
	now   time.Time
	drawn int
}

func (s *site) Now() time.Time {
	if s.now.IsZero() {
		s.now = s.f.rt.Now()
	}
	return s.now
}

func (s *site) Seed() string { return s.f.run + " " + s.place.ID() }

func (s *site) Count() int {
	s.drawn++
	return s.drawn - 1
}
