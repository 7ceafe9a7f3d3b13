package serve

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/schedule"
	"github.com/flowdeck/flowdeck/engine/store"
)

// scheduler makes occasions of the times of schedules.
type scheduler struct {
	*Server
	lead *store.Leadership
}

const (
	// beat is the longest time between two looks at the schedules: the clock of the machine may jump, and files change.
	beat = time.Second
	// late is the time after which an occurrence counts as missed.
	late = time.Minute
	// farthest is how many occurrences back a server looks at most after it was down.
	farthest = 10_000
)

func (s *scheduler) run(ctx context.Context) error {
	for {
		if err := s.tick(ctx, s.Clock.Now()); err != nil {
			return err
		}
		if err := s.pause(ctx, beat); err != nil {
			return nil // it stops
		}
	}
}

// tick makes occasions of all occurrences up to now.
func (s *scheduler) tick(ctx context.Context, now time.Time) error {
	if err := errors.Join(s.lead.Check(ctx), s.history.InPlace()); err != nil {
		return err
	}
	known, err := s.history.Schedules(ctx)
	if err != nil {
		return err
	}
	paused, err := s.history.PausedFlows(ctx)
	if err != nil {
		return err
	}
	flows := s.flows.all()
	if err := s.forget(ctx, known, flows); err != nil {
		return err
	}
	added := false
	for _, f := range flows {
		for _, t := range f.Plan.Triggers {
			if t.Kind != engine.ScheduleTrigger {
				continue
			}
			state, err := s.stateOf(ctx, known, f.Plan.Flow, t.ID())
			if err != nil {
				return err
			}
			some, err := s.advance(ctx, f, t, state, slices.Contains(paused, f.Plan.Flow), now)
			if err != nil {
				return err
			}
			added = added || some
		}
	}
	if added {
		s.Wake()
	}
	return nil
}

// forget removes the schedules that the flows do not have. Otherwise, times that pass until one is put back would count as missed, though a server ran.
func (s *scheduler) forget(ctx context.Context, known []store.ScheduleState, flows []*host.Checked) error {
	gone := slices.DeleteFunc(slices.Clone(known), func(state store.ScheduleState) bool {
		return slices.ContainsFunc(flows, func(f *host.Checked) bool { return f.Plan.Flow == state.Flow && trigger(f, state.Trigger) != nil })
	})
	if len(gone) == 0 {
		return nil
	}
	return s.history.ForgetSchedules(ctx, s.lead, gone)
}

// stateOf returns the state of a schedule, which is only written if it is a new one.
func (s *scheduler) stateOf(ctx context.Context, known []store.ScheduleState, flow, trigger string) (store.ScheduleState, error) {
	for _, state := range known {
		if state.Flow == flow && state.Trigger == trigger {
			return state, nil
		}
	}
	return s.history.Schedule(ctx, s.lead, flow, trigger)
}

// advance makes occasions of the occurrences of one schedule; if it is paused, it passes over them.
func (s *scheduler) advance(ctx context.Context, f *host.Checked, t engine.Trigger, state store.ScheduleState, paused bool, now time.Time) (added bool, err error) {
	when := t.Schedule.Times
	if state.Last.Sub(now) > late { // the clock was wrong, and was put back
		s.Log.Warn("the clock went back: times that have started runs do not start them again", "flow", f.Plan.Flow, "schedule", t.Name, "from", state.Last.UTC().Format(time.RFC3339))
		return false, s.history.Advance(ctx, s.lead, f.Plan.Flow, t.ID(), now)
	}
	next, ok := when.Next(state.Last)
	if !ok || next.At.After(now) {
		return false, nil
	}
	from := state.Last
	if t.Schedule.Within > 0 && now.Add(-t.Schedule.Within).After(from) && t.Schedule.Within > late {
		from = now.Add(-t.Schedule.Within)
	}
	all := when.Between(from, now, farthest)
	var occasions []store.Occasion
	if !paused {
		missed, punctual := byDelay(all, now)
		made := wanted(missed, t.Schedule.Missed)
		if len(missed) > 0 {
			s.Log.Warn("times of a schedule were missed", "flow", f.Plan.Flow, "schedule", t.Name, "missed", len(missed), "started", len(made), "left_out", len(missed)-len(made))
		}
		for _, one := range slices.Concat(made, punctual) {
			occasions = append(occasions, occasionOf(ctx, f.Plan, t, one))
		}
	}
	return len(occasions) > 0, s.history.Advance(ctx, s.lead, f.Plan.Flow, t.ID(), now, occasions...)
}

// byDelay divides occurrences into those that were missed, because now is too late for them, and those that were not.
func byDelay(all []schedule.Occurrence, now time.Time) (missed, punctual []schedule.Occurrence) {
	n := len(all)
	for n > 0 && now.Sub(all[n-1].At) <= late {
		n--
	}
	return all[:n], all[n:]
}

// wanted returns the occurrences that the setting `missed` selects of those that were missed.
func wanted(missed []schedule.Occurrence, setting engine.Missed) []schedule.Occurrence {
	most := engine.MostMissed
	switch setting {
	case engine.MissedNone:
		most = 0
	case engine.MissedLast:
		most = 1
	}
	return missed[max(0, len(missed)-most):]
}

// occasionOf returns the occasion for an occurrence of a schedule. It has its inputs, so that it starts its run also if the schedule is edited or removed while
// it waits.
func occasionOf(ctx context.Context, p *engine.Plan, t engine.Trigger, one schedule.Occurrence) store.Occasion {
	o := store.Occasion{
		Flow: p.Flow, Trigger: t.ID(), Key: one.Local, At: one.At, Lane: p.Flow + " " + t.ID(),
		Value: map[string]any{"kind": string(t.Kind), "schedule": t.Name, "scheduled_at": one.At.Format(time.RFC3339)},
	}
	o.Inputs = inputsOf(ctx, p, t, o.Value)
	return o
}
