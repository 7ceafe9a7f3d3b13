package host

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/store"
	"github.com/flowdeck/flowdeck/engine/veil"
)

// Report is the result of a run. Its JSON form is the object of docs/run-json.md, which describes each field.
type Report struct {
	Run         string                        `json:"run"`
	Flow        string                        `json:"flow"`
	Status      engine.Status                 `json:"status"`
	Reason      string                        `json:"reason,omitempty"`
	Result      engine.Value                  `json:"result"`
	Error       *Failure                      `json:"error"`
	Response    *Response                     `json:"response,omitempty"`
	Steps       []*Step                       `json:"steps"`
	Streams     map[string]*Counts            `json:"streams"`
	Errors      []Group                       `json:"errors,omitempty"` // of records that failed: the most frequent
	Writes      map[string]*Writes            `json:"writes"`
	Retries     int                           `json:"retries"`
	Waited      float64                       `json:"waited_on_limits"`
	Seconds     float64                       `json:"seconds"`
	Connections map[string]Connected          `json:"connections"`
	DryRun      *DryRun                       `json:"dry_run,omitempty"`
	Limits      map[engine.Measure]*Allowance `json:"limits,omitempty"`
	Plan        *HeldTo                       `json:"plan,omitempty"`
	Started     []*Report                     `json:"started,omitempty"`
	Doubts      []Doubt                       `json:"doubts,omitempty"`
	Chain       *store.Chain                  `json:"chain,omitempty"` // of the history of the run, at its end
	Approvals   []Approval                    `json:"approvals,omitempty"`
	NotResumed  []NotResumed                  `json:"not_resumed,omitempty"`

	Waits       Waits    `json:"-"`
	Resumable   bool     `json:"-"` // the run has not ended, and can go on
	notKept     bool     // its results or its journal could not be kept
	Order       []string `json:"-"` // the ids of Streams, in the order of their starts
	Wrote       []string `json:"-"` // the cards of Writes, in the order of their first calls
	Failures    *Groups  `json:"-"` // the failed records of all streams
	Continued   *Groups  `json:"-"` // failed steps after which their flow continued
	Undecidable *Groups  `json:"-"` // records of a dry run that depend on a write

	nth   int      // of a started run: the number of its start
	plan  *planned // what a plan has besides the report; nil if the run is not a plan
	veil  *veil.Veil
	picks map[string]engine.Pick
}

// MarshalJSON encodes the report, and hides all secrets that are known at this time.
func (r *Report) MarshalJSON() ([]byte, error) {
	type fields Report
	return card.EncodeJSON((*fields)(r.Hidden())) // the caller decides whether to escape HTML
}

// Doubt is a write of a run that has not ended, of which it is not known whether it was done.
type Doubt struct {
	Step   string    `json:"step"`           // its place in the run
	Title  string    `json:"name,omitempty"` // the step's name in the flow, for people
	Card   string    `json:"card"`
	Target string    `json:"target,omitempty"`
	Began  time.Time `json:"began"`
}

// Connected is a connection of the run.
type Connected struct {
	Org       string `json:"org"`
	As        string `json:"as"`
	Simulated bool   `json:"simulated"`
}

// Failure is the JSON form of an error.
type Failure struct {
	engine.Described
	Problems []Problem `json:"problems,omitempty"` // of a flow that was not run

	at engine.Place
}

// Report returns the counts of the watch as a part of a report. Do not use the watch afterwards.
func (w *Watch) Report() *Report {
	w.mu.Lock() // Live may be called at the same time
	defer w.mu.Unlock()
	w.reported = true
	w.compact()
	return &Report{
		Errors: w.failures.reported(), Response: w.answer,
		Steps: w.steps, Streams: w.streams, Writes: w.writes, Wrote: w.wrote, Retries: w.retries,
		Connections: map[string]Connected{}, Order: w.order, Failures: w.failures, Undecidable: w.undecidable, Continued: w.continued,
	}
}

func newReport(run string, p *engine.Plan, o *Connections, w *Watch, waited Waits, out engine.Outcome, err error, took time.Duration) *Report {
	r := w.Report()
	r.Run, r.Flow, r.Status, r.Reason = run, p.Flow, out.Status, out.Reason
	if out.Returned { // the value of a last step is not reported: it may be private
		r.Result = out.Value
	}
	r.Seconds, r.Waited, r.Waits = seconds(took), seconds(waited.Total), waited
	for name, id := range o.ids {
		r.Connections[name] = Connected{Org: id.Org, As: id.As, Simulated: id.Simulated}
	}
	switch {
	case err == nil && w.noRecord != nil && out.Status != engine.Canceled: // the flow went on after it
		r.Status, r.Reason, r.Result, r.Error = engine.Failed, "", nil, newFailure(w.noRecord)
	case err == nil, out.Status == engine.Canceled:
	case out.Status == engine.Undecidable: // not a failure: it is not known how a real run would end
		f := newFailure(err)
		r.Reason = strings.TrimPrefix(f.Place+": "+f.Message, ": ")
	default:
		r.Error = newFailure(err)
	}
	return r
}

// Interrupted reports whether the run, or a run that it started, was canceled.
func (r *Report) Interrupted() bool {
	return r.Status == engine.Canceled || slices.ContainsFunc(r.Started, (*Report).Interrupted)
}

// goesOnWith makes a run that has ended one that can be resumed, if a run that it started has not ended: they are resumed together. paused is why all of
// them were paused; empty if they were not. It is the reason of the run as well if it is that of each that it started.
func (r *Report) goesOnWith(started []*Report, paused string) {
	switch r.Status {
	case engine.Succeeded, engine.SucceededWithErrors, engine.Skipped:
	default:
		return
	}
	for _, status := range []engine.Status{store.Paused, engine.Canceled} {
		left := slices.DeleteFunc(slices.Clone(started), func(s *Report) bool {
			return s.Status != status && !(s.notKept && status == store.Paused)
		})
		if len(left) == 0 {
			continue
		}
		r.Status, r.Reason = status, fmt.Sprintf("run %s, which it started, is %s", left[0].Run, status)
		if paused != "" && !slices.ContainsFunc(left, func(s *Report) bool { return s.Reason != paused }) {
			r.Reason = paused
		}
		return
	}
}

// seconds rounds to milliseconds.
func seconds(d time.Duration) float64 { return math.Round(d.Seconds()*1000) / 1000 }

func newFailure(err error) *Failure {
	f := &Failure{Described: engine.Describe(err)}
	if step := (*engine.Error)(nil); errors.As(err, &step) {
		f.at = step.Place
	}
	return f
}

// needPicked makes a run fail that has processed no record of a loop of which a person picked records by their keys.
func (r *Report) needPicked(picks map[string]engine.Pick) {
	for _, name := range slices.Sorted(maps.Keys(picks)) {
		switch r.Status {
		case engine.Failed, engine.Undecidable:
			return
		}
		if resumable(r.Status) { // it may still process them
			return
		}
		if keys := picks[name].Only; len(keys) > 0 && r.read(name) == 0 {
			r.Status, r.Reason, r.Result = engine.Failed, "", nil
			r.Error = newFailure(&card.Error{Kind: card.Invalid, Message: fmt.Sprintf("the run processed no record of %s with the key %q", name, keys[0])})
		}
	}
}

// read returns the number of records that a loop of the run, or of a run that it started, has read. There the name lacks the
// step that started it.
func (r *Report) read(name string) (n int) {
	if c := r.Streams[name]; c != nil {
		return c.Read
	}
	for _, started := range r.Started {
		for inner := range started.picks { // runs without a pick may have a loop of the same name
			if strings.HasSuffix(name, "."+inner) {
				n += started.read(inner)
			}
		}
	}
	return n
}
