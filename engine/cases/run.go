package cases

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/veil"
)

// A Result is what a case did.
type Result struct {
	Case     *Case
	Failures []Failure    // in the order of the expectations; empty: it passed
	Report   *host.Report // nil if it did not run
	Err      error        // why it did not run, or did not end; nil if it did
	Calls    []Call       // that write, in the order in which they were made
	Took     time.Duration
	Seen     Seen // the steps that ran

	raw       *host.Report        // Report with secrets
	veil      *veil.Veil          // hides the secrets of the run
	org       map[string][2]state // by connection: before and after the run
	files     map[string]string   // of the workspace, after the run
	rows      map[string][]any    // by table: after the run
	refused   []string            // decisions of people who may not decide
	approvers *approvers
	idle      []*flow.Node     // faults of seeds that did not strike
	answered  map[mocking]bool // the mocks that a call got an answer of
	amiss     bool             // it fails whatever is expected: a mock, an approval or a fault is missing or wrong
	lacks     []string         // what is wrong with calls and mocks, whatever the flow does with the errors
}

// Passed reports whether the run was as expected.
func (r *Result) Passed() bool { return r.Err == nil && len(r.Failures) == 0 }

// Fillable reports whether the case expects nothing yet, and what it did can be expected of it.
func (r *Result) Fillable() bool {
	return r.Err == nil && r.Report != nil && r.Case.at("expect") == nil && !r.amiss
}

// Run runs the case until ctx ends or it has taken the Limit of its suite, and compares what it did with what is expected. It is safe for concurrent use.
func (c *Case) Run(ctx context.Context) (r *Result) {
	began := time.Now()
	defer func() {
		if p := recover(); p != nil { // the other cases go on
			r = &Result{Case: c, Err: fmt.Errorf("bug in the test: %v", p), Took: time.Since(began)}
		}
	}()
	if c.startsNothing() {
		r := &Result{Case: c}
		if at := c.at("expect", "starts"); !c.refused {
			r.Failures = append(r.Failures, Failure{Pos: at.Pos, Width: at.Width, What: "starts", Want: "false", Got: "true: " + c.start.By + " starts a run"})
		}
		return r
	}
	if c.suite.Limit > 0 {
		limited, cancel := context.WithTimeoutCause(ctx, c.suite.Limit, fmt.Errorf("it did not end in %s of real time", c.suite.Limit))
		defer cancel()
		ctx = limited
	}
	r = c.play(ctx, false)
	if r.Err == nil {
		c.compare(r)
		if c.text("expect", "dry_run") != "" {
			dry := c.play(ctx, true)
			if r.Err = dry.Err; r.Err == nil {
				c.compareDry(r, dry)
				r.hide(dry.veil)
			}
		}
	}
	r.hide(r.veil)
	r.Took = time.Since(began)
	return r
}

// play runs the flow in a world of its own.
func (c *Case) play(ctx context.Context, dry bool) *Result {
	r := &Result{Case: c, Seen: Seen{}, org: map[string][2]state{}, rows: map[string][]any{}}
	w, err := c.enter(ctx)
	if err != nil {
		r.Err = err
		return r
	}
	defer func() {
		if err := w.Close(); r.Err == nil {
			r.Err = err
		}
	}()
	r.veil = w.veil
	before := map[string]state{}
	for _, name := range c.dumped() {
		dump, err := w.dump(ctx, name)
		if err != nil {
			r.Err = err
			return r
		}
		before[name] = readState(dump)
	}
	r.approvers = &approvers{world: w}
	r.approvers.decisions, r.approvers.repeats = c.decisions()
	start := c.start
	start.DryRun = dry
	if start.Trigger == nil {
		start.Person = cmp.Or(c.text("started_by"), "test")
		start.By = start.Person
	}
	steps, ids, ended := &recorder{seen: r.Seen}, &known{names: map[string]string{}}, &endings{all: map[[2]string]ending{}}
	r.Report, r.Err = w.Run(ctx, host.Run{
		Flow: c.checked, Connections: w.conns, Start: start,
		Trial:  &host.Trial{ID: "test", Decide: r.approvers.decide, Read: ids.learn, Refused: w.mocked.refuse, Replaced: w.mocked.replace},
		Listen: func(b host.Begun) []host.Listener { return []host.Listener{steps, ended.of(b.Run)} }, Abort: ctx,
	})
	if cause := context.Cause(ctx); cause != nil {
		r.Report, r.Err = nil, fmt.Errorf("flow %q: %w", c.Flow, cause)
		if at := steps.at(); at != "" {
			r.Err = fmt.Errorf("%w: it was at step %s", r.Err, at)
		}
	}
	if r.Err != nil {
		return r
	}
	r.raw, r.Report = r.Report, r.Report.Hidden()
	for name, was := range before {
		dump, err := w.dump(ctx, name)
		if err != nil {
			r.Err = err
			return r
		}
		r.org[name] = [2]state{was, readState(dump)}
	}
	if r.Err = r.readTables(ctx, w); r.Err == nil && (c.at("expect", "files") != nil || c.at("expect") == nil) {
		r.files, r.Err = w.filesOf()
	}
	if r.Err == nil {
		r.idle, r.Err = w.idle(ctx, c)
	}
	r.lacks, r.refused, r.answered = w.mocked.lacks, w.mocked.refused, w.mocked.answered
	flows := map[string]string{}
	for _, started := range r.raw.Started {
		flows[started.Run] = started.Flow
	}
	for _, call := range w.calls {
		if !call.Reads {
			end := ended.all[[2]string{call.run, call.place}]
			call.Target, call.Flow, call.Changed, call.InDoubt = ids.named(call.Target), flows[call.run], end.changed, end.doubt
			r.Calls = append(r.Calls, call)
		}
	}
	return r
}

// dumped returns the connections whose state is compared.
func (c *Case) dumped() (all []string) {
	if c.org != "" && c.at("expect", "org") != nil {
		all = append(all, c.org)
	}
	if c.at("expect") == nil { // for what --update fills in
		return slices.Sorted(maps.Keys(c.seeds))
	}
	if targets := c.at("expect", "targets"); targets != nil {
		for _, field := range targets.Fields {
			all = append(all, field.Key.Text)
		}
	}
	if unchanged := c.at("expect", "unchanged"); unchanged != nil {
		for _, item := range unchanged.Items {
			connection, _ := c.part(item.Text)
			all = append(all, connection)
		}
	}
	return slices.Compact(slices.Sorted(slices.Values(all)))
}

// readTables reads the tables that the case expects something of; all if it expects nothing at all.
func (r *Result) readTables(ctx context.Context, w *world) error {
	var names []string
	if expected := r.Case.at("expect", "tables"); expected != nil {
		for _, field := range expected.Fields {
			names = append(names, field.Key.Text)
		}
	} else if r.Case.at("expect") == nil {
		names = r.Case.suite.tables()
	}
	if len(names) == 0 {
		return nil
	}
	tables := w.Tables()
	defer tables.Close()
	for _, name := range names {
		rows := []any{}
		for at := card.Cursor(""); ; {
			page, next, err := tables.Rows(ctx, name, nil, at, 200)
			if err != nil {
				return err
			}
			for _, row := range page {
				rows = append(rows, row)
			}
			if at = next; next == "" {
				break
			}
		}
		r.rows[name] = rows
	}
	return nil
}

// keyOf returns the column that identifies the rows of a table.
func (s *Suite) keyOf(table string) string {
	i := slices.IndexFunc(s.Workspace.Workspace.Tables, func(t flow.Table) bool { return t.Name.Text == table })
	return s.Workspace.Workspace.Tables[i].Key.Text
}
