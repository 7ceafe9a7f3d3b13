package check

import (
	"slices"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// helper finds the flow that a loop runs, and checks the inputs that the loop passes against those of the flow. inside are the types of the
// roots in a record.
func (b *builder) helper(s *flow.Step, to *flow.Node, loop *engine.Loop, inside expr.Type) bool {
	helper, ok := b.flowNamed(to)
	if !ok {
		return false
	}
	if collect := s.Node.Key("collect"); collect != nil {
		b.problem(collect, flow.CodeUnknownKey, "the value of a record is what the helper returns", "collect needs the steps of a `do`")
	}
	if s.Node.Key("give") != nil {
		var give engine.Template
		b.in(inside, func() { loop.To, give = b.given(s, to, "give", helper) })
		loop.Give = &give
		return true
	}
	loop.To = b.plan(helper)
	record, _ := inside.Field("record")
	loop.Pass = b.sends(s, to, loop, helper, record)
	return true
}

// recordOf compares the type of a value with the records that an input of a flow takes, if the value is a record of a list card.
func (b *builder) recordOf(at *flow.Node, f *flow.Flow, in flow.Input, t expr.Type) {
	of := in.Schema.Field("of")
	if of == nil {
		return
	}
	var others []string
	for name, c := range b.cards {
		switch {
		case !c.IsList() || !b.schemas.typeOf(c.Out).SameObject(t):
		case name == of.Text:
			return
		default:
			others = append(others, name)
		}
	}
	if len(others) > 0 {
		b.problem(at, CodeHelperRecord, "pass records of "+of.Text+", or change the flow's `of`",
			"flow %q takes records of %s, but this is one of %s", text(f.Name), of.Text, slices.Min(others))
	}
}

// sends checks the values that a loop passes against the inputs of its helper.
func (b *builder) sends(s *flow.Step, to *flow.Node, loop *engine.Loop, helper *flow.Flow, record expr.Type) engine.Template {
	c := loop.Source.Card
	state := object{of: "state of flow " + text(helper.Name), noun: "field", at: missingAt(s.Node, s.Value, "pass", s.Lacks)}
	takesState := false
	for _, in := range helper.Inputs {
		switch in.Name.Text {
		case "record":
			if of := in.Schema.Field("of"); of != nil && b.cards[of.Text].IsList() && c.Name != "" && of.Text != c.Name {
				b.problem(s.Value, CodeHelperRecord, "stream "+of.Text+", or change the helper's `of`",
					"flow %q takes records of %s, but this streams %s", text(helper.Name), of.Text, c.Name)
			} else if c.Name == "" {
				b.recordOf(s.Value, helper, in, record)
			}
			if input, ok := loop.To.Input("record"); ok {
				b.unquotedRecord(s.Value, record, input.Schema)
			}
		case "state":
			takesState = true
			b.silently(func() { state.schema = b.schema(in.Schema, "state").schema }) // problems are reported by the check of the helper
		case "index":
		default:
			if input, ok := loop.To.Input(in.Name.Text); ok && input.Required && !s.Lacks { // it may lack `give`
				hint := "`give` sets the inputs of the flow; without it, a loop sends record, state (what `pass` gives) and index"
				if s.Key("pass").Field(in.Name.Text) != nil {
					hint = passHint(in.Name.Text)
				}
				b.problem(to, CodeMissingInput, hint,
					"flow %q needs the input %q, which a loop does not send", text(helper.Name), in.Name.Text)
			}
		}
	}
	pass, _ := b.object(s.Key("pass"), state)
	if given := s.Key("pass"); given != nil && len(given.Fields) > 0 && !takesState && !helper.Lacks {
		b.problem(s.Node.Key("pass"), CodeUnknownField, passHint(given.Fields[0].Key.Text), "flow %q has no input `state`, so it gets none of these values", text(helper.Name))
	}
	return pass
}

// passHint returns the hint for a helper that does not take a value of pass.
func passHint(name string) string {
	return "declare the input `state: {type: object}` in the helper, and read inputs.state." + name
}
