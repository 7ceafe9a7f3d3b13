package web

import (
	"context"
	"net/url"

	"github.com/flowdeck/flowdeck/engine/host"
)

// announce logs where services send the events of flows, and which triggers cannot start anything.
func (s *Server) announce(ctx context.Context, base *url.URL) {
	answers := false
	for _, f := range s.Serve.Flows() {
		for _, t := range f.Plan.Triggers {
			if t.Webhook == nil {
				continue
			}
			answers = answers || t.Webhook.Responds
			if t.Webhook.Secret == nil {
				continue
			}
			if _, err := s.secrets.decoded(ctx, t.Webhook.Secret); err != nil {
				s.log.Error("no signed request can be received: the secret of the webhook cannot be used", "flow", f.Plan.Flow, "webhook", t.Name, "error", err)
			}
		}
		s.announceEvents(ctx, f, base)
	}
	if answers && !s.history.KeepsSecrets() {
		s.log.Warn("flows answer requests, and an answer with a secret cannot be kept until it is sent: its step fails", "hint", "start the server with FLOWDECK_KEY")
	}
}

func (s *Server) announceEvents(ctx context.Context, f *host.Checked, base *url.URL) {
	receives := false
	for _, t := range s.Serve.EventTriggers(ctx, f) {
		switch secret, err := s.secrets.plain(ctx, t.Source.Secret); {
		case err != nil:
			s.log.Error("no event can be received: the secret of the trigger cannot be used", "flow", f.Plan.Flow, "trigger", t.ID(), "error", err)
		case secret == "":
			s.log.Warn("no event can be received: the trigger has no secret", "flow", f.Plan.Flow, "trigger", t.ID())
		default:
			receives = true
		}
	}
	if receives {
		s.log.Info("events are received", "flow", f.Plan.Flow, "url", base.JoinPath("events", f.Plan.Flow).String())
	}
}
