package check

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// ofCards adds the parts of a step's schema that depend on the card it names.
func (e *editor) ofCards(s *jsonschema.Schema, v flow.Verb) {
	if v.Card == "" {
		return
	}
	s.Properties["with"].Extra = map[string]any{"doNotSuggest": true} // the schema of the card is suggested instead, with its inputs
	if v.Records() {
		s.Properties[v.Card] = named(v.Doc, ref(listCard))
		s.AllOf = append(e.with(v.Card, e.lists()), s.AllOf...)
		return
	}
	s.Properties[v.Card] = named(v.Doc, ref(listCard), ref(actionCard))
	e.onlyLists(s)
	s.AllOf = append(e.with(v.Card, e.cards), s.AllOf...)
}

// named returns the schema of a card's name.
func named(doc string, choices ...*jsonschema.Schema) *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Description: doc, AnyOf: choices}
}

// onlyLists allows and suggests `result`, `max` and `required` for list cards only.
func (e *editor) onlyLists(s *jsonschema.Schema) {
	offered := &jsonschema.Schema{Properties: map[string]*jsonschema.Schema{}}
	keys := []string{"result", "max", "required"}
	for _, key := range keys {
		offered.Properties[key] = s.Properties[key].CloneSchemas()
		s.Properties[key].Extra = map[string]any{"doNotSuggest": true}
	}
	s.AllOf = append(s.AllOf,
		when(is("card", oneOf(namesOf(e.lists()))), offered),
		when(is("card", oneOf(namesOf(e.actions()))), forbidden("this needs a list card", keys...)),
		when(required("result", "max"), &jsonschema.Schema{Properties: map[string]*jsonschema.Schema{"result": constant("all")}}),
		when(required("result", "required"), &jsonschema.Schema{Properties: map[string]*jsonschema.Schema{"result": constant("first")}}),
	)
}

func (e *editor) lists() []card.Card {
	return slices.DeleteFunc(slices.Clone(e.cards), func(c card.Card) bool { return !c.IsList() })
}

func (e *editor) actions() []card.Card {
	return slices.DeleteFunc(slices.Clone(e.cards), card.Card.IsList)
}

// percentage makes the schema of a percentage of a list, such as 5% of okta.user.list, with an example for each list that needs no inputs.
func (e *editor) percentage(made *jsonschema.Schema) {
	pattern(made, strings.ReplaceAll(percentageOf.String(), "?:", ""), "a number, or a percentage of a list, such as 5% of okta.user.list")
	for _, c := range e.lists() {
		if c.In == nil || len(c.In.Required) == 0 {
			made.Examples = append(made.Examples, "5% of "+c.Name)
		}
	}
}

// oneOf returns the condition that a name is one of these.
func oneOf(names []string) *jsonschema.Schema {
	var patterns []string
	for _, name := range names {
		patterns = append(patterns, regexp.QuoteMeta(name))
	}
	return &jsonschema.Schema{Pattern: "^(" + strings.Join(patterns, "|") + ")$"}
}

func namesOf(cards []card.Card) (names []string) {
	for _, c := range cards {
		names = append(names, c.Name)
	}
	return names
}

// with checks the value of `with` against the inputs of the card that is named under a key. Its two halves are
// separate, because completion would otherwise suggest them as a single value with the title of the step.
func (e *editor) with(key string, cards []card.Card) []*jsonschema.Schema {
	var all []*jsonschema.Schema
	for _, c := range cards {
		then := &jsonschema.Schema{Properties: map[string]*jsonschema.Schema{"with": ref(c.Name)}}
		if len(c.In.Required) > 0 {
			then.AllOf = []*jsonschema.Schema{{Required: []string{"with"}}}
		}
		all = append(all, when(is(key, constant(c.Name)), then))
	}
	return all
}

// cardNames returns the schema of the names of some cards.
func cardNames(cards []card.Card) *jsonschema.Schema {
	if len(cards) == 0 {
		return never() // an anyOf must have items
	}
	s := &jsonschema.Schema{}
	for _, c := range cards {
		name := constant(c.Name)
		name.Description = describeCard(c)
		s.AnyOf = append(s.AnyOf, name)
	}
	return s
}

// describeCard returns the description of a card for completion and hover.
func describeCard(c card.Card) string {
	text := c.Title + ": " + c.Summary + ".\n" + strings.ToUpper(c.Effect.String()[:1]) + c.Effect.String()[1:]
	if len(c.Scopes) > 0 {
		text += "; scopes: " + strings.Join(c.Scopes, ", ")
	}
	return text
}

// inputs returns the schema of a card's inputs in a flow.
func inputs(c card.Card) *jsonschema.Schema {
	s := late(c.In, false)
	s.Title, s.Description = c.Name, "the inputs of "+c.Name
	s.Type, s.Types = "object", nil
	if len(s.Required) == 0 {
		s.Type, s.Types = "", []string{"object", "null"}
	}
	return s
}

// late returns a schema in which each value may also be an expression; with orExpression, the whole value as well.
func late(s *jsonschema.Schema, orExpression bool) *jsonschema.Schema {
	made := *s
	made.Items = lateOrNil(s.Items)
	if s.AdditionalProperties != nil && open(s) {
		made.AdditionalProperties = lateOrNil(s.AdditionalProperties)
	}
	if s.Properties != nil {
		made.Properties = map[string]*jsonschema.Schema{}
		for name, property := range s.Properties {
			made.Properties[name] = late(property, true)
		}
	}
	expression := &jsonschema.Schema{Type: "string", Pattern: holdsPattern}
	switch {
	case !orExpression || takesAnyText(s):
		return &made
	case s.Extra["secret"] == true: // a secret must not be in a flow
		return &jsonschema.Schema{Description: s.Description, AnyOf: []*jsonschema.Schema{expression}}
	}
	made.Description, made.Default = "", nil
	return &jsonschema.Schema{Description: s.Description, Default: s.Default, AnyOf: []*jsonschema.Schema{&made, expression}}
}

func lateOrNil(s *jsonschema.Schema) *jsonschema.Schema {
	if s == nil {
		return nil
	}
	return late(s, true)
}

// takesAnyText reports whether a schema accepts every text, including texts with ${ in them.
func takesAnyText(s *jsonschema.Schema) bool {
	text := s.Type == "" && s.Types == nil || s.Type == "string" || slices.Contains(s.Types, "string")
	return text && s.Enum == nil && s.Const == nil && s.Pattern == "" && s.Format == "" && s.MinLength == nil && s.MaxLength == nil &&
		s.AllOf == nil && s.AnyOf == nil && s.OneOf == nil && s.Not == nil && s.If == nil && s.Extra["secret"] != true
}

// loose returns the schema of an answer, which may have more fields than the schema lists.
func loose(s *jsonschema.Schema) *jsonschema.Schema {
	if s == nil {
		return nil
	}
	if !open(s) {
		s.AdditionalProperties = nil
	}
	s.Items = loose(s.Items)
	for _, property := range s.Properties {
		loose(property)
	}
	return s
}

// settings returns the schemas for the keys of a connection other than its type, for each service.
func (e *editor) settings() []*jsonschema.Schema {
	var all []*jsonschema.Schema
	known := &jsonschema.Schema{}
	for _, name := range slices.Sorted(maps.Keys(e.services)) {
		known.AnyOf = append(known.AnyOf, constant(name))
		config := referred(e.services[name].Config.CloneSchemas())
		if config.Properties == nil {
			config.Properties = map[string]*jsonschema.Schema{}
		}
		config.Properties[typeKey] = constant(name)
		config.Properties[readOnlyKey] = &jsonschema.Schema{Type: "boolean", Description: "refuse every card that writes"}
		config.Type, config.AdditionalProperties = "object", never()
		all = append(all, when(is("type", constant(name)), config))
	}
	return append(all, &jsonschema.Schema{Properties: map[string]*jsonschema.Schema{"type": known}})
}

// referred returns the schema of settings in which every secret is a reference.
func referred(s *jsonschema.Schema) *jsonschema.Schema {
	for name, property := range s.Properties {
		if property.Extra["secret"] != true {
			referred(property)
			continue
		}
		const noun = "a reference to a secret"
		secret := &jsonschema.Schema{
			Title: title(noun), Description: property.Description, Type: "object", AdditionalProperties: never(),
			PropertyOrder: []string{"env", "file", "keyring", "command"},
			Properties: map[string]*jsonschema.Schema{
				"env":     {Description: "the environment variable with the secret", Type: "string", MinLength: at(1)},
				"file":    {Description: "the file with the secret, relative to the folder of the workspace", Type: "string", MinLength: at(1)},
				"keyring": {Description: "the name of the secret in the keyring of the system, of the service flowdeck", Type: "string", MinLength: at(1)},
				"command": {Description: "the program that prints it, and its arguments", Type: "array", Items: &jsonschema.Schema{Type: "string"}, MinItems: at(1)},
			},
			Extra: map[string]any{"errorMessage": "a secret is a reference: {env: NAME}, {file: PATH}, {keyring: NAME} or {command: [PROGRAM, ARGUMENT]}"},
		}
		secret.AllOf = together(secret, flow.Rule{Kind: flow.ExactlyOne, Keys: secret.PropertyOrder}, noun)
		s.Properties[name] = secret
	}
	return s
}
