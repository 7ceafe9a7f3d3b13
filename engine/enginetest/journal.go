package enginetest

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// Journal is an engine.Journal in memory that can crash. It keeps its entries as JSON, so that it returns what a journal on disk
// does. Only Begin and Flush make entries durable.
type Journal struct {
	mu      sync.Mutex
	entries [][]byte
	durable int   // number of entries that are durable
	resumed bool  // it is what a crash left
	broken  error // nil: entries can be kept
	before  func(call string) error
	known   journalState // what the first entries amount to
	applied int          // number of these entries
}

var _ engine.Journal = (*Journal)(nil)

// NewJournal returns the empty journal of a new run.
func NewJournal() *Journal { return &Journal{} }

// Before makes the journal call f before each call of a method that adds an entry: with the name of the method and the place,
// such as "Begin sweep/=0.0.ada/suspend". If f returns an error, the journal is broken: it returns the error from then
// on. f must not call the journal, except for Crash and Pending.
func (j *Journal) Before(f func(call string) error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.before = f
}

// Flush makes all entries durable.
func (j *Journal) Flush() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.broken == nil {
		j.durable = len(j.entries)
	}
	return j.broken
}

// Begun returns the writes that were begun, in order: one that was begun twice is there twice.
func (j *Journal) Begun() (all []engine.Intent, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, text := range j.entries {
		var e entry
		if err := json.Unmarshal(text, &e); err != nil {
			return nil, err
		}
		if e.Call == "Begin" {
			all = append(all, e.Intent.Intent)
		}
	}
	return all, nil
}

// Pending returns the number of entries that are not durable.
func (j *Journal) Pending() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.entries) - j.durable
}

// Crash returns what the next process finds if this one is killed now: all entries that are durable, and at most keep of the
// others. From then on, j returns an error, as for a process whose run was taken over.
func (j *Journal) Crash(keep int) *Journal {
	j.mu.Lock()
	defer j.mu.Unlock()
	n := min(j.durable+keep, len(j.entries))
	j.broken = &card.Error{Kind: card.Storage, Message: "another process has taken the run over"}
	return &Journal{entries: slices.Clone(j.entries[:n]), durable: n, resumed: true}
}

// entry is a call of one of the methods that add something.
type entry struct {
	Call     string
	At       engine.Place
	Effects  []engine.EffectJSON
	Intent   *engine.IntentJSON
	Record   *engine.Record
	Outcome  engine.Outcome
	Err      engine.ErrorJSON
	Position engine.Position
	Tally    *engine.Tally
}

func (j *Journal) put(e entry, durable bool) error {
	text, err := json.Marshal(e)
	if err != nil {
		return err
	}
	j.mu.Lock()
	before := j.before
	j.mu.Unlock()
	if before != nil {
		err = before(e.Call + " " + e.At.ID())
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.broken == nil {
		j.broken = err
	}
	if j.broken != nil {
		return j.broken
	}
	j.entries = append(j.entries, text)
	if durable {
		j.durable = len(j.entries)
	}
	return nil
}

// Add implements engine.Journal.
func (j *Journal) Add(scope engine.Place, effects ...engine.Effect) error {
	return j.put(entry{Call: "Add", At: scope, Effects: asJSON(effects)}, false)
}

func asJSON(effects []engine.Effect) (all []engine.EffectJSON) {
	for _, one := range effects {
		all = append(all, engine.EffectJSON{Effect: one})
	}
	return all
}

// Open implements engine.Journal.
func (j *Journal) Open(r engine.Record, effects ...engine.Effect) error {
	return j.put(entry{Call: "Open", At: r.Place, Record: &r, Effects: asJSON(effects)}, false)
}

// Begin implements engine.Journal.
func (j *Journal) Begin(i engine.Intent) error {
	return j.put(entry{Call: "Begin", At: i.Place, Intent: &engine.IntentJSON{Intent: i}}, true)
}

// End implements engine.Journal.
func (j *Journal) End(i engine.Intent, e engine.Effect) error {
	return j.put(entry{Call: "End", At: i.Place, Intent: &engine.IntentJSON{Intent: i}, Effects: []engine.EffectJSON{{Effect: e}}}, false)
}

// Close implements engine.Journal.
func (j *Journal) Close(r engine.Record, out engine.Outcome, err error) error {
	r.Value = nil
	return j.put(entry{Call: "Close", At: r.Place, Record: &r, Outcome: out, Err: engine.ErrorJSON{Err: err}}, false)
}

// Advance implements engine.Journal.
func (j *Journal) Advance(stream engine.Place, at engine.Position, t engine.Tally) error {
	return j.put(entry{Call: "Advance", At: stream, Position: at, Tally: &t}, false)
}

// Past implements engine.Journal.
func (j *Journal) Past(scope engine.Place) (engine.Past, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.resumed {
		return engine.Past{}, j.broken
	}
	s, err := j.state()
	if err != nil {
		return engine.Past{}, err
	}
	var past engine.Past
	for _, e := range s.effects {
		if e.Place.InnerRecord().Equal(scope) {
			past.Effects = append(past.Effects, e)
		}
	}
	for _, i := range s.begun {
		if i.Place.InnerRecord().Equal(scope) {
			past.Begun = append(past.Begun, i)
		}
	}
	return past, nil
}

// Stream implements engine.Journal.
func (j *Journal) Stream(at engine.Place) (engine.StreamPast, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	s, err := j.state()
	if err != nil || s.streams[at.ID()] == nil {
		return engine.StreamPast{}, err
	}
	past := *s.streams[at.ID()]
	past.Open, past.Ended, past.Items = slices.Clone(past.Open), slices.Clone(past.Ended), slices.Clone(past.Items)
	past.Tally.Groups.Counts = maps.Clone(past.Tally.Groups.Counts) // whoever continues the stream counts on
	slices.SortFunc(past.Open, func(a, b engine.Record) int { return a.Index - b.Index })
	return past, nil
}

// Counts implements engine.Journal.
func (j *Journal) Counts() (engine.Counts, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	s, err := j.state()
	if err != nil {
		return engine.Counts{}, err
	}
	counts := engine.Counts{Streams: maps.Clone(s.closed), Writes: map[string]engine.Writes{}}
	for _, calls := range s.calls {
		if scope := calls.at.InnerRecord(); !scope.IsZero() && !s.isOpen(scope) {
			w := counts.Writes[calls.card]
			w.CountCall(calls.attempts)
			counts.Writes[calls.card] = w
		}
	}
	return counts, nil
}

// isIn reports whether a place is inside of another one.
func isIn(inner, outer engine.Place) bool {
	return outer.IsZero() || strings.HasPrefix(inner.ID(), outer.ID()+"/")
}
