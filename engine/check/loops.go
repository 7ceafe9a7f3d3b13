package check

import (
	"slices"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/words"
)

// defaultWidth is the default number of records in flight.
const defaultWidth = 8

// streamStep makes a loop over the records of a list card.
func (b *builder) streamStep(s *flow.Step) (engine.Verb, expr.Type) {
	if s.Value == nil {
		b.ignore(s)
		return nil, anyLoop
	}
	c, ok := b.list(s.Value, "a stream")
	if !ok {
		b.ignore(s)
		return nil, anyLoop
	}
	c = b.ofTable(s.Key("with"), c)
	loop := engine.Loop{Source: b.call(s, c)}
	if name := loop.Source.Connection; name != "" {
		loop.Connections = map[string]string{c.Service(): name}
	}
	items, ok := b.loop(s, &loop, b.schemas.typeOf(c.Out))
	if !ok {
		return nil, anyLoop
	}
	loop.Keep = s.ID != nil && b.givesValues(s)
	return loop, loopType(s, loop, items)
}

// givesValues reports whether a stream has values for its items: those of `collect`, or of a helper that returns. It does not
// keep the values of the last steps of records, which nobody may have asked for.
func (b *builder) givesValues(s *flow.Step) bool {
	to, ok := b.flows[text(s.Key("to"))]
	return s.Node.Key("collect") != nil || ok && canReturn(to.Steps)
}

// canReturn reports whether steps can end their flow with a return.
func canReturn(steps []*flow.Step) bool {
	return slices.ContainsFunc(steps, func(s *flow.Step) bool {
		return s.Ends() == flow.EndsReturned || slices.ContainsFunc(s.Bodies, func(b flow.Body) bool { return b.Scope == flow.SameScope && canReturn(b.Steps) })
	})
}

// eachStep makes a loop over the items of a list.
func (b *builder) eachStep(s *flow.Step) (engine.Verb, expr.Type) {
	loop, list, ok := b.eachList(s.Value)
	loop.Connections = b.stepConnection(s)
	if !ok {
		b.ignore(s)
		return nil, anyLoop
	}
	if list.Kind() != expr.KindList && list.Kind() != expr.KindAny {
		hint := ""
		if list.Lists("items") {
			hint = "its list is " + s.Value.Text + ".items; a list of all records is the result of `result: all`"
		}
		b.problem(s.Value, flow.CodeWrongType, hint, "%s", words.MustBe("the value of each", "list", list.String()))
	}
	if list.Nullable() && list.Kind() == expr.KindList && !b.unsure {
		b.warn(flow.Problem{
			Pos: s.Value.At(0), Width: s.Value.Width, Code: CodeNilRead,
			Message: "this may be nil, which each does not accept", Hint: "give a list for that case: (" + s.Value.Text + " ?? [])",
		})
	}
	items, ok := b.loop(s, &loop, list.Elem())
	if !ok {
		return nil, anyLoop
	}
	return loop, loopType(s, loop, items)
}

// anyLoop is the type of the result of a loop that is not known because of a problem.
var anyLoop = engine.TallyType.With("items", expr.ListOf(expr.Any)).With("counts", engine.GroupsType)

// loopType returns the type of the result of a loop whose records have values of a type.
func loopType(s *flow.Step, loop engine.Loop, items expr.Type) expr.Type {
	t := engine.TallyType
	if loop.HasItems() || s.Lacks { // it may lack `collect`, and `count_by`
		t = t.With("items", expr.ListOf(items))
	}
	if loop.CountBy != nil || s.Lacks || s.Node.Key("count_by") != nil {
		t = t.With("counts", engine.GroupsType)
	}
	return t
}

// eachList makes the list of an each: an expression, or a list of values.
func (b *builder) eachList(n *flow.Node) (loop engine.Loop, list expr.Type, ok bool) {
	if n != nil && n.Kind == flow.List {
		t := b.template(n)
		loop.List, list = &t, typeOf(t)
		return loop, list, true
	}
	if c, ok := b.cards[text(n)]; ok && c.IsList() {
		b.problem(n, flow.CodeWrongType, "write `stream: "+n.Text+"`", "each takes a list, and %q is a card", n.Text)
		return loop, list, false
	}
	if loop.Each = b.expression(n, b.env); loop.Each == nil {
		return loop, list, false
	}
	return loop, loop.Each.Program.Type(), true
}

// loop makes the part that stream and each have in common, and returns the type of the values of the records. It returns false if a
// problem prevents this.
func (b *builder) loop(s *flow.Step, loop *engine.Loop, record expr.Type) (items expr.Type, ok bool) {
	b.progress(s, loop)
	inside := b.env.With("record", record).With("index", expr.Int)
	if as := s.Key("as"); as != nil {
		b.newRoot(as, inside)
		loop.As = as.Text
		inside = inside.With(as.Text, record)
	} else if s.Lacks { // it may be the name
		inside = inside.Opened()
	}
	loop.Key = b.expression(s.Key("key"), inside)
	if to := s.Key("to"); to != nil {
		loop.CountBy = b.expression(s.Key("count_by"), inside.With("value", expr.Any))
		return expr.Any, b.helper(s, to, loop, record)
	}
	var end expr.Type
	loop.Do, end = b.scoped(inside, s.Body("do"))
	if s.Lacks { // they may be its steps
		end = opened(end, scopes[:]...)
	}
	loop.CountBy = b.expression(s.Key("count_by"), end)
	if loop.Collect = b.expression(s.Key("collect"), end); loop.Collect != nil {
		return loop.Collect.Program.Type(), true
	}
	return expr.Any, true
}

// ignore checks the flows that are run in a loop over unknown records, and nothing else: other problems may only be
// consequences of the unknown record.
func (b *builder) ignore(s *flow.Step) {
	b.silently(func() { b.scoped(b.env.With("record", expr.Any).With("index", expr.Int), s.Body("do")) })
}

// helper finds the flow that a loop runs, and checks the inputs that the loop passes against those of the flow.
func (b *builder) helper(s *flow.Step, to *flow.Node, loop *engine.Loop, record expr.Type) bool {
	helper, ok := b.flowNamed(to)
	if !ok {
		return false
	}
	if collect := s.Node.Key("collect"); collect != nil {
		b.problem(collect, flow.CodeUnknownKey, "the value of a record is what the helper returns", "collect needs the steps of a `do`")
	}
	b.enforced(to, helper)
	loop.To = b.plan(helper)
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

// progress reads the keys of a loop about its progress through the list.
func (b *builder) progress(s *flow.Step, loop *engine.Loop) {
	loop.Width = defaultWidth
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
			if input, ok := loop.To.Input(in.Name.Text); ok && input.Required {
				hint := "a loop sends record, state (what `pass` gives) and index; give the input a default"
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
