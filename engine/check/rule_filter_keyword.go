package check

import (
	"slices"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// filterKeywords reports each `filter` in the schema of an input that callers are not held to. Expressions trust the strings of a schema with
// that keyword, so each must be at a place where the checker finds the value of a caller: the input itself, its fields and its elements. Of a
// schema that holds in some cases only, as in anyOf, nobody knows before the run whether a value is checked by it.
func (b *builder) filterKeywords(n *flow.Node) { b.filterKeyword(n, true) }

func (b *builder) filterKeyword(n *flow.Node, always bool) {
	filter, key := n.Field("filter"), n.Key("filter")
	switch {
	case filter == nil || filter.Literal() == false:
	case filter.Literal() != true && filter.Literal() != "expression":
		b.problem(filter, CodeBadSchema, "", "`filter` must be true or expression")
	case !always:
		b.problem(key, CodeBadSchema, "write it in the schema of the input, of a field in `properties`, or of `items`; a filter that may be nil has type: [string, \"null\"]",
			"a `filter` here does not hold for every value")
	case !onlyStrings(n.Field("type")):
		b.problem(key, CodeBadSchema, "a list of filters has it in its `items`", "`filter` needs `type: string` beside it")
	}
	eachSchema(n, func(keyword string, part *flow.Node) {
		b.filterKeyword(part, always && slices.Contains(followed, keyword))
	})
}

// followed are the keywords whose schemas hold for every field or element of a value that a caller gives.
var followed = []string{"properties", "additionalProperties", "items"}

// onlyStrings reports whether a type is that of strings, and perhaps of values that are safe in a filter.
func onlyStrings(typ *flow.Node) bool {
	names := []string{text(typ)}
	if typ != nil && typ.Kind == flow.List {
		names = nil
		for _, item := range typ.Items {
			names = append(names, item.Text)
		}
	}
	return slices.Contains(names, "string") && !slices.Contains(names, "array") && !slices.Contains(names, "object")
}

// noFilterKeywords reports a schema of a result that declares filters: only a user or a checked `with` provides one.
func (b *builder) noFilterKeywords(n *flow.Node) {
	if v := n.Field("filter").Literal(); v != nil && v != false {
		b.problem(n.Key("filter"), CodeUnquotedFilter, "inputs can have `filter: true`", "a result cannot be declared as a filter")
	}
	eachSchema(n, func(_ string, part *flow.Node) { b.noFilterKeywords(part) })
}

// eachSchema calls do for each schema directly in a schema, with the keyword that has it.
func eachSchema(n *flow.Node, do func(keyword string, part *flow.Node)) {
	if n == nil {
		return
	}
	for _, f := range n.Fields {
		for _, part := range f.Schemas() {
			do(f.Key.Text, part)
		}
	}
}

// senderFilters reports a webhook whose requests give all inputs, if one of them may be any filter: whoever sends the request could find
// everybody.
func (b *builder) senderFilters(at *flow.Node, inputs []engine.Input) {
	for _, in := range inputs {
		if len(expr.Any.LooseFields(in.Schema)) > 0 {
			b.problem(at, CodeUnquotedFilter, "give the webhook `inputs`, and quote() the values of trigger.body there",
				"a request could give any filter as the input %q", in.Name)
		}
	}
}
