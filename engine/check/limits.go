package check

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// limits makes the limits of the flow.
func (b *builder) limits(p *engine.Plan) {
	n := b.flow.Limits
	if n == nil {
		return
	}
	for _, measure := range engine.Measures {
		at := n.Field(string(measure))
		if at == nil || holdsExpression(at) { // an expression is reported by the parser
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

// percentage reads a limit such as 5% of okta.user.list.
func (b *builder) percentage(at *flow.Node, l *engine.Fuse) bool {
	const hint = "such as 20, or 5% of okta.user.list"
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
	c, ok := b.list(&name, fmt.Sprintf("a percentage in %q", "limits"))
	if !ok {
		return false
	}
	if c.In != nil && len(c.In.Required) > 0 {
		b.problem(&name, CodeMissingInput, "choose a list without required inputs",
			"a percentage counts all records of %s, which needs %s", c.Name, strings.Join(c.In.Required, ", "))
		return false
	}
	l.Of = &engine.CallCard{Card: c, Retry: engine.DefaultRetry(), Timeout: b.timeout, AllIfEmpty: true}
	return true
}
