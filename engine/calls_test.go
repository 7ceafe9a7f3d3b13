package engine

import (
	"testing"

	"github.com/flowdeck/flowdeck/engine/card"
)

func TestAPlanKnowsTheCardsOfItsPlaces(t *testing.T) {
	t.Parallel()
	call := func(name, calls string) Step {
		return Step{Name: name, Do: CallCard{Card: card.Card{Spec: card.Spec{Name: calls}}}}
	}
	helper := &Plan{Steps: []Step{call("h", "x.help")}}
	p := &Plan{Steps: []Step{
		call("a", "x.make"),
		{Name: "loop", Do: Loop{Do: []Step{call("in", "x.in")}}},
		{Name: "each", Do: Loop{To: helper}},
		{Name: "call", Do: CallFlow{To: helper}},
	}}
	root := Place{}
	for _, test := range []struct {
		at   Place
		card string
		want bool
	}{
		{root.Step("a"), "x.make", true},
		{root.Step("a"), "x.other", false},
		{root.Step("b"), "x.make", false},
		{root.Step("loop").Record(0, "k", 0).Step("in"), "x.in", true},
		{root.Step("loop").Record(0, "k", 0).Step("out"), "x.in", false},
		{root.Step("loop"), "x.in", false},
		{root.Step("each").Record(2, "k", 0).Step("h"), "x.help", true},
		{root.Step("call").Step("h"), "x.help", true},
		{root, "x.make", false},
	} {
		if got := p.Calls(test.at, test.card); got != test.want {
			t.Errorf("%s, %s: %v", test.at.ID(), test.card, got)
		}
	}
}
