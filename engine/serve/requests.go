package serve

import (
	"context"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
)

// Flow returns a flow by its name; nil if there is none.
func (s *Server) Flow(name string) *host.Checked {
	_, f := s.flows.flow(name)
	return f
}

// Flows returns all flows in the order of their names.
func (s *Server) Flows() []*host.Checked { return s.flows.all() }

// Webhook returns the flow and the trigger of a webhook; nil if there is none.
func (s *Server) Webhook(name string) (*host.Checked, *engine.Trigger) {
	id := engine.Trigger{Kind: engine.WebhookTrigger, Name: name}.ID()
	for _, f := range s.flows.all() {
		if t := trigger(f, id); t != nil {
			return f, t
		}
	}
	return nil, nil
}

// Submit adds an occasion that has its inputs, and returns it as it is kept: if it was known, with what became of it. When Submit returns, it is
// durable.
func (s *Server) Submit(ctx context.Context, f *host.Checked, o store.Occasion) (store.Occasion, error) {
	if why := s.flows.refuses(o.Flow); why != "" {
		return o, &card.Error{Kind: card.Conflict, Code: "cannot_run", Message: why}
	}
	secret := false
	for _, in := range f.Plan.Inputs {
		texts := in.Secrets(o.Inputs[in.Name])
		secret = secret || len(texts) > 0
		s.Workspace.Learn(texts...)
	}
	if secret && !s.history.KeepsSecrets() {
		return o, &card.Error{
			Kind: card.Unavailable, Code: "no_key", Message: "the flow has secret inputs, and this server has no key to keep them until the run starts", Hint: "start the server with FLOWDECK_KEY",
		}
	}
	if err := s.room(ctx); err != nil {
		return o, err
	}
	if _, err := s.history.Submit(ctx, nil, o); err != nil {
		return o, err
	}
	s.Wake()
	kept, err := s.history.Occasions(ctx, store.OccasionFilter{Flow: o.Flow, Trigger: o.Trigger, Key: o.Key, Limit: 1})
	if err != nil || len(kept) == 0 { // just removed as old
		return o, err
	}
	return kept[0], nil
}

// Status is what a Server does.
type Status string

const (
	Starting   Status = "starting"
	StandingBy Status = "standing by" // another server of the workspace leads
	Leading    Status = "leading"
	Stopping   Status = "stopping"
)

// Status returns what the server does now. It is safe for concurrent use.
func (s *Server) Status() Status { return *s.status.Load() }

func (s *Server) enter(status Status) { s.status.Store(&status) }
