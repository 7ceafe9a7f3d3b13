package serve

import (
	"context"
	"errors"
	"strings"

	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
)

// resume goes on with the runs of other servers: those that they parked, and those that were cut off when they ended.
func (d *dispatcher) resume(ctx context.Context) {
	for _, status := range []store.Status{store.Interrupted, store.Paused} {
		none := ""
		runs, err := d.history.Runs(ctx, store.Filter{Status: status, Parent: &none, Limit: atOnce})
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			d.Log.Error("earlier runs cannot be read", "error", err)
			return
		}
		for _, r := range runs {
			if status == store.Paused && r.Reason != parkedReason {
				continue // a person or a doubt paused it
			}
			from, err := d.history.Occasions(ctx, store.OccasionFilter{Run: r.ID, Limit: 1})
			if err != nil || len(from) == 0 || d.runs.has(from[0]) || d.stuck[r.ID] {
				continue // a person started it, or it goes on, or cannot
			}
			d.stuck[r.ID] = !d.goOn(ctx, r, from[0])
		}
	}
}

// goOn resumes a run, and reports whether it goes on.
func (d *dispatcher) goOn(ctx context.Context, r store.Run, o store.Occasion) bool {
	now, _ := d.flows.flow(r.Flow) // the run has the text of the flow, which may have been removed since
	w, checked, resume, err := now.Resumed(ctx, r.ID, host.AsStarted, nil)
	if err == nil && len(resume.Lacks) > 0 {
		var names []string
		for _, in := range resume.Lacks {
			names = append(names, in.Name)
		}
		d.Log.Warn("a run cannot go on: the history does not have its secrets; flowdeck resume asks for them", "flow", r.Flow, "run", r.ID, "inputs", strings.Join(names, ", "))
		return false
	}
	if err != nil {
		d.Log.Warn("a run cannot go on", because(err, "flow", r.Flow, "run", r.ID)...)
		return false
	}
	d.begin(ctx, o, func() (*host.Report, error) {
		conns, err := d.pool.Connect(ctx, checked.Uses())
		for unreachable := (*host.ConnectionError)(nil); errors.As(err, &unreachable); conns, err = d.pool.Connect(ctx, checked.Uses()) {
			d.Log.Error("a connection cannot be opened: the run waits", because(unreachable.Cause, "flow", r.Flow, "run", r.ID, "connection", unreachable.Name)...)
			if err := d.pause(ctx, again); err != nil {
				return nil, nil // it stays as it is until the next server
			}
		}
		if err != nil {
			return nil, err
		}
		return d.metered(ctx, w, host.Run{
			Flow: checked, Connections: conns, Park: d.park, Log: d.Log, Resume: resume, Listen: d.listens(o),
		})
	})
	return true
}
