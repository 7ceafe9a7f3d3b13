package main

import (
	"errors"
	"math"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// report is what there is to say when a run has ended. Its fields are the object that --json prints: docs/run-json.md
// says what each is.
type report struct {
	Run         string               `json:"run"`
	Flow        string               `json:"flow"`
	Status      engine.Status        `json:"status"`
	Reason      string               `json:"reason,omitempty"`
	Result      engine.Value         `json:"result"`
	Error       *failure             `json:"error"`
	Steps       []*step              `json:"steps"`
	Streams     map[string]*counts   `json:"streams"`
	Writes      map[string]*writes   `json:"writes"`
	Retries     int                  `json:"retries"`
	Waited      float64              `json:"waited_on_limits"`
	Seconds     float64              `json:"seconds"`
	Connections map[string]connected `json:"connections"`
	DryRun      *dryRun              `json:"dry_run,omitempty"`
	Started     []*report            `json:"started,omitempty"`

	waits       waits
	order       []string // of the streams
	failures    *groups
	undecidable *groups
}

type connected struct {
	Org       string `json:"org"`
	As        string `json:"as"`
	Simulated bool   `json:"simulated"`
}

// failure is the error that a run ended with.
type failure struct {
	Kind     card.Kind  `json:"kind"`
	Code     string     `json:"code,omitempty"`
	Status   int        `json:"status,omitempty"`
	Message  string     `json:"message"`
	Hint     string     `json:"hint,omitempty"`
	Place    string     `json:"place,omitempty"` // in the flow
	Step     string     `json:"step,omitempty"`  // in the run
	Card     string     `json:"card,omitempty"`
	Attempts int        `json:"attempts,omitempty"`
	Details  card.Value `json:"details,omitempty"`
	Problems []problem  `json:"problems,omitempty"` // of the flow, which was not run
}

func newReport(run string, p *engine.Plan, o *opened, w *watch, waited waits, out engine.Outcome, err error, took time.Duration) *report {
	r := &report{
		Run: run, Flow: p.Flow, Status: out.Status, Reason: out.Reason, Result: out.Value,
		Steps: w.steps, Streams: w.streams, Writes: w.writes, Retries: w.retries,
		Connections: map[string]connected{}, Seconds: seconds(took), Waited: seconds(waited.total), waits: waited,
		order: w.order, failures: w.failures, undecidable: w.undecidable,
	}
	for name, id := range o.ids {
		r.Connections[name] = connected{Org: id.Org, As: id.As, Simulated: id.Simulated}
	}
	if err != nil && out.Status != engine.Canceled {
		r.Error = newFailure(err)
	}
	return r
}

// seconds are to the millisecond.
func seconds(d time.Duration) float64 { return math.Round(d.Seconds()*1000) / 1000 }

func newFailure(err error) *failure {
	e := card.AsError(err)
	f := &failure{Kind: e.Kind, Code: e.Code, Status: e.Status, Message: e.Message, Hint: e.Hint, Details: e.Details}
	placed := (*engine.Error)(nil)
	if errors.As(err, &placed) {
		f.Place, f.Step, f.Card, f.Attempts = placed.Pos.String(), placed.Place.String(), placed.Card, placed.Attempts
	}
	return f
}

// records is how many records all streams have read.
func (r *report) records() (n int) {
	for _, c := range r.Streams {
		n += c.Read
	}
	return n
}

func (r *report) exitCode() int {
	switch r.Status {
	case engine.Failed:
		return exitFailed
	case engine.SucceededWithErrors:
		return exitWithErrors
	case engine.Canceled:
		return exitInterrupted
	}
	return exitOK
}
