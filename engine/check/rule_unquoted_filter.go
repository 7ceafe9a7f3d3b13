package check

import (
	"strings"

	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// unquotedFilter reports a value between quotes in a filter: a quote in the value would end
// the text there, and the filter would find others than meant.
func (b *builder) unquotedFilter(n *flow.Node, s schema) {
	if s.schema == nil || s.schema.Extra["filter"] != true {
		return
	}
	parts, err := expr.ParseText(n.Text)
	if err != nil {
		return // the compiler reports it
	}
	for i, part := range parts {
		if !part.Hole || i == 0 || i == len(parts)-1 {
			continue
		}
		before, after := parts[i-1].Text, parts[i+1].Text
		if strings.HasSuffix(before, `"`) && strings.HasPrefix(after, `"`) {
			source := strings.TrimSpace(part.Text)
			b.problems = append(b.problems, flow.Problem{
				Pos: n.At(part.Offset), Width: len(part.Text), Code: CodeUnquotedFilter,
				Message: "a quote in this value would end the string in the filter",
				Hint:    "write ${ quote(" + source + ") } without the quotes around it",
			})
		}
	}
}
