package engine

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Loop runs a helper flow, or steps, once for every record of a list: the verbs stream and each.
type Loop struct {
	Source Card        // stream: the list card; its Result is not used
	Each   *Expression // each: the list; nil for a stream

	To   *Plan    // the helper flow, or
	Do   []Step   // the steps
	As   string   // Do: a name of the record for loops further in; empty for none
	Pass Template // To: what the helper gets as `state`, evaluated once

	Width    int // records in flight at most
	Max      int // records begun at most; 0 means all
	Key      *Expression
	Allow    Budget
	Collect  *Expression // Do: the value of a record's turn; nil takes the last step's
	Snapshot bool        // stream: read the whole list before the first record begins
}

// MaxItems is how many values an each keeps as its items.
const MaxItems = 10_000

func (l Loop) bodies() [][]Step { return [][]Step{l.Do} }

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
	case b.Percent > 0 && t.Total > 0:
		return float64(t.Failed)*100 > b.Percent*float64(t.Total)
	case b.Percent > 0:
		return (end || t.Finished() >= percentFrom) && float64(t.Failed)*100 > b.Percent*float64(t.Finished())
	}
	return t.Failed > b.Failures
}

func (b Budget) String() string {
	if b.Percent > 0 {
		return fmt.Sprintf("%v %%", b.Percent)
	}
	return strconv.Itoa(b.Failures)
}

func (l Loop) run(f *frame, path string) (result, error) {
	state, err := l.Pass.eval(f, f.scope(path))
	if err != nil {
		return result{}, err
	}
	if state == nil {
		state = map[string]any{}
	}
	w := Window{
		Path: path, Width: l.Width, Max: l.Max, Snapshot: l.Snapshot,
		Stop: func(t Tally) bool { return l.Allow.over(t, false) },
	}
	if f.max > 0 && (w.Max == 0 || f.max < w.Max) {
		w.Max = f.max
	}
	read, total, err := l.source(f, path)
	if err != nil {
		return result{}, err
	}
	w.Total = total
	if f.only != "" {
		read, w.Total = l.only(f, path, read), 0
	}
	read = counted(read, path, w.Max)
	if l.Each != nil {
		w.Values = MaxItems
	}
	tally, err := f.rt.Stream(w, read, func(rt Runtime, r Record) (Outcome, error) {
		return l.turn(f, rt, path, state, r)
	})
	f.rt.Emit(Event{Kind: LoopEnded, Path: path, Results: tally.Results, Err: err})
	if err != nil {
		return result{}, err
	}
	if err := l.verdict(tally); err != nil {
		return result{}, err
	}
	if tally.Failed > 0 || tally.WithErrors > 0 {
		*f.errors = true
	}
	value := tally.value()
	if l.Each != nil {
		value["items"] = tally.items()
	}
	return result{value: value}, nil
}

// source is what reads the list, and how long the list is if that is known.
func (l Loop) source(f *frame, path string) (func(Runtime, card.Cursor) (card.Page, error), int, error) {
	if l.Each != nil {
		return l.list(f, path)
	}
	call, err := l.Source.call(f, path)
	return l.Source.pages(f, call), 0, err
}

// turn is one record's.
func (l Loop) turn(f *frame, rt Runtime, path string, state Value, r Record) (Outcome, error) {
	key, err := l.key(f, rt, path, r)
	rt.Emit(Event{Kind: RecordStarted, Path: path, Key: key})
	var out Outcome
	switch {
	case err != nil:
	case l.To != nil:
		out, err = l.helper(f, rt, path+"["+key+"]", state, r)
	default:
		out, err = l.body(f, rt, path+"["+key+"]", r)
	}
	switch {
	case errors.Is(err, errUndecidable):
		out.Status = Undecidable
	case err != nil:
		out.Status = Failed
	}
	out.Key = key
	rt.Emit(Event{Kind: RecordEnded, Path: path, Key: key, Status: out.Status, Err: err})
	return out, err
}

func (l Loop) helper(f *frame, rt Runtime, path string, state Value, r Record) (Outcome, error) {
	sent := map[string]Value{}
	for name, v := range map[string]Value{"record": r.Value, "state": state, "index": r.Index} {
		if _, ok := l.To.Input(name); ok {
			sent[name] = v
		}
	}
	inputs, err := l.To.accept(sent)
	if err != nil {
		return Outcome{}, err
	}
	h, err := f.helper(rt, l.To, path, inputs)
	if err != nil {
		return Outcome{}, err
	}
	h.only = ""
	return h.flow()
}

// body runs the steps of Do in a scope of the record's own.
func (l Loop) body(f *frame, rt Runtime, path string, r Record) (Outcome, error) {
	g := f.inner(rt, path)
	g.only = ""
	l.bind(g, r)
	done, err := g.list(l.Do)
	if err != nil {
		return Outcome{}, err
	}
	if done.ending == stopped {
		return done.skipped(), nil
	}
	if l.Collect != nil {
		done.value, err = l.Collect.eval(g, path)
	}
	return Outcome{Status: g.status(), Value: done.value}, err
}

// only leaves of each page the record that the person asked for. Inside of its turn all records run again.
func (l Loop) only(f *frame, path string, read func(Runtime, card.Cursor) (card.Page, error)) func(Runtime, card.Cursor) (card.Page, error) {
	index := 0
	return func(rt Runtime, at card.Cursor) (card.Page, error) {
		page, err := read(rt, at)
		kept := card.Page{Next: page.Next}
		for _, item := range page.Items {
			key, keyErr := l.key(f, rt, path, Record{Index: index, Value: item})
			index++
			if keyErr == nil && key == f.only {
				kept.Items = append(kept.Items, item)
			}
		}
		return kept, err
	}
}

// counted is read, and tells how many records will begin as soon as the pages say so. It must be called with
// the cursors in their order; most may be 0 for all.
func counted(read func(Runtime, card.Cursor) (card.Page, error), path string, most int) func(Runtime, card.Cursor) (card.Page, error) {
	total, told := 0, false
	return func(rt Runtime, at card.Cursor) (card.Page, error) {
		page, err := read(rt, at)
		total += len(page.Items)
		enough := most > 0 && total >= most
		if enough {
			total = most
		}
		if err == nil && !told && (enough || page.Next == "") {
			told = true
			rt.Emit(Event{Kind: Counted, Path: path, Total: total})
		}
		return page, err
	}
}

// bind makes a record known to expressions.
func (l Loop) bind(g *frame, r Record) {
	g.roots["record"], g.roots["index"] = r.Value, r.Index
	if l.As != "" {
		g.roots[l.As] = r.Value
	}
}

// key names a record: by Key, else by the field that the list card says identifies it, else by its place
// in the list.
func (l Loop) key(f *frame, rt Runtime, path string, r Record) (string, error) {
	place := strconv.Itoa(r.Index)
	if l.Key != nil {
		g := f.inner(rt, path)
		l.bind(g, r)
		v, err := l.Key.eval(g, path)
		if err != nil {
			return place, err
		}
		return fmt.Sprint(v), nil
	}
	if fields, ok := r.Value.(map[string]any); ok && l.Source.Card.Key != "" {
		if key, ok := fields[l.Source.Card.Key].(string); ok && key != "" {
			return key, nil
		}
	}
	return place, nil
}

// verdict is the loop's error: nil if what failed is within the budget.
func (l Loop) verdict(t Tally) error {
	if !l.Allow.over(t, true) {
		return nil
	}
	first := t.First.Err
	if !l.Allow.Set {
		return first
	}
	return &card.Error{
		Kind: card.Failed, Code: "failure_budget", Err: first, Details: t.value(),
		Message: fmt.Sprintf("%d of %d records failed, more than the %s allowed; the first: %v", t.Failed, t.Finished(), l.Allow, first),
	}
}

// items are the values of the records that ended ok; nil if there are more than are kept.
func (t Tally) items() Value {
	switch {
	case t.Values != nil:
		return t.Values
	case t.OK == 0:
		return []any{}
	}
	return nil
}

// value is the tally as a flow sees it.
func (t Tally) value() map[string]any {
	return map[string]any{"read": t.Read, "ok": t.OK, "skipped": t.Skipped, "failed": t.Failed, "results": t.Results}
}
