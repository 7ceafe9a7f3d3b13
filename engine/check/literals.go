package check

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/words"
)

// formats are examples of times as the formats of a schema require them.
var formats = map[string]string{"date": "2026-12-31", "date-time": "2026-12-31T08:00:00Z", "time": "08:00:00Z"}

// fits reports the errors in a literal, each at its own position.
func (r *report) fits(n *flow.Node, v any, s schema, what string) {
	r.unknownKeys(n, s.schema, what)
	for _, m := range s.mistakes(v) {
		if !m.extra { // unknownKeys reports it, with the alternatives
			hint := r.quoteIt(m.node(n), s.schema)
			for format, example := range formats {
				if strings.HasPrefix(m.message, "must be a valid "+format+",") {
					hint = "write it like " + example
				}
			}
			r.problem(m.node(n), flow.CodeWrongType, hint, "%s", m.of(what))
		}
	}
}

// quoteIt returns the hint for a literal that does not fit a schema: quotes make a string of a number; otherwise the schema's description.
func (r *report) quoteIt(n *flow.Node, s *jsonschema.Schema) string {
	if s != nil && n.Kind == flow.Scalar && !n.IsText() && !n.IsNull() && (s.Type == "string" || slices.Contains(s.Types, "string")) {
		return fmt.Sprintf("write it in quotes: %q", n.Text)
	}
	return about(s)
}

// unknownKeys reports keys in a literal that its schema does not have.
func (r *report) unknownKeys(n *flow.Node, s *jsonschema.Schema, what string) {
	if s == nil || r.full() {
		return
	}
	for _, item := range n.Items {
		r.unknownKeys(item, s.Items, what)
	}
	for _, field := range n.Fields {
		property, ok := s.Properties[field.Key.Text]
		if !ok && s.AdditionalProperties != nil && !open(s) {
			r.problem(field.Key, flow.CodeUnknownKey, words.Hint("keys", field.Key.Text, slices.Sorted(maps.Keys(s.Properties))),
				"unknown key %q in %s", field.Key.Text, what)
		}
		r.unknownKeys(field.Value, property, what)
	}
}

// kinds returns the kinds of value that a schema requires, such as "integer or nil".
func kinds(s *jsonschema.Schema) string {
	if s.Type != "" {
		return kind(s.Type)
	}
	names := make([]string, len(s.Types))
	for i, t := range s.Types {
		names[i] = kind(t)
	}
	return words.Or(names)
}

// kind returns the name of a type of JSON Schema for messages.
func kind(jsonType string) string {
	switch jsonType {
	case "array":
		return "list"
	case "null":
		return "nil"
	}
	return jsonType
}
