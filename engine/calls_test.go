package engine

import (
	"fmt"
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
		{Name: "start", Do: StartFlow{To: helper}},
		{Name: "if", Do: If{Then: []Step{call("th", "x.in")}, Else: []Step{call("el", "x.in")}}},
		{Name: "switch", Do: Switch{Cases: []Case{{Do: []Step{call("a", "x.in")}}, {Do: []Step{call("b", "x.in")}}}, Else: []Step{call("el", "x.in")}}},
		{Name: "parallel", Do: Parallel{Branches: []Branch{{Name: "left", Steps: []Step{call("in", "x.in")}}}}},
		{Name: "try", Do: Try{
			Steps: []Step{call("tr", "x.in")}, Catch: []Case{{Do: []Step{call("a", "x.in")}}, {Do: []Step{call("ca", "x.in")}}},
			Finally: []Step{{Name: "repeat", Do: Repeat{Steps: []Step{call("in", "x.in")}}}},
		}},
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
		{root.Step("call").Record(0, "k", 0).Step("h"), "x.help", false},
		{root.Step("each").Step("h"), "x.help", false},
		{root.Step("start").Step("h"), "x.help", false}, // it is in another run
		{root.Step("if").Step("then").Step("th"), "x.in", true},
		{root.Step("if").Step("else").Step("el"), "x.in", true},
		{root.Step("if").Step("else").Step("th"), "x.in", false},
		{root.Step("switch").Branch("1").Step("b"), "x.in", true},
		{root.Step("switch").Branch("0").Step("b"), "x.in", false},
		{root.Step("switch").Step("else").Step("el"), "x.in", true},
		{root.Step("parallel").Branch("left").Step("in"), "x.in", true},
		{root.Step("parallel").Branch("right").Step("in"), "x.in", false},
		{root.Step("try").Step("try").Step("tr"), "x.in", true},
		{root.Step("try").Step("catch").Step("ca"), "x.in", true},
		{root.Step("try").Step("finally").Step("repeat").Round(3).Step("in"), "x.in", true},
		{root.Step("try").Step("tr"), "x.in", false},
		{root, "x.make", false},
	} {
		if got := p.Calls(test.at, test.card); got != test.want {
			t.Errorf("%s, %s: %v", test.at.ID(), test.card, got)
		}
	}
}

func TestAPlanKnowsTheFlowsThatItsPlacesStart(t *testing.T) {
	t.Parallel()
	helper := &Plan{Flow: "helper"}
	p := &Plan{Steps: []Step{{Name: "loop", Do: Loop{Do: []Step{{Name: "start", Do: StartFlow{To: helper}}, {Name: "call", Do: CallFlow{To: helper}}}}}}}
	record := Place{}.Step("loop").Record(2, "k", 0)
	if !p.Starts(record.Step("start"), "helper") {
		t.Error("the plan does not know the flow that it starts")
	}
	if p.Starts(record.Step("start"), "other") || p.Starts(record.Step("call"), "helper") || p.Starts(record.Step("renamed"), "helper") {
		t.Error("the plan knows flows that it does not start")
	}
}

func TestAPlanKnowsThePlacesOfItsLoops(t *testing.T) {
	t.Parallel()
	loop := func(name string, do ...Step) Step { return Step{Name: name, Do: Loop{Do: do}} }
	helper := &Plan{Steps: []Step{loop("h")}}
	helper.Steps = append(helper.Steps, Step{Name: "again", Do: CallFlow{To: helper}})
	p := &Plan{Steps: []Step{
		loop("a", loop("b"), Step{Name: "if", Do: If{Else: []Step{loop("c")}}}),
		{Name: "each", Do: Loop{To: helper}},
		{Name: "call", Do: CallFlow{To: helper}},
	}}
	var ids []string
	for _, at := range p.LoopsAt() {
		ids = append(ids, at.ID())
	}
	want := "[a a/=0.0./b a/=0.0./if/else/c each each/=0.0./h call/h]"
	if got := fmt.Sprint(ids); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := fmt.Sprint(p.OuterLoops()); got != "[a each call.h]" {
		t.Errorf("got the outer loops %s", got)
	}
}
