package check

import (
	"strings"

	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// nilReads warns about reading a field of a step's result or a variable that may be nil.
func (b *builder) nilReads(n *flow.Node, reads []expr.Read) {
	for _, r := range reads {
		if r.Nil != 2 || r.Path[0] != "steps" && r.Path[0] != "vars" {
			continue
		}
		what := strings.Join(r.Path[:2], ".")
		b.warn(flow.Problem{
			Pos: n.At(r.Offset), Width: r.Width, Code: CodeNilRead,
			Message: what + " may be nil here, and reading a field of nil is an error",
			Hint:    "write " + what + "?., or end the flow before with `if: " + what + " == nil`",
		})
	}
}
