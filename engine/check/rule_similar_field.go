package check

import (
	"strings"

	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// similarFields warns about fields that an object may have, but whose name is a listed one in another spelling: first_name for
// firstName. A custom attribute is not named like that.
func (b *builder) similarFields(n *flow.Node, reads []expr.Read) {
	for _, r := range reads {
		t := b.env
		for i, name := range r.Path {
			if meant := otherSpelling(name, t); i > 0 && meant != "" {
				b.warn(flow.Problem{
					Pos: n.At(r.Offset), Width: r.Width, Code: CodeSimilarField,
					Message: strings.Join(r.Path[:i+1], ".") + " is probably always nil", Hint: "did you mean " + meant + "?",
				})
				break
			}
			t, _ = t.NotNil().Field(name)
		}
	}
}

// otherSpelling returns the listed field of an open object that a name is another spelling of; empty if there is none.
func otherSpelling(name string, t expr.Type) string {
	if !t.Open() || t.Lists(name) {
		return ""
	}
	plain := spelled(name)
	for _, field := range t.Fields() {
		if spelled(field) == plain {
			return field
		}
	}
	return ""
}

// spelled returns a name without what differs between conventions.
func spelled(name string) string { return strings.ToLower(separators.Replace(name)) }

var separators = strings.NewReplacer("_", "", "-", "")
