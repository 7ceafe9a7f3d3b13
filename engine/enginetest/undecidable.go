package enginetest

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/card/cardtest"
	"github.com/flowdeck/flowdeck/engine/expr"
)

// What a dry run cannot decide must show: it must neither be a guess, nor hide what a dry run can decide.
var undecidables = tests{
	"a repeat of writes, of which a dry run cannot count the rounds, is undecidable after one": func(t *testing.T, host Host) {
		w := newWorld(host)
		create, get := people(w)
		out, writes, err := w.dryRun(t, flowOf(step("r", engine.Repeat{
			Steps: steps(step("made", with(create, login(literal("ada"))))),
			Until: when(`steps.made.id == "p1"`), Max: 10, Delay: w.long(),
		})), create, get)
		if out.Status != engine.Undecidable || len(writes) != 1 {
			t.Errorf("got %s, %d writes, %s", out.Status, len(writes), plain(err))
		}
	},

	"after a repeat of reads, of which a dry run cannot count the rounds, what they bound is unknown": func(t *testing.T, host Host) {
		w := newWorld(host)
		create, get := people(w)
		out, writes, err := w.dryRun(t, flowOf(
			step("made", with(create, login(literal("ada")))),
			set("n", "${ 0 }"),
			step("r", engine.Repeat{
				Steps: steps(set("n", "${ vars.n + 1 }"), step("read", with(get, login(text("${ steps.made.id }"))))),
				Until: when(`steps.read.id == "x"`), Max: 10,
			}),
			step("later", with(create, login(literal("bob")))),
			returns("${ [vars.n, steps.read.id, steps.r, true] }")), create, get)
		list, _ := out.Value.([]any)
		if err != nil || len(writes) != 2 || len(list) != 4 || list[3] != true {
			t.Fatalf("got %v, %d writes, %s", out.Value, len(writes), plain(err))
		}
		for i, v := range list[:3] {
			if _, unknown := v.(expr.Unknown); !unknown {
				t.Errorf("value %d is %v, want one that only a run knows", i, v)
			}
		}
	},

	"a repeat that waits for what a dry run cannot see reads twice, and goes on": func(t *testing.T, host Host) {
		w := newWorld(host)
		create, get := people(w)
		out, _, err := w.dryRun(t, flowOf(step("r", engine.Repeat{
			Steps: steps(step("read", with(get, login(literal("ada"))))),
			Until: when(`steps.read.id == "p7"`), Max: 1000, Delay: w.long(),
		}), returns("${ steps.read.id }")), create, get)
		if _, unknown := out.Value.(expr.Unknown); !unknown || err != nil || w.count("get") != 2 {
			t.Errorf("got %v, %s; really ran: %q", out.Value, plain(err), w.seen())
		}
	},

	"a repeat that a dry run can count makes its rounds": func(t *testing.T, host Host) {
		w := newWorld(host)
		create, get := people(w)
		out, writes, err := w.dryRun(t, flowOf(set("n", "${ 0 }"), step("r", engine.Repeat{
			Steps: steps(set("n", "${ vars.n + 1 }"), step("made", with(create, login(literal("ada"))))),
			Until: when(`vars.n == 3`), Max: 10, Delay: w.long(),
		}), returns("${ vars.n }")), create, get)
		if err != nil || out.Value != 3 || len(writes) != 3 {
			t.Errorf("got %v, %d writes, %s", out.Value, len(writes), plain(err))
		}
	},

	"a call that may only read, depending on an unknown input, is undecidable": func(t *testing.T, host Host) {
		type input struct {
			Method string `json:"method,omitempty"`
			Body   string `json:"body,omitempty"`
		}
		byMethod := func(in card.Value) card.Effect {
			if fields, _ := in.(map[string]any); fields["method"] == nil || fields["method"] == "GET" {
				return card.Reads
			}
			return card.Destroys
		}
		request := card.NewWrite(card.Spec{Name: "fake.request", Effect: card.Destroys, ByInput: byMethod, InDoubt: "it is a fake", Undo: card.Undo{Extent: card.None}},
			card.Write[input, struct{}]{Do: func(context.Context, card.Call, input) (struct{}, error) { return struct{}{}, nil }})
		unknown := text("${ steps.made.id }")
		for name, test := range map[string]struct {
			fields []engine.Field
			want   engine.Status
			writes int
		}{
			"an unknown method":                {[]engine.Field{field("method", unknown)}, engine.Undecidable, 1},
			"both unknown":                     {[]engine.Field{field("method", unknown), field("body", unknown)}, engine.Undecidable, 1},
			"a write of an unknown body":       {[]engine.Field{field("method", literal("POST")), field("body", unknown)}, engine.Succeeded, 2},
			"a read with an unknown parameter": {[]engine.Field{field("body", unknown)}, engine.Succeeded, 1},
		} {
			w := newWorld(host)
			create, _ := people(w)
			out, writes, err := w.dryRun(t, flowOf(step("made", with(create, login(literal("ada")))), step("r", with(request, test.fields...))), create, request)
			if out.Status != test.want || len(writes) != test.writes {
				t.Errorf("%s: got %s, %d writes, %s", name, out.Status, len(writes), plain(err))
			}
		}
	},

	"a branch that is undecidable does not halt the others": func(t *testing.T, host Host) {
		w := newWorld(host)
		create, _ := people(w)
		slow := w.does("fake.slow", card.Reads, w.takes(3))
		writes := 0
		w.listen = func(e engine.Event) {
			if e.Kind == engine.Withheld {
				writes++
			}
		}
		made := step("made", with(create, login(literal("ada"))))
		p := flowOf(step("both", engine.Parallel{Branches: []engine.Branch{
			{Name: "a", Steps: steps(made, engine.Step{Name: "s", If: when(`steps.made.id == "p1"`), Do: waits(0)})},
			{Name: "b", Steps: steps(callOf(slow, 1), callOf(slow, 2), made)},
		}}))
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			if out, err := run(rt, p, engine.Start{Run: "r1", DryRun: true}); out.Status != engine.Undecidable || writes != 2 {
				t.Errorf("got %s, %d writes, %s", out.Status, writes, plain(err))
			}
		}, create, slow)
	},

	"a branch that fails halts no other in a dry run, so that what is listed does not depend on their speed": func(t *testing.T, host Host) {
		for name, test := range map[string]struct {
			slow engine.Verb // the last step of the slow branch
			want engine.Status
			kind card.Kind
		}{
			"the other is undecidable": {engine.If{When: when(`steps.made.id == "p1"`)}, engine.Undecidable, card.Failed},
			"the other ends":           {waits(0), engine.Failed, card.Conflict},
			"the other fails, later":   {engine.Fail{Message: literal("late")}, engine.Failed, card.Conflict},
		} {
			w := newWorld(host)
			create, _ := people(w)
			slow := w.does("fake.slow", card.Reads, w.takes(3))
			fails := w.does("fake.fails", card.Reads, func(context.Context, int) error { return &card.Error{Kind: card.Conflict, Message: "no"} })
			writes := 0
			w.listen = func(e engine.Event) {
				if e.Kind == engine.Withheld {
					writes++
				}
			}
			p := flowOf(step("both", engine.Parallel{Branches: []engine.Branch{
				{Name: "a", Steps: steps(callOf(fails, 1))},
				{Name: "b", Steps: steps(callOf(slow, 1), step("made", with(create, login(literal("ada")))), step("end", test.slow))},
			}}))
			w.run(t, func(t *testing.T, rt engine.Runtime) {
				out, err := run(rt, p, engine.Start{Run: "r1", DryRun: true})
				if out.Status != test.want || writes != 1 || kind(err) != test.kind {
					t.Errorf("%s: got %s, %d writes, %s", name, out.Status, writes, plain(err))
				}
			}, create, slow, fails)
		}
	},

	"no failure hides that a finally is undecidable": func(t *testing.T, host Host) {
		w := newWorld(host)
		create, get := people(w)
		out, _, err := w.dryRun(t, flowOf(step("made", with(create, login(literal("ada")))), step("outer", engine.Try{
			Steps: steps(step("inner", engine.Try{
				Steps:   steps(step("f", engine.Fail{Message: literal("x")})),
				Finally: steps(engine.Step{Name: "s", If: when(`steps.made.id == "p1"`), Do: waits(0)}),
			})),
			Catch: []engine.Case{{Do: steps(set("x", "caught"))}},
		})), create, get)
		if out.Status != engine.Undecidable {
			t.Errorf("got %s, %s", out.Status, plain(err))
		}
	},

	"a message and a code with an unknown in them are unknown to a catch": func(t *testing.T, host Host) {
		fails := steps(step("f", engine.Fail{Message: text("no ${ steps.made.id }"), Code: text("${ steps.made.id }"), Details: literal(1)}))
		loop := steps(step("l", engine.Loop{Each: when("[1]"), Width: 1, Do: fails, Allow: engine.Budget{Set: true}}))
		for name, test := range map[string]struct {
			steps []engine.Step
			want  []any
		}{
			"a fail":            {fails, []any{"no «made».id", "«made».id", 1}},
			"of another flow":   {steps(step("c", engine.CallFlow{To: flowOf(step("made", engine.Set{Vars: object(field("id", text("${ inputs.id }")))}), fails[0]), With: object(field("id", text("${ steps.made.id }")))})), nil},
			"of too many fails": {loop, nil},
		} {
			w := newWorld(host)
			create, get := people(w)
			if call, ok := test.steps[0].Do.(engine.CallFlow); ok {
				call.To.Inputs = []engine.Input{{Name: "id"}}
			}
			out, _, err := w.dryRun(t, flowOf(step("made", with(create, login(literal("ada")))), step("t", engine.Try{
				Steps: test.steps, Catch: []engine.Case{{Do: steps(returns("${ [error.message, error.code, error.details, error.kind] }"))}},
			})), create, get)
			list, _ := out.Value.([]any)
			if err != nil || len(list) != 4 || list[3] != "failed" {
				t.Errorf("%s: got %v, %s", name, out.Value, plain(err))
				continue
			}
			if _, unknown := list[0].(expr.Unknown); !unknown {
				t.Errorf("%s: the message is %#v", name, list[0])
			}
			if _, unknown := list[1].(expr.Unknown); !unknown && name != "of too many fails" {
				t.Errorf("%s: the code is %#v", name, list[1])
			}
			for i, want := range test.want {
				if u, unknown := list[i].(expr.Unknown); unknown && u.Text != want || !unknown && list[i] != want {
					t.Errorf("%s: got %v, want %v", name, list[i], want)
				}
			}
		}
	},

	"a record whose key is unknown may be the only one": func(t *testing.T, host Host) {
		w := newWorld(host)
		create, get := people(w)
		var ends []engine.Status
		w.listen = func(e engine.Event) {
			if e.Kind == engine.RecordEnded {
				ends = append(ends, e.Status)
			}
		}
		p := flowOf(step("made", with(create, login(literal("ada")))), step("l", engine.Loop{
			Each: when(`["p1", steps.made.id, "p2"]`), Key: when("record"), Width: 1, Do: steps(step("again", with(create, login(text("${ record }"))))),
		}))
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			if _, err := run(rt, p, engine.Start{Run: "r1", Picks: map[string]engine.Pick{"l": {Only: []string{"p1"}}}, DryRun: true}); err != nil {
				t.Error(err)
			}
		}, create, get)
		if !cmp.Equal(ends, []engine.Status{engine.Succeeded, engine.Undecidable}) {
			t.Errorf("the records ended as %q", ends)
		}
	},

	"what a loop runs is called on the connection of the loop, in a do as in a helper": func(t *testing.T, host Host) {
		own := map[string]string{"fake": "own"}
		for name, test := range map[string]struct {
			step, chosen, helper map[string]string
			want                 string
		}{
			"of the loop":                 {step: own, want: "own"},
			"the person's before it":      {step: own, chosen: map[string]string{"fake": "mine"}, want: "mine"},
			"the flow's without one":      {want: "flow"},
			"the helper's own, if it has": {step: own, helper: map[string]string{"fake": "helper"}, want: "helper"},
		} {
			w := newWorld(host)
			do := cardtest.Fake("fake.thing.do", card.Reads, func(_ context.Context, c card.Call, _ struct{}) (struct{}, error) {
				w.note("on %s", c.ConnName)
				return struct{}{}, nil
			})
			call := steps(step("do", engine.CallCard{Card: do, Retry: once}))
			helper := flowOf(call...)
			helper.Connections = test.helper
			again := steps(step("deeper", engine.Loop{Each: when("[1]"), Width: 1, Do: steps(step("c", engine.CallFlow{To: helper}))}))
			p := flowOf(
				step("to", engine.Loop{Each: when("[1]"), Width: 1, Connections: test.step, To: helper}),
				step("do", engine.Loop{Each: when("[1]"), Width: 1, Connections: test.step, Do: again}))
			p.Connections = map[string]string{"fake": "flow"}
			w.run(t, func(t *testing.T, rt engine.Runtime) {
				if _, err := run(rt, p, engine.Start{Run: "r1", Connections: test.chosen}); err != nil {
					t.Errorf("%s: %v", name, errors.Unwrap(err))
				}
			}, do)
			if on := "on " + test.want; !cmp.Equal(w.seen(), []string{on, on}) {
				t.Errorf("%s: got %q, want %s", name, w.seen(), on)
			}
		}
	},
}
