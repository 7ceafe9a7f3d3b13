package host

import (
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine"
)

// Step is a step of the run. The steps of records are too many: their stream counts the records instead.
type Step struct {
	ID      string        `json:"id"`             // or, without one, its place in its list: "card-1"
	Path    string        `json:"path"`           // in the run
	Title   string        `json:"name,omitempty"` // that the flow gives it, for people
	Verb    string        `json:"verb"`
	Card    string        `json:"card,omitempty"` // that it calls or lists with
	Status  engine.Status `json:"status"`         // skipped: its guard did not hold; canceled: it was interrupted
	Seconds float64       `json:"seconds"`
	Retries int           `json:"retries,omitempty"`
	Error   *Failure      `json:"error,omitempty"`

	start time.Time
	Depth int    `json:"-"` // the number of steps around it
	Name  string `json:"-"` // its path in the step around it
}

// start adds a step that starts.
func (w *Watch) start(e engine.Event) *Step {
	s := &Step{ID: e.Place.Key(), Path: e.Place.String(), Title: e.Title, Verb: e.Verb, Card: e.Card, start: w.now()}
	s.Name = s.Path
	if around := w.around(e.Place); around != nil {
		s.Depth = around.Depth + 1
		s.Name = strings.TrimPrefix(strings.TrimPrefix(s.Path, around.Path), ".")
	}
	w.steps = append(w.steps, s)
	w.open[e.Place.ID()] = s
	return s
}

// end adds the end of a step. A step whose guard did not hold has not started.
func (w *Watch) end(e engine.Event) {
	s := w.open[e.Place.ID()]
	if s == nil {
		s = w.start(e)
	}
	delete(w.open, e.Place.ID())
	s.Status, s.Seconds = e.Status, seconds(w.now().Sub(s.start))
	if e.Status == engine.Failed {
		s.Error = newFailure(e.Err)
	}
	w.last = s
}

// around is the innermost step around a place that has not ended; nil if there is none.
func (w *Watch) around(at engine.Place) *Step {
	for at = at.Around(); !at.IsZero(); at = at.Around() {
		if s := w.open[at.ID()]; s != nil {
			return s
		}
	}
	return nil
}
