package engine

import (
	"slices"
	"strconv"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/words"
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

// missed returns the error of keys that no record has.
func (p Pick) missed(at Place, keys []string) error {
	quoted := make([]string, len(keys))
	for i, key := range keys {
		quoted[i] = strconv.Quote(key)
	}
	return &card.Error{Kind: card.Invalid, Message: "no record of " + at.Name() + " has the key " + words.Or(quoted)}
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
	outerLoops(p, Place{}, []*Plan{p}, map[*Plan]bool{}, &names)
	return names
}

// maxOuterLoops limits the names of OuterLoops: n flows that call each other have 2ⁿ loops.
const maxOuterLoops = 1000

// outerLoops adds the loops of a plan that runs at a place. path are the plans that call each other up to this one. none
// remembers the plans without loops.
func outerLoops(p *Plan, at Place, path []*Plan, none map[*Plan]bool, names *[]string) {
	before := len(*names)
	var visit func(at Place, steps []Step)
	visit = func(at Place, steps []Step) {
		for i := range steps {
			s, at := &steps[i], at.Step(steps[i].Name)
			if len(*names) == maxOuterLoops {
				return
			}
			switch verb := s.Do.(type) {
			case Loop:
				if name := at.Name(); !slices.Contains(*names, name) {
					*names = append(*names, name)
				}
			case CallFlow, StartFlow:
				if to := runs(verb); !none[to] && !slices.Contains(path, to) {
					outerLoops(to, at, append(slices.Clip(path), to), none, names)
				}
			default:
				for _, inner := range lists(verb, at) {
					visit(inner.at, inner.steps)
				}
			}
		}
	}
	visit(at, p.Steps)
	none[p] = len(*names) == before
}
