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
			if o := s.eventOccasion(ctx, f.Plan, t, event); o != nil {
				occasions = append(occasions, *o)
			}
		}
	}
	return s.submitEvents(ctx, occasions)
}

// submitEvents adds occasions that eventOccasion has made, in one transaction.
func (s *Server) submitEvents(ctx context.Context, occasions []store.Occasion) error {
	if len(occasions) == 0 {
		return nil
	}
	if err := s.room(ctx); err != nil {
		return err
	}
	fresh, err := s.history.Submit(ctx, nil, occasions...)
	if err == nil {
		s.added(occasions, fresh)
	}
	return err
}

// added counts occasions of events and records that were added, and has the new ones started.
func (s *Server) added(occasions []store.Occasion, fresh []bool) {
	for i, o := range occasions {
		outcome := known
		if fresh[i] {
			outcome = accepted
		}
		s.metrics.event(o.Flow, outcome)
	}
	if slices.Contains(fresh, true) {
		s.Wake()
	}
}

// eventOccasion returns the occasion of an event for a trigger of a flow, in whichever way the event came; nil if it starts nothing. Its key is the id of the
// event, so that one that comes twice, or is also in the log of the service, starts one run.
func (s *Server) eventOccasion(ctx context.Context, p *engine.Plan, t EventTrigger, event card.Value) *store.Occasion {
	read, err := t.Source.Card.Delivery.Read(event)
	if err == nil && !slices.Contains(t.Types, read.Type) {
		return nil
	}
	return s.recordOccasion(ctx, p, t.Trigger, card.Record{Key: read.ID, At: read.At, Subject: read.Subject, Value: read.Event, Err: err})
}

// recordOccasion returns the occasion of an event or a record for a trigger of a flow; nil if it starts nothing.
func (s *Server) recordOccasion(ctx context.Context, p *engine.Plan, t engine.Trigger, r card.Record) *store.Occasion {
	flow := p.Flow
	refuse := func(why string, attributes ...any) *store.Occasion {
		s.metrics.event(flow, refused)
		what := map[engine.TriggerKind]string{engine.EventTrigger: "an event", engine.PollTrigger: "a record"}[t.Kind]
		s.Log.Error(what+" starts nothing: "+why, append([]any{"flow", flow, "trigger", t.ID()}, attributes...)...)
		return nil
	}
	if r.Err != nil {
		return refuse("it is not as the service describes it", "error", r.Err)
	}
	value := t.Source.Card.Root(r.Value)
	value["kind"] = string(t.Kind)
	switch wants, err := t.Wants(ctx, flow, value); {
	case err != nil:
		return refuse("the filter of the trigger failed", string(t.Kind), r.Key, "error", err)
	case !wants:
		s.metrics.event(flow, filtered)
		return nil
	}
	o := &store.Occasion{Flow: flow, Trigger: t.ID(), Key: r.Key, At: r.At, Value: value}
	if r.Subject != "" {
		o.Lane = flow + " " + string(t.Kind) + " " + r.Subject
	}
	o.Inputs = inputsOf(ctx, p, t, value)
	return o
}

// inputsOf returns the inputs of a flow for what has happened, with the root `trigger`, so that it starts the flow even if the trigger is edited or removed before.
// nil: they are computed when the run starts, because some are secret and must not be kept before they are known as such, or because it fails: then the start
// is dropped with the reason.
func inputsOf(ctx context.Context, p *engine.Plan, t engine.Trigger, value engine.Value) map[string]engine.Value {
	inputs, err := t.Start(ctx, p.Flow, value)
	if err != nil || slices.ContainsFunc(p.Inputs, func(in engine.Input) bool { return len(in.Secrets(inputs[in.Name])) > 0 }) {
		return nil
	}
	if inputs == nil {
		inputs = map[string]engine.Value{}
	}
	return inputs
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
