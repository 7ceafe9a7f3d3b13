package check

import (
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// ofTriggers adds the parts of a trigger's schema that depend on the card it names.
func (e *editor) ofTriggers(s *jsonschema.Schema, v flow.Verb) {
	if card.TriggerKind(v.Name) != card.Event && card.TriggerKind(v.Name) != card.Poll {
		return
	}
	names := &jsonschema.Schema{}
	sharing := map[*jsonschema.Schema][]string{} // the names of the cards with the same inputs
	var distinct []card.Trigger
	for _, t := range e.triggers {
		if string(t.Kind) != v.Name {
			continue
		}
		name := constant(t.Name)
		name.Description = describeTrigger(t)
		names.AnyOf = append(names.AnyOf, name)
		if sharing[t.In] == nil {
			distinct = append(distinct, t)
		}
		sharing[t.In] = append(sharing[t.In], t.Name)
	}
	var inputs []*jsonschema.Schema
	for _, t := range distinct {
		then := &jsonschema.Schema{Properties: map[string]*jsonschema.Schema{"with": e.triggerInputs(t)}}
		if len(t.In.Required) > 0 {
			then.AllOf = []*jsonschema.Schema{{Required: []string{"with"}}}
		}
		inputs = append(inputs, when(is(v.Name, oneOf(sharing[t.In])), then))
	}
	if names.AnyOf == nil {
		names = never() // an anyOf must have items
	}
	s.Properties["with"].Extra = map[string]any{"doNotSuggest": true} // that of the card is suggested
	s.Properties[v.Name] = named(v.Doc, names)
	s.AllOf = append(inputs, s.AllOf...)
}

// triggerInputs returns the schema of the value of `with` of a trigger.
func (e *editor) triggerInputs(t card.Trigger) *jsonschema.Schema {
	in := late(t.In, false)
	in.Title, in.Description = "with", "the inputs of the trigger"
	in.Properties[filterField] = late(t.In.Properties[filterField], true)
	if len(in.Required) == 0 {
		in.Type, in.Types = "", []string{"object", "null"}
	}
	if secret := t.In.Properties[secretField]; secret != nil {
		in.Properties[secretField] = referred(&jsonschema.Schema{Properties: map[string]*jsonschema.Schema{secretField: secret}}).Properties[secretField]
	}
	if t.Events != nil {
		types := *t.In.Properties[typesField]
		types.Items = &jsonschema.Schema{AnyOf: []*jsonschema.Schema{e.eventTypes(t), {Type: "string", Pattern: holdsPattern}}}
		in.Properties[typesField] = &jsonschema.Schema{Description: types.Description, AnyOf: []*jsonschema.Schema{&types, {Type: "string", Pattern: holdsPattern}}}
	}
	return in
}

// eventTypes returns the schema of an event type. Triggers with the same types share one definition.
func (e *editor) eventTypes(t card.Trigger) *jsonschema.Schema {
	name := t.Name + ".types"
	all := &jsonschema.Schema{Type: "string"}
	for _, one := range slices.Sorted(slices.Values(t.Events.Names)) {
		all.Enum = append(all.Enum, one)
	}
	e.definitions[name] = all
	return ref(name)
}

// describeTrigger returns the description of a trigger card for completion and hover.
func describeTrigger(t card.Trigger) string {
	text := t.Title + ": " + t.Summary + "."
	if len(t.Scopes) > 0 {
		text += "\nScopes: " + strings.Join(t.Scopes, ", ")
	}
	return text
}
