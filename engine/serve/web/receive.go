package web

import (
	"errors"
	"net/http"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/serve"
)

// verifyEvents answers the challenge of a service. It changes nothing.
func (c *call) verifyEvents() error {
	_, triggers, err := c.eventSender()
	if err != nil {
		return err
	}
	for _, t := range triggers {
		if answer, ok := t.Source.Card.Delivery.Challenge(c.Header.Get); ok {
			return c.reply(http.StatusOK, answer)
		}
	}
	return fail(http.StatusBadRequest, "invalid", "the request has no challenge, or one that is too long or not printable", "")
}

// receiveEvents adds the occasions of events.
func (c *call) receiveEvents() error {
	f, triggers, err := c.eventSender()
	if err != nil {
		return err
	}
	body, err := c.raw()
	if err != nil {
		return err
	}
	fields, err := object(body)
	if err != nil {
		return err
	}
	if err := c.Serve.Receive(c.Context(), f, triggers, fields); err != nil {
		if wrong := (*card.Error)(nil); errors.As(err, &wrong) && wrong.Kind == card.Invalid {
			return fail(http.StatusBadRequest, "invalid", wrong.Message, wrong.Hint)
		}
		return err
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

// eventSender returns the flow of a request, and those of its event triggers whose secret and headers the request has, or those of a registered hook. A caller that has those of none does not
// learn whether the flow exists.
func (c *call) eventSender() (f *host.Checked, fit []serve.EventTrigger, err error) {
	f = c.Serve.Flow(c.PathValue("flow"))
	if f == nil {
		return nil, nil, unknownSender.because("the workspace does not have this flow")
	}
	for _, t := range c.Serve.EventTriggers(c.Context(), f) {
		if c.hasSecret(f, t) && c.hasHeaders(t) || c.Serve.IsRegistered(c.Context(), f.Plan.Flow, t, c.Header.Get) {
			fit = append(fit, t)
		}
	}
	if fit == nil {
		return nil, nil, unknownSender.because("no event trigger of the flow has this secret and these headers")
	}
	return f, fit, nil
}

// hasSecret reports whether a request has the secret of a trigger. A trigger without one is never sent anything.
func (c *call) hasSecret(f *host.Checked, t serve.EventTrigger) bool {
	secret, err := c.secrets.plain(c.Context(), t.Source.Secret)
	if err != nil {
		c.log.Error("a request with events is refused: the secret of the trigger cannot be used", "flow", f.Plan.Flow, "trigger", t.ID(), "error", err)
		return false
	}
	return secret != "" && same(c.Header.Get("Authorization"), secret)
}

func (c *call) hasHeaders(t serve.EventTrigger) bool {
	fits := true
	for name, value := range t.Headers {
		fits = same(c.Header.Get(name), value) && fits
	}
	return fits
}
