package engine

import (
	"slices"
	"strings"
)

// A Pick selects records of a loop. A person uses it to try a flow with a few records, or to repeat it for those that
// failed. The zero Pick selects all.
type Pick struct {
	Max  int      `json:",omitempty"` // maximum number of records started, in addition to the flow's own max; 0 means all
	None bool     `json:",omitempty"` // start no record, and do not read the list
	Only []string `json:",omitempty"` // start only the records with these keys, each of which must exist; empty means all
	// Skip are the keys of records that are left out, since an earlier run has done them: as many records with a key as it is listed.
	Skip []string `json:",omitempty"`
}

// pick returns the pick for the loop at a place. A loop inside of another one processes all its records: half of the groups
// of a person would be a person that is half done.
func (f *frame) pick(at Place) Pick {
	if len(f.picks) == 0 || at.InRecord() {
		return Pick{}
	}
	return f.picks[at.Name()]
}

// picksIn returns the picks for the loops of the flow that the step at a place starts.
func picksIn(at Place, all map[string]Pick) map[string]Pick {
	var inside map[string]Pick
	for name, pick := range all {
		if rest, ok := strings.CutPrefix(name, at.Name()+"."); ok && !at.InRecord() {
			if inside == nil {
				inside = map[string]Pick{}
			}
			inside[rest] = pick
		}
	}
	return inside
}

// OuterLoops returns the names of the loops that a Pick can be for: those of the plan, and of the flows that it calls and
// starts, that are not inside of another loop. They are in the order of the flow.
func (p *Plan) OuterLoops() (names []string) {
	for _, at := range p.loopsAt(false) {
		if name := at.Name(); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// LoopsAt returns the general places of all loops that OuterLoops has, and of those inside of them.
func (p *Plan) LoopsAt() []Place { return p.loopsAt(true) }

func (p *Plan) loopsAt(inner bool) []Place {
	s := &loopSearch{inner: inner, none: map[*Plan]bool{}}
	s.plan(p, Place{}, nil)
	return s.found
}

// mostLoops limits the loops that are found: n flows that call each other have 2ⁿ loops.
const mostLoops = 1000

// loopSearch finds the loops of a plan, and of those that it runs.
type loopSearch struct {
	inner bool // loops inside of loops as well
	found []Place
	none  map[*Plan]bool // plans without loops
}

// plan finds the loops of a plan that runs at a place. path are the plans that call each other up to this one.
func (s *loopSearch) plan(p *Plan, at Place, path []*Plan) {
	if s.none[p] || slices.Contains(path, p) {
		return
	}
	before := len(s.found)
	s.list(list{at, p.Steps}, append(slices.Clip(path), p))
	s.none[p] = len(s.found) == before
}

func (s *loopSearch) list(in list, path []*Plan) {
	for i := range in.steps {
		if len(s.found) == mostLoops {
			return
		}
		verb, at := in.steps[i].Do, in.at.Step(in.steps[i].Name)
		inside := at
		if _, isLoop := verb.(Loop); isLoop {
			s.found = append(s.found, at)
			if !s.inner {
				continue
			}
			inside = at.Record(0, "", 0)
		}
		if to := runs(verb); to != nil {
			s.plan(to, inside, path)
			continue
		}
		for _, inner := range lists(verb, at) {
			s.list(inner, path)
		}
	}
}
