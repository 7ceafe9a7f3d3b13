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
		return expr.Any, b.helper(s, to, loop, inside)
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
		if n.Text == "all" {
			loop.Allow.Percent = 100
		}
	}
	loop.Snapshot, _ = s.Key("snapshot").Literal().(bool)
}
