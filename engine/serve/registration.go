package serve

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
)

// registrar keeps the event hooks of services as the flows say: one for each event trigger with `register: true`.
//
//	flows ─▶ need ───────┐
//	                     ├─▶ keep or remove ─▶ the service
//	store ─▶ store.Hook ─┘
//
// A hook is known by its id, in the store, so that no other one is touched. One that sends something else than before, such as a new secret, is not
// changed: another one takes its place, and both deliver for a minute, so that no event is lost.
type registrar struct {
	*Server
	lead   *store.Leadership
	failed map[string]failure // by what failed
	next   time.Time          // when the hooks are looked at again
}

// failure is when something that has failed is tried again.
type failure struct {
	times int
	until time.Time
}

const (
	// lookAtHooks is the time between two looks at the hooks of services: people change and delete some.
	lookAtHooks = time.Minute
	// overlap is how long a hook still delivers after another one took its place.
	overlap = time.Minute
	// firstPause and longestPause are the times until something that has failed is tried again: each is twice as long as the one before.
	firstPause, longestPause = 5 * time.Second, 10 * time.Minute
)

func (r *registrar) run(ctx context.Context) error {
	for _, _, used := r.flows.now(); ; {
		if err := r.pause(ctx, beat); err != nil {
			return nil // it stops
		}
		_, _, sum := r.flows.now()
		now := r.Clock.Now()
		if sum == used && now.Before(r.next) && r.next.Sub(now) <= longestPause { // the clock may be put back
			continue
		}
		if sum != used {
			clear(r.failed)
		}
		used = sum
		if err := r.round(ctx); errors.Is(err, store.ErrNotLeading) {
			return err
		} else if err != nil && ctx.Err() == nil {
			r.Log.Error("the event hooks of services cannot be looked at", "error", err)
		}
	}
}

// round makes all hooks as they should be, as far as possible. The error is that of the store.
func (r *registrar) round(ctx context.Context) error {
	r.next = r.Clock.Now().Add(lookAtHooks)
	kept, err := r.history.Hooks(ctx)
	if err != nil {
		return err
	}
	all := r.needs(ctx)
	moved, left := assign(all, kept, r.Clock.Now())
	for _, h := range moved { // requests are known by it
		if err := r.history.SetHook(ctx, r.lead, h); err != nil {
			return err
		}
	}
	seen := &sight{registrar: r, kept: kept, orgs: map[string]*org{}}
	for _, w := range all {
		if err := r.try(ctx, w.flow+" "+w.trigger.ID(), func() error { return seen.keep(ctx, w) }, "flow", w.flow, "trigger", w.trigger.ID()); err != nil {
			return err
		}
	}
	for _, h := range left {
		if err := r.try(ctx, h.Connection+" "+h.Hook, func() error { return seen.remove(ctx, h) }, "flow", h.Flow, "hook", h.Hook); err != nil {
			return err
		}
	}
	return nil
}

// try calls do, unless it has failed a short while ago, and logs its error. The error that it returns is that of ctx, or that this process does not lead
// any more.
func (r *registrar) try(ctx context.Context, what string, do func() error, about ...any) error {
	f, now := r.failed[what], r.Clock.Now()
	if now.Before(f.until) && f.until.Sub(now) <= longestPause {
		r.next = earlier(r.next, f.until)
		return nil
	}
	err := do()
	switch {
	case err == nil:
		delete(r.failed, what)
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, store.ErrNotLeading):
		return err
	}
	f = failure{f.times + 1, r.Clock.Now().Add(min(longestPause, firstPause<<min(f.times, 10)))}
	r.failed[what], r.next = f, earlier(r.next, f.until)
	r.Log.Error("an event hook is not as the flow says", because(err, about...)...)
	return nil
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// need is a trigger that needs a hook.
type need struct {
	workspace *host.Workspace
	flow      string
	trigger   engine.Trigger
	use       engine.Use
	settings  engine.EventSettings
	err       error         // of the settings
	made      []*store.Hook // for the trigger, or for one whose place it takes
}

// needs returns the triggers that need a hook.
func (r *registrar) needs(ctx context.Context) (all []*need) {
	w, flows, _ := r.flows.now()
	for _, f := range flows {
		for _, t := range f.Plan.Triggers {
			if !t.MayRegister() {
				continue
			}
			one := &need{workspace: w, flow: f.Plan.Flow, trigger: t, use: f.TriggerUse(t)}
			one.settings, one.err = t.EventSettings(ctx, f.Plan.Flow)
			if one.err != nil || one.settings.Register && len(one.settings.Types) > 0 {
				all = append(all, one)
			}
		}
	}
	return all
}

// assign gives each trigger the hooks that were made for it. A trigger without one takes those of a trigger that its flow does not have any more, since
// other types make another trigger: these are moved. left are the hooks to delete.
func assign(all []*need, kept []store.Hook, now time.Time) (moved, left []*store.Hook) {
	var free []*store.Hook
	for i := range kept {
		h := &kept[i]
		at := slices.IndexFunc(all, func(w *need) bool {
			return w.flow == h.Flow && w.trigger.ID() == h.Trigger && w.use.Name == h.Connection
		})
		switch age := now.Sub(h.Retired); {
		case !h.Retired.IsZero() && (age >= overlap || age < -overlap):
			left = append(left, h)
		case !h.Retired.IsZero():
		case at < 0:
			free = append(free, h)
		default:
			all[at].made = append(all[at].made, h)
		}
	}
	for _, w := range all {
		at := slices.IndexFunc(free, func(h *store.Hook) bool { return w.flow == h.Flow && w.use.Name == h.Connection })
		if len(w.made) > 0 || at < 0 {
			continue
		}
		was := free[at].Trigger
		free = slices.DeleteFunc(free, func(h *store.Hook) bool {
			if h.Flow != w.flow || h.Connection != w.use.Name || h.Trigger != was {
				return false
			}
			h.Trigger = w.trigger.ID()
			w.made, moved = append(w.made, h), append(moved, h)
			return true
		})
	}
	return moved, append(left, free...)
}
