package check

import (
	"slices"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/flowdeck/flowdeck/engine/flow"
)

// Patterns of names, durations and strings that may or must not contain ${ }. Package flow checks the same in code; a
// test compares them. They are valid in ECMAScript and Go: no look-ahead.
const (
	noExpression      = `^([^$]|\$+[^${])*\$*$`
	holdsPattern      = `\$\{`
	flowNamePattern   = `^[a-z][a-z0-9]*(-[a-z0-9]+)*$`
	identifierPattern = `^[A-Za-z_][A-Za-z0-9_]*$`
	amount            = `([0-9]+\.?[0-9]*|\.[0-9]+)`
	durationPattern   = `^(` + amount + `w)?(` + amount + `d)?(` + amount + `h)?(` + amount + `m)?(` + amount + `s)?(` + amount + `ms)?$`
)

// types returns the JSON types that a shape accepts; nil for all.
func types(s flow.Shape) []string {
	orNull := func(t string) []string {
		if s.Min > 0 {
			return []string{t}
		}
		return []string{t, "null"} // the key without a value
	}
	switch s.Kind {
	case flow.ShapeText, flow.ShapeProse:
		return []string{"string", "number", "boolean"}
	case flow.ShapeExpression: // such as `until: true` and `collect: 1`
		return []string{"string", "boolean", "number"}
	case flow.ShapeName, flow.ShapeFlowName, flow.ShapeIdentifier, flow.ShapeDuration, flow.ShapeChoice:
		return []string{"string"}
	case flow.ShapeWhole:
		return []string{"integer"}
	case flow.ShapeNumber:
		return []string{"number"}
	case flow.ShapeBoolean:
		return []string{"boolean"}
	case flow.ShapeForm:
		return []string{"object"}
	case flow.ShapeMap:
		return orNull("object")
	case flow.ShapeList, flow.ShapeSteps:
		return orNull("array")
	case flow.ShapeSchema:
		return []string{"object", "string"}
	case flow.ShapeOr:
		var all []string
		for _, one := range s.Any {
			all = append(all, types(one)...)
		}
		return all
	}
	return nil
}

// shape returns the schema of a value.
func (e *editor) shape(s flow.Shape) *jsonschema.Schema {
	made := &jsonschema.Schema{}
	typed(made, types(s))
	switch s.Kind {
	case flow.ShapeAny:
		made.AnyOf = []*jsonschema.Schema{{}}
	case flow.ShapeName:
		if s.Noun == flow.Percentage {
			e.percentage(made)
			break
		}
		pattern(made, noExpression, "an expression is not allowed here; write the value itself")
		made.MinLength = at(1)
	case flow.ShapeExpression:
		pattern(made, noExpression, "this is an expression already: write it without ${ }")
		made.MinLength = at(1)
	case flow.ShapeFlowName:
		pattern(made, flowNamePattern, s.String()+`: lowercase words joined by "-"`)
	case flow.ShapeIdentifier:
		pattern(made, identifierPattern, "letters, digits and _, not starting with a digit")
	case flow.ShapeDuration:
		allowed := durationPattern
		if s.Late {
			allowed += "|" + holdsPattern
		}
		pattern(made, allowed+orWords(s.Choices), "a number and a unit (ms, s, m, h, d, w), such as 30s, 5m or 1h30m")
		made.MinLength = at(2)
		if s.Min > 0 {
			made.AllOf = []*jsonschema.Schema{{Pattern: `[1-9]` + orWords(s.Choices)}}
		}
	case flow.ShapeWhole, flow.ShapeNumber:
		made.Minimum = at(float64(s.Min))
		if s.Max > 0 {
			made.Maximum = at(float64(s.Max))
		}
	case flow.ShapeChoice:
		for _, choice := range s.Choices {
			made.Enum = append(made.Enum, choice)
		}
	case flow.ShapeSchema:
		made = e.schemaOrType()
	case flow.ShapeForm:
		made = e.form(s.Form)
	case flow.ShapeMap:
		made.AdditionalProperties = &jsonschema.Schema{}
		if s.Of.Kind != flow.ShapeAny {
			made.AdditionalProperties = e.shape(*s.Of)
		}
		if s.Keys != nil {
			made.PropertyNames = e.shape(*s.Keys)
			made.PropertyNames.Title = "name"
		}
		made.MinProperties = atLeast(s.Min)
	case flow.ShapeList:
		made.Items, made.MinItems = e.shape(*s.Of), atLeast(s.Min)
	case flow.ShapeSteps:
		made.Items, made.MinItems = ref(stepDefinition), atLeast(s.Min)
	case flow.ShapeOr:
		e.either(made, s)
	}
	return made
}

// either adds a branch for the type of a value. The types of all alternatives are outside of the branches, so that a
// value of another type has a single error instead of one for each.
func (e *editor) either(made *jsonschema.Schema, s flow.Shape) {
	rest := e.shape(s.Any[0])
	untyped(rest)
	for _, one := range s.Any[1:] {
		kind := &jsonschema.Schema{}
		typed(kind, types(one))
		branch := e.shape(one)
		untyped(branch)
		rest = &jsonschema.Schema{If: kind, Then: branch, Else: rest}
	}
	made.AllOf = []*jsonschema.Schema{rest}
}

// typed sets the types of a schema. A single type is written as a string.
func typed(s *jsonschema.Schema, types []string) {
	s.Types = slices.Clone(types)
	if len(types) == 1 {
		s.Type, s.Types = types[0], nil
	}
}

func untyped(s *jsonschema.Schema) { s.Type, s.Types = "", nil }

// pattern sets the pattern of a string, and the message for one that does not match.
func pattern(s *jsonschema.Schema, pattern, message string) {
	s.Pattern = pattern
	s.Extra = map[string]any{"patternErrorMessage": message}
}

func at[T any](v T) *T { return &v }

func atLeast(n int) *int {
	if n == 0 {
		return nil
	}
	return &n
}

// orWords returns the rest of a pattern that also allows some words.
func orWords(choices []string) (pattern string) {
	for _, choice := range choices {
		pattern += "|^" + choice + "$"
	}
	return pattern
}
