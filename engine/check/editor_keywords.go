package check

import "github.com/google/jsonschema-go/jsonschema"

// typeNames are the types of JSON Schema, the common first.
var typeNames = []string{"string", "integer", "number", "boolean", "array", "object", "null"}

// schemaOrType is the schema of what describes an input: a JSON Schema, or the name of a type for short.
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

// keywords is the schema of a JSON Schema as an author may write it. That of the draft itself would take a misspelt
// keyword, and does not know ours.
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
		"about", "what it is, in one sentence",
		"title", "a short name for it",
		"description", "what it is, at any length",
		"pattern", "a regular expression that the text matches",
		"format", "what kind of text it is, such as date-time, email or uri",
		"contentEncoding", "how the text is encoded, such as base64",
		"contentMediaType", "what the text holds, such as application/json",
		"$schema", "the draft that the schema is written in",
		"$id", "the URI of the schema",
		"$ref", "the schema that stands here",
		"$anchor", "a name for this place",
		"$dynamicRef", "the schema that stands here, found at the outermost",
		"$dynamicAnchor", "a name for this place, found from the outermost",
		"$comment", "a note for who reads the schema")
	say(ofType("boolean"),
		"secret", "whether it is asked for without echo, and kept out of the history",
		"uniqueItems", "whether no item comes twice",
		"deprecated", "whether it should not be used any more",
		"readOnly", "whether it is only read",
		"writeOnly", "whether it is only written")
	say(anything,
		"default", "the value that is used when it is not given; without one it has to be",
		"const", "the only value there is",
		"$vocabulary", "what the schema's words mean")
	say(func() *jsonschema.Schema { return listOf(anything()) },
		"enum", "the values there are",
		"examples", "values such as it may have")
	say(ofType("number"),
		"minimum", "the least number",
		"maximum", "the greatest number",
		"exclusiveMinimum", "every number is greater than this",
		"exclusiveMaximum", "every number is less than this",
		"multipleOf", "what every number is a multiple of")
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
		"items", "what each item is",
		"additionalProperties", "what a field is that properties does not list; false for none, true for anything",
		"contains", "what at least one item is",
		"propertyNames", "what the name of each field is",
		"unevaluatedItems", "what an item is that nothing else describes",
		"unevaluatedProperties", "what a field is that nothing else describes",
		"contentSchema", "what the text holds, once decoded",
		"not", "what it is not",
		"if", "where this holds, then has to as well",
		"then", "what holds where if does",
		"else", "what holds where if does not")
	say(func() *jsonschema.Schema { return listOf(subschema()) },
		"prefixItems", "what the first items are, one by one",
		"allOf", "all of these hold",
		"anyOf", "at least one of these holds",
		"oneOf", "exactly one of these holds")
	say(func() *jsonschema.Schema {
		return &jsonschema.Schema{Type: "object", AdditionalProperties: subschema()}
	},
		"properties", "what each field is, by name",
		"patternProperties", "what each field is whose name matches a regular expression",
		"dependentSchemas", "what holds where a field is given",
		"$defs", "schemas that others refer to")
	say(func() *jsonschema.Schema { return listOf(&jsonschema.Schema{Type: "string"}) },
		"required", "the fields that have to be given")
	say(func() *jsonschema.Schema {
		return &jsonschema.Schema{Type: "object", AdditionalProperties: listOf(&jsonschema.Schema{Type: "string"})}
	},
		"dependentRequired", "the fields that have to be given where another is")
	say(func() *jsonschema.Schema { return named("", ref(listCard)) },
		"of", "the list card of which it is a record")
	say(e.options,
		"options", "the list card that fills a drop-down")
	return s
}

// options is the schema of what fills a drop-down.
func (e *editor) options() *jsonschema.Schema {
	return &jsonschema.Schema{
		Type: "object", Title: "options", Required: []string{"card"}, AdditionalProperties: never(),
		PropertyOrder: []string{"card", "with", "value", "label"},
		Properties: map[string]*jsonschema.Schema{
			"card":  named("the list card", ref(listCard)),
			"with":  {Types: []string{"object", "null"}, Description: "its inputs; typed is what the person typed so far"},
			"value": {Type: "string", Description: "the path in a record of the value that is chosen"},
			"label": {Type: "string", Description: "the path in a record of what is shown; the value by default"},
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

// subschema is a schema in a schema, which may be true or false.
func subschema() *jsonschema.Schema {
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{ref(schemaDefinition), {Type: "boolean"}}}
}
