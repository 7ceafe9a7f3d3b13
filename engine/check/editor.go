package check

import (
	"maps"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// The schemas in the editor files are for editors: completion, hover and errors while a user types. They derive from
// the verb table and the cards, and find fewer problems than a Checker: only it knows similar names, the types of
// expressions, and other flows. A test checks that both accept the same files.
//
// They are draft-07, which the YAML support of all editors implements in full; yaml-language-server, the most common
// one, calls it its main draft. Nothing here needs a later draft: a step's keys are closed by a branch for each verb,
// not by unevaluatedProperties. In draft-07 a $ref hides the keywords next to it, so it is always alone.
const editorDraft = "http://json-schema.org/draft-07/schema#"

// Rules for editor schemas, so that the messages of yaml-language-server are useful:
//
//   - A value that may be an expression is an anyOf of its type, first, and of a text with ${ in it. The error is that of
//     the first alternative, and completion uses both. Completion does not use if, then and else.
//   - Names of cards are an anyOf of constants with a description: hover shows the one that matches. With an enum it
//     would list them all, even with an enum in a condition: conditions use a pattern for the names.
//   - A key has a type or an anyOf next to its description: without them completion omits the colon.
//   - errorMessage, patternErrorMessage and doNotSuggest are keywords of yaml-language-server; others ignore them.

// FlowSchema returns the schema of a document with a flow, for editors. cards and triggers are those that a host offers.
func FlowSchema(cards card.Set, triggers card.Triggers) *jsonschema.Schema {
	e := editor{definitions: map[string]*jsonschema.Schema{}, cards: sorted(cards), triggers: triggers.Sorted()}
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

// WorkspaceSchema returns the schema of a flowdeck.yaml, for editors. services are those that a host offers.
func WorkspaceSchema(services map[string]card.Service) *jsonschema.Schema {
	e := editor{services: services}
	s := e.form(flow.WorkspaceForm())
	s.Schema, s.Title = editorDraft, "flowdeck workspace"
	return s
}

// CardSchema returns the schema of the value of `with` for a card, for editors and for programs that write flows. Its
// definition "answer" is the card's answer or, for a list card, a record. An answer may have more fields than the
// schema.
func CardSchema(c card.Card) *jsonschema.Schema {
	s := inputs(c)
	s.Schema, s.Description = editorDraft, describeCard(c)
	s.Definitions = map[string]*jsonschema.Schema{"answer": loose(c.Out.CloneSchemas())}
	return s
}

// The definitions in a flow's schema, in addition to the inputs of each card under its name.
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
	cards       []card.Card    // by name
	triggers    []card.Trigger // by name
	services    map[string]card.Service
}

func sorted(cards card.Set) []card.Card {
	return slices.SortedFunc(maps.Values(cards), func(a, b card.Card) int { return strings.Compare(a.Name, b.Name) })
}

// never returns the schema that accepts nothing: false.
func never() *jsonschema.Schema { return &jsonschema.Schema{Not: &jsonschema.Schema{}} }

// constant returns the schema of a single value.
func constant(v any) *jsonschema.Schema { return &jsonschema.Schema{Const: &v} }

// required returns the schema of a mapping that has these keys. It includes the type, because `required` alone accepts
// values that are not mappings: an empty list item would be a step with every verb.
func required(keys ...string) *jsonschema.Schema {
	return &jsonschema.Schema{Type: "object", Required: keys}
}

// forbidden returns the schema of a mapping that has none of these keys.
func forbidden(message string, keys ...string) *jsonschema.Schema {
	s := &jsonschema.Schema{Properties: map[string]*jsonschema.Schema{}, Extra: map[string]any{"errorMessage": message}}
	for _, key := range keys {
		s.Properties[key] = never()
	}
	return s
}

// when returns a schema that applies if a condition holds.
func when(condition, then *jsonschema.Schema) *jsonschema.Schema {
	return &jsonschema.Schema{If: condition, Then: then}
}

// is returns the condition that a mapping has a key whose value fits a schema.
func is(key string, value *jsonschema.Schema) *jsonschema.Schema {
	s := required(key)
	s.Properties = map[string]*jsonschema.Schema{key: value}
	return s
}
