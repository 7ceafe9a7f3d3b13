package inputs

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"
)

func TestATextIsReadByTheSchemaOfItsInput(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		schema, text string
		want         any
	}{
		{`{"enum": [1, 2]}`, "2", 2},
		{`{"enum": [1, 2]}`, "3", 3}, // the check of the input refuses it
		{`{"enum": [1, 2]}`, "x", "x"},
		{`{"enum": [1, "1", true, null, "x"]}`, "1", "1"},
		{`{"enum": [1, "x", null]}`, "1", 1},
		{`{"enum": [1, "x", null]}`, "null", nil},
		{`{"enum": ["1", "x"]}`, "1", "1"},
		{`{"enum": [0.5, [1, 2], {"a": 1}]}`, `{"a":1}`, map[string]any{"a": 1}},
		{`{"enum": [true, false]}`, "true", true},
		{`{"const": 5}`, "5", 5},
		{`{"const": "5"}`, "5", "5"},
		{`{"const": null}`, "null", nil},
		{`{"type": ["integer", "null"]}`, "5", 5},
		{`{"type": ["integer", "null"]}`, "null", nil},
		{`{"type": ["array", "null"]}`, "null", nil},
		{`{"type": ["boolean", "null"]}`, "null", nil},
		{`{"type": ["string", "null"]}`, "null", "null"},
		{`{"type": ["integer", "boolean"]}`, "true", true},
		{`{"type": ["integer", "string"]}`, "5", "5"},
		{`{"anyOf": [{"type": "integer"}, {"type": "null"}]}`, "5", 5},
		{`{"anyOf": [{"type": "integer"}, {"type": "null"}]}`, "null", nil},
		{`{"anyOf": [{"type": "integer"}, {"type": "string"}]}`, "5", "5"},
		{`{"type": "number"}`, "9007199254740993", 9007199254740993},
		{`{"type": "number"}`, "0.5", 0.5},
		{`{"type": "string"}`, "true", "true"},
		{`{}`, "5", "5"},
	} {
		s := &jsonschema.Schema{}
		if err := json.Unmarshal([]byte(test.schema), s); err != nil {
			t.Fatal(err)
		}
		if got, err := readText(s, test.text); err != nil || !cmp.Equal(got, test.want) {
			t.Errorf("%s, %q: got %#v, %v; want %#v", test.schema, test.text, got, err, test.want)
		}
	}
	for schema, texts := range map[string][]string{
		`{"type": "number"}`:            {"0x1p4", "1_0", "inf", "NaN", ".5", "5.", "", "1e", "+5"},
		`{"type": "integer"}`:           {"0x10", "1_0", "1.0", "1e3", "", "null"},
		`{"type": ["boolean", "null"]}`: {"TRUE", "yes", "nil", ""},
	} {
		s := &jsonschema.Schema{}
		if err := json.Unmarshal([]byte(schema), s); err != nil {
			t.Fatal(err)
		}
		for _, text := range texts {
			if got, err := readText(s, text); err == nil {
				t.Errorf("%s, %q: got %#v", schema, text, got)
			}
		}
	}
}
