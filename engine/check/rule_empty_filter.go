package check

import (
	"fmt"
	"strings"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// emptyFilters reports inputs of a card that narrow a list and are empty: the service would list everything. It warns about
// those that may be nil. A run refuses them all.
func (b *builder) emptyFilters(with *flow.Node, step engine.CallCard) {
	for _, path := range step.Card.Narrowing() {
		b.misspelledFilter(with, path, step)
		n, given, ok := inputAt(with, step.With, path)
		if !ok {
			continue
		}
		name := strings.Join(path, ".")
		switch {
		case given.Text != nil:
			if t := given.Text.Type(); t.Nullable() && t.Kind() != expr.KindAny && !b.unsure {
				b.warn(flow.Problem{
					Pos: n.At(0), Width: len(n.Text), Code: CodeEmptyFilter,
					Message: "this may be nil, and an empty " + name + " is an error, because it would " + step.Card.Everything(),
					Hint:    "end the flow before in that case, or give another value with ??",
				})
			}
		case n.Literal() == nil && len(path) == 1: // not the type of the input: already reported
		case given.Items == nil && given.Fields == nil && card.Empty(given.Literal):
			b.problem(n, CodeEmptyFilter, "leave it out to "+step.Card.Everything(), "an empty %s would %s", name, step.Card.Everything())
		}
	}
}

// misspelledFilter reports fields whose name differs only in case from one that narrows a list.
func (b *builder) misspelledFilter(with *flow.Node, path []string, step engine.CallCard) {
	around := with
	for _, name := range path[:len(path)-1] {
		around = around.Field(name)
	}
	if around == nil || len(path) == 1 || step.Card.AnyCase { // unknown inputs are already reported
		return
	}
	for _, field := range around.Fields {
		if name := path[len(path)-1]; card.Misspells(field.Key.Text, name) {
			b.problem(field.Key, CodeUnknownInput, fmt.Sprintf("did you mean %q?", name), "%s of %s has no %q, so that it would %s",
				strings.Join(path[:len(path)-1], "."), step.Card.Name, field.Key.Text, step.Card.Everything())
		}
	}
}

// inputAt returns the input of a card at a path, such as extra_parameters.search, and its template; false if it is not given, or if the
// object around it is not written out.
func inputAt(with *flow.Node, t engine.Template, path []string) (n *flow.Node, given engine.Template, ok bool) {
	n, given, ok = with, t, true
	for _, name := range path {
		n = n.Field(name)
		given, ok = fieldOf(given, name)
	}
	return n, given, ok && n != nil
}

// fieldOf returns the template of a field, and whether the template has it.
func fieldOf(t engine.Template, name string) (engine.Template, bool) {
	for _, f := range t.Fields {
		if f.Name == name {
			return f.Value, true
		}
	}
	literal, _ := t.Literal.(map[string]any)
	v, ok := literal[name]
	return engine.Template{Literal: v}, ok
}
