package check

import (
	"github.com/google/jsonschema-go/jsonschema"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// The definitions in the schema of tests.
const (
	mocksDefinition = "mocks-of-a-card"
	countDefinition = "count"
)

// TestsSchema returns the schema of a file with tests of flows, for editors. cards are those that a host offers.
func TestsSchema(cards card.Set) *jsonschema.Schema {
	e := editor{definitions: map[string]*jsonschema.Schema{}, cards: sorted(cards)}
	test := e.form(flow.TestForm())
	s := &jsonschema.Schema{Schema: editorDraft, Title: "flowdeck tests", Type: "array", MinItems: atLeast(1), Items: test, Definitions: e.definitions}
	mocks, expect := test.Properties["mocks"], test.Properties["expect"]
	e.definitions[mocksDefinition] = mocks.AdditionalProperties
	e.byCard(mocks, mocksDefinition, e.cards)
	calls := expect.Properties["calls"]
	e.definitions[countDefinition] = calls.AdditionalProperties
	var writes []card.Card
	for _, c := range e.cards {
		if c.Effect != card.Reads {
			writes = append(writes, c)
		}
	}
	e.byCard(calls, countDefinition, writes)
	expect.Properties["never"].Items = cardNames(e.cards)
	return s
}

// byCard makes the keys of a mapping the names of cards, so that an editor completes them.
func (e *editor) byCard(s *jsonschema.Schema, definition string, cards []card.Card) {
	s.Properties, s.AdditionalProperties = map[string]*jsonschema.Schema{}, never()
	for _, c := range cards {
		s.Properties[c.Name] = ref(definition)
		s.PropertyOrder = append(s.PropertyOrder, c.Name)
	}
}
