package engine

import (
	"encoding/json"
	"maps"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Turns is what the turns of a stream have in common, as data. With it, the plan of the run, and a record, a turn can run in
// another process: see Plan.Turns.
type Turns struct {
	Plan        string            // the Digest of the plan of the run
	Loop        Place             // of the step whose turns they are
	Start       Start             // of the run, without Inputs and Trigger. Earlier and Permit are not a part of the JSON form
	Connections map[string]string // service → connection for the steps around the loop
	Roots       map[string]Value  // what the expressions of the step see, by the names of their roots
	State       Value             // what the loop passes to its helper
	Counted     bool              `json:",omitempty"` // the event Counted was sent
	Depth       int               // number of flows that the loop's flow is nested in
}

// MarshalJSON encodes the turns.
func (t Turns) MarshalJSON() ([]byte, error) {
	return json.Marshal(turnsJSON{plainTurns(t), ValueJSON{t.Roots}, ValueJSON{t.State}})
}

// UnmarshalJSON decodes the output of MarshalJSON.
func (t *Turns) UnmarshalJSON(data []byte) error {
	var j turnsJSON
	err := json.Unmarshal(data, &j)
	*t = Turns(j.plainTurns)
	t.Roots, _ = j.Roots.Value.(map[string]any)
	t.State = j.State.Value
	return err
}

type (
	plainTurns Turns
	turnsJSON  struct {
		plainTurns
		Roots ValueJSON
		State ValueJSON
	}
)

// turns returns the turns of the loop at a place of the frame. The frame must be lent.
func (l Loop) turns(f *frame, at Place, state Value, counted bool) Turns {
	s := f.start
	s.Inputs, s.Trigger = nil, nil
	return Turns{
		Plan: f.root.Digest(), Loop: at, Start: s, Connections: f.conns, Roots: maps.Clone(f.roots), State: state, Depth: f.depth, Counted: counted,
	}
}

// Turns returns a function that runs one turn, as the run itself would, on a strand of its record, and the Stop of the stream's Window. Both are
// safe for concurrent use. p is the plan of the run. It is an error of kind invalid if t is of another plan.
func (p *Plan) Turns(t Turns) (turn func(Runtime, Record) (Outcome, error), stop func(Tally) bool, err error) {
	f, loop, err := p.around(t)
	if err != nil {
		return nil, nil, err
	}
	return loop.turn(f, t.Loop, t.State), loop.stops, nil
}

// List returns a reader of the list of the stream of t, given the Window, as that of Runtime.Stream, and a function that returns how far it has
// read. It evaluates the list again: the Moment of rt must be that at which the stream was started. The list is read from where an earlier process
// has read it; from w.From if after is nil. p is the plan of the run. It is an error of kind invalid if t is of another plan.
func (p *Plan) List(rt Runtime, t Turns, w Window, after *Reading) (
	read func(Runtime, card.Cursor) (Batch, error), far func() Reading, err error,
) {
	f, l, err := p.around(t)
	if err != nil {
		return nil, nil, err
	}
	f.rt = rt
	pick := l.pick(f, t.Loop)
	to := pick.reading()
	if to.At, to.Records, to.Counted = w.From, w.From.Index, t.Counted; after != nil {
		*to = after.clone()
	}
	pages, _, err := l.source(f, t.Loop, pick, &to.Pages)
	if err != nil {
		return nil, nil, err
	}
	return l.reader(f, t.Loop, to, pages, w.Max), func() Reading { return to.clone() }, nil
}

// around returns the frame around the loop of t, and the loop.
func (p *Plan) around(t Turns) (*frame, Loop, error) {
	if t.Plan != p.Digest() {
		return nil, Loop{}, invalid("", "flow %q is not the one of which the run has turns", p.Flow)
	}
	in, loop := p.loop(list{steps: p.Steps}, t.Loop.General())
	if in == nil {
		return nil, Loop{}, &card.Error{Kind: card.Internal, Message: "flow " + p.Flow + " has no loop at " + t.Loop.String()}
	}
	f := &frame{
		settings: settingsOf(p, t.Start), plan: in, place: t.Loop.Around(), conns: t.Connections,
		roots: maps.Clone(t.Roots), errors: new(bool), depth: t.Depth,
	}
	steps, _ := t.Roots["steps"].(map[string]any)
	vars, _ := t.Roots["vars"].(map[string]any)
	f.scopeOf(&bindings{values: steps, lent: true}, &bindings{values: vars, lent: true})
	return f, loop, nil
}

// loop follows a general place through the lists of steps around it, and returns the loop there with the plan that it is in; nil if there
// is none.
func (p *Plan) loop(in list, at Place) (*Plan, Loop) {
	for i := range in.steps {
		step := &in.steps[i]
		here := in.at.Step(step.Name)
		if loop, ok := step.Do.(Loop); ok && here.Equal(at) {
			return p, loop
		}
		if !at.isIn(here) {
			continue
		}
		of := p
		if to := runs(step.Do); to != nil {
			of = to
		}
		for _, inner := range lists(step.Do, here) {
			if found, loop := of.loop(inner, at); found != nil {
				return found, loop
			}
		}
	}
	return nil, Loop{}
}
