package engine

import (
	"fmt"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/expr"
)

// Loop runs a helper flow, or steps, once for each record of a list. It is the verbs stream and each.
type Loop struct {
	Source CallCard    // stream: the list card; its Result is not used
	Each   *Expression // each: the list
	List   *Template   // each: the list, if the flow has a YAML list; for a stream both are nil

	Connections map[string]string // service → connection, from the step, for To or Do; nil if it has none

	To   *Plan     // the helper flow, or
	Do   []Step    // the steps
	As   string    // Do: a name for the record, for nested loops; empty if it has none
	Pass Template  // To: the value of the helper's input `state`, evaluated once
	Give *Template // To: the helper's inputs, evaluated for each record in its scope; nil means record, state and index, if it has them

	Width    int // maximum number of records in flight
	Max      int // maximum number of records started; 0 means all
	Key      *Expression
	Allow    Budget
	Collect  *Expression // Do: the value of a record; nil means that of the last step
	CountBy  *Expression // an expression whose text the records are counted by; nil if they are not. For To, it reads the helper's value as `value`
	Keep     bool        // stream: the result has the values of the records, as that of an each always has
	Snapshot bool        // stream: read the whole list before the first record starts
}

// MaxItems is the maximum number of values that a loop keeps as its items.
const MaxItems = 100_000

// inMemory reports whether the loop is an each.
func (l Loop) inMemory() bool { return l.Each != nil || l.List != nil }

// HasItems reports whether the result has the values of the records.
func (l Loop) HasItems() bool { return l.Keep || l.inMemory() }

func (l Loop) bodies() [][]Step { return [][]Step{l.Do} }

func (l Loop) run(f *frame, at Place) (result, error) {
	state, err := l.Pass.eval(f, f.scope(at.Step("pass")))
	if err != nil {
		return result{}, err
	}
	if state == nil {
		state = map[string]any{}
	}
	pick := l.pick(f, at)
	w := Window{Place: at, Width: l.Width, Max: pick.Max, Stop: l.stops, Snapshot: l.Snapshot, InMemory: l.inMemory()}
	reading := pick.reading()
	pages, total, err := l.source(f, at, pick, &reading.Pages)
	if f.resumed && needsLost(err) { // a loop that has ended needs no list
		lost := err
		pages, err = func(Runtime, card.Cursor) (card.Page, error) { return card.Page{}, lost }, nil
	}
	if err != nil {
		return result{}, err
	}
	w.Total = total
	if !l.inMemory() && !l.Snapshot {
		if w.From, err = f.rt.Position(at); err != nil {
			return result{}, err
		}
	}
	f.lend()
	if len(pick.Only) > 0 || len(pick.Skip) > 0 {
		w.Total = 0
	}
	reading.At, reading.Records = w.From, w.From.Index
	if l.HasItems() {
		w.Values, w.Bytes, w.Held = MaxItems, maxItemBytes, maxHeldBytes
	}
	w.Turns = func() Turns { return l.turns(f, at, state, reading.Counted) }
	tally, err := f.rt.Stream(w, l.reader(f, at, reading, pages, w.Max), l.turn(f, at, state))
	if err == nil && tally.Full {
		err = &Error{Place: at, Cause: tooLarge(
			"lower `concurrency`, or collect less: a loop keeps the values of its records until the record around it ends",
			"the items of the loops that run at the same time", maxHeldBytes,
		)}
	}
	f.rt.Emit(Event{Kind: LoopEnded, Place: at, Results: tally.Results, NotKept: tally.NotKept, Err: err})
	if err != nil {
		return result{}, withTally(err, tally)
	}
	if err := l.verdict(tally); err != nil {
		return result{}, err
	}
	wanted := reading.Wanted
	if tally.Reading != nil {
		wanted = tally.Reading.Wanted
	}
	if missing := wanted.missing(pick.Only); len(missing) > 0 && !tally.Resumed && (w.Max == 0 || tally.Read < w.Max) {
		return result{}, wanted.missed(at, missing)
	}
	if tally.Failed > 0 || tally.WithErrors > 0 {
		*f.errors = true
	}
	value := tally.value()
	if l.HasItems() {
		value["items"] = tally.items()
	}
	if l.CountBy != nil {
		value["counts"] = tally.counts()
	}
	return result{value: value}, nil
}

// stops reports whether no more records start.
func (l Loop) stops(t Tally) bool { return t.Fatal != nil || l.Allow.over(t, false) }

// reader returns the reader of the records that start. It keeps how far it has read.
func (l Loop) reader(f *frame, at Place, to *Reading, pages pageReader, most int) recordReader {
	return to.counted(to.picked(l.records(f, at, to, l.whole(at, to, pages, most))), at, most)
}

// pick returns the pick for the loop at a place, with the smaller of its Max and that of the loop, which counts the records that are
// left out as well.
func (l Loop) pick(f *frame, at Place) Pick {
	p, most := f.pick(at), l.Max
	if most > 0 && len(p.Skip) > 0 {
		most = max(0, most-len(p.Skip))
		p.None = p.None || most == 0
	}
	if most > 0 && (p.Max == 0 || most < p.Max) {
		p.Max = most
	}
	return p
}

// emptyList is the reader of a list without records.
func emptyList(Runtime, card.Cursor) (card.Page, error) { return card.Page{}, nil }

// source returns a reader for the list, and the length of the list; 0 if the length is not known. The pages follow those that were read before.
func (l Loop) source(f *frame, at Place, pick Pick, before *Pages) (pageReader, int, error) {
	if pick.None {
		return emptyList, 0, nil
	}
	if l.inMemory() {
		return l.list(f, at)
	}
	call, err := l.Source.call(f, at)
	if err != nil {
		return nil, 0, err
	}
	if u, unknown := expr.FirstUnknown(call.In); (f.dry || f.resumed) && unknown {
		return nil, 0, undecidable(u)
	}
	return l.Source.pages(f, call, before), 0, nil
}

// withTally adds the counts of the records before a page to the error of the page. It does not change a halt.
func withTally(err error, t Tally) error {
	failure, ok := err.(*Error)
	if !ok || failure.Cause.Details != nil {
		return err
	}
	cause, copied := *failure.Cause, *failure
	cause.Details = t.value()
	copied.Cause = &cause
	return &copied
}

// verdict returns the error of the loop; nil if its failures are within the budget.
func (l Loop) verdict(t Tally) error {
	if t.Fatal != nil {
		return t.Fatal.Err
	}
	if !l.Allow.over(t, true) {
		return nil
	}
	first := t.First.Err
	if !l.Allow.Set {
		return first
	}
	failure := &Error{Cause: &card.Error{
		Kind: card.Failed, Code: "failure_budget", Err: first, Details: t.value(),
		Message: fmt.Sprintf("%d of %d records failed, more than the %s allowed; the first: %v", t.Failed, t.Finished(), l.Allow, first),
	}}
	failure.repeats(first)
	return failure
}
