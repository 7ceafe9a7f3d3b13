package trail

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
)

// Event is one line. docs/events.md describes its fields.
type Event struct {
	ID      string    `json:"id"`
	Time    time.Time `json:"time"`
	Event   string    `json:"event"`
	Flow    string    `json:"flow"`
	Run     string    `json:"run"`
	Parent  string    `json:"parent,omitempty"`
	Trigger string    `json:"trigger,omitempty"`

	// Of run.waiting.
	Limit  string  `json:"limit,omitempty"`
	Waited float64 `json:"waited,omitempty"` // of an end, too

	// Of run.asked and run.decided.
	Step     string `json:"step,omitempty"`
	Approved *bool  `json:"approved,omitempty"`

	// Of the end of a run.
	Status      string         `json:"status,omitempty"`
	Seconds     *float64       `json:"seconds,omitempty"`
	Retries     int            `json:"retries,omitempty"`
	Connections []string       `json:"connections,omitempty"`
	Records     *Records       `json:"records,omitempty"`
	Writes      *host.Writes   `json:"writes,omitempty"`
	Errors      map[string]int `json:"errors,omitempty"`
	Error       *Failure       `json:"error,omitempty"`
	Chain       *store.Chain   `json:"chain,omitempty"`
}

// Records counts the records of all loops of a run.
type Records struct {
	Read     int `json:"read"`
	OK       int `json:"ok"`
	Skipped  int `json:"skipped"`
	Failed   int `json:"failed"`
	Canceled int `json:"canceled,omitempty"`
}

// Failure is the error of a run: its kind and its place in the flow.
type Failure struct {
	Kind   string `json:"kind"`
	Status int    `json:"status,omitempty"`
	Step   string `json:"step,omitempty"`
	Card   string `json:"card,omitempty"`
}

// sum adds the counts of a report. Nothing else of it may be in an event.
func (e *Event) sum(r *host.Report) {
	e.Status, e.Seconds, e.Waited, e.Retries = string(r.Status), &r.Seconds, r.Waited, r.Retries
	e.Connections = slices.Sorted(maps.Keys(r.Connections))
	for _, c := range r.Streams {
		if e.Records == nil {
			e.Records = &Records{}
		}
		e.Records.Read += c.Read
		e.Records.OK += c.OK
		e.Records.Skipped += c.Skipped
		e.Records.Failed += c.Failed
		e.Records.Canceled += c.Canceled
	}
	for _, w := range r.Writes {
		if e.Writes == nil {
			e.Writes = &host.Writes{}
		}
		e.Writes.Calls += w.Calls
		e.Writes.Changed += w.Changed
		e.Writes.InDoubt += w.InDoubt
	}
	for _, g := range r.Errors {
		if e.Errors == nil {
			e.Errors = map[string]int{}
		}
		e.Errors[string(g.Kind)] += g.Count
	}
	e.Chain = r.Chain
	if f := r.Error; f != nil {
		e.Error = &Failure{Kind: string(f.Kind), Status: f.Status, Step: f.Where(), Card: f.Card}
	}
}

func (e Event) line() []byte {
	line, err := json.Marshal(e)
	if err != nil { // a number that has no JSON
		return nil
	}
	return append(line, '\n')
}
