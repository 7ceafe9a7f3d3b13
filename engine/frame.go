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
	bound  *bindings         // roots["steps"] and roots["vars"]; shared by the lists of one scope
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
	f.scopeOf(&bindings{steps: map[string]any{}, vars: map[string]any{}})
	f.learnInputs(inputs)
}

// bindings are the results of steps and the variables of one scope. Values are immutable, so an expression that reads
// all of them, as in ${ vars }, gets the maps as they are, and what is bound afterwards goes into copies.
type bindings struct {
	steps, vars map[string]any
	read        bool            // an expression has read one of the maps as a whole
	old         map[string]bool // the steps whose results are of an earlier round of a repeat
}

func (f *frame) scopeOf(b *bindings) {
	f.bound = b
	f.roots["steps"], f.roots["vars"] = b.steps, b.vars
}

// binds makes the maps of the scope fit to be written to.
func (f *frame) binds() *bindings {
	if f.bound.read {
		f.bound.steps, f.bound.vars, f.bound.read = maps.Clone(f.bound.steps), maps.Clone(f.bound.vars), false
		f.scopeOf(f.bound)
	}
	return f.bound
}

// again marks the results of steps as those of an earlier round, which may be read until this round comes to the step.
func (f *frame) again(list []Step) {
	eachID(list, func(id string) {
		if _, bound := f.bound.steps[id]; bound {
			if f.bound.old == nil {
				f.bound.old = map[string]bool{}
			}
			f.bound.old[id] = true
		}
	})
}

// untaken lets go of the results of steps that this round has not come to, and will not.
func (f *frame) untaken(lists ...[]Step) {
	if len(f.bound.old) == 0 {
		return
	}
	for _, list := range lists {
		eachID(list, func(id string) {
			if f.bound.old[id] {
				delete(f.bound.old, id)
				delete(f.binds().steps, id)
			}
		})
	}
}

// eachID visits the ids of steps that share a scope, those inside of others included.
func eachID(list []Step, visit func(id string)) {
	for i := range list {
		visit(list[i].ID)
		switch list[i].Do.(type) {
		case Loop, Parallel: // they have scopes of their own
			continue
		}
		for _, body := range list[i].Do.bodies() {
			eachID(body, visit)
		}
	}
}

// in is the frame of a list inside of a step, which shares the scope.
func (f *frame) in(at Place) *frame {
	g := *f
	g.place = at
	return &g
}

// inner is the frame of a nested scope, on the strand of rt: it reads what is bound here, and nothing that it binds
// is seen here.
func (f *frame) inner(rt Runtime, at Place) *frame {
	g := f.in(at)
	g.rt = rt
	g.errors = new(bool)
	g.roots = maps.Clone(f.roots)
	g.scopeOf(&bindings{steps: maps.Clone(f.bound.steps), vars: maps.Clone(f.bound.vars)})
	return g
}

// MaxDepth is how deep flows may run one another.
const MaxDepth = 64

// helper is the frame of a flow that a step of this one runs, on the strand of rt. step is the step's connections.
func (f *frame) helper(rt Runtime, p *Plan, at Place, inputs map[string]Value, step map[string]string) (*frame, error) {
	if f.depth >= MaxDepth {
		return nil, invalid("", "flow %q is called at a depth of %d; calls nest at most %d deep", p.Flow, f.depth+1, MaxDepth)
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
