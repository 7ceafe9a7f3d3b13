package web

import (
	"net/http"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
)

// hook starts the flow of a webhook.
func (c *call) hook() error {
	since := time.Now()
	f, t := c.Serve.Webhook(c.PathValue("hook"))
	body, who, o, err := c.hookCaller(f, t)
	if err != nil {
		return err
	}
	if c.Method != t.Webhook.Method {
		c.w.Header().Set("Allow", t.Webhook.Method)
		return fail(http.StatusMethodNotAllowed, "method_not_allowed", "the method is not "+t.Webhook.Method, "")
	}
	fields, err := object(body)
	if err != nil {
		return err
	}
	o.Trigger, o.By, o.Inputs, o.Value = t.ID(), who.by, fields, c.triggered(t, fields)
	if !t.Webhook.Body {
		if o.Inputs, err = t.Start(c.Context(), f.Plan.Flow, o.Value); err != nil {
			return fail(http.StatusBadRequest, "invalid", "the inputs of the flow cannot be computed: "+card.AsError(err).Message, "see `inputs` of the trigger")
		}
	}
	if o, err = c.submit(f, o); err != nil {
		return err
	}
	if t.Webhook.Wait || t.Webhook.Responds {
		return c.await(t.Webhook, o, since)
	}
	return c.reply(http.StatusAccepted, answered(o))
}

// hookCaller returns the body of a request, who sent it, and what identifies it. A caller that shows neither a token nor a signature does not learn whether
// the webhook exists. f and t are nil if it does not.
func (c *call) hookCaller(f *host.Checked, t *engine.Trigger) (body []byte, who *principal, o store.Occasion, err error) {
	if c.Header.Get("Authorization") == "" && t != nil && t.Webhook.Secret != nil {
		secret, err := c.secrets.decoded(c.Context(), t.Webhook.Secret)
		if err != nil { // a caller without a signature must not learn of it
			return nil, nil, o, unauthorized.because("the secret of the webhook cannot be used: " + err.Error())
		}
		if body, err = c.raw(); err != nil { // the bytes are signed
			return nil, nil, o, err
		}
		id, err := verify(c.Header, body, secret, c.Serve.Clock.Now())
		o.Key = hashed("signed", id)
		return body, &principal{by: "webhook " + t.Name}, o, err
	}
	if who, err = c.bearer(c.Request); err != nil {
		return nil, nil, o, err
	}
	if t == nil || !who.sees(f.Plan) {
		return nil, nil, o, notFound
	}
	if !who.has(Operator) {
		return nil, nil, o, fail(http.StatusForbidden, "forbidden", "the role of the token is "+string(who.role)+", and a webhook needs operator", "")
	}
	if body, err = c.raw(); err == nil {
		o.Key, o.Request, err = c.key(who, body)
	}
	return body, who, o, err
}

// triggered returns the value of the root `trigger` for a request.
func (c *call) triggered(t *engine.Trigger, body map[string]any) map[string]any {
	query, headers := map[string]string{}, map[string]string{}
	for name, values := range c.URL.Query() {
		query[name] = values[0]
	}
	for name := range c.Header {
		headers[name] = c.Header.Get(name)
	}
	return t.Request(body, query, headers)
}
