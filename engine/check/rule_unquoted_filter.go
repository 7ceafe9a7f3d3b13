package check

import (
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// filterKeyword marks a string that is a filter: an input of a card, or an input of a flow that may be any filter.
const filterKeyword = "filter"

func isFilter(s *jsonschema.Schema) bool { return s != nil && s.Extra[filterKeyword] == true }

// unquotedFilter reports values that may change the meaning of a filter: it could find more than was meant, even
// everybody.
func (b *builder) unquotedFilter(n *flow.Node, s schema, text *expr.Template) {
	if !isFilter(s.schema) || text.Type().Kind() == expr.KindList {
		b.unquotedParts(n, s, text)
		return
	}
	for _, l := range text.Loose() {
		message, hint := looseFilter(l, n.Text[:l.Offset-len("${")], n.Text[l.Offset+l.Width+len("}"):])
		b.problems = append(b.problems, flow.Problem{
			Pos: n.At(l.Offset), Width: l.Width, Code: CodeUnquotedFilter, Message: message, Hint: hint,
		})
	}
}

// unquotedParts reports such fields and elements of a value that one expression makes.
func (b *builder) unquotedParts(n *flow.Node, s schema, text *expr.Template) {
	const hint = "use quote() for each value in it where it is made"
	switch parts := text.Type().LooseFields(s.schema); {
	case len(parts) == 0:
	case parts[0] == "":
		b.problem(n, CodeUnquotedFilter, hint, "a string of this list can change what the filter finds")
	default:
		b.problem(n, CodeUnquotedFilter, hint+", or write a mapping here", "%s of this value can change what the filter finds", strings.Join(parts, ", "))
	}
}

// unquotedRecord reports a record that a loop sends to a helper, if a string that the helper declares as a filter can
// be any string.
func (b *builder) unquotedRecord(n *flow.Node, record expr.Type, s *jsonschema.Schema) {
	parts := record.LooseFields(s)
	if len(parts) == 0 {
		return
	}
	what := "the record"
	if parts[0] != "" {
		what = strings.Join(parts, ", ") + " of the record"
	}
	b.problem(n, CodeUnquotedFilter, "make a list of filters with quote() for each value, or let the helper make the filter", "%s can change what the filter finds", what)
}

// looseFilter returns the message and the hint for an expression in a filter, between two texts.
func looseFilter(l expr.Loose, before, after string) (message, hint string) {
	const changes = "this string can change what the filter finds"
	root, _, _ := strings.Cut(l.Source, ".")
	switch {
	case l.Complete:
		return "the quotes of this value would end the string in the filter", "remove the quotes around it"
	case l.Quoted && strings.HasSuffix(before, `"`) && strings.HasPrefix(after, `"`):
		return "a quote in this value would end the string in the filter", "write ${ quote(" + l.Source + ") } without the quotes around it"
	case l.Quoted:
		return "a quote in this value would end the string in the filter", `put the whole string in quote(), as in ${ quote("team-" + name) }, without the quotes around it`
	case !l.Path:
		return changes, "use quote() for each value in it: \"profile.login eq \" + quote(login)"
	case l.Whole && root == "inputs":
		return changes, "write a filter, with ${ quote(" + l.Source + ") } for the value; or declare the input with `filter: true`, so that it may be any filter"
	case l.Whole:
		return changes, "use quote() for each value where " + l.Source + " is made"
	}
	return changes, "write ${ quote(" + l.Source + ") }"
}

// noFilters reports a result schema that declares filters: only a user or a checked `with` provides one.
func (b *builder) noFilters(n *flow.Node, s *jsonschema.Schema) {
	if s == nil {
		return
	}
	if isFilter(s) {
		b.problem(n, CodeUnquotedFilter, "inputs can have `filter: true`", "a result cannot be declared as a filter")
		return
	}
	b.noFilters(n, s.Items)
	b.noFilters(n, s.AdditionalProperties)
	for _, property := range s.Properties {
		b.noFilters(n, property)
	}
	for _, list := range [][]*jsonschema.Schema{s.AnyOf, s.OneOf} {
		for _, branch := range list {
			b.noFilters(n, branch)
		}
	}
}
