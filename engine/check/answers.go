package check

import (
	"github.com/google/jsonschema-go/jsonschema"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// An Answer checks what a test of a flow answers in place of a card. It may leave out fields, since few flows read all of them; a field that the card
// does not have is a problem. It is safe for concurrent use.
type Answer struct {
	what   string
	schema schema
}

// AnswerOf returns the Answer of a card; of a list card it is the list of all records.
func AnswerOf(c card.Card) *Answer {
	s := partial(c.Out.CloneSchemas())
	if c.IsList() {
		s = &jsonschema.Schema{Type: "array", Items: s}
	}
	return &Answer{"the answer of " + c.Name, (&schemas{}).of(s)}
}

// Problems returns what is wrong with an answer. n is the answer in a file, and v its value, in which parts may be expr.Unknown.
func (a *Answer) Problems(n *flow.Node, v any) flow.Problems {
	r := &report{}
	r.fits(n, v, a.schema, a.what)
	return r.problems
}

// Wrong returns the first mistake in an answer; empty if it has none.
func (a *Answer) Wrong(v any) string {
	for _, m := range a.schema.mistakes(v) {
		return m.of(a.what)
	}
	return ""
}

// partial makes all fields of a schema optional.
func partial(s *jsonschema.Schema) *jsonschema.Schema {
	if s == nil {
		return nil
	}
	s.Required = nil
	partial(s.Items)
	if open(s) {
		partial(s.AdditionalProperties)
	}
	for _, property := range s.Properties {
		partial(property)
	}
	return s
}
