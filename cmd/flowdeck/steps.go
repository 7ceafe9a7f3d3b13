package main

import (
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine"
)

// step is a step of the run that is not part of a record's turn: those are too many, and their stream counts
// them.
type step struct {
	ID      string        `json:"id"`   // or, of a step without one, its place in its list: "card-1"
	Path    string        `json:"path"` // in the run
	Verb    string        `json:"verb"`
	Card    string        `json:"card,omitempty"` // that it calls or lists with
	Status  engine.Status `json:"status"`         // skipped: its guard did not hold; canceled: it was interrupted
	Seconds float64       `json:"seconds"`
	Retries int           `json:"retries,omitempty"`
	Error   *failure      `json:"error,omitempty"`

	began time.Time
	depth int    // steps that it is inside of
	name  string // its path within the one that it is inside of
}

// begin adds a step that begins.
func (w *watch) begin(e engine.Event) *step {
	s := &step{ID: e.Place.Key(), Path: e.Place.String(), Verb: e.Verb, Card: e.Card, began: w.now()}
	s.name = s.Path
	if around := w.around(e.Place); around != nil {
		s.depth = around.depth + 1
		s.name = strings.TrimPrefix(strings.TrimPrefix(s.Path, around.Path), ".")
	}
	w.steps = append(w.steps, s)
	w.open[e.Place.ID()] = s
	return s
}

// end is told of a step's end; one whose guard did not hold never began.
func (w *watch) end(e engine.Event) {
	s := w.open[e.Place.ID()]
	if s == nil {
		s = w.begin(e)
	}
	delete(w.open, e.Place.ID())
	s.Status, s.Seconds = e.Status, seconds(w.now().Sub(s.began))
	if e.Status == engine.Failed {
		s.Error = newFailure(e.Err)
	}
	w.last = s
}

// around is the step that the one at a place is inside of; nil if it is in none.
func (w *watch) around(at engine.Place) *step {
	for at = at.Around(); !at.IsZero(); at = at.Around() {
		if s := w.open[at.ID()]; s != nil {
			return s
		}
	}
	return nil
}
