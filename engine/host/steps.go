package host

import (
	"slices"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine"
)

// Step is a step of the run. Steps of records are not included, since there are too many: their stream counts the
// records instead.
type Step struct {
	ID      string        `json:"id"`             // or, without one, verb and number: "card-1"
	Path    string        `json:"path"`           // place in the run
	Title   string        `json:"name,omitempty"` // its name in the flow, for people
	Verb    string        `json:"verb"`
	Card    string        `json:"card,omitempty"` // the card that it calls or lists with
	Status  engine.Status `json:"status"`         // skipped: its guard did not hold; canceled: it was interrupted; empty: it goes on
	Began   time.Time     `json:"began"`
	Seconds float64       `json:"seconds"`
	Retries int           `json:"retries,omitempty"`
	Error   *Failure      `json:"error,omitempty"`

	Earlier int `json:"earlier,omitempty"` // number of steps of earlier rounds of a repeat that are not listed

	place engine.Place
	gone  bool // a step of an earlier round
	// errorBytes is the Size of the details of its error.
	errorBytes int
	Depth      int    `json:"-"` // number of enclosing steps
	Name       string `json:"-"` // path in the enclosing step
}

// start adds a step that starts.
func (w *Watch) start(e engine.Event) *Step {
	s := &Step{place: e.Place, ID: e.Place.Key(), Path: e.Place.String(), Title: e.Title, Verb: e.Verb, Card: e.Card, Began: w.now()}
	s.Name = s.Path
	if around := w.around(e.Place); around != nil {
		s.Depth = around.Depth + 1
		s.Name = strings.TrimPrefix(strings.TrimPrefix(s.Path, around.Path), ".")
	}
	w.list(s)
	w.open[e.Place.ID()] = s
	return s
}

// mostRounds is the maximum number of listed steps that differ only in their rounds of a repeat. A repeat may run for a
// long time; the last rounds are listed.
const mostRounds = 100

// list adds a step to the list, and removes the same step in the earliest rounds if there are too many.
func (w *Watch) list(s *Step) {
	w.steps = append(w.steps, s)
	name := s.place.Name()
	rounds := append(w.rounds[name], s)
	if len(rounds) > mostRounds {
		rounds[0].gone = true
		w.errorBytes -= rounds[0].errorBytes
		rounds[1].Earlier = rounds[0].Earlier + 1
		rounds = rounds[1:]
		w.gone++
	}
	w.rounds[name] = rounds
	if w.gone > len(w.steps)/2 { // not every time, since that would be quadratic in the number of rounds
		w.compact()
	}
}

// compact removes the steps of earlier rounds from the list.
func (w *Watch) compact() {
	w.steps = slices.DeleteFunc(w.steps, func(s *Step) bool { return s.gone })
	w.gone = 0
}

// end records the end of a step. A step whose guard did not hold has not started.
func (w *Watch) end(e engine.Event) {
	s := w.open[e.Place.ID()]
	if s == nil {
		s = w.start(e)
	}
	delete(w.open, e.Place.ID())
	s.Status, s.Seconds = e.Status, seconds(w.now().Sub(s.Began))
	if e.Status == engine.Failed {
		s.Error = newFailure(e.Err)
		w.shorten(s)
	}
	w.last = s
}

// around returns the innermost step that contains a place and has not ended; nil if there is none.
func (w *Watch) around(at engine.Place) *Step {
	for at = at.Around(); !at.IsZero(); at = at.Around() {
		if s := w.open[at.ID()]; s != nil {
			return s
		}
	}
	return nil
}
