package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
)

// hook starts the flow of a webhook.
func (c *call) hook() error {
	f, t := c.Serve.Webhook(c.PathValue("hook"))
	body, who, key, err := c.hookCaller(f, t)
	if err != nil {
		return err
	}
	fields, err := object(body)
	if err != nil {
		return err
	}
	o := store.Occasion{Trigger: t.ID(), Key: key, By: who.by, Inputs: fields, Value: c.triggered(t, fields)}
	if !t.Webhook.Body {
		if o.Inputs, err = t.Start(c.Context(), f.Plan.Flow, o.Value); err != nil {
			return fail(http.StatusBadRequest, "invalid", "the inputs of the flow cannot be computed: "+card.AsError(err).Message, "see `inputs` of the trigger")
		}
	}
	if o, err = c.submit(f, o); err != nil {
		return err
	}
	if t.Webhook.Wait {
		return c.await(o)
	}
	return c.reply(http.StatusAccepted, answered(o))
}

// hookCaller returns the body of a request, who sent it, and its key. A caller that shows neither a token nor a signature does not learn whether
// the webhook exists. f and t are nil if it does not.
func (c *call) hookCaller(f *host.Checked, t *engine.Trigger) (body []byte, who *principal, key string, err error) {
	if c.Header.Get("Authorization") == "" && t != nil && t.Webhook.Secret != nil {
		secret, err := c.secrets.decoded(c.Context(), t.Webhook.Secret)
		if err != nil {
			return nil, nil, "", err
		}
		if body, err = c.raw(); err != nil { // the bytes are signed
			return nil, nil, "", err
		}
		id, err := verify(c.Header, body, secret, c.Serve.Clock.Now())
		return body, &principal{by: "webhook " + t.Name}, hashed("signed", id), err
	}
	if who, err = c.bearer(c.Request); err != nil {
		return nil, nil, "", err
	}
	if t == nil || !who.may(f.Plan.Flow) {
		return nil, nil, "", notFound
	}
	if !who.has(Operator) {
		return nil, nil, "", fail(http.StatusForbidden, "forbidden", "the role of the token is "+string(who.role)+", and a webhook needs operator", "")
	}
	body, err = c.raw()
	return body, who, c.key(who), err
}

// triggered returns the value of the root `trigger` for a request.
func (c *call) triggered(t *engine.Trigger, body map[string]any) map[string]any {
	query, headers := map[string]any{}, map[string]any{}
	for name, values := range c.URL.Query() {
		query[name] = values[0]
	}
	for name := range c.Header {
		if name = strings.ToLower(name); isPassedOn(name) {
			headers[name] = c.Header.Get(name)
		}
	}
	return map[string]any{"kind": string(t.Kind), "webhook": t.Name, "body": body, "query": query, "headers": headers}
}

// isPassedOn reports whether a flow may read a header: only those that are known to have no secret.
func isPassedOn(name string) bool {
	known := []string{"content-type", "user-agent", "idempotency-key", "webhook-id", "webhook-timestamp", "x-request-id", "traceparent"}
	ends := []string{"-event", "-event-id", "-event-type", "-delivery", "-topic"}
	return slices.Contains(known, name) || strings.HasPrefix(name, "x-") && slices.ContainsFunc(ends, func(end string) bool { return strings.HasSuffix(name, end) })
}
