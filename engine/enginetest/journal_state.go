package enginetest

import (
	"encoding/json"
	"slices"

	"github.com/flowdeck/flowdeck/engine"
)

// journalState is what the entries of a Journal amount to.
type journalState struct {
	effects []engine.Effect
	begun   []engine.Intent
	streams map[string]*engine.StreamPast // by ID
	calls   []callPast
	closed  map[string]engine.Tally // by name
}

// callPast has the attempts of a call that writes.
type callPast struct {
	at       engine.Place
	card     string
	attempts []engine.Effect
	numbers  []int
}

// state returns what all entries amount to. j is locked, and the state is not used after that.
func (j *Journal) state() (*journalState, error) {
	if j.broken != nil {
		return nil, j.broken
	}
	for ; j.applied < len(j.entries); j.applied++ {
		var e entry
		if err := json.Unmarshal(j.entries[j.applied], &e); err != nil {
			return nil, err
		}
		j.known.apply(e)
	}
	return &j.known, nil
}

func (s *journalState) apply(e entry) {
	switch e.Call {
	case "Add":
		for _, one := range e.Effects {
			s.add(one.Effect)
		}
	case "Open":
		if known := s.stream(e.At.Around()); !slices.ContainsFunc(known.Open, same(*e.Record)) {
			known.Open = append(known.Open, *e.Record)
		}
		for _, one := range e.Effects {
			s.add(one.Effect)
		}
	case "Begin":
		i := e.Intent.Intent
		if !i.Aside {
			s.attempt(i, engine.Effect{Err: engine.ErrCutOff})
			s.drop(i)
			s.begun = append(s.begun, i)
		}
	case "End":
		i := e.Intent.Intent
		if !i.Aside {
			end := e.Effects[0].Effect
			if end.Err != nil {
				end.Before = i.Before
			}
			s.attempt(i, end)
			s.drop(i)
			s.add(end)
		}
	case "Close":
		s.close(e)
	case "Advance":
		known := s.stream(e.At)
		known.At, known.Tally = e.Position, *e.Tally
		known.Ended = slices.DeleteFunc(known.Ended, func(r engine.Ended) bool {
			before := r.Record.Place.Page() < e.Position.Page
			if before && r.Err == nil && r.Outcome.Status != engine.Skipped {
				known.Items = append(known.Items, engine.Item{Index: r.Record.Index, Value: r.Outcome.Value})
			}
			return before
		})
		if !known.Tally.Kept {
			known.Items = nil
		}
	}
}

func (s *journalState) add(e engine.Effect) {
	s.effects = slices.DeleteFunc(s.effects, func(old engine.Effect) bool {
		return old.Kind == e.Kind && old.Nth == e.Nth && old.Place.Equal(e.Place)
	})
	s.effects = append(s.effects, e)
	if e.Kind == engine.StreamEffect {
		s.forget(e.Place)
	}
}

// attempt adds an attempt of a write, or replaces it.
func (s *journalState) attempt(i engine.Intent, result engine.Effect) {
	at := slices.IndexFunc(s.calls, func(c callPast) bool { return c.at.Equal(i.Place) })
	if at < 0 {
		at = len(s.calls)
		s.calls = append(s.calls, callPast{at: i.Place, card: i.Card})
	}
	c := &s.calls[at]
	if n := slices.Index(c.numbers, i.Attempt); n >= 0 {
		c.attempts[n] = result
		return
	}
	c.numbers = append(c.numbers, i.Attempt)
	c.attempts = append(c.attempts, result)
}

// drop removes what is known of an attempt of a write.
func (s *journalState) drop(i engine.Intent) {
	s.begun = slices.DeleteFunc(s.begun, func(old engine.Intent) bool { return old.Attempt == i.Attempt && old.Place.Equal(i.Place) })
	s.effects = slices.DeleteFunc(s.effects, func(old engine.Effect) bool {
		return old.Kind == engine.CallEffect && old.Nth == i.Attempt && old.Place.Equal(i.Place)
	})
}

func (s *journalState) close(e entry) {
	stream := s.stream(e.At.Around())
	stream.Open = slices.DeleteFunc(stream.Open, same(*e.Record))
	stream.Ended = slices.DeleteFunc(stream.Ended, func(r engine.Ended) bool { return r.Record.Place.Equal(e.At) })
	stream.Ended = append(stream.Ended, engine.Ended{Record: *e.Record, Outcome: e.Outcome, Err: e.Err.Err})
	if s.closed == nil {
		s.closed = map[string]engine.Tally{}
	}
	name := e.At.Around().Name()
	t := s.closed[name]
	t.Read++
	e.Outcome.Group = nil
	t.Count(e.Record.Index, e.Outcome, e.Err.Err)
	t.First, t.Fatal = nil, nil
	s.closed[name] = t
	s.forget(e.At)
}

// forget drops everything inside of a place.
func (s *journalState) forget(at engine.Place) {
	s.effects = slices.DeleteFunc(s.effects, func(old engine.Effect) bool { return isIn(old.Place, at) })
	s.begun = slices.DeleteFunc(s.begun, func(old engine.Intent) bool { return isIn(old.Place, at) })
	for id := range s.streams {
		var place engine.Place
		if place.UnmarshalText([]byte(id)) == nil && (isIn(place, at) || place.Equal(at)) {
			delete(s.streams, id)
		}
	}
}

func (s *journalState) stream(at engine.Place) *engine.StreamPast {
	if s.streams == nil {
		s.streams = map[string]*engine.StreamPast{}
	}
	if s.streams[at.ID()] == nil {
		s.streams[at.ID()] = &engine.StreamPast{}
	}
	return s.streams[at.ID()]
}

func same(r engine.Record) func(engine.Record) bool {
	return func(other engine.Record) bool { return other.Place.Equal(r.Place) }
}

// isOpen reports whether a record has started and not ended.
func (s *journalState) isOpen(record engine.Place) bool {
	known := s.streams[record.Around().ID()]
	return known != nil && slices.ContainsFunc(known.Open, same(engine.Record{Place: record}))
}
