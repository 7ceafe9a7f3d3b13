package serve

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
)

// EventTrigger is an event trigger of a flow, with its settings.
type EventTrigger struct {
	engine.Trigger
	engine.EventSettings
}

// EventTriggers returns the event triggers of a flow. One whose settings cannot be computed is logged, and left out.
func (s *Server) EventTriggers(ctx context.Context, f *host.Checked) (all []EventTrigger) {
	for _, t := range f.Plan.Triggers {
		if t.Kind != engine.EventTrigger {
			continue
		}
		settings, err := t.EventSettings(ctx, f.Plan.Flow)
		if err != nil {
			s.Log.Error("an event starts nothing: its settings cannot be computed", "flow", f.Plan.Flow, "trigger", t.ID(), "error", err)
			continue
		}
		all = append(all, EventTrigger{t, settings})
	}
	return all
}

// Receive makes occasions of the events in the body of a request for triggers of a flow. When it returns, they are durable. An event that cannot be
// used is logged, and holds up none of the others. The error is of kind invalid if the body has no events.
func (s *Server) Receive(ctx context.Context, f *host.Checked, triggers []EventTrigger, body map[string]any) error {
	var occasions []store.Occasion
	for _, t := range triggers {
		events, err := t.Source.Card.Delivery.Events(body)
		if err != nil {
			return &card.Error{Kind: card.Invalid, Code: "not_events", Message: err.Error()}
		}
		for _, event := range events {
			if o := s.eventOccasion(ctx, f.Plan.Flow, t, event); o != nil {
				occasions = append(occasions, *o)
			}
		}
	}
	_, err := s.SubmitEvents(ctx, nil, occasions)
	return err
}

// SubmitEvents adds occasions that eventOccasion has made, in one transaction, and returns the number of those that are new.
func (s *Server) SubmitEvents(ctx context.Context, as *store.Leadership, occasions []store.Occasion) (added int, err error) {
	if len(occasions) == 0 {
		return 0, nil
	}
	if err := s.room(ctx); err != nil {
		return 0, err
	}
	fresh, err := s.history.Submit(ctx, as, occasions...)
	if err != nil {
		return 0, err
	}
	for i, o := range occasions {
		if fresh[i] {
			added++
			s.metrics.event(o.Flow, accepted)
		} else {
			s.metrics.event(o.Flow, known)
		}
	}
	if added > 0 {
		s.Wake()
	}
	return added, nil
}

// eventOccasion returns the occasion of an event for a trigger of a flow, in whichever way the event came; nil if it starts nothing. Its key is the id of the
// event, so that one that comes twice, or is also in the log of the service, starts one run.
func (s *Server) eventOccasion(ctx context.Context, flow string, t EventTrigger, event card.Value) *store.Occasion {
	refuse := func(why string, attributes ...any) *store.Occasion {
		s.metrics.event(flow, refused)
		s.Log.Error("an event starts nothing: "+why, append([]any{"flow", flow, "trigger", t.ID()}, attributes...)...)
		return nil
	}
	read, err := t.Source.Card.Delivery.Read(event)
	if err != nil {
		return refuse("it is not as the service describes it", "error", err)
	}
	if !slices.Contains(t.Types, read.Type) {
		return nil
	}
	value := t.Source.Card.Root(read.Event)
	value["kind"] = string(t.Kind)
	switch wants, err := t.Wants(ctx, flow, value); {
	case err != nil:
		return refuse("the filter of the trigger failed", "event", read.ID, "error", err)
	case !wants:
		s.metrics.event(flow, filtered)
		return nil
	}
	o := &store.Occasion{Flow: flow, Trigger: t.ID(), Key: read.ID, At: read.At, Value: value}
	if read.Subject != "" {
		o.Lane = flow + " event " + read.Subject
	}
	return o
}

// MostWaiting is the number of occasions that wait at most, by default. What comes then is refused until some have started.
const MostWaiting = 1_000_000

// backlog knows how many occasions wait. It asks the store once a second at most.
type backlog struct {
	mu    sync.Mutex
	n     int
	asked time.Time
}

// room returns an error if too many occasions wait.
func (s *Server) room(ctx context.Context) error {
	b := &s.backlog
	b.mu.Lock()
	defer b.mu.Unlock()
	if now := time.Now(); now.Sub(b.asked) >= time.Second {
		n, _, err := s.history.WaitingOccasions(ctx)
		if err != nil {
			return err
		}
		b.n, b.asked = n, now
	}
	if b.n >= s.MostWaiting {
		return &card.Error{Kind: card.Unavailable, Code: "backlog", Message: "too many starts of runs wait", Hint: "try again later"}
	}
	return nil
}
