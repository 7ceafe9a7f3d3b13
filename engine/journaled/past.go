package journaled

import (
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

type (
	reader = func(engine.Runtime, card.Cursor) (engine.Batch, error)
	turn   = func(engine.Runtime, engine.Record) (engine.Outcome, error)
)

// past are the records of a resumed stream that have started. It is immutable, except for what leaves counts: a nil past has
// none.
type past struct {
	records []engine.Record // that are open, in the order of the list
	opened  map[string]bool // by the ID of their place
	done    map[string]engine.Ended
	// moved has the records that have started, by key, with the pages on which they were. A list that shrinks, since the stream
	// changes what it lists, moves records to earlier pages.
	moved map[string][]engine.Place
}

func newPast(s engine.StreamPast) *past {
	p := &past{records: s.Open, opened: map[string]bool{}, done: map[string]engine.Ended{}, moved: map[string][]engine.Place{}}
	for _, r := range s.Open {
		p.opened[r.Place.ID()] = true
		p.moved[r.Place.Key()] = append(p.moved[r.Place.Key()], r.Place)
	}
	for _, e := range s.Ended {
		p.done[e.Record.Place.ID()] = e
		p.moved[e.Record.Place.Key()] = append(p.moved[e.Record.Place.Key()], e.Record.Place)
	}
	return p
}

func (p *past) isOpen(r engine.Record) bool { return p != nil && p.opened[r.Place.ID()] }

// has reports whether a record has ended.
func (p *past) has(r engine.Record) bool {
	_, ok := p.ended(r)
	return ok
}

// ended returns the result of a record that has ended.
func (p *past) ended(r engine.Record) (engine.Ended, bool) {
	if p == nil {
		return engine.Ended{}, false
	}
	e, ok := p.done[r.Place.ID()]
	return e, ok
}

// leaves reports whether a record that was read again has started before: at its place, or on another page. It counts each
// of the latter once. It is not safe for concurrent use.
func (p *past) leaves(r engine.Record) bool {
	if p == nil {
		return false
	}
	places := p.moved[r.Place.Key()]
	found := -1
	for i, at := range places {
		if at.Equal(r.Place) {
			found = i
			break
		}
		if at.Page() != r.Place.Page() {
			found = i
		}
	}
	if found < 0 {
		return p.isOpen(r) || p.has(r) // a record with the same key was left out for it: better none than one twice
	}
	p.moved[r.Place.Key()] = append(places[:found:found], places[found+1:]...)
	return true
}
