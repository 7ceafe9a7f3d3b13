package check

import (
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// defaultWidth is how many records are in flight where a loop does not say.
const defaultWidth = 8

// loopStep makes a stream or an each.
func (b *builder) loopStep(s *flow.Step) (engine.Verb, expr.Type) {
	tally := map[string]expr.Type{
		"read": expr.Int, "ok": expr.Int, "skipped": expr.Int, "failed": expr.Int, "results": expr.String,
	}
	loop := engine.Loop{Width: defaultWidth}
	var record expr.Type
	var c card.Card
	if s.Verb == "stream" {
		var ok bool
		if c, ok = b.list(s.Value, "a stream"); !ok {
			b.ignore(s)
			return nil, expr.ObjectOf(tally, false)
		}
		loop.Source = b.call(s, c)
		record = expr.FromSchema(c.Out)
	} else {
		tally["items"] = expr.ListOf(expr.Any)
		loop.Each = b.expression(s.Value, b.env)
		if loop.Each == nil {
			b.ignore(s)
			return nil, expr.ObjectOf(tally, false)
		}
		if t := loop.Each.Program.Type(); t.Kind() != expr.KindList && t.Kind() != expr.KindAny {
			b.problem(s.Value, flow.CodeWrongType, "", "each needs a list, and this is of type %s", t)
		}
		record = loop.Each.Program.Type().Elem()
	}
	b.progress(s, &loop)

	inside := b.env.With("record", record).With("index", expr.Int)
	if as := s.Key("as"); as != nil {
		loop.As = as.Text
		inside = inside.With(as.Text, record)
	}
	if key := s.Key("key"); key != nil {
		loop.Key = b.expression(key, inside)
	}
	if to := s.Key("to"); to != nil {
		if !b.helper(s, to, c, &loop) {
			return nil, expr.ObjectOf(tally, false)
		}
	} else {
		var end expr.Type
		loop.Do, end = b.scoped(inside, s.Body("do"))
		if collect := s.Key("collect"); collect != nil {
			if loop.Collect = b.expression(collect, end); loop.Collect != nil && s.Verb == "each" {
				tally["items"] = expr.ListOf(loop.Collect.Program.Type())
			}
		}
	}
	return loop, expr.ObjectOf(tally, false)
}

// ignore checks the steps of a loop whose records are not known, without telling of them: every mistake
// there might be one of the record's.
func (b *builder) ignore(s *flow.Step) {
	problems := b.problems
	b.scoped(b.env.With("record", expr.Any).With("index", expr.Int), s.Body("do"))
	b.problems = problems
}

// helper finds the flow that a loop runs, and holds what it is sent against what it takes.
func (b *builder) helper(s *flow.Step, to *flow.Node, c card.Card, loop *engine.Loop) bool {
	helper, ok := b.flowNamed(to)
	if !ok {
		return false
	}
	if collect := s.Node.Key("collect"); collect != nil {
		b.problem(collect, flow.CodeUnknownKey, "the value of a record's turn is what the helper returns", "collect is for the steps of a `do`")
	}
	loop.To = b.plan(helper)
	loop.Pass = b.sends(s, to, c, helper)
	return true
}

// progress reads what a loop says of how it goes through its list.
func (b *builder) progress(s *flow.Step, loop *engine.Loop) {
	if n, ok := s.Key("concurrency").Literal().(int); ok {
		loop.Width = n
	}
	if n, ok := s.Key("max").Literal().(int); ok {
		loop.Max = n
	}
	if n := s.Key("allow"); n != nil {
		loop.Allow.Set = true
		loop.Allow.Failures, _ = n.Field("failures").Literal().(int)
		loop.Allow.Percent = decimal(n.Field("percent"))
	}
	loop.Snapshot, _ = s.Key("snapshot").Literal().(bool)
}

// sends holds what a loop sends against what its helper takes.
func (b *builder) sends(s *flow.Step, to *flow.Node, c card.Card, helper *flow.Flow) engine.Template {
	state := object{of: "state of flow " + text(helper.Name), noun: "field", at: missingAt(s, "pass")}
	for _, in := range helper.Inputs {
		switch in.Name.Text {
		case "record":
			if of := in.Schema.Field("of"); of != nil && c.Name != "" && of.Text != c.Name {
				b.problem(s.Value, CodeHelperRecord, "stream "+of.Text+", or change the helper's `of`",
					"flow %q takes records of %s, and this streams %s", text(helper.Name), of.Text, c.Name)
			}
		case "state":
			problems := b.problems
			state.schema = b.schema(in.Schema, "state").schema
			b.problems = problems // the helper's own check tells
		case "index":
		default:
			if input, ok := b.plan(helper).Input(in.Name.Text); ok && input.Required {
				b.problem(to, CodeMissingInput, "a loop sends record, state (what `pass` gives) and index; give the input a default",
					"flow %q needs the input %q, which a loop does not send", text(helper.Name), in.Name.Text)
			}
		}
	}
	pass, _ := b.object(s.Key("pass"), state)
	return pass
}
