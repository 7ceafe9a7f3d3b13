package check

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

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
					Message: strings.Join(r.Path[:i+1], ".") + " is probably always nil", Hint: "did you mean " + strings.Replace(n.Text[r.Offset:r.Offset+r.Width], name, meant, 1) + "?",
				})
				break
			}
			t, _ = t.NotNil().Field(name)
		}
	}
}

// similarKeys warns about keys of a value whose schema allows any, but lists one in another spelling: profile_extra: {first_name: Ada}.
func (r *report) similarKeys(n *flow.Node, s *jsonschema.Schema, what string) {
	if s == nil || r.full() {
		return
	}
	for _, item := range n.Items {
		r.similarKeys(item, s.Items, what)
	}
	for _, field := range n.Fields {
		name := field.Key.Text
		property, listed := s.Properties[name]
		meant := flow.SameName(name, slices.Sorted(maps.Keys(s.Properties)))
		if !listed && open(s) && meant != "" && s.Properties[meant].Extra == nil { // emptyFilters reports one that narrows a list
			r.warn(flow.Problem{
				Pos: field.Key.Pos, Width: field.Key.Width, Code: CodeSimilarField,
				Message: fmt.Sprintf("%q in %s is probably misspelled", name, what), Hint: fmt.Sprintf("did you mean %q?", meant),
			})
		}
		r.similarKeys(field.Value, property, what)
	}
}

// otherSpelling returns the listed field of an open object that a name is another spelling of; empty if there is none.
func otherSpelling(name string, t expr.Type) string {
	if !t.Open() || t.Lists(name) {
		return ""
	}
	return flow.SameName(name, t.Fields())
}
