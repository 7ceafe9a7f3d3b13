package check

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// unquotedFilter reports values that may change the meaning of a filter: it could find more than was meant, even
// everybody.
func (b *builder) unquotedFilter(n *flow.Node, s schema, text *expr.Template) {
	syntax := expr.SyntaxOf(s.schema)
	if syntax == expr.NoFilter || text.Type().Kind() == expr.KindList {
		b.unquotedParts(n, s, text)
		return
	}
	if syntax == expr.JSONStrings {
		for _, time := range text.BareTimes() {
			b.put(flow.Problem{
				Pos: n.At(time.Offset), Width: time.Width, Code: CodeBadFilter,
				Message: "a time in a filter needs quotes", Hint: `write "${ ` + time.Source + ` }"`,
			})
		}
	}
	loose := text.Loose(syntax)
	if len(loose) == 0 && text.Type().Kind() == expr.KindAny { // it may be a list, too
		b.unquotedParts(n, s, text)
	}
	for _, l := range loose {
		message, hint := looseFilter(l, syntax, n.Text[:l.Offset-len("${")], n.Text[l.Offset+l.Width+len("}"):])
		b.put(flow.Problem{
			Pos: n.At(l.Offset), Width: l.Width, Code: CodeUnquotedFilter, Message: message, Hint: hint,
		})
	}
}

// unquotedParts reports such fields and elements of a value that one expression makes.
func (b *builder) unquotedParts(n *flow.Node, s schema, text *expr.Template) {
	const hint = "use quote() for each value in it where it is made, and quote_expression() in Okta's expression language"
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
func looseFilter(l expr.Loose, syntax expr.Syntax, before, after string) (message, hint string) {
	changes, function, sample, keyword := "this string can change what the filter finds", "quote", "profile.login eq ", "true"
	if syntax == expr.PlainStrings {
		changes, function, sample, keyword = "this string can change for whom the expression is true", "quote_expression", "user.login == ", "expression"
	}
	root, _, _ := strings.Cut(l.Source, ".")
	switch {
	case l.Escaped:
		return "the escapes of quote() are not those of Okta's expression language: a quote in this value would end the string", "use quote_expression() in place of quote()"
	case l.Complete:
		return "the quotes of this value would end the string in the filter", "remove the quotes around it"
	case l.Quoted && strings.HasSuffix(before, `"`) && strings.HasPrefix(after, `"`):
		return "a quote in this value would end the string in the filter", "write ${ " + function + "(" + l.Source + ") } without the quotes around it"
	case l.Quoted:
		return "a quote in this value would end the string in the filter", fmt.Sprintf("put the whole string in %[1]s(), as in ${ %[1]s(\"team-\" + name) }, without the quotes around it", function)
	case !l.Path && isValue(before, l.Source):
		return changes, "write ${ " + function + "(" + l.Source + ") }"
	case !l.Path:
		return changes, fmt.Sprintf("use %[1]s() for each value in it: %[2]q + %[1]s(login)", function, sample)
	case l.Whole && root == "inputs":
		return changes, fmt.Sprintf("write a filter, with ${ %s(%s) } for the value; or declare the input with `filter: %s`, so that it may be any filter", function, l.Source, keyword)
	case l.Whole:
		return changes, "use " + function + "() for each value where " + l.Source + " is made"
	}
	return changes, "write ${ " + function + "(" + l.Source + ") }"
}

// comparesTo matches a text that ends with an operator, so that a value follows.
var comparesTo = regexp.MustCompile(`(?i)(\s(eq|ne|co|sw|ew|gt|ge|lt|le)|==|!=|[<>]=?)\s*$`)

// isValue reports whether an expression after a text in a filter is one value, not several values with operators between them.
func isValue(before, expression string) bool {
	return comparesTo.MatchString(before) && !strings.Contains(expression, "+") && !strings.Contains(expression, "join(")
}
