package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// report is what there is to say when a run has ended. Its fields are the object that --json prints.
type report struct {
	Run         string               `json:"run"`
	Flow        string               `json:"flow"`
	Status      engine.Status        `json:"status"`
	Reason      string               `json:"reason,omitempty"` // why it was skipped
	Result      engine.Value         `json:"result"`
	Error       *failure             `json:"error"`
	Streams     map[string]*counts   `json:"streams"`
	Writes      map[string]*writes   `json:"writes"`
	Retries     int                  `json:"retries"`
	Connections map[string]connected `json:"connections"`
	Seconds     float64              `json:"seconds"`
	Waited      float64              `json:"waited_on_limits"`  // seconds
	Started     []*report            `json:"started,omitempty"` // the runs that this one started

	DryRun *dryRun `json:"dry_run,omitempty"`

	waits       waits
	order       []string // of the streams
	groups      []*failures
	undecidable []*failures
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
}

func newReport(run string, p *engine.Plan, o *opened, w *watch, waited waits, out engine.Outcome, err error, took time.Duration) *report {
	r := &report{
		Run: run, Flow: p.Flow, Status: out.Status, Reason: out.Reason, Result: out.Value,
		Streams: w.streams, Writes: w.writes, Retries: w.retries,
		Connections: map[string]connected{}, Seconds: seconds(took), Waited: seconds(waited.total), waits: waited,
		order: w.order, groups: sorted(w.failures), undecidable: sorted(w.undecidable),
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
		f.Place, f.Step, f.Card, f.Attempts = placed.Place.String(), placed.Step, placed.Card, placed.Attempts
	}
	return f
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

func (r *report) json(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// text prints the report for people: what happened on said, and last the result, on out.
func (r *report) text(said, out io.Writer) {
	for _, g := range r.groups {
		fmt.Fprintf(said, "failed: %s\n", g)
	}
	for _, id := range r.order {
		if c := r.Streams[id]; c.Results != "" {
			fmt.Fprintf(said, "results: %s\n", c.Results)
		}
	}
	if r.Error != nil {
		r.Error.text(said)
	}
	if r.DryRun != nil {
		r.DryRun.text(said, r.undecidable)
	} else {
		fmt.Fprintln(said, r.changes())
	}
	r.waits.text(said)
	r.ending(said)
	for _, started := range r.Started {
		if started.Error != nil {
			started.Error.text(said)
		}
		started.ending(said)
	}
	if r.Result == nil {
		return
	}
	data, err := yaml.Marshal(map[string]any{"result": r.Result})
	if err != nil { // no value of the model fails
		data = []byte(fmt.Sprintf("result: %v\n", r.Result))
	}
	_, _ = out.Write(data)
}

// ending is the line that says how the run ended.
func (r *report) ending(said io.Writer) {
	words := map[engine.Status]string{
		engine.Succeeded: "succeeded", engine.SucceededWithErrors: "succeeded, with errors", engine.Skipped: "skipped: " + r.Reason,
		engine.Failed: "failed", engine.Undecidable: "ended where only a real run knows how to go on", engine.Canceled: "interrupted: no new record began, those in flight finished",
	}
	fmt.Fprintf(said, "%s: %s in %.1fs (run %s)\n", r.Flow, words[r.Status], r.Seconds, r.Run)
}

func (f *failure) text(w io.Writer) {
	at := f.Place
	if at != "" {
		at += ": "
	}
	code := string(f.Kind)
	if f.Code != "" {
		code += " " + f.Code
	}
	fmt.Fprintf(w, "%s%s [%s]\n", at, f.Message, code)
	switch {
	case f.Attempts > 1:
		fmt.Fprintf(w, "   step %s, after %d attempts\n", f.Step, f.Attempts)
	case f.Step != "":
		fmt.Fprintf(w, "   step %s\n", f.Step)
	}
	if f.Hint != "" {
		fmt.Fprintf(w, "   hint: %s\n", f.Hint)
	}
}

// changes says what the run changed, card by card.
func (r *report) changes() string {
	said := ""
	for _, name := range slices.Sorted(maps.Keys(r.Writes)) {
		w := r.Writes[name]
		if w.Changed == 0 {
			continue
		}
		if said != "" {
			said += ", "
		}
		said += fmt.Sprintf("%s × %s", thousands(w.Changed), name)
	}
	if said == "" {
		return "changed: nothing"
	}
	return "changed: " + said
}
