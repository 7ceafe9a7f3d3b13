package serve

import (
	"context"
	"fmt"
	"strings"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
)

// deepest is the number of runs at most of which each was started by an event that the one before caused.
const deepest = 5

// loop returns the reason why an event must not start its flow, since it would start a loop: the connection of the trigger caused it, and the flow
// writes to that connection, so that it could cause the next one. Empty: it starts the flow.
func (d *dispatcher) loop(ctx context.Context, f *host.Checked, t *engine.Trigger, o store.Occasion, conns *host.Connections) (why string, err error) {
	if t == nil {
		t = alike(f, o.Trigger)
	}
	if t == nil || t.Source == nil || t.Source.Card.Delivery == nil {
		return "", nil
	}
	use := f.TriggerUse(*t)
	if conns.Open(use.Name) == nil || !f.WritesTo(use) {
		return "", nil
	}
	as, delivery := conns.Identity(use.Name).As, t.Source.Card.Delivery
	if !delivery.CausedBy(eventOf(o), as) {
		return "", nil
	}
	settings, err := t.EventSettings(ctx, o.Flow)
	if err != nil {
		return "", err
	}
	if !settings.Own {
		return fmt.Sprintf("%s caused the event, as whom connection %q acts; `own: true` of the trigger starts the flow for such events, too", as, use.Name), nil
	}
	depth, err := d.depth(ctx, delivery, as, o)
	if err == nil && depth >= deepest {
		why = fmt.Sprintf("it would be a loop: the event is the last of %d of which each was caused by a run that the one before started", depth+1)
	}
	return why, err
}

// alike returns a trigger of a flow with the card of one that the flow does not have any more, such as one with other types; nil if there is none.
func alike(f *host.Checked, id string) *engine.Trigger {
	for i := range f.Plan.Triggers {
		t := &f.Plan.Triggers[i]
		rest, same := strings.CutPrefix(id, string(t.Kind)+" ")
		if name, _, _ := strings.Cut(rest, " "); same && t.Source != nil && name == t.Name {
			return t
		}
	}
	return nil
}

// eventOf returns the event of an occasion, which a poll may have found as a record.
func eventOf(o store.Occasion) card.Value {
	root, _ := o.Value.(map[string]any)
	if event := root["event"]; event != nil {
		return event
	}
	return root["record"]
}

// depth returns the number of events that led to that of an occasion, up to deepest: each was caused by a run that the one before started. The cause of an event
// that an account has caused is the last run that wrote to something that the event is about.
func (d *dispatcher) depth(ctx context.Context, delivery card.Delivery, as string, o store.Occasion) (depth int, err error) {
	before := int64(0) // of a write
	for ; depth < deepest; depth++ {
		read, err := delivery.Read(eventOf(o))
		if err != nil || len(read.About) == 0 || !delivery.CausedBy(read.Event, as) {
			return depth, nil
		}
		writes, err := d.history.HistoryOf(ctx, read.About[:min(len(read.About), mostAbout)], store.Page{Limit: 1, After: before})
		if err != nil || len(writes) == 0 {
			return depth, err
		}
		before = writes[0].At
		cause, err := d.cause(ctx, writes[0].Run)
		if err != nil || cause == nil {
			return depth, err
		}
		o = *cause
	}
	return depth, nil
}

// mostAbout is the number of things of an event of which writes are looked for.
const mostAbout = 20

// cause returns the occasion of an event that started a run, or the run that started it; nil if something else did.
func (d *dispatcher) cause(ctx context.Context, run string) (*store.Occasion, error) {
	for run != "" {
		from, err := d.history.Occasions(ctx, store.OccasionFilter{Run: run, Limit: 1})
		if err != nil {
			return nil, err
		}
		if len(from) > 0 {
			if eventOf(from[0]) == nil {
				return nil, nil
			}
			return &from[0], nil
		}
		past, err := d.history.Run(ctx, run)
		if err != nil {
			return nil, err
		}
		run = past.Parent
	}
	return nil, nil
}
