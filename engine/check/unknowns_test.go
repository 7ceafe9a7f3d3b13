package check

import (
	"encoding/json"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/flowdeck/flowdeck/engine/expr"
)

// What is known of a value in a dry run is held to the schema, and what is not known may be anything that fits.
func TestAValueThatIsKnownInPartFitsUnlessNoValueWould(t *testing.T) {
	t.Parallel()
	const schema = `{"type":"object","required":["id"],"additionalProperties":false,"minProperties":2,"dependentRequired":{"a":["b"]},
		"properties":{"id":{"type":"string","minLength":2},"days":{"type":"integer","minimum":1},"tags":{"type":"array","items":{"type":"string"},"uniqueItems":true},
		"a":{},"b":{},"few":{"type":"array","minItems":2,"maxItems":2},"deep":{"$ref":"#/$defs/deep"},"either":{"anyOf":[{"type":"string"},{"type":"object","properties":{"n":{"type":"integer"}}}]}},
		"$defs":{"deep":{"type":"object","properties":{"n":{"type":"integer"},"m":{"type":"integer"}},"required":["m"]}}}`
	compiled, err := (&schemas{}).compile(schema)
	if err != nil {
		t.Fatal(err)
	}
	described := &jsonschema.Schema{}
	if err := json.Unmarshal([]byte(schema), described); err != nil {
		t.Fatal(err)
	}
	s := newSchema(described, compiled)
	u := expr.Unknown{Of: "a card", Text: "«made».id"}
	type object = map[string]any
	for name, test := range map[string]struct {
		value any
		fits  bool
	}{
		"all unknown":                          {u, true},
		"a field":                              {object{"id": u, "days": u}, true},
		"a known part that is right":           {object{"id": u, "days": 3, "tags": []any{"a", u}}, true},
		"a known part that is wrong":           {object{"id": u, "days": 0}, false},
		"a known element that is wrong":        {object{"id": u, "tags": []any{u, 1}}, false},
		"a known part behind a reference":      {object{"id": u, "deep": object{"n": "x", "m": u}}, false},
		"a required field that is unknown":     {object{"id": u, "deep": object{"n": 1, "m": u}}, true},
		"one of several schemas may fit":       {object{"id": u, "either": object{"n": u}}, true},
		"none of several schemas fits":         {object{"id": u, "either": 5}, false},
		"elements that may be the same":        {object{"id": u, "tags": []any{u, u}}, true},
		"nothing unknown, and a field missing": {object{"days": 1, "tags": []any{}}, false},
		"nothing unknown":                      {object{"id": "ab", "days": 1}, true},
		"a required field is missing":          {object{"days": u, "tags": u}, false},
		"a required field deep inside":         {object{"id": u, "deep": object{"n": u}}, false},
		"a field that is too many":             {object{"id": u, "more": 1}, false},
		"a field that may not be there":        {object{"id": "ab", "days": 1, "more": u}, true},
		"too few fields, whatever they are":    {object{"id": u}, false},
		"another kind":                         {[]any{u}, false},
		"another kind inside":                  {object{"id": []any{u}, "days": 1}, false},
		"one of several may have the field":    {object{"id": u, "either": object{"n": u, "x": 1}}, true},
		"too many elements":                    {object{"id": u, "few": []any{u, u, u}}, false},
		"too few elements":                     {object{"id": u, "few": []any{u}}, false},
		"a field that another one needs":       {object{"id": u, "days": 1, "a": 1}, false},
		"a need that may not be there":         {object{"id": u, "days": 1, "a": u}, true},
		"a need that may be met":               {object{"id": u, "days": 1, "a": 1, "b": u}, true},
	} {
		if err := s.validate(test.value); (err == nil) != test.fits {
			t.Errorf("%s: got %v, fits: %t", name, err, test.fits)
		}
	}
}
