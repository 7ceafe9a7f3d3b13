package journaled_test

import (
	"encoding/json"
	"slices"
	"sync"
	"testing"

	"github.com/flowdeck/flowdeck/engine"
)

// memory is a Journal in memory. Its entries are JSON, as those of a store are.
type memory struct {
	t *testing.T

	mu      sync.Mutex
	log     []entry
	durable int   // number of entries that are durable
	broken  error // nil: entries can be kept
	begun   func(engine.Intent)
}

// entry is a call of one of the methods that add something.
type entry struct {
	What    string // add, open, begin, end, close, advance
	At      engine.Place
	Effects []effect
	Record  engine.Record
	Intent  *engine.Intent
	In      engine.ValueJSON
	Outcome engine.Outcome
	Err     engine.ErrorJSON
	To      engine.Position
	Tally   *engine.Tally
}

type effect struct {
	engine.Effect
	Value engine.ValueJSON
	Err   engine.ErrorJSON
}

func (m *memory) put(durable bool, e entry) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken != nil {
		return m.broken
	}
	data, err := json.Marshal(e)
	if err != nil {
		m.t.Fatal(err)
	}
	var kept entry
	if err := json.Unmarshal(data, &kept); err != nil {
		m.t.Fatalf("%s: %v", data, err)
	}
	m.log = append(m.log, kept)
	if durable {
		m.durable = len(m.log)
	}
	return nil
}

func effects(list []engine.Effect) (all []effect) {
	for _, e := range list {
		one := effect{Effect: e, Value: engine.ValueJSON{Value: e.Value}, Err: engine.ErrorJSON{Err: e.Err}}
		one.Effect.Value, one.Effect.Err = nil, nil
		all = append(all, one)
	}
	return all
}

func (e effect) plain() engine.Effect {
	e.Effect.Value, e.Effect.Err = e.Value.Value, e.Err.Err
	return e.Effect
}

func (m *memory) Add(scope engine.Place, list ...engine.Effect) error {
	return m.put(false, entry{What: "add", At: scope, Effects: effects(list)})
}

func (m *memory) Open(r engine.Record) error { return m.put(false, entry{What: "open", Record: r}) }

func (m *memory) Begin(i engine.Intent) error {
	e := entry{What: "begin", Intent: &i, In: engine.ValueJSON{Value: i.In}}
	i.In = nil
	err := m.put(true, e)
	if m.begun != nil {
		m.begun(i)
	}
	return err
}

func (m *memory) End(i engine.Intent, e engine.Effect) error {
	i.In = nil
	return m.put(false, entry{What: "end", Intent: &i, Effects: effects([]engine.Effect{e})})
}

func (m *memory) Close(r engine.Record, out engine.Outcome, err error) error {
	r.Value = nil
	return m.put(false, entry{What: "close", Record: r, Outcome: out, Err: engine.ErrorJSON{Err: err}})
}

func (m *memory) Advance(stream engine.Place, at engine.Position, t engine.Tally) error {
	return m.put(false, entry{What: "advance", At: stream, To: at, Tally: &t})
}

func (m *memory) Past(scope engine.Place) (past engine.Past, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range m.log {
		switch e.What {
		case "add":
			if e.At.Equal(scope) {
				for _, one := range e.Effects {
					past.Effects = append(past.Effects, one.plain())
				}
			}
		case "begin", "end":
			if !e.Intent.Place.InnerRecord().Equal(scope) || e.Intent.Aside {
				continue
			}
			past.Begun = slices.DeleteFunc(past.Begun, func(i engine.Intent) bool {
				return i.Place.Equal(e.Intent.Place) && i.Attempt == e.Intent.Attempt
			})
			if e.What == "end" {
				past.Effects = append(past.Effects, e.Effects[0].plain())
				continue
			}
			i := *e.Intent
			i.In = e.In.Value
			past.Begun = append(past.Begun, i)
		}
	}
	return past, nil
}

func (m *memory) Stream(at engine.Place) (s engine.StreamPast, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range m.log {
		switch {
		case e.What == "open" && e.Record.Place.Around().Equal(at):
			s.Open = append(s.Open, e.Record)
		case e.What == "close" && e.Record.Place.Around().Equal(at):
			s.Open = slices.DeleteFunc(s.Open, func(r engine.Record) bool { return r.Place.Equal(e.Record.Place) })
			s.Ended = append(s.Ended, engine.Ended{Record: e.Record, Outcome: e.Outcome, Err: e.Err.Err})
		case e.What == "advance" && e.At.Equal(at):
			s.At, s.Tally = e.To, *e.Tally
			s.Ended = slices.DeleteFunc(s.Ended, func(ended engine.Ended) bool { return ended.Record.Place.Page() < e.To.Page })
		}
	}
	return s, nil
}

func (m *memory) Counts() (engine.Counts, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	counts := engine.Counts{Streams: map[string]engine.Tally{}, Writes: map[string]engine.Writes{}}
	closed := map[string]bool{}
	for _, e := range m.log {
		if e.What == "close" {
			name := e.Record.Place.Around().Name()
			t := counts.Streams[name]
			t.Read++
			t.Count(e.Record.Index, e.Outcome, e.Err.Err)
			counts.Streams[name] = t
			closed[e.Record.Place.ID()] = true
		}
	}
	for _, e := range m.log {
		if e.What == "end" && closed[e.Intent.Place.InnerRecord().ID()] && e.Effects[0].Err.Err == nil {
			w := counts.Writes[e.Intent.Card]
			w.Calls++
			w.Changed++
			counts.Writes[e.Intent.Card] = w
		}
	}
	return counts, nil
}

// crashed returns the journal that is left when the process ends now: all that is durable, and some of the rest.
func (m *memory) crashed(more int) *memory {
	m.mu.Lock()
	defer m.mu.Unlock()
	left := slices.Clone(m.log[:min(m.durable+more, len(m.log))])
	return &memory{t: m.t, log: left, durable: len(left)}
}
