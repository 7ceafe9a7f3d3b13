package host

import (
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine"
)

// Step is a step of the run. The steps of records are too many: their stream counts the records instead.
type Step struct {
	ID      string        `json:"id"`   // or, of a step without one, its place in its list: "card-1"
	Path    string        `json:"path"` // in the run
	Verb    string        `json:"verb"`
	Card    string        `json:"card,omitempty"` // that it calls or lists with
	Status  engine.Status `json:"status"`         // skipped: its guard did not hold; canceled: it was interrupted
	Seconds float64       `json:"seconds"`
	Retries int           `json:"retries,omitempty"`
	Error   *Failure      `json:"error,omitempty"`

	began time.Time
	Depth int    `json:"-"` // the number of steps around it
	Name  string `json:"-"` // its path in the step around it
}

// begin adds a step that starts.
func (w *Watch) begin(e engine.Event) *Step {
	s := &Step{Path: e.Path, Verb: e.Verb, Card: e.Card, began: w.now(), Name: e.Path}
	s.ID = e.Path[strings.LastIndexByte(e.Path, '.')+1:]
	if around := w.around(e.Path); around != nil {
		s.Depth = around.Depth + 1
		s.Name = strings.TrimPrefix(e.Path[len(around.Path):], ".")
	}
	w.steps = append(w.steps, s)
	w.open[e.Path] = s
	return s
}

// end adds the end of a step. A step whose guard did not hold has not started.
func (w *Watch) end(e engine.Event) {
	s := w.open[e.Path]
	if s == nil {
		s = w.begin(e)
	}
	delete(w.open, e.Path)
	s.Status, s.Seconds = e.Status, seconds(w.now().Sub(s.began))
	if e.Status == engine.Failed {
		s.Error = newFailure(e.Err)
	}
	w.last = s
}

// around is the step around the step at a path; nil if there is none.
func (w *Watch) around(path string) *Step {
	for i := len(path) - 1; i > 0; i-- {
		if c := path[i]; c == '.' || c == '[' {
			if s := w.open[path[:i]]; s != nil {
				return s
			}
		}
	}
	return nil
}
