package check

import (
	"maps"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// The schemas of this file and its neighbours are for editors: completion, hover and errors while a person types. They
// are a view of the verb table and the cards, and find less than a Checker: it alone knows the nearest name, the types
// of expressions, and other flows. A test holds that both accept the same files.
//
// They are draft-07, which every editor's YAML support has in full; yaml-language-server, the common one, calls it its
// main draft. Nothing in them needs a later one: a step's keys are closed by a branch for each verb, not by
// unevaluatedProperties. In that draft a $ref hides the keywords next to it, so it is always alone.
const editorDraft = "http://json-schema.org/draft-07/schema#"

// How editor schemas are written, so that the messages of yaml-language-server are useful:
//
//   - A value that may be an expression is an anyOf of its type, first, and of a text with ${ in it: the error is that
//     of the first alternative, and completion looks into both. It does not look into if, then and else.
//   - Names of cards are an anyOf of constants with a description: hover shows the one that matches. For an enum it
//     would list them all, and for an enum in a condition as well: there a pattern is used for the names.
//   - A key has a type or an anyOf next to its description: without them completion leaves out the colon.
//   - errorMessage, patternErrorMessage and doNotSuggest are keywords of that server, which others pass over.

// FlowSchema is the schema of a document with a flow in it, for editors. Its cards are those of a host.
func FlowSchema(cards card.Set) *jsonschema.Schema {
	e := editor{definitions: map[string]*jsonschema.Schema{}, cards: sorted(cards)}
	for _, c := range e.cards {
		e.definitions[c.Name] = inputs(c)
	}
	e.definitions[listCard] = cardNames(e.lists())
	e.definitions[actionCard] = cardNames(e.actions())
	e.definitions[schemaDefinition] = e.keywords()
	e.definitions[stepDefinition] = e.form(flow.StepForm())
	s := e.form(flow.FlowForm())
	s.Schema, s.Title, s.Definitions = editorDraft, "flowdeck flow", e.definitions
	return s
}

// WorkspaceSchema is the schema of a flowdeck.yaml, for editors. Its services are those of a host.
func WorkspaceSchema(services map[string]card.Service) *jsonschema.Schema {
	e := editor{services: services}
	s := e.form(flow.WorkspaceForm())
	s.Schema, s.Title = editorDraft, "flowdeck workspace"
	return s
}

// CardSchema is the schema of the value of `with` for a card, for editors and for programs that write flows. Its
// definition "answer" is what the card answers, of a list card one record. An answer may have more fields than that.
func CardSchema(c card.Card) *jsonschema.Schema {
	s := inputs(c)
	s.Schema, s.Description = editorDraft, describeCard(c)
	s.Definitions = map[string]*jsonschema.Schema{"answer": loose(c.Out.CloneSchemas())}
	return s
}

// The definitions of a flow's schema, in addition to the inputs of each card under its name.
const (
	stepDefinition   = "step"
	schemaDefinition = "schema"
	listCard         = "list-card"
	actionCard       = "action-card"
)

func ref(definition string) *jsonschema.Schema {
	return &jsonschema.Schema{Ref: "#/definitions/" + definition}
}

// editor makes the schemas of forms.
type editor struct {
	definitions map[string]*jsonschema.Schema
	cards       []card.Card // by name
	services    map[string]card.Service
}

func sorted(cards card.Set) []card.Card {
	return slices.SortedFunc(maps.Values(cards), func(a, b card.Card) int { return strings.Compare(a.Name, b.Name) })
}

// never is the schema of no value at all: false.
func never() *jsonschema.Schema { return &jsonschema.Schema{Not: &jsonschema.Schema{}} }

// constant is the schema of one value.
func constant(v any) *jsonschema.Schema { return &jsonschema.Schema{Const: &v} }

// required is the schema of a mapping that has these keys. A value that is not a mapping does not have them: without the type it
// would, and an empty list item would be a step with every verb at once.
func required(keys ...string) *jsonschema.Schema {
	return &jsonschema.Schema{Type: "object", Required: keys}
}

// forbidden is the schema of a mapping that has none of these keys.
func forbidden(message string, keys ...string) *jsonschema.Schema {
	s := &jsonschema.Schema{Properties: map[string]*jsonschema.Schema{}, Extra: map[string]any{"errorMessage": message}}
	for _, key := range keys {
		s.Properties[key] = never()
	}
	return s
}

// when is a schema that holds only where a condition does.
func when(condition, then *jsonschema.Schema) *jsonschema.Schema {
	return &jsonschema.Schema{If: condition, Then: then}
}

// is is the condition that a mapping has a key whose value fits a schema.
func is(key string, value *jsonschema.Schema) *jsonschema.Schema {
	s := required(key)
	s.Properties = map[string]*jsonschema.Schema{key: value}
	return s
}
