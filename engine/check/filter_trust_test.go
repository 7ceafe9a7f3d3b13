package check

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/engine/check/checktest"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// evil finds everybody in place of a condition.
const evil = `"x" or id pr`

// trusting returns the schema of a value that declares its string as a filter, directly or behind keywords that hold in some cases only.
func trusting(r *rand.Rand, v any) map[string]any {
	s := map[string]any{}
	switch v := v.(type) {
	case string:
		s = map[string]any{"type": []any{"string", []any{"string", "null"}, []any{"string", "array", "object"}}[r.IntN(3)], "filter": true}
	case []any:
		s["type"] = []any{"array", []any{"array", "string"}}[r.IntN(2)]
		s[[]string{"items", "items", "items", "prefixItems", "contains"}[r.IntN(5)]] = trusting(r, v[0])
		if part := s["prefixItems"]; part != nil {
			s["prefixItems"] = []any{part}
		}
	case map[string]any:
		s["type"] = "object"
		for name, field := range v {
			switch key := []string{"properties", "properties", "additionalProperties", "patternProperties", "unevaluatedProperties"}[r.IntN(5)]; key {
			case "properties", "patternProperties":
				s[key] = map[string]any{name: trusting(r, field)}
			default:
				s[key] = trusting(r, field)
			}
		}
	}
	if r.IntN(5) > 0 {
		return s
	}
	around := map[string]any{[]string{"anyOf", "oneOf", "allOf"}[r.IntN(3)]: []any{s}}
	if r.IntN(2) == 0 {
		around["type"] = s["type"]
	}
	return around
}

// holding returns a value with one string in objects and lists, and the path to it.
func holding(r *rand.Rand, depth int) (v any, path string) {
	v = evil
	for range depth {
		switch name := []string{"a", "filter", ""}[r.IntN(3)]; name {
		case "":
			v, path = []any{v}, "[0]"+path
		default:
			v, path = map[string]any{name: v}, "."+name+path
		}
	}
	return v, path
}

func TestAStringIsTrustedOnlyWhereItsCallersAreChecked(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it does one thing after the other")
	}
	r := rand.New(rand.NewPCG(1, 2))
	asJSON := func(v any) string {
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	accepted, checked := 0, 0
	for i := range 150 {
		v, path := holding(r, i%3)
		given := strings.ReplaceAll(asJSON(v), asJSON(evil), `"${ inputs.g }"`)
		text := fmt.Sprintf(`flow: caller
inputs: {g: string}
steps:
  - call: helper
    with: {v: %s}
---
flow: whole
inputs: {g: string}
steps:
  - set: {v: %[1]s}
  - call: helper
    with: {v: "${ vars.v }"}
---
flow: helper
inputs: {v: %[2]s}
steps:
  - card: fake.user.list
    with: {search: "${ inputs.v%[3]s }"}
`, given, asJSON(trusting(r, v)), path)
		ws, found := load(map[string]string{"f.yaml": text})
		c := New(generatedCards(), checktest.Services(), ws)
		flows := map[string]*flow.Flow{}
		for _, f := range ws.Flows() {
			flows[f.Name.Text] = f
		}
		helper, problems := c.Plan(flows["helper"], nil)
		if found.Err() != nil || problems.Err() != nil {
			continue
		}
		accepted++
		if helper.Inputs[0].Check != nil && helper.Inputs[0].Check(v) != nil {
			continue // the run refuses it
		}
		checked++
		for _, name := range []string{"caller", "whole"} {
			if _, problems := c.Plan(flows[name], nil); problems.Err() == nil {
				t.Fatalf("%s may give any filter:\n%s", name, text)
			}
		}
	}
	if accepted < 20 || checked < 10 {
		t.Errorf("only %d helpers are accepted, and %d take the value", accepted, checked)
	}
}
