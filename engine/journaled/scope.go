package journaled

import (
	"sync"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// scope has the effects of the run outside of its records, or those of a record.
type scope struct {
	run    *Run
	around *scope        // nil for the run
	record engine.Record // zero for the run

	mu      sync.Mutex
	open    bool            // the journal has the scope
	pending []engine.Effect // not yet in the journal: nothing durable depends on them
	past    map[key]engine.Effect
	begun   map[key]engine.Intent
	states  map[string]card.State // before the calls that were begun and may be attempted again, by the ID of their place
}

// key identifies an effect in its scope.
type key struct {
	kind  engine.EffectKind
	place string
	nth   int
}

// load reads what the journal knows of the scope.
func (s *scope) load() error {
	past, err := s.run.Journal.Past(s.record.Place)
	if err != nil {
		return err
	}
	s.past, s.begun = make(map[key]engine.Effect, len(past.Effects)), make(map[key]engine.Intent, len(past.Begun))
	s.states = map[string]card.State{}
	for _, e := range past.Effects {
		if !engine.IsCanceled(e.Err) { // a call that was not sent
			s.past[key{e.Kind, e.Place.ID(), e.Nth}] = e
		}
		if !e.Before.IsZero() {
			s.states[e.Place.ID()] = e.Before
		}
	}
	for _, i := range past.Begun {
		s.begun[key{engine.CallEffect, i.Place.ID(), i.Attempt}] = i
		s.states[i.Place.ID()] = i.Before // also if it is not known: it is too late to read it
	}
	s.open = true
	return nil
}

// recall returns an effect of an earlier process.
func (s *scope) recall(kind engine.EffectKind, at engine.Place, nth int) (engine.Effect, bool) {
	if s.past == nil {
		return engine.Effect{}, false
	}
	e, ok := s.past[key{kind, at.ID(), nth}]
	return e, ok
}

// doubtful returns a write of an earlier process that has no result.
func (s *scope) doubtful(at engine.Place, attempt int) (engine.Intent, bool) {
	if s.begun == nil {
		return engine.Intent{}, false
	}
	i, ok := s.begun[key{engine.CallEffect, at.ID(), attempt}]
	return i, ok
}

// resumed reports whether the journal may know streams of the scope.
func (s *scope) resumed() bool { return s.past != nil }

// add adds an effect. If the scope is a record, the effect is kept when the record writes next.
func (s *scope) add(e engine.Effect) error {
	if s.around == nil {
		return s.run.Journal.Add(engine.Place{}, e)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pending = append(s.pending, e)
	return nil
}

// flush adds everything that a write in the scope, or the end of a record in it, depends on.
func (s *scope) flush() error {
	if s.around == nil {
		return nil
	}
	if err := s.around.flush(); err != nil {
		return err
	}
	s.mu.Lock() // until everything is added, since another strand of the record may write at the same time
	defer s.mu.Unlock()
	pending := s.pending
	s.pending = nil
	switch {
	case !s.open:
		s.open = true
		return s.run.Journal.Open(s.record, pending...)
	case len(pending) > 0:
		return s.run.Journal.Add(s.record.Place, pending...)
	}
	return nil
}
