package check

import (
	"github.com/google/jsonschema-go/jsonschema"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// respondStep makes the answer to the request that started the run.
func (b *builder) respondStep(s *flow.Step) (engine.Verb, expr.Type) {
	b.mayRespond(s)
	verb := engine.Respond{Status: engine.Template{Literal: 200}}
	if n := s.Value.Field("status"); n != nil {
		verb.Status, _ = b.value(n, b.schemas.of(&jsonschema.Schema{Type: "integer"}), "`status`")
	}
	headers := engine.Template{Fields: []engine.Field{}}
	if n := s.Value.Field("headers"); n != nil {
		for _, field := range n.Fields {
			b.header(field)
			headers.Fields = append(headers.Fields, engine.Field{Name: field.Key.Text, Value: b.template(field.Value)})
		}
	}
	verb.Headers, verb.Body = headers, b.template(s.Value.Field("body"))
	return verb, expr.Nil
}

// header checks a header of an answer as far as it is known.
func (b *builder) header(f flow.Field) {
	var value any
	if !holdsExpression(f.Value) {
		value = f.Value.Literal()
	}
	if err := engine.CheckResponseHeaders(map[string]any{f.Key.Text: value}); err != nil {
		b.problem(f.Key, flow.CodeWrongType, "", "%s", err)
	}
}

// mayRespond reports an answer for which there is no request, or of which there would be several.
func (b *builder) mayRespond(s *flow.Step) {
	if !b.lacksTriggers() && !hasWebhook(b.flow) {
		b.problem(s.VerbKey(), CodeNoWebhook, "add `triggers: [{webhook: "+b.flow.Name.Text+"}]`, or end the flow with a `return`", "flow %q has no webhook, so that there is no request to answer", b.flow.Name.Text)
		return
	}
	if b.answers == nil {
		b.answers = map[*flow.Step]answering{}
		b.findAnswers(b.flow.Steps, false)
	}
	switch found := b.answers[s]; {
	case found.inLoop:
		b.problem(s.VerbKey(), CodeTwoResponses, "move it out of the loop", "a loop would answer for each record, and a request has one answer")
	case found.before != nil:
		b.problem(s.VerbKey(), CodeTwoResponses, "remove one of them, or give both a condition with `if`", "the request has been answered already, at %s", found.before.Pos)
	}
}

// answering is where a respond is.
type answering struct {
	inLoop bool
	before *flow.Step // a respond in the same list that always runs before it; nil if there is none
}

// findAnswers notes where the responds of a list of steps are.
func (b *builder) findAnswers(list []*flow.Step, inLoop bool) {
	var before *flow.Step
	for _, s := range list {
		if s.Verb == respondVerb {
			b.answers[s] = answering{inLoop, before}
			if before == nil && s.If == nil && s.Key("on_error") == nil {
				before = s
			}
		}
		for _, body := range s.Bodies {
			b.findAnswers(body.Steps, inLoop || s.Records())
		}
	}
}

// lacksTriggers reports whether a trigger of the flow is missing, which is reported elsewhere.
func (b *builder) lacksTriggers() bool {
	listed := b.flow.Node.Field("triggers")
	return b.flow.Lacks || b.flow.Name == nil || listed != nil && len(listed.Items) > len(b.flow.Triggers)
}

func hasWebhook(f *flow.Flow) bool {
	for _, t := range f.Triggers {
		if t.Kind == string(engine.WebhookTrigger) {
			return true
		}
	}
	return false
}

// responds reports whether a flow answers its webhook by itself.
func responds(f *flow.Flow) bool {
	found := false
	f.Walk(func(s *flow.Step) { found = found || s.Verb == respondVerb })
	return found
}

const respondVerb = "respond"

// response checks the settings of a webhook that say how it is answered, and fills them.
func (b *builder) response(t *flow.Trigger, w *engine.Webhook) {
	how, within := t.Node.Field("respond"), t.Node.Field("within")
	w.Responds = responds(b.flow)
	w.Wait = text(how) == "wait"
	w.Within = engine.LongestWithin
	if within != nil && length(within) > 0 {
		w.Within = length(within)
	}
	switch {
	case w.Responds && how != nil:
		b.problem(how, flow.CodeKeyClash, "remove it", "the flow has a `respond` step, which answers the request")
	case within != nil && !w.Responds && !w.Wait && !t.Lacks && !b.flow.Lacks:
		b.problem(within, flow.CodeKeyClash, "add `respond: wait`, or a `respond` step to the flow", "%q is for a caller that waits, and this one is answered at once", "within")
	case w.Within > engine.LongestWithin:
		b.problem(within, flow.CodeWrongType, "", "%q must be at most %s", "within", "1m")
	}
	w.Method = "POST"
	if method := t.Node.Field("method"); method != nil {
		w.Method = method.Text
		if secret := t.Node.Field("secret"); secret != nil && (w.Method == "GET" || w.Method == "DELETE") {
			b.problem(secret, CodeUnsignedRequest, "remove it: without a secret, callers send a token", "a signature is that of the body, which a %s request does not have", w.Method)
		}
	}
}
