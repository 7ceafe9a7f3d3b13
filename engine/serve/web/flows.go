package web

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
)

// listed is a flow in an answer.
type listed struct {
	Name     string   `json:"name"`
	About    string   `json:"about"`
	Triggers []starts `json:"triggers"`
	Inputs   []takes  `json:"inputs,omitzero"` // left out in a list
}

type starts struct {
	Kind engine.TriggerKind `json:"kind"`
	Name string             `json:"name"`
}

type takes struct {
	Name     string             `json:"name"`
	About    string             `json:"about"`
	Required bool               `json:"required"`
	Default  engine.Value       `json:"default"`
	Secret   bool               `json:"secret"`
	Schema   *jsonschema.Schema `json:"schema,omitempty"` // left out for a secret, which it describes
}

func listedOf(p *engine.Plan) listed {
	l := listed{Name: p.Flow, About: p.About, Triggers: []starts{}}
	for _, t := range p.Triggers {
		l.Triggers = append(l.Triggers, starts{t.Kind, t.Name})
	}
	return l
}

func (c *call) listFlows() error {
	all := []listed{}
	for _, f := range c.Serve.Flows() {
		if c.who.sees(f.Plan) {
			all = append(all, listedOf(f.Plan))
		}
	}
	return c.reply(http.StatusOK, map[string]any{"flows": all})
}

// flow returns the flow in the URL. For one that the caller may not see, the error is the same as for one that does not exist.
func (c *call) flow() (*host.Checked, error) {
	f := c.Serve.Flow(c.PathValue("flow"))
	if f == nil || !c.who.sees(f.Plan) {
		return nil, notFound
	}
	return f, nil
}

func (c *call) getFlow() error {
	f, err := c.flow()
	if err != nil {
		return err
	}
	l := listedOf(f.Plan)
	l.Inputs = []takes{}
	for _, in := range f.Plan.Inputs {
		t := takes{Name: in.Name, About: in.About, Required: in.Required, Default: in.Default, Secret: in.Secret, Schema: in.Schema}
		if in.Secret {
			t.Default, t.Schema = nil, nil
		}
		l.Inputs = append(l.Inputs, t)
	}
	return c.reply(http.StatusOK, l)
}

// byRequest is the trigger of occasions that requests to the API make.
const byRequest = "api"

func (c *call) startRun() error {
	f, err := c.flow()
	if err != nil {
		return err
	}
	if !c.who.starts(f.Plan) {
		return fail(http.StatusForbidden, "forbidden", "the role of the token is "+string(c.who.role)+", and this needs operator, or a role that `manual` of the flow names", "")
	}
	body, err := c.raw()
	if err != nil {
		return err
	}
	fields, err := object(body)
	if err != nil {
		return err
	}
	inputs := map[string]any{}
	for name, value := range fields {
		given, ok := value.(map[string]any)
		if name != "inputs" || !ok {
			return fail(http.StatusBadRequest, "invalid", "the body must have only `inputs`, an object", `such as {"inputs": {"group": "Contractors"}}`)
		}
		inputs = given
	}
	o := store.Occasion{Trigger: byRequest, By: c.who.by, Inputs: inputs, Value: map[string]any{"kind": byRequest}}
	if t := f.Plan.Delegation(); t != nil {
		o.Trigger, o.Value = t.ID(), map[string]any{"kind": string(t.Kind), "by": c.who.by}
	}
	if o.Key, o.Request, err = c.key(c.who, body); err != nil {
		return err
	}
	if o, err = c.submit(f, o); err != nil {
		return err
	}
	return c.reply(http.StatusAccepted, answered(o))
}

// longestKey is the length of an Idempotency-Key in bytes.
const longestKey = 255

// key identifies the occasion of a request: by its Idempotency-Key, or as a new one. same is what other requests with the key must have, too.
func (c *call) key(who *principal, body []byte) (key string, same []byte, err error) {
	given := c.Header.Get("Idempotency-Key")
	switch {
	case c.Header.Values("Idempotency-Key") == nil:
		return rand.Text(), nil, nil
	case strings.TrimSpace(given) == "": // such as that of a variable that is not set
		return "", nil, fail(http.StatusBadRequest, "invalid", "the Idempotency-Key is empty", "leave it out, or send one for each thing that is to happen once")
	}
	return hashed(who.by, given), slices.Concat([]byte(c.Method+" "+c.URL.RawQuery+"\n"), body), nil
}

// hashed returns a text for texts that may be secret.
func hashed(parts ...string) string {
	sum := sha256.New()
	for _, part := range parts {
		sum.Write([]byte(part + "\x00"))
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// submit checks the inputs of an occasion, and adds it.
func (c *call) submit(f *host.Checked, o store.Occasion) (store.Occasion, error) {
	if len(c.Header.Get("Idempotency-Key")) > longestKey {
		return o, fail(http.StatusBadRequest, "invalid", "the Idempotency-Key is longer than 255 bytes", "")
	}
	if problems := f.Plan.InputProblems(o.Inputs); len(problems) > 0 {
		bad := fail(http.StatusBadRequest, "invalid", "the inputs do not fit flow "+f.Plan.Flow, "")
		bad.Problems = problems
		return o, bad
	}
	o.Flow, o.At = f.Plan.Flow, c.Serve.Clock.Now()
	return c.Serve.Submit(c.Context(), f, o)
}
