package engine

import (
	"fmt"
	"strconv"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Stream reads a list card page by page and runs a helper flow once for every record.
type Stream struct {
	Source Card // the list; its Result is not used
	To     *Plan
	Pass   Template // what the helper gets as `state`, evaluated once
	Width  int      // records in flight at most
	Max    int      // records begun at most; 0 means all
	Allow  Budget
}

// Budget is how many records of a loop may fail. The zero Budget allows none: the first failure stops
// the loop, and the loop fails with that record's error.
type Budget struct {
	Set      bool
	Failures int
	Percent  float64 // used instead of Failures if above 0
}

// percentFrom is how many records must have finished before a share of them says anything.
const percentFrom = 100

// over reports whether the failures so far are more than the budget; end says that no more will come.
func (b Budget) over(t Tally, end bool) bool {
	switch {
	case t.Failed == 0:
		return false
	case !b.Set:
		return true
	case b.Percent > 0:
		return (end || t.Finished() >= percentFrom) && float64(t.Failed)*100 > b.Percent*float64(t.Finished())
	}
	return t.Failed > b.Failures
}

func (s Stream) run(f *frame, path string) (result, error) {
	state, err := s.Pass.eval(f, f.scope(path))
	if err != nil {
		return result{}, err
	}
	if state == nil {
		state = map[string]any{}
	}
	call, err := s.Source.call(f, path)
	if err != nil {
		return result{}, err
	}
	window := Window{Width: s.Width, Max: s.Max, Stop: func(t Tally) bool { return s.Allow.over(t, false) }}
	tally, err := f.rt.Stream(window, s.Source.pages(f, call), func(rt Runtime, r Record) (Outcome, error) {
		return s.turn(f, rt, path, state, r)
	})
	if err != nil {
		return result{}, err
	}
	if err := s.verdict(tally); err != nil {
		return result{}, err
	}
	if tally.Failed > 0 || tally.WithErrors > 0 {
		f.errors = true
	}
	return result{value: tally.value()}, nil
}

// turn runs the helper for one record.
func (s Stream) turn(f *frame, rt Runtime, path string, state Value, r Record) (Outcome, error) {
	key := s.key(r)
	rt.Emit(Event{Kind: RecordStarted, Path: path, Key: key})
	out, err := s.helper(f, rt, path+"["+key+"]", state, r)
	if err != nil {
		out.Status = Failed
	}
	rt.Emit(Event{Kind: RecordEnded, Path: path, Key: key, Status: out.Status, Err: err})
	return out, err
}

func (s Stream) helper(f *frame, rt Runtime, path string, state Value, r Record) (Outcome, error) {
	sent := map[string]Value{}
	for name, v := range map[string]Value{"record": r.Value, "state": state, "index": r.Index} {
		if _, ok := s.To.Input(name); ok {
			sent[name] = v
		}
	}
	inputs, err := s.To.accept(sent)
	if err != nil {
		return Outcome{}, err
	}
	h, err := f.helper(rt, s.To, path, inputs)
	if err != nil {
		return Outcome{}, err
	}
	return h.flow()
}

// key names a record: by the field that the list card says identifies it, else by its place in the list.
func (s Stream) key(r Record) string {
	if fields, ok := r.Value.(map[string]any); ok && s.Source.Card.Key != "" {
		if key, ok := fields[s.Source.Card.Key].(string); ok && key != "" {
			return key
		}
	}
	return strconv.Itoa(r.Index)
}

// verdict is the loop's error: nil if what failed is within the budget.
func (s Stream) verdict(t Tally) error {
	if !s.Allow.over(t, true) {
		return nil
	}
	first := t.First.Err
	if !s.Allow.Set {
		return first
	}
	allowed := fmt.Sprintf("%d", s.Allow.Failures)
	if s.Allow.Percent > 0 {
		allowed = fmt.Sprintf("%v %%", s.Allow.Percent)
	}
	return &card.Error{
		Kind: card.Failed, Code: "failure_budget", Err: first, Details: t.value(),
		Message: fmt.Sprintf("%d of %d records failed, more than the %s allowed; the first: %v", t.Failed, t.Finished(), allowed, first),
	}
}

// value is the tally as a flow sees it.
func (t Tally) value() map[string]any {
	return map[string]any{"read": t.Read, "ok": t.OK, "skipped": t.Skipped, "failed": t.Failed}
}
