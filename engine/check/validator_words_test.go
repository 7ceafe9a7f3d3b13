package check

import (
	"testing"
)

// Users never see the validator's own words. The values are inputs with the schema.
func TestErrorsInValuesHaveTheSameWordsAsOtherMessages(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		schema string
		value  any
		want   string
	}{
		{`integer`, "x", `must be an integer, not a string`},
		{`string`, 5, `must be a string, not an integer`},
		{`string`, 5.5, `must be a string, not a number`},
		{`string`, nil, `must be a string, not nil`},
		{`{type: ["null", string, integer]}`, true, `must be a string, integer or nil, not a boolean`},
		{`{type: array, items: {type: integer}}`, []any{1, "x"}, `[1] must be an integer, not a string`},
		{`{type: object, required: [user_id, "it's"]}`, map[string]any{}, `must have "user_id", "it's"`},
		{`{type: object, properties: {a: {type: array, items: {type: object, required: [b]}}}}`, map[string]any{"a": []any{map[string]any{}}}, `a[0] must have "b"`},
		{`{type: object, additionalProperties: false}`, map[string]any{"x": 1}, `must not have "x"`},
		{`{type: object, dependentRequired: {a: [b]}}`, map[string]any{"a": 1}, `must have "b", since it has "a"`},
		{`{type: string, pattern: '^[0-9]+\.\d"$'}`, "x", `must match the pattern "^[0-9]+\\.\\d\"$"`},
		{`{type: string, format: email}`, "it's", `must be a valid email, not "it's"`},
		{`{type: string, minLength: 1}`, "", `must have at least 1 character, not 0`},
		{`{type: string, minLength: 8}`, "abc", `must have at least 8 characters, not 3`},
		{`{type: string, maxLength: 2}`, "abc", `must have at most 2 characters, not 3`},
		{`{type: array, minItems: 2}`, []any{1}, `must have at least 2 items, not 1`},
		{`{type: array, maxItems: 1}`, []any{1, 2}, `must have at most 1 item, not 2`},
		{`{type: array, uniqueItems: true}`, []any{1, 2, 1}, `must not have equal items, such as [0] and [2]`},
		{`{type: object, minProperties: 1}`, map[string]any{}, `must have at least 1 field, not 0`},
		{`{type: object, maxProperties: 1}`, map[string]any{"a": 1, "b": 1}, `must have at most 1 field, not 2`},
		{`{type: integer, minimum: 3}`, 2, `must be at least 3, not 2`},
		{`{type: integer, maximum: 3}`, 4, `must be at most 3, not 4`},
		{`{type: integer, exclusiveMinimum: 3}`, 3, `must be more than 3, not 3`},
		{`{type: integer, exclusiveMaximum: 3}`, 3, `must be less than 3, not 3`},
		{`{type: integer, multipleOf: 5}`, 7, `must be a multiple of 5, not 7`},
		{`{enum: [a, b]}`, "c", `must be one of "a", "b"`},
		{`{const: a}`, "c", `must be "a"`},
		{`{not: {type: string}}`, "c", "must not fit the schema of `not`"},
		{`{oneOf: [{type: string}, {minLength: 1}]}`, "c", "must fit one schema of `oneOf`, not both [0] and [1]"},
	} {
		ws, problems := load(map[string]string{"f.yaml": "flow: f\ninputs: {x: " + row.schema + "}\nsteps: [{stop: x}]\n"})
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		plan, problems := New(nil, nil, ws).Plan(ws.Flows()[0], nil)
		if plan == nil || problems.Err() != nil {
			t.Fatalf("%s: %v", row.schema, problems)
		}
		in, _ := plan.Input("x")
		err := in.Check(row.value)
		if err == nil {
			t.Fatalf("%s accepts %v", row.schema, row.value)
		}
		if got := err.Error(); got != row.want {
			t.Errorf("%s, %v: got %s, want %s", row.schema, row.value, got, row.want)
		}
	}
}
