package engine_test

import (
	"context"
	"testing"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/card/cardtest"
)

type digestInput struct {
	N int `json:"n"`
}

type digestMore struct {
	N int    `json:"n"`
	M string `json:"m,omitempty"`
}

func digestCard[In any](name string, effect card.Effect) card.Card {
	return cardtest.Fake(name, effect, func(context.Context, card.Call, In) (struct{}, error) { return struct{}{}, nil })
}

// family returns a flow that calls a second flow, streams to a third and starts a fourth. Each flow has its own text
// and card.
func family(source map[string]string, cards map[string]card.Card) *engine.Plan {
	flow := func(name string, steps ...engine.Step) *engine.Plan {
		c, ok := cards[name]
		if !ok {
			c = digestCard[digestInput]("fake."+name, card.Reads)
		}
		text, ok := source[name]
		if !ok {
			text = "text of " + name
		}
		return &engine.Plan{Flow: name, Source: text, Steps: append(steps, engine.Step{Name: "card-1", Do: engine.CallCard{Card: c}})}
	}
	parent := flow("parent",
		engine.Step{Name: "if-1", Do: engine.If{Then: []engine.Step{{Name: "call-1", Do: engine.CallFlow{To: flow("called")}}}}},
		engine.Step{Name: "each-1", Do: engine.Loop{Each: &engine.Expression{}, To: flow("helper")}},
		engine.Step{Name: "start-1", Do: engine.StartFlow{To: flow("started")}})
	parent.Steps = append(parent.Steps, engine.Step{Name: "call-2", Do: engine.CallFlow{To: parent}}) // it runs itself
	return parent
}

func TestTheDigestChangesWithEveryFlowAndCardThatARunUses(t *testing.T) {
	t.Parallel()
	same := family(nil, nil).Digest()
	if again := family(nil, nil).Digest(); again != same {
		t.Fatalf("one plan, two digests: %s and %s", same, again)
	}
	for _, name := range []string{"parent", "called", "helper", "started"} {
		if family(map[string]string{name: "other text"}, nil).Digest() == same {
			t.Errorf("another text of flow %s gives the same digest", name)
		}
		for what, c := range map[string]card.Card{
			"effect": digestCard[digestInput]("fake."+name, card.Creates),
			"inputs": digestCard[digestMore]("fake."+name, card.Reads),
			"name":   digestCard[digestInput]("fake.other", card.Reads),
		} {
			if family(nil, map[string]card.Card{name: c}).Digest() == same {
				t.Errorf("another %s of the card of flow %s gives the same digest", what, name)
			}
		}
	}
}
