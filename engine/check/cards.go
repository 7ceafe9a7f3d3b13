package check

import (
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
)

func (b *builder) cardStep(s *flow.Step, rest []*flow.Step) (engine.Verb, expr.Type) {
	c, ok := b.card(s.Value)
	if !ok {
		return nil, expr.Any
	}
	step := b.call(s, c, rest)
	record := expr.FromSchema(c.Out)
	if !c.IsList() {
		for _, key := range []string{"result", "max"} {
			if n := s.Node.Key(key); n != nil {
				b.problem(n, CodeNotAList, "leave it out", "%q is for list cards, and %s answers one thing", key, c.Name)
			}
		}
		return step, record
	}
	step.Result, step.Max = engine.Some, engine.DefaultMax
	if n := s.Key("result"); n != nil {
		step.Result = engine.Result(n.Text)
	}
	if n := s.Key("max"); n != nil {
		if step.Result != engine.All {
			b.problem(s.Node.Key("max"), flow.CodeUnknownKey, "write result: all beside it", `"max" is for result: all`)
		}
		step.Max, _ = n.Value.(int)
	}
	switch step.Result {
	case engine.First:
		return step, record.OrNil()
	case engine.All:
		return step, expr.ListOf(record)
	}
	return step, expr.ObjectOf(map[string]expr.Type{"items": expr.ListOf(record), "truncated": expr.Bool}, false)
}

// call makes what card and stream share: which card, how it is connected, what it gets.
func (b *builder) call(s *flow.Step, c card.Card, rest []*flow.Step) engine.Card {
	step := engine.Card{Card: c, Retry: b.readRetry(s.Key("retry"), b.retry)}
	if n := s.Key("connection"); n != nil && b.connection(n, c.Service()) {
		step.Connection = n.Text
	}
	in := object{of: c.Name, noun: "input", schema: c.In, at: s.Value}
	var dynamic bool
	step.With, dynamic = b.object(s.Key("with"), in, rest)
	if dynamic {
		step.Check = b.schemas.of(c.In).validate
	}
	return step
}

func (b *builder) streamStep(s *flow.Step, rest []*flow.Step) (engine.Verb, expr.Type) {
	tally := expr.ObjectOf(map[string]expr.Type{"read": expr.Int, "ok": expr.Int, "skipped": expr.Int, "failed": expr.Int}, false)
	c, ok := b.list(s.Value, "a stream")
	to := s.Key("to")
	if !ok || to == nil {
		return nil, tally
	}
	step := engine.Stream{Source: b.call(s, c, rest), Width: 8}
	helper := b.workspace.Flow(to.Text)
	if helper == nil {
		var names []string
		for _, f := range b.workspace.Flows() {
			names = append(names, text(f.Name))
		}
		b.problem(to, CodeUnknownFlow, nearest(to.Text, "flows", names), "unknown flow %q", to.Text)
		return nil, tally
	}
	step.To = b.plan(helper)
	step.Pass = b.sends(s, c, helper, rest)
	if n := s.Key("concurrency"); n != nil {
		step.Width, _ = n.Value.(int)
	}
	if n := s.Key("max"); n != nil {
		step.Max, _ = n.Value.(int)
	}
	if n := s.Key("allow"); n != nil {
		step.Allow.Set = true
		step.Allow.Failures, _ = n.Field("failures").Literal().(int)
		step.Allow.Percent = decimal(n.Field("percent"))
	}
	return step, tally
}

// sends holds what a stream sends against what its helper takes.
func (b *builder) sends(s *flow.Step, c card.Card, helper *flow.Flow, rest []*flow.Step) engine.Template {
	state := object{of: "state of flow " + text(helper.Name), noun: "field", at: s.Value}
	for _, in := range helper.Inputs {
		switch in.Name.Text {
		case "record":
			if of := in.Schema.Field("of"); of != nil && of.Text != c.Name {
				b.problem(s.Value, CodeHelperRecord, "stream "+of.Text+", or change the helper's `of`",
					"flow %q takes records of %s, and this streams %s", text(helper.Name), of.Text, c.Name)
			}
		case "state":
			state.schema = b.schema(in.Schema, "state").schema
		case "index":
		default:
			if input, ok := b.plan(helper).Input(in.Name.Text); ok && input.Required {
				b.problem(s.Key("to"), CodeMissingInput, "a stream sends record, state (what `pass` gives) and index; give the input a default",
					"flow %q needs the input %q, which a stream does not send", text(helper.Name), in.Name.Text)
			}
		}
	}
	pass, _ := b.object(s.Key("pass"), state, rest)
	return pass
}

// readRetry is a retry as it is written, over what holds where it does not say.
func (b *builder) readRetry(n *flow.Node, r engine.Retry) engine.Retry {
	if n == nil {
		return r
	}
	if attempts, ok := n.Field("attempts").Literal().(int); ok {
		r.Attempts = attempts
	}
	for key, to := range map[string]*time.Duration{"delay": &r.Delay, "max_delay": &r.MaxDelay, "within": &r.Within} {
		if field := n.Field(key); field != nil {
			*to, _ = flow.ParseDuration(field.Text) // flow has told if it is none
		}
	}
	if field := n.Field("backoff"); field != nil {
		r.Backoff = decimal(field)
	}
	if field := n.Field("jitter"); field != nil {
		r.Jitter = field.Text == "full"
	}
	if field := n.Field("when"); field != nil {
		failure := expr.ObjectOf(map[string]expr.Type{
			"kind": expr.String, "code": expr.String, "status": expr.Int, "message": expr.String, "hint": expr.String,
			"card": expr.String, "step": expr.String, "attempts": expr.Int, "details": expr.Any,
		}, false)
		r.When = b.condition(field, b.env.With("error", failure), nil)
	}
	return r
}

// decimal is a number's value, 0 for none.
func decimal(n *flow.Node) float64 {
	switch v := n.Literal().(type) {
	case int:
		return float64(v)
	case float64:
		return v
	}
	return 0
}
