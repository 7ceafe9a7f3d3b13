package check

import "github.com/google/jsonschema-go/jsonschema"

// typeNames are the types of JSON Schema, the most common first.
var typeNames = []string{"string", "integer", "number", "boolean", "array", "object", "null"}

// schemaOrType returns the schema of the description of an input: a JSON Schema, or the name of a type.
func (e *editor) schemaOrType() *jsonschema.Schema {
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{typeName(), ref(schemaDefinition)}}
}

func typeName() *jsonschema.Schema {
	s := &jsonschema.Schema{}
	for _, name := range typeNames {
		s.Enum = append(s.Enum, name)
	}
	return s
}

// keywords returns the schema of a JSON Schema in a flow. The meta-schema of the draft accepts misspelled keywords and
// does not know those of flowdeck.
func (e *editor) keywords() *jsonschema.Schema {
	s := &jsonschema.Schema{
		Type: "object", Title: "JSON Schema", Properties: map[string]*jsonschema.Schema{},
		PatternProperties:    map[string]*jsonschema.Schema{"^x-": {}},
		AdditionalProperties: never(),
	}
	say := func(of func() *jsonschema.Schema, namesAndDocs ...string) {
		for i := 0; i < len(namesAndDocs); i += 2 {
			property := of()
			property.Description = namesAndDocs[i+1]
			s.Properties[namesAndDocs[i]] = property
			s.PropertyOrder = append(s.PropertyOrder, namesAndDocs[i])
		}
	}
	say(func() *jsonschema.Schema {
		return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{typeName(), listOf(typeName())}}
	},
		"type", "the type, or a list of types")
	say(ofType("string"),
		"about", "a description in one sentence",
		"title", "a short name for it",
		"description", "a description of any length",
		"pattern", "a regular expression that the string matches",
		"format", "the format of the string, such as date-time, email or uri",
		"contentEncoding", "how the string is encoded, such as base64",
		"contentMediaType", "the media type of the string, such as application/json",
		"$comment", "a note for readers of the schema")
	say(func() *jsonschema.Schema { return &jsonschema.Schema{Type: "string", Pattern: "^#(/|$)"} },
		"$ref", "the part of the schema to use here, such as #/$defs/name")
	say(ofType("boolean"),
		"secret", "whether it is entered without echo and never shown",
		"uniqueItems", "whether all items are different",
		"deprecated", "whether it should no longer be used",
		"readOnly", "whether it is only read",
		"writeOnly", "whether it is only written")
	say(func() *jsonschema.Schema { return &jsonschema.Schema{Enum: []any{true, false, "expression"}} },
		"filter", "whether it may be any filter, or any expression in Okta's expression language, and not only a value in one")
	say(anything,
		"default", "the value if it is not given; without a default it is required",
		"const", "the only valid value")
	say(func() *jsonschema.Schema { return listOf(anything()) },
		"enum", "the valid values",
		"examples", "examples of values")
	say(ofType("number"),
		"minimum", "the least number",
		"maximum", "the greatest number",
		"exclusiveMinimum", "every number is greater than this",
		"exclusiveMaximum", "every number is less than this",
		"multipleOf", "every number is a multiple of this")
	say(func() *jsonschema.Schema { return &jsonschema.Schema{Type: "integer", Minimum: at(0.0)} },
		"minLength", "the fewest characters",
		"maxLength", "the most characters",
		"minItems", "the fewest items",
		"maxItems", "the most items",
		"minContains", "the fewest items that fit contains",
		"maxContains", "the most items that fit contains",
		"minProperties", "the fewest fields",
		"maxProperties", "the most fields")
	say(subschema,
		"items", "the schema of each item",
		"additionalProperties", "the schema of a field that properties does not list; false for none, true for any",
		"contains", "the schema of at least one item",
		"propertyNames", "the schema of the name of each field",
		"unevaluatedItems", "the schema of an item that no other keyword describes",
		"unevaluatedProperties", "the schema of a field that no other keyword describes",
		"contentSchema", "the schema of the decoded string",
		"not", "a schema that must not match",
		"if", "a condition for then and else",
		"then", "the schema if the condition matches",
		"else", "the schema if the condition does not match")
	say(func() *jsonschema.Schema { return listOf(subschema()) },
		"prefixItems", "the schemas of the first items",
		"allOf", "schemas that must all match",
		"anyOf", "schemas of which at least one must match",
		"oneOf", "schemas of which exactly one must match")
	say(func() *jsonschema.Schema {
		return &jsonschema.Schema{Type: "object", AdditionalProperties: subschema()}
	},
		"properties", "the schema of each field, by name",
		"patternProperties", "the schema of each field, by a regular expression for its name",
		"dependentSchemas", "a schema for the object if a field is given",
		"$defs", "schemas for references")
	say(func() *jsonschema.Schema { return listOf(&jsonschema.Schema{Type: "string"}) },
		"required", "the required fields")
	say(func() *jsonschema.Schema {
		return &jsonschema.Schema{Type: "object", AdditionalProperties: listOf(&jsonschema.Schema{Type: "string"})}
	},
		"dependentRequired", "the fields that are required if another one is given")
	say(func() *jsonschema.Schema { return named("", ref(listCard)) },
		"of", "the list card whose record it is")
	say(e.options,
		"options", "the list card that fills a drop-down")
	return s
}

// options returns the schema of `options`, which fill a drop-down.
func (e *editor) options() *jsonschema.Schema {
	return &jsonschema.Schema{
		Type: "object", Title: "options", Required: []string{"card"}, AdditionalProperties: never(),
		PropertyOrder: []string{"card", "with", "value", "label"},
		Properties: map[string]*jsonschema.Schema{
			"card":  named("the list card", ref(listCard)),
			"with":  {Types: []string{"object", "null"}, Description: "its inputs; typed is the text that the person has typed"},
			"value": {Type: "string", Description: "the path of the chosen value in a record"},
			"label": {Type: "string", Description: "the path of the label in a record; the value by default"},
		},
		AllOf: e.with("card", e.lists()),
	}
}

func anything() *jsonschema.Schema { return &jsonschema.Schema{} }

func ofType(t string) func() *jsonschema.Schema {
	return func() *jsonschema.Schema { return &jsonschema.Schema{Type: t} }
}

func listOf(item *jsonschema.Schema) *jsonschema.Schema {
	return &jsonschema.Schema{Type: "array", Items: item}
}

// subschema returns the schema of a nested schema, which may also be true or false.
func subschema() *jsonschema.Schema {
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{ref(schemaDefinition), {Type: "boolean"}}}
}
