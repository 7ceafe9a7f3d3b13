package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/keep"
	"github.com/flowdeck/flowdeck/engine/store"
)

// Past is a run of the history: one that has ended, or goes on. Secrets are hidden.
type Past struct {
	Run       store.Run
	Report    *Report     // final, or that of the last second; never nil
	Started   []store.Run // the runs that it started, the last first
	Undoes    string      // the run that it takes back; empty if it takes none back
	Undone    string      // the last run that took it back; empty if none did
	NotUndone []NotUndone // what the run that is Undone wrote, and no undo took back
	Resumed   []store.Resumption
	Lacks     []string // the inputs with secrets that the history does not have, of a run that can go on
}

// RunNamed returns a run of the history by its id, the start of its id, or store.Last. A run that the history does not have is fetched: see FetchWith. The error
// is a UsageError if there is none.
func (w *Workspace) RunNamed(ctx context.Context, id string) (store.Run, error) {
	run, err := w.runKept(ctx, id)
	if err == nil || w.config.fetch == nil || !startsID(id) || card.AsError(err).Kind != card.NotFound {
		return run, err
	}
	if missing := w.config.fetch(ctx, id); missing != nil {
		if card.AsError(missing).Kind == card.NotFound && !errors.As(missing, new(*UsageError)) {
			missing = err
		}
		return run, missing
	}
	return w.runKept(ctx, id)
}

// runKept returns a run that the history has.
func (w *Workspace) runKept(ctx context.Context, id string) (store.Run, error) {
	history, err := w.Kept()
	switch {
	case err != nil:
		return store.Run{}, err
	case history == nil && id == store.Last:
		return store.Run{}, Usage("", "there are no runs yet")
	case history == nil:
		none := &card.Error{Kind: card.NotFound, Message: fmt.Sprintf("there is no run %q", id)}
		return store.Run{}, &UsageError{Err: none, Hint: "there are no runs yet"}
	}
	run, err := history.Run(ctx, id)
	if err != nil {
		if failure := card.AsError(err); failure.Kind == card.NotFound || failure.Kind == card.Invalid {
			err = &UsageError{Err: failure, Hint: failure.Hint}
		}
	}
	return run, err
}

// Past returns a run of the history with its report. Errors are those of RunNamed.
func (w *Workspace) Past(ctx context.Context, id string) (*Past, error) {
	run, err := w.RunNamed(ctx, id)
	if err != nil {
		return nil, err
	}
	history, err := w.History()
	if err != nil {
		return nil, err
	}
	p := &Past{Run: run, Report: reportOf(run)}
	if p.Started, err = history.Runs(ctx, store.Filter{Parent: &run.ID, Limit: mostStarted}); err != nil {
		return nil, err
	}
	if run.Start.Undoes != nil {
		p.Undoes = run.Start.Undoes.Run
	}
	if p.Undone, err = w.undoneBy(ctx, history, run.ID); err != nil {
		return nil, err
	}
	if p.Undone != "" && !p.Run.GoesOn() {
		if p.NotUndone, err = w.notUndone(ctx, history, run.ID); err != nil {
			return nil, err
		}
	}
	p.Report.Doubts, err = doubtsOf(ctx, history, run.ID, func() *engine.Plan {
		if _, checked, err := w.flowOf(run, AsStarted); err == nil {
			return checked.Plan
		}
		return nil // it is only for the names of steps
	})
	if err == nil {
		p.Report.Chain, err = history.ChainOf(ctx, run.ID)
	}
	if err == nil {
		p.Report.Approvals, err = w.Approvals(ctx, run.ID, true)
	}
	if err == nil {
		p.Resumed, err = history.Resumptions(ctx, run.ID)
	}
	if err == nil && run.Resumable() {
		p.Lacks, err = history.Missing(ctx, run.ID)
	}
	if p.Report.Resumable || run.Status == store.Interrupted {
		p.Report.countDoubts()
	}
	if err == nil {
		err = p.Report.settle(ctx, history, run)
	}
	if err == nil {
		err = w.settleLimits(ctx, history, p.Report, run)
	}
	return p, err
}

// Starter returns who started the run, as approvals know people: the account of the machine, the token of a server, a trigger, or the run that started
// it, with for whom. account is whose API token the first connection of the run uses; empty if that is not known, or the only thing that is.
func (p *Past) Starter() (who, account string) {
	switch start := p.Run.Start; {
	case start.Person == "":
		return start.By, ""
	case p.Run.Parent != "":
		return start.By + ", for " + start.Person, ""
	default:
		return start.Person, start.By
	}
}

// mostStarted is the number of started runs that are shown.
const mostStarted = 1000

// reportOf returns the report of a run of the history: so far, or final.
func reportOf(run store.Run) *Report {
	r := &Report{}
	if json.Unmarshal(run.Report, r) != nil { // it ended before its first second
		*r = Report{}
	}
	r.Run, r.Flow, r.Status, r.Reason = run.ID, run.Flow, run.Status, run.Reason
	if r.Connections == nil {
		r.Connections = map[string]Connected{}
	}
	for _, c := range run.Connections {
		r.Connections[c.Name] = Connected{Org: c.Org, As: c.As, Simulated: c.Simulated}
	}
	r.Order, r.Wrote = slices.Sorted(maps.Keys(r.Streams)), slices.Sorted(maps.Keys(r.Writes))
	return r
}

// MarshalJSON encodes the report with the fields that only the history has.
func (p *Past) MarshalJSON() ([]byte, error) {
	type fields Report
	return card.EncodeJSON(struct {
		*fields
		By        string                  `json:"by"`
		Person    string                  `json:"person,omitempty"`
		Resumed   []store.Resumption      `json:"resumed,omitempty"`
		Began     time.Time               `json:"began"`
		Ended     time.Time               `json:"ended,omitzero"`
		Parent    string                  `json:"parent,omitempty"`
		Repeats   string                  `json:"repeats,omitempty"`
		Undoes    string                  `json:"undoes,omitempty"`
		Undone    string                  `json:"undone_by,omitempty"`
		NotUndone []NotUndone             `json:"undo_left,omitempty"`
		Inputs    map[string]engine.Value `json:"inputs"`
		Lacks     []string                `json:"lacks,omitempty"`
		Runs      []Line                  `json:"runs,omitempty"`
		Digest    string                  `json:"digest,omitempty"`
		Origin    *store.Origin           `json:"origin,omitempty"`
	}{(*fields)(p.Report), p.Run.Start.By, p.Run.Start.Person, p.Resumed, p.Run.Started, p.Run.Ended, p.Run.Parent, p.Run.Start.Repeats, p.Undoes, p.Undone, p.NotUndone, p.Run.Start.Inputs, p.Lacks,
		lines(p.Started), p.Run.Digest, p.Run.Origin})
}

// Line is a run in a list of runs. Its JSON form is an item of `flowdeck runs --json`.
type Line struct {
	Run     string        `json:"run"`
	Flow    string        `json:"flow"`
	Status  engine.Status `json:"status"`
	Reason  string        `json:"reason,omitempty"`
	By      string        `json:"by"`
	Parent  string        `json:"parent,omitempty"` // the run that started it
	Began   time.Time     `json:"began"`
	Ended   time.Time     `json:"ended,omitzero"` // zero if it can go on, or goes on
	Seconds float64       `json:"seconds"`
	Records int           `json:"records"` // of the loops that are not inside of another
	Failed  int           `json:"failed"`  // of these
	Changed int           `json:"changed"` // calls that changed something
	InDoubt int           `json:"in_doubt"`
}

// Runs returns the runs of the history that a filter selects, the last first.
func (w *Workspace) Runs(ctx context.Context, f store.Filter) ([]Line, error) {
	history, err := w.Kept()
	if err != nil || history == nil {
		return []Line{}, err
	}
	runs, err := history.Runs(ctx, f)
	if err != nil {
		return nil, err
	}
	all := make([]Line, 0, len(runs))
	for _, run := range runs {
		r := reportOf(run)
		if err := r.settle(ctx, history, run); err != nil {
			return nil, err
		}
		all = append(all, lineOf(run, r))
	}
	return all, nil
}

func lines(runs []store.Run) []Line {
	all := make([]Line, 0, len(runs))
	for _, run := range runs {
		all = append(all, lineOf(run, reportOf(run)))
	}
	return all
}

func lineOf(run store.Run, r *Report) Line {
	l := Line{
		Run: run.ID, Flow: run.Flow, Status: run.Status, Reason: run.Reason, By: run.Start.By, Parent: run.Parent,
		Began: run.Started, Ended: run.Ended, Seconds: r.Seconds,
	}
	for _, name := range r.Outer() {
		l.Records += r.Streams[name].Read
		l.Failed += r.Streams[name].Failed
	}
	for _, wrote := range r.Writes {
		l.Changed += wrote.Changed
		l.InDoubt += wrote.InDoubt
	}
	return l
}

// Outer returns the names of the streams that are not inside of another one.
func (r *Report) Outer() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(r.Streams)), func(name string) bool {
		for other := range r.Streams {
			if strings.HasPrefix(name, other+".") || strings.HasPrefix(name, other+"[") {
				return true
			}
		}
		return false
	})
}

// Results opens the results of a loop of a run. If there are none, the error is fs.ErrNotExist.
func (w *Workspace) Results(run, loop string) (*keep.Lines, error) {
	return keep.Open(w.config.State, filepath.Join(runsDir, run), loop)
}
