package enginetest

import (
	"context"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// listOf returns a template of a list.
func listOf(items ...engine.Template) engine.Template { return engine.Template{Items: items} }

// large binds x to a value that fits once into another one, but not twice. It has 24 times the same string.
func large() engine.Step {
	part, parts := literal(strings.Repeat("x", 8<<20)), make([]engine.Template, 24)
	for i := range parts {
		parts[i] = part
	}
	return engine.Step{Name: "large", Do: engine.Set{Vars: object(field("x", listOf(parts...)))}}
}

// helperOf returns a flow with the inputs v and w.
func helperOf(steps ...engine.Step) *engine.Plan {
	return &engine.Plan{Flow: "g", Inputs: []engine.Input{{Name: "v"}, {Name: "w"}}, Steps: steps}
}

var composed = tests{
	"a value that is made of values is limited where it is made, before anything reads it": func(t *testing.T, host Host) {
		x := text("${ vars.x }")
		twice := listOf(x, x)
		both := object(field("a", x), field("b", x))
		setsBoth := engine.Set{Vars: both}
		checked := helperOf(engine.Step{Name: "s", Do: engine.Set{Vars: object(field("a", text("${ inputs.v }")), field("b", text("${ inputs.v }")))}})
		checked.Returns = func(engine.Value) error { panic("the value is checked") }
		for name, test := range map[string]struct {
			place string
			steps []engine.Step
		}{
			"a list of a set":          {"s", steps(engine.Step{Name: "s", Do: engine.Set{Vars: object(field("y", twice))}})},
			"an object of a set":       {"s", steps(engine.Step{Name: "s", Do: engine.Set{Vars: object(field("y", both))}})},
			"an expression":            {"set-y", steps(set("y", "${ [vars.x, vars.x] }"))},
			"the result of a set":      {"s", steps(step("s", setsBoth))},
			"the result of an if":      {"s", steps(step("s", engine.If{When: when("true"), Then: steps(engine.Step{Name: "b", Do: setsBoth})}))},
			"the result of branches":   {"s", steps(step("s", engine.Parallel{Branches: []engine.Branch{{Name: "a", Steps: steps(set("y", "${ vars.x }"))}, {Name: "b", Steps: steps(set("y", "${ vars.x }"))}}}))},
			"the result of a flow":     {"s", steps(step("s", engine.CallFlow{To: helperOf(engine.Step{Name: "b", Do: engine.Set{Vars: object(field("a", text("${ inputs.v }")), field("b", text("${ inputs.v }")))}}), With: object(field("v", x))}))},
			"a result that is checked": {"s", steps(engine.Step{Name: "s", Do: engine.CallFlow{To: checked, With: object(field("v", x))}})},
			"all variables":            {"set-z", steps(set("y", "${ vars.x }"), set("z", "${ vars }"))},
			"all inputs":               {"s.set-z", steps(step("s", engine.CallFlow{To: helperOf(set("z", "${ inputs }")), With: object(field("v", x), field("w", x))}))},
			"an input of a card":       {"s", steps(step("s", engine.CallCard{Card: card.Card{Spec: card.Spec{Name: "fake.other"}}, With: object(field("n", twice)), Retry: once}))},
			"an input of a flow":       {"s", steps(step("s", engine.CallFlow{To: helperOf(), With: object(field("v", twice))}))},
			"an input of a run":        {"s", steps(step("s", engine.StartFlow{To: helperOf(), With: object(field("v", twice))}))},
			"the state of a loop":      {"s", steps(step("s", engine.Loop{Each: when("[1]"), To: helperOf(), Pass: twice}))},
			"the list of a loop":       {"s", steps(step("s", engine.Loop{List: &twice, Do: steps(returns("${ 1 }"))}))},
			"a return":                 {"return", steps(engine.Step{Name: "return", Do: engine.Return{Value: twice}})},
			"details":                  {"s", steps(engine.Step{Name: "s", Do: engine.Fail{Message: literal("m"), Details: both}})},
		} {
			w := newWorld(host)
			do := w.fakeDo(func(context.Context, int) error { return nil })
			_, err := w.runs(t, flowOf(append(append(steps(large()), test.steps...), callOf(do, 1))...), do)
			e, ok := err.(*engine.Error)
			if !ok || e.Cause.Kind != card.Invalid || e.Place.String() != test.place || !strings.Contains(e.Cause.Message, "more than 320 MiB of text") {
				t.Errorf("%s: got %s, %+v", name, plain(err), e)
			}
			if n := len(w.seen()); n > 0 {
				t.Errorf("%s: %q happened", name, w.seen())
			}
		}
	},

	"a value that is passed on is not counted": func(t *testing.T, host Host) {
		x := text("${ vars.x }")
		gives(t, host, 48, large(),
			engine.Step{Name: "s", Do: engine.Set{Vars: object(field("y", x), field("z", x))}},
			step("called", engine.CallFlow{To: helperOf(returns("${ len(inputs.v) + len(inputs.w) }")), With: object(field("v", x), field("w", x))}),
			returns("${ steps.called }"))
	},

	"a value that contains the one before is not nested without end": func(t *testing.T, host Host) {
		rounds := func(body ...engine.Step) *engine.Plan {
			return flowOf(set("x", "${ 1 }"), step("rounds", engine.Repeat{Steps: body, Until: when("false"), Max: 2000}))
		}
		for name, p := range map[string]*engine.Plan{
			"a list":    rounds(engine.Step{Name: "s", Do: engine.Set{Vars: object(field("x", listOf(text("${ vars.x }"))))}}),
			"variables": rounds(set("x", "${ vars }")),
			"a result":  rounds(step("s", engine.Set{Vars: object(field("y", text("${ vars.x }")))}), set("x", "${ steps.s }")),
			"items":     rounds(step("s", engine.Loop{Each: when("[1]"), Width: 1, Do: steps(returns("${ vars.x }"))}), set("x", "${ steps.s.items }")),
			"details": rounds(step("s", engine.Try{
				Steps: steps(engine.Step{Name: "f", Do: engine.Fail{Message: literal("m"), Details: text("${ vars.x }")}}),
				Catch: []engine.Case{{When: when(`error.message == "m"`), Do: steps(set("x", "${ error }"))}},
			})),
		} {
			_, err := newWorld(host).runs(t, p)
			if kind(err) != card.Invalid || !strings.Contains(plain(err), "nested more than 1000 deep") {
				t.Errorf("%s: got %s", name, plain(err))
			}
		}
	},
}
