package check

import (
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/words"
)

func (b *builder) cardStep(s *flow.Step) (engine.Verb, expr.Type) {
	c, ok := b.card(s.Value)
	if !ok {
		return nil, expr.Any
	}
	c = b.ofTable(s.Key("with"), c)
	step := b.call(s, c)
	if timeout := s.Key("timeout"); timeout != nil {
		step.Timeout = length(timeout)
	}
	record := b.schemas.typeOf(c.Out)
	if !c.IsList() {
		for _, key := range []string{"result", "max", "required"} {
			if n := s.Node.Key(key); n != nil {
				b.problem(n, CodeNotAList, "remove it", "%q needs a list card, but %s is not one", key, c.Name)
			}
		}
		return step, record
	}
	step.Result, step.Max = engine.Some, engine.DefaultMax
	if n := s.Key("result"); n != nil {
		step.Result = engine.Result(n.Text)
	}
	if n := s.Key("max"); n != nil {
		if step.Result != engine.All && !s.Lacks {
			b.problem(s.Node.Key("max"), flow.CodeUnknownKey, "add result: all", `"max" needs result: all`)
		}
		step.Max, _ = n.Value.(int)
	}
	b.required(s, &step)
	switch step.Result {
	case engine.First:
		if step.Required {
			return step, record
		}
		return step, record.OrNil()
	case engine.All:
		return step, expr.ListOf(record)
	}
	return step, expr.ObjectOf(map[string]expr.Type{"items": expr.ListOf(record), "truncated": expr.Bool}, false)
}

// required reads whether a step must find a record, and the message of the error if it does not.
func (b *builder) required(s *flow.Step, step *engine.CallCard) {
	n := s.Key("required")
	if n == nil {
		return
	}
	must, isBool := n.Value.(bool)
	step.Required = must || !isBool
	if !isBool {
		step.Missing = b.printed(n)
		b.onlyMessage(n)
	}
	if step.Result != engine.First && !s.Lacks {
		b.problem(s.Node.Key("required"), flow.CodeUnknownKey, "add result: first", `"required" needs result: first`)
	}
}

// onlyMessage reports a `required` that is neither a message nor true. An expression does not decide whether a step must find a record: its
// value would be the message.
func (b *builder) onlyMessage(n *flow.Node) {
	kind := expr.TypeOf(n.Value).Kind()
	if holdsExpression(n) {
		text, err := expr.CompileText(n.Text, b.env)
		if err != nil { // reported already
			return
		}
		kind = text.Type().Kind()
	}
	if kind != expr.KindString && kind != expr.KindAny {
		b.problem(n, flow.CodeWrongType, "such as `required: no group has that name`; to decide by a condition, read the step with `if: steps.ID == nil` and `fail` there",
			`"required" must be a message or true, not %s`, words.A(string(kind)))
	}
}

// call makes the part that card and stream have in common: the card, its connection and its inputs.
func (b *builder) call(s *flow.Step, c card.Card) engine.CallCard {
	step := engine.CallCard{Card: c, Retry: b.readRetry(s.Key("retry"), b.retry), Timeout: b.timeout}
	if n := s.Key("connection"); n != nil {
		switch {
		case c.NoConnection:
			b.problem(s.Node.Key("connection"), flow.CodeUnknownKey, "remove it", "%s does not use a connection", c.Name)
		case b.connection(n, c.Service()):
			step.Connection = n.Text
		}
	}
	in := object{of: c.Name, noun: "input", schema: c.In, at: missingAt(s.Node, s.Value, "with", s.Lacks), card: true}
	var dynamic bool
	step.With, dynamic = b.object(s.Key("with"), in)
	b.emptyFilters(s.Key("with"), step)
	b.badFilters(s.Key("with"), step)
	b.refusedInput(s.Key("with"), step)
	if dynamic {
		step.Check = b.schemas.of(c.In).validate
	}
	b.unsafeRetry(s, step)
	return step
}

// readRetry reads a retry. Keys that are not given have their values from r.
func (b *builder) readRetry(n *flow.Node, r engine.Retry) engine.Retry {
	if n == nil {
		return r
	}
	if attempts, ok := n.Field("attempts").Literal().(int); ok {
		r.Attempts = attempts
	}
	for key, to := range map[string]*time.Duration{"delay": &r.Delay, "max_delay": &r.MaxDelay, "within": &r.Within} {
		if field := n.Field(key); field != nil {
			*to = length(field)
		}
	}
	if field := n.Field("backoff"); field != nil {
		r.Backoff = decimal(field)
	}
	if field := n.Field("jitter"); field != nil {
		r.Jitter = field.Text == "full"
	}
	if field := n.Field("when"); field != nil {
		r.When = b.condition(field, b.env.With("error", engine.ErrorType))
	}
	return r
}

// decimal returns a node's number; 0 for nil.
func decimal(n *flow.Node) float64 {
	switch v := n.Literal().(type) {
	case int:
		return float64(v)
	case float64:
		return v
	}
	return 0
}
