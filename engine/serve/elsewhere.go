package serve

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
)

// Elsewhere runs flows in other processes, which do not share the history of the server. The runs go on when the server ends, and the next one follows them. It
// is safe for concurrent use.
//
// An occasion is marked in three steps: before the start of its run there, with the id of that run; when the run is there; and at its end. A start that is
// repeated with the same id starts nothing more, so that a server can be killed between any two steps.
type Elsewhere interface {
	// Refuses returns why a flow cannot run there, for people; empty if it can.
	Refuses(f *host.Checked) string
	// Start starts a run of a flow of a workspace, with the id s.Run. If there is a run with this id, also one that has ended, it does nothing.
	Start(ctx context.Context, w *host.Workspace, f *host.Checked, conns *host.Connections, s engine.Start) error
	// Has reports whether there is a run with an id, also one that has ended.
	Has(ctx context.Context, run string) (bool, error)
	// Await waits for the end of a run, and returns its report. Now and then it calls waits with what the run waits for, for people; empty if it goes on. The error
	// has the kind not_found, and no code, if there is no such run.
	Await(ctx context.Context, run string, waits func(why string)) (*host.Report, error)
	// Stop asks a run to stop: records in flight finish. It does not wait for that.
	Stop(ctx context.Context, run string) error
}

// refusals returns why flows cannot run where the runs of a server go on, by their names.
func refusals(on Elsewhere, flows map[string]*host.Checked) map[string]string {
	if on == nil {
		return nil
	}
	all := map[string]string{}
	for name, f := range flows {
		if why := refuses(on, f); why != "" {
			all[name] = why
		}
	}
	return all
}

// refuses returns why a flow cannot run elsewhere when something starts it; empty if it can.
func refuses(on Elsewhere, f *host.Checked) string {
	if why := on.Refuses(f); why != "" {
		return why
	}
	for _, t := range f.Plan.Triggers {
		switch {
		case t.Webhook != nil && t.Webhook.Responds:
			return fmt.Sprintf("flow %q answers the caller of webhook %s, which it can only in the process of the server", f.Plan.Flow, t.Name)
		case t.Webhook != nil && t.Webhook.Wait:
			return fmt.Sprintf("webhook %s of flow %q has `respond: wait`, and this server does not have the report of the run", t.Name, f.Plan.Flow)
		case t.Kind == engine.EventTrigger:
			if s, err := t.EventSettings(context.Background(), f.Plan.Flow); err == nil && s.Own {
				return fmt.Sprintf("event %s of flow %q has `own: true`, and this server does not have the writes of the runs, by which it cuts loops", t.Name, f.Plan.Flow)
			}
		}
	}
	return ""
}

// refused returns the problems of flows with triggers that cannot run where they should. Those without are refused when somebody starts them.
func (c *catalogue) refused() (problems flow.Problems) {
	for _, f := range c.workspace.Named() {
		if why := c.refusals[f.Name.Text]; why != "" && len(c.flows[f.Name.Text].Plan.Triggers) > 0 {
			problems = append(problems, flow.Problem{
				Pos: f.Name.Pos, Width: len(f.Name.Text), Message: why, Hint: "change the flow, or serve it from a workspace without `engine: temporal`",
			})
		}
	}
	return problems
}

// rejoin follows the runs again that go on elsewhere, so that others wait for them.
func (d *dispatcher) rejoin(ctx context.Context) error {
	all, err := d.history.Occasions(ctx, store.OccasionFilter{Status: store.Started, Elsewhere: true, Limit: mostRejoined})
	if err != nil {
		return err
	}
	if len(all) > 0 && d.Elsewhere == nil {
		d.Log.Warn("runs go on elsewhere that this server does not follow: what starts their flows does not wait for them", "runs", len(all), "hint", "set engine in flowdeck.yaml as it was, until they have ended")
		return nil
	}
	for _, o := range all {
		d.begin(ctx, o, func() (*host.Report, error) { return d.follow(ctx, o, goesOn) })
	}
	return nil
}

// mostRejoined is the number of runs that are followed again at most. More are only there if somebody asked for so many at a time.
const mostRejoined = 1_000_000

// send starts the run of an occasion elsewhere, and follows it.
func (d *dispatcher) send(ctx context.Context, w *host.Workspace, f *host.Checked, conns *host.Connections, o store.Occasion, start engine.Start) (*host.Report, error) {
	var err error
	if o.Run, err = d.history.Send(ctx, d.lead, o.ID, w.NewRunID()); err != nil {
		return nil, err
	}
	start.Run = o.Run
	if err := d.Elsewhere.Start(ctx, w, f, conns, start); err != nil {
		return nil, err
	}
	return d.arrived(ctx, o)
}

// unlessThere ends an occasion without a run, for a reason. If its run may have been started elsewhere before, and is there, it follows that instead.
func (d *dispatcher) unlessThere(ctx context.Context, o store.Occasion, why string) (*host.Report, error) {
	if d.Elsewhere == nil {
		return nil, d.drop(context.WithoutCancel(ctx), o, why)
	}
	kept, err := d.history.Occasions(ctx, store.OccasionFilter{ID: o.ID, Limit: 1})
	if err != nil || len(kept) == 0 {
		return nil, err
	}
	if o = kept[0]; o.Run != "" {
		there, err := d.Elsewhere.Has(ctx, o.Run)
		if err != nil {
			return nil, fmt.Errorf("whether run %s was started: %w", o.Run, err)
		}
		if there {
			return d.arrived(ctx, o)
		}
	}
	return nil, d.drop(ctx, o, why)
}

// lacksElsewhere reports whether this server runs flows in its process, and the run of an occasion may have been started elsewhere: its flow waits.
func (d *dispatcher) lacksElsewhere(o store.Occasion) bool {
	if d.Elsewhere != nil {
		return false
	}
	err := fmt.Errorf("run %s may have been started elsewhere: set engine in flowdeck.yaml as it was, until that is known", o.Run)
	d.Log.Error("no run can start: what starts the flow waits", "flow", o.Flow, "error", err)
	d.postpone(o.Flow, err)
	return true
}

// arrived marks an occasion as started, whose run is there, and follows it.
func (d *dispatcher) arrived(ctx context.Context, o store.Occasion) (*host.Report, error) {
	if err := d.history.Sent(context.WithoutCancel(ctx), d.lead, o.ID); err != nil {
		return nil, err
	}
	d.metrics.begun.WithLabelValues(o.Flow).Inc()
	return d.follow(ctx, o, startedOr(false))
}

// goesOn is what a log says of a run that goes on elsewhere when a server begins to follow it, or when it has waited.
const goesOn = "goes on"

// follow waits for the end of a run that goes on elsewhere. When ctx ends, it returns neither a report nor an error.
func (d *dispatcher) follow(ctx context.Context, o store.Occasion, how string) (*host.Report, error) {
	d.going(o, o.Run, how, true)
	log, why := d.Log.With("flow", o.Flow, "run", o.Run), ""
	waits := func(now string) {
		switch {
		case now == why:
		case now == "":
			log.Info(goesOn)
		default:
			log.Warn("waiting", "reason", now)
		}
		why = now
	}
	for lost := false; ; lost = true {
		report, err := d.Elsewhere.Await(ctx, o.Run, waits)
		switch {
		case ctx.Err() != nil:
			return nil, nil
		case err == nil:
			d.metrics.ended.WithLabelValues(o.Flow, string(report.Status)).Inc()
			return report, d.history.EndedElsewhere(context.WithoutCancel(ctx), d.lead, o.ID)
		case isUnknown(err):
			log.Warn("a run is not known any more where it went on: how it ended is not known here")
			return nil, d.history.EndedElsewhere(context.WithoutCancel(ctx), d.lead, o.ID)
		case !lost:
			log.Error("a run that goes on elsewhere cannot be followed: it is tried again", because(err)...)
		}
		if d.pause(ctx, again) != nil {
			return nil, nil
		}
	}
}

// isUnknown reports whether an error says that there is no such run. One with a code is about something else, such as the namespace of the runs.
func isUnknown(err error) bool {
	failure := (*card.Error)(nil)
	return errors.As(err, &failure) && failure.Kind == card.NotFound && failure.Code == ""
}

// asking is the time in which a run elsewhere must be asked to stop while other occasions wait.
const asking = 5 * time.Second

// replace stops a run for the next one of its lane.
func (d *dispatcher) replace(ctx context.Context, before tenancy) {
	const by = "the next time of its schedule, as `overlap: replace` says"
	switch {
	case !before.elsewhere:
		_ = d.history.Ask(ctx, before.run, store.Control{Kind: store.Stop, By: by}) // it may have ended
	case !d.stopped[before.run]:
		ctx, cancel := context.WithTimeout(ctx, asking)
		defer cancel()
		if err := d.Elsewhere.Stop(ctx, before.run); err != nil && !isUnknown(err) {
			d.Log.Error("a run cannot be stopped: what starts the flow waits", because(err, "flow", before.flow, "run", before.run)...)
			d.postpone(before.flow, err)
			return
		}
		d.stopped[before.run] = true
	}
}
