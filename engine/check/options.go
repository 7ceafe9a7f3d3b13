package check

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/words"
)

// options makes the list from which a user chooses the value of an input. input is the schema of the input.
func (b *builder) options(n *flow.Node, input *jsonschema.Schema) *engine.Options {
	name := n.Field("card")
	if name == nil {
		b.problem(n, flow.CodeMissingKey, "such as options: {card: NAME, value: FIELD}", "options need a card")
		return nil
	}
	c, ok := b.list(name, "`options`")
	if !ok {
		return nil
	}
	c = b.ofTable(n.Field("with"), c)
	var with engine.Template
	var dynamic bool
	b.in(expr.ObjectOf(map[string]expr.Type{"typed": expr.String}, false), func() {
		with, dynamic = b.object(n.Field("with"), object{of: c.Name, noun: "input", schema: c.In, at: func() *flow.Node { return name }, card: true})
	})
	o := &engine.Options{
		List:     engine.CallCard{Card: c, With: with, Retry: engine.DefaultRetry(), AllIfEmpty: true}, // as long as nothing is typed,
		Searches: reads(with),
		Value:    []string{b.keyOf(c)},
	}
	b.badFilters(n.Field("with"), o.List)
	if dynamic {
		o.List.Check = b.schemas.of(c.In).validate
	}
	record := b.schemas.typeOf(c.Out)
	if value := n.Field("value"); value != nil {
		var t expr.Type
		if o.Value, t = b.path(value, record); input != nil && !t.NotNil().Fits(input) {
			b.problem(value, flow.CodeWrongType, "", "%s", words.MustBe(value.Text+" of a record of "+c.Name, kinds(input), t.String()))
		}
	} else if b.keyOf(c) == "" {
		b.problem(n, flow.CodeMissingKey, "such as value: profile.name", "options need a value: %s has no field that identifies its records", c.Name)
	}
	o.Label = o.Value
	if label := n.Field("label"); label != nil {
		o.Label, _ = b.path(label, record)
	}
	return o
}

// reads reports whether an expression in a template reads anything.
func reads(t engine.Template) bool {
	return t.Text != nil && len(t.Text.Reads()) > 0 ||
		slices.ContainsFunc(t.Items, reads) ||
		slices.ContainsFunc(t.Fields, func(f engine.Field) bool { return reads(f.Value) })
}

// path returns the names of a path in a value of a type, and the type of the value at the path.
func (b *builder) path(n *flow.Node, t expr.Type) ([]string, expr.Type) {
	names, at := strings.Split(n.Text, "."), 0
	for _, name := range names {
		field, ok := t.Field(name)
		if !ok {
			b.put(flow.Problem{
				Pos: n.At(at), Width: utf8.RuneCountInString(name), Code: CodeUnknownName, Hint: words.Hint("fields", name, t.Fields()),
				Message: fmt.Sprintf("unknown field %q in the path %s", name, n.Text),
			})
			return names, expr.Any
		}
		t, at = field, at+len(name)+1
	}
	return names, t
}
