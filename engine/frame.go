package engine

import (
	"cmp"
	"maps"
	"time"

	"github.com/flowdeck/flowdeck/engine/expr"
)

// frame is what the steps of one list see while they run. It belongs to one strand.
type frame struct {
	rt     Runtime
	plan   *Plan
	run    string            // the run's id
	path   string            // where this list stands in the run, with the dot: "", "sweep[00u1]."
	conns  map[string]string // service → connection for its steps
	forced map[string]string // what the person chose, which a called flow's own choice does not change
	roots  map[string]any    // what expressions see
	steps  map[string]any    // roots["steps"]
	vars   map[string]any    // roots["vars"]
	errors *bool             // something failed, within what was allowed
	max    int               // records begun at most in each stream; 0 means all
	only   string            // the key of the only record that a stream begins; empty means all
	depth  int               // how many flows this one is inside of
}

// enter begins a flow with its inputs and nothing done yet.
func (f *frame) enter(inputs map[string]Value) {
	f.errors = new(bool)
	f.roots["inputs"] = inputs
	f.scopeOf(map[string]any{}, map[string]any{})
}

func (f *frame) scopeOf(steps, vars map[string]any) {
	f.steps, f.vars = steps, vars
	f.roots["steps"], f.roots["vars"] = steps, vars
}

// at is the frame of a list inside of a step, which shares the scope.
func (f *frame) at(path string) *frame {
	g := *f
	g.path = path + "."
	return &g
}

// inner is the frame of a scope of its own inside of this one, on the strand of rt: it reads what is
// bound here, and nothing that it binds is seen here.
func (f *frame) inner(rt Runtime, path string) *frame {
	g := f.at(path)
	g.rt = rt
	g.errors = new(bool)
	g.roots = maps.Clone(f.roots)
	g.scopeOf(maps.Clone(f.steps), maps.Clone(f.vars))
	return g
}

// maxDepth is how deep flows may run one another.
const maxDepth = 64

// helper is the frame of a flow that this one runs, on the strand of rt.
func (f *frame) helper(rt Runtime, p *Plan, path string, inputs map[string]Value) (*frame, error) {
	if f.depth >= maxDepth {
		return nil, invalid("", "flow %q is called inside of %d others; %d is the limit", p.Flow, f.depth, maxDepth)
	}
	h := &frame{
		rt: rt, plan: p, run: f.run, path: path + ".", depth: f.depth + 1,
		conns: f.conns, forced: f.forced, max: f.max, only: f.only,
		roots: map[string]any{"run": f.roots["run"], "trigger": f.roots["trigger"]},
	}
	if len(p.Connections) > 0 {
		h.conns = choose(f.conns, p.Connections, f.forced)
	}
	h.enter(inputs)
	return h, nil
}

// connection is the name of the connection that a step of this flow uses for a service: its own, or the
// person's, the flow's, the caller's choice, or the connection that is named after the service.
func connection(own, service string, conns map[string]string) string {
	return cmp.Or(own, conns[service], service)
}

// choose is the connections by service, where a later map wins.
func choose(by ...map[string]string) map[string]string {
	all := map[string]string{}
	for _, m := range by {
		maps.Copy(all, m)
	}
	return all
}

// scope is what the evaluations at path see.
func (f *frame) scope(path string) expr.Scope {
	return expr.Scope{Roots: f.roots, Site: &site{frame: f, path: path}, Dry: f.dry()}
}

// site is a place whose evaluations read the clock once, and only if an expression asks.
type site struct {
	frame *frame
	path  string
	now   time.Time
	count int
}

func (s *site) Now() time.Time {
	if s.now.IsZero() {
		s.now = s.frame.rt.Now()
	}
	return s.now
}

func (s *site) Seed() string { return s.frame.run + " " + s.path }

func (s *site) Count() int {
	s.count++
	return s.count - 1
}
