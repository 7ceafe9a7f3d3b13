package check

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
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
			at := m.node(n)
			hint, fix := r.quoteIt(at, s.schema)
			for format, example := range formats {
				if strings.HasPrefix(m.message, "must be a valid "+format+",") {
					hint, fix = "write it like "+example, nil
				}
			}
			r.put(flow.Problem{Pos: at.Pos, Width: at.Width, Code: flow.CodeWrongType, Hint: hint, Message: m.of(what), Fix: fix})
		}
	}
}

// quoteIt returns the hint for a literal that does not fit a schema, and what mends it: quotes make a string of a number, and without them
// a string is a number or a boolean. Otherwise the hint is the schema's description.
func (r *report) quoteIt(n *flow.Node, s *jsonschema.Schema) (hint string, fix *flow.Edit) {
	switch {
	case s == nil || n.Kind != flow.Scalar || n.IsNull():
	case !n.IsText() && (s.Type == "string" || slices.Contains(s.Types, "string")):
		return fmt.Sprintf("write it in quotes: %q", n.Text), n.Replaced(strconv.Quote(n.Text))
	case n.IsText():
		if meant := unquoted(n.Text, s.Type); meant != "" {
			return "write " + meant, n.Replaced(meant)
		}
	}
	return about(s), nil
}

// unquoted returns the value of a type that a text was meant for; empty if there is none.
func unquoted(text, jsonType string) string {
	switch _, integer := strconv.Atoi(text); {
	case jsonType == "boolean":
		return booleans[strings.ToLower(text)]
	case jsonType == "integer" && integer == nil, jsonType == "number" && json.Valid([]byte(text)) && strings.ContainsAny(text, "0123456789"):
		return text
	}
	return ""
}

// booleans are the booleans of YAML 1.1 in lower case, all but two of which are strings here.
var booleans = map[string]string{"true": "true", "yes": "true", "on": "true", "false": "false", "no": "false", "off": "false"}

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
			names := slices.Sorted(maps.Keys(s.Properties))
			r.unknown(n, field.Key, flow.CodeUnknownKey, words.Hint("keys", field.Key.Text, names), names, "unknown key %q in %s", field.Key.Text, what)
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
