package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/keep"
	"github.com/flowdeck/flowdeck/engine/store"
)

// Fetched is a run that ran elsewhere, and has ended there.
type Fetched struct {
	Run     store.Run    // with its Started, Ended and Origin, and without its Status and Report
	Plan    *engine.Plan // of its flow
	Outcome engine.Outcome
	Err     error
	Resumed []store.Resumption // each time that it went on after a pause
	Why     string             // why it was stopped; empty if it was not
	Held    *HeldRuns          // to whose plan it was held; nil: to none
	Started []string           // the runs that it started, directly or not, of which the history has what they did not make of the plan
	Watch   *Watch             // has counted its events
	Limits  map[engine.Measure]*Allowance
	// Parts is what it did, in the order in which it did it, as far as that is known. It ends after the first error.
	Parts iter.Seq2[Part, error]
}

// Part is a part of what a run did.
type Part struct {
	Secrets []string        // texts that must not be shown, in this part or a later one
	Open    []engine.Record // the records around the writes, each with its value
	Writes  []store.Write   // in the order in which they began: see store.Log.Wrote
	Asked   []AskedThen
	NotMade []NotMade
	Ended   []engine.Ended // the records that ended, in this order: those of a loop in a record before it. Each has its value if Open had it
}

// AskedThen is an approval that a run asked for, and what became of it.
type AskedThen struct {
	Asked
	Decision *engine.Decision // nil: nobody decided
	Ended    time.Time        // when the run did not wait any more
}

// Fetch adds a run that ran elsewhere to the history, with its results and its log, as if it had run here. It does nothing for a run that the history
// has. Nobody finds the run before it is whole; after an error, nothing is left of it.
func (w *Workspace) Fetch(ctx context.Context, e Fetched) error {
	history, err := w.History()
	if err != nil {
		return err
	}
	veil := w.config.Veil
	for _, in := range e.Plan.Inputs {
		veil.Learn(in.Secrets(e.Run.Start.Inputs[in.Name])...)
	}
	if e.Held != nil && e.Run.Parent == "" { // a run that another one starts has that of the other one
		if e.Run.Plan, err = card.EncodeJSON(e.Held.plan); err != nil {
			return err
		}
	}
	log, err := w.fetches(ctx, history, e.Run)
	if log == nil {
		return err
	}
	dir := filepath.Join(runsDir, e.Run.ID)
	err = keep.Remove(w.config.State, dir) // of an earlier process that was killed
	if err == nil {
		f := &fetching{Fetched: e, workspace: w, log: log, results: map[string]engine.Results{}, doubts: map[string]map[string]bool{}}
		f.folder = keep.NewFolder(w.config.State, dir, veil, f)
		if f.held, err = w.heldThen(ctx, history, e); err == nil {
			err = f.all(ctx)
		}
	}
	if err != nil {
		return errors.Join(fmt.Errorf("fetch run %s: %w", e.Run.ID, err), log.Drop(context.WithoutCancel(ctx)), keep.Remove(w.config.State, dir))
	}
	return log.Release()
}

// mostFetches is the time for which a fetch waits for another process that fetches the run.
const mostFetches = 30 * time.Second

// fetches begins to fetch a run. It returns nil if there is nothing to fetch, or it cannot begin. If another process fetches the run, it waits for that.
func (w *Workspace) fetches(ctx context.Context, history *store.Store, run store.Run) (*store.Log, error) {
	clock := w.config.Clock
	for until := clock.Now().Add(mostFetches); ; {
		log, err := history.Fetch(ctx, run)
		other := (*store.OwnedError)(nil)
		switch {
		case errors.Is(err, store.ErrFetched):
			return nil, nil
		case !errors.As(err, &other):
			return log, err
		case !clock.Now().Before(until):
			return nil, &card.Error{
				Kind: card.Conflict, Message: fmt.Sprintf("process %d on %s fetches run %s", other.PID, other.Host, run.ID), Hint: "try again when it has ended",
			}
		}
		if err := clock.Sleep(ctx, clock.Now().Add(mostFetches/300)); err != nil {
			return nil, fmt.Errorf("%w: %w", engine.ErrCanceled, context.Cause(ctx))
		}
	}
}

// FetchWith makes the workspace fetch runs that its history does not have, when they are named: fetch adds a run, given its id or the start of one. Its error
// has the kind not_found if there is none. It must be called before the workspace is used otherwise.
func (w *Workspace) FetchWith(fetch func(ctx context.Context, run string) error) {
	w.config.fetch = fetch
}

// fetching is a run that is being fetched.
type fetching struct {
	Fetched
	workspace *Workspace
	log       *store.Log
	folder    *keep.Folder
	results   map[string]engine.Results  // that are open, by Place.Name
	doubts    map[string]map[string]bool // the calls without an answer, by card and place
	held      *heldThen
}

// Closed implements keep.Closer.
func (*fetching) Closed(string) int { return 0 }

// Has implements keep.Closer.
func (*fetching) Has(engine.Record) bool { return false }

// Close implements keep.Closer. Only a repetition of the run reads the value of a record again, of one in a record.
func (f *fetching) Close(r engine.Record, out engine.Outcome, err error) error {
	if !r.Place.Around().InRecord() {
		out.Value = nil
	}
	return f.log.Close(r, out, err)
}

// all adds the whole run.
func (f *fetching) all(ctx context.Context) error {
	for part, err := range f.Parts {
		if err == nil {
			err = ctx.Err()
		}
		if err == nil {
			err = f.add(part)
		}
		if err != nil {
			return err
		}
	}
	for _, at := range f.Plan.LoopsAt() { // a loop without records has results, too
		if slices.Contains(f.Watch.Streams(), at.Name()) {
			if _, err := f.resultsOf(at); err != nil {
				return err
			}
		}
	}
	for _, r := range f.results {
		if _, err := r.Close(); err != nil {
			return err
		}
	}
	for _, one := range f.Resumed {
		if err := f.log.Resumed(one); err != nil {
			return err
		}
	}
	report := f.report()
	f.logs(report)
	report.veil = f.workspace.config.Veil
	data, err := json.Marshal(report)
	if err != nil {
		return err
	}
	return f.log.Finish(report.Status, report.Reason, data)
}

// add adds a part of the run. The secrets are known first, so that the history encrypts them.
func (f *fetching) add(p Part) error {
	veil := f.workspace.config.Veil
	veil.Learn(p.Secrets...)
	for _, one := range p.Writes {
		of := f.workspace.config.Cards[one.Card]
		veil.Learn(of.Secrets(one.Result)...)
		veil.Learn(of.InputSecrets(one.In)...)
	}
	for _, r := range p.Open {
		if err := f.log.Open(r); err != nil {
			return err
		}
	}
	for _, one := range p.Writes {
		if one.Ended.IsZero() {
			if f.doubts[one.Card] == nil {
				f.doubts[one.Card] = map[string]bool{}
			}
			f.doubts[one.Card][one.Place.ID()] = true
		}
		f.held.reached(one.Place)
		if err := f.log.Wrote(one); err != nil {
			return err
		}
	}
	for _, one := range p.NotMade {
		f.held.notMade(one)
	}
	for _, one := range p.Asked {
		if err := f.asked(one); err != nil {
			return err
		}
	}
	for _, one := range p.Ended {
		results, err := f.resultsOf(one.Record.Place.Around())
		if err == nil {
			err = results.Add(one.Record, one.Outcome, one.Err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// asked adds an approval. It has the digest that was shown to the person who decided.
func (f *fetching) asked(one AskedThen) error {
	a, err := f.workspace.answeredElsewhere(f.Run, f.held.digest(), one)
	if err != nil {
		return err
	}
	return f.log.Answered(a)
}

// answeredElsewhere returns an approval as the history would have it.
func (w *Workspace) answeredElsewhere(run store.Run, held string, one AskedThen) (store.Approval, error) {
	a, err := w.approvalElsewhere(run, held, one.Asked)
	switch d := one.Decision; {
	case d != nil && d.Approved:
		a.State, a.Decided, a.Decider, a.Note, a.Used = store.ApprovedApproval, d.At, d.By, d.Note, one.Ended
	case d != nil:
		a.State, a.Decided, a.Decider, a.Note, a.Used = store.RejectedApproval, d.At, d.By, d.Note, one.Ended
	case one.Ended.Before(a.Expires):
		a.State = store.WithdrawnApproval
	default:
		a.State = store.ExpiredApproval
	}
	return a, err
}

// resultsOf returns the open results of a loop.
func (f *fetching) resultsOf(loop engine.Place) (engine.Results, error) {
	name := loop.Name()
	if f.results[name] == nil {
		r, err := f.folder.Results(loop)
		if err != nil {
			return nil, err
		}
		f.results[name] = r
	}
	return f.results[name], nil
}

// report returns the final report.
func (f *fetching) report() *Report {
	on := &Connections{ids: map[string]card.Identity{}}
	for _, c := range f.Run.Connections {
		on.ids[c.Name] = card.Identity{Org: c.Org, As: c.As, Simulated: c.Simulated, Key: c.Key}
	}
	r := newReport(f.Run.ID, f.Plan, on, f.Watch, f.Watch.waits(), f.Outcome, f.Err, f.Run.Ended.Sub(f.Run.Started))
	for name, c := range r.Streams {
		if f.results[name] != nil {
			c.Results = f.folder.File(name)
		}
	}
	for name, places := range f.doubts { // of calls that were cut off there may be no event
		for range places {
			r.Doubts = append(r.Doubts, Doubt{Card: name})
		}
	}
	r.countDoubts()
	r.Doubts, r.Limits, r.Plan = nil, f.Limits, f.held.soFar(r.Status)
	r.needPicked(f.Run.Start.Picks)
	if r.Status == engine.Canceled && r.Reason == "" {
		r.Reason = f.Why
	}
	return r
}

// logs writes the log of the run: what is known of its events.
func (f *fetching) logs(r *Report) {
	book := newLogbook(f.folder.Log(), f.Watch, f.workspace.config.Veil)
	book.now = func() time.Time { return f.Run.Ended }
	lines := []LogLine{{Time: f.Run.Started, Event: LogStarted, Message: f.Run.Flow}}
	for _, s := range r.Steps {
		ended := lineOfStep(s)
		ended.Time = s.Began.Add(time.Duration(s.Seconds * float64(time.Second)))
		if IsLoop(s.Verb) {
			lines = append(lines, LogLine{Time: s.Began, Event: LogStarted, Step: s.Path, Title: s.Title, Verb: s.Verb, Card: s.Card})
			for _, g := range r.Errors {
				if strings.HasPrefix(g.First, s.Path+"[") {
					lines = append(lines, LogLine{Time: ended.Time, Event: LogFailed, Step: g.First, Title: g.Title, Count: g.Count, Message: g.Message})
				}
			}
		}
		lines = append(lines, ended)
	}
	slices.SortStableFunc(lines, func(a, b LogLine) int { return a.Time.Compare(b.Time) })
	for _, l := range lines {
		book.add(l)
	}
	book.end(r)
}
