package check

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/words"
)

// limits makes the limits of the flow.
func (b *builder) limits(p *engine.Plan) {
	n := b.flow.Limits
	if n == nil {
		return
	}
	for _, measure := range engine.Measures {
		at := n.Field(string(measure))
		if at == nil || at.Kind == flow.Scalar && holdsExpression(at) { // an expression is reported by the parser
			continue
		}
		l := engine.Fuse{Flow: p.Flow, Measure: measure, Pos: at.Pos}
		number, whole := at.Literal().(int)
		switch {
		case measure == engine.TimeMeasure:
			l.Most = int64(length(at))
		case whole:
			l.Most = int64(number)
		case !b.percentage(at, &l):
			continue
		}
		p.Limits = append(p.Limits, l)
	}
}

// percentageOf is a percentage of a list.
var percentageOf = regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?)% of ([^ ]+)$`)

// percentage reads a limit such as 5% of okta.user.list, or {percent: 5, of: okta.user.list, with: {search: …}}.
func (b *builder) percentage(at *flow.Node, l *engine.Fuse) bool {
	const hint = "such as 20, or 5% of okta.user.list"
	if at.Kind == flow.Mapping {
		name := at.Field("of")
		switch percent := at.Field("percent").Literal().(type) {
		case int:
			l.Percent = float64(percent)
		case float64:
			l.Percent = percent
		default:
			return false // the parser has reported it
		}
		return name != nil && !holdsExpression(name) && b.countOf(name, at.Field("with"), l)
	}
	parts := percentageOf.FindStringSubmatchIndex(at.Text)
	if parts == nil || !at.IsText() {
		b.problem(at, flow.CodeWrongType, hint, "%q must be an integer, or a percentage of a list", string(l.Measure))
		return false
	}
	l.Percent, _ = strconv.ParseFloat(at.Text[parts[2]:parts[3]], 64) // the pattern allows nothing else
	if l.Percent > 100 {
		b.problem(at, flow.CodeWrongType, hint, "%q must be at most 100%% of a list", string(l.Measure))
		return false
	}
	name := *at
	name.Text, name.Pos = at.Text[parts[4]:parts[5]], at.At(parts[4])
	name.Width = utf8.RuneCountInString(name.Text)
	return b.countOf(&name, nil, l)
}

// countOf sets the list of a percentage. with is nil if it has no inputs.
func (b *builder) countOf(name, with *flow.Node, l *engine.Fuse) bool {
	c, ok := b.list(name, fmt.Sprintf("a percentage in %q", "limits"))
	if !ok {
		return false
	}
	c = b.ofTable(with, c)
	if with == nil && c.In != nil && len(c.In.Required) > 0 {
		b.problem(name, CodeMissingInput, fmt.Sprintf("{percent: %s, of: %s, with: {%s: …}}", words.Number(l.Percent), c.Name, c.In.Required[0]),
			"a percentage counts the records of %s, which needs %s", c.Name, strings.Join(c.In.Required, ", "))
		return false
	}
	l.Of = &engine.CallCard{Card: c, Retry: engine.DefaultRetry(), Timeout: b.timeout, AllIfEmpty: true}
	if with == nil {
		return true
	}
	if holdsExpression(with) {
		b.problem(with, flow.CodeWrongType, "a limit is known before the run: write the value itself", "the list of a percentage in %q cannot have expressions", "limits")
		return false
	}
	b.in(expr.ObjectOf(nil, false), func() {
		l.Of.With, _ = b.object(with, object{of: c.Name, noun: "input", schema: c.In, at: func() *flow.Node { return name }, card: true})
	})
	b.badFilters(with, *l.Of)
	text, err := card.EncodeJSON(with.Literal())
	l.With = string(text)
	return err == nil
}

// severalCounts warns of a percentage whose list is counted on several connections.
func (r *report) severalCounts(l engine.Fuse, on []engine.Use) {
	var names []string
	for _, use := range on {
		names = append(names, use.Name)
	}
	r.warn(flow.Problem{
		Pos: l.Pos, Width: 1, Code: CodeSeveralCounts,
		Message: fmt.Sprintf("%q is a percentage of %s, which is counted on %d connections: %s", string(l.Measure), l.Of.Card.Name, len(on), strings.Join(names, ", ")),
		Hint:    "each allows its percentage, and the lowest number holds for the changes on all of them; write a number, or a flow for each connection",
	})
}
