package check

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"
)

// doubling returns a schema that leads to its last definition on 2^n paths.
func doubling(n int, last string) string {
	var defs []string
	for i := range n {
		defs = append(defs, fmt.Sprintf(`"d%d": {"anyOf": [{"$ref": "#/$defs/d%d"}, {"$ref": "#/$defs/d%d"}]}`, i, i+1, i+1))
	}
	return fmt.Sprintf(`{"$ref": "#/$defs/d0", "$defs": {%s, "d%d": %s}}`, strings.Join(defs, ", "), n, last)
}

func compiled(t *testing.T, text string) schema {
	t.Helper()
	c, err := (&schemas{}).compile(text)
	if err != nil {
		t.Fatal(err)
	}
	s := &jsonschema.Schema{}
	if err := json.Unmarshal([]byte(text), s); err != nil {
		t.Fatal(err)
	}
	return newSchema(s, c)
}

func TestASchemaThatLeadsToAPartOnManyPathsIsNotFollowed(t *testing.T) {
	t.Parallel()
	for _, v := range []any{"x", 1} { // valid, and not
		s := compiled(t, doubling(60, `{"type": "string"}`))
		if err := s.validate(v); err == nil || !strings.Contains(err.Error(), "too many paths") {
			t.Errorf("%v: %v", v, err)
		}
	}
	if err := compiled(t, doubling(12, `{"type": "string"}`)).validate("x"); err != nil {
		t.Error(err)
	}
	nested := any("x")
	for range 200 {
		nested = map[string]any{"a": nested}
	}
	for _, text := range []string{
		`{"$ref": "#/$defs/x", "$defs": {"x": {"properties": {"a": {"allOf": [{"$ref": "#/$defs/x"}, {"$ref": "#/$defs/x"}]}}}}}`,
		`{"$ref": "#/$defs/x", "$defs": {"x": {"properties": {"a": {"$ref": "#/$defs/x"}}, "patternProperties": {"^a$": {"$ref": "#/$defs/x"}}}}}`,
		`{"$ref": "#/$defs/x", "$defs": {"x": {"if": {"properties": {"a": {"$ref": "#/$defs/x"}}}, "then": {"additionalProperties": {"$ref": "#/$defs/x"}}}}}`,
	} {
		if err := compiled(t, text).validate(nested); err == nil || !strings.Contains(err.Error(), "too many paths") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// A value of any size is checked, as long as each part of it is compared with each part of its schema a few times.
func TestALargeValueIsCheckedWithASharedSchema(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it does one thing after the other")
	}
	s := compiled(t, `{"type": "array", "items": {"$ref": "#/$defs/value"}, "$defs": {"value": {"anyOf": [
		{"type": ["string", "number", "boolean", "null"]}, {"type": "array", "items": {"$ref": "#/$defs/value"}}, {"type": "object", "additionalProperties": {"$ref": "#/$defs/value"}}]}}}`)
	list := make([]any, 30_000)
	for i := range list {
		list[i] = map[string]any{"a": 1, "b": []any{"x", nil}}
	}
	if err := s.validate(list); err != nil {
		t.Error(err)
	}
	if !s.shares || compiled(t, `{"type": "array", "items": {"$ref": "#/$defs/x"}, "$defs": {"x": {"type": "string"}}}`).shares {
		t.Error("shares is wrong")
	}
}
