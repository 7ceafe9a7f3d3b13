package enginetest

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/card/cardtest"
	"github.com/flowdeck/flowdeck/engine/expr"
)

type personInput struct {
	Login    string         `json:"login"`
	Password string         `json:"password,omitempty" secret:"true"`
	Profile  map[string]any `json:"profile,omitempty"`
	Number   int            `json:"number,omitempty"`
}

type person struct {
	ID      string         `json:"id"`
	Login   string         `json:"login"`
	Profile map[string]any `json:"profile" open:"true"`
}

// people returns a write and a read that log their calls.
func people(w *world) (create, get card.Card) {
	create = cardtest.Fake("fake.person.create", card.Creates,
		func(_ context.Context, _ card.Call, in personInput) (person, error) {
			w.note("create %s", in.Login)
			return person{ID: "p1", Login: in.Login}, nil
		})
	get = cardtest.Fake("fake.person.get", card.Reads,
		func(_ context.Context, _ card.Call, in personInput) (person, error) {
			w.note("get %s", in.Login)
			return person{ID: "p0", Login: in.Login}, nil
		})
	return create, get
}

// with returns a call of a card with inputs.
func with(c card.Card, fields ...engine.Field) engine.CallCard {
	return engine.CallCard{Card: c, With: object(fields...), Retry: once, Check: func(engine.Value) error { return nil }}
}

// login returns the input login.
func login(value engine.Template) engine.Field { return field("login", value) }

// dryRun runs a flow as a dry run and returns the writes that it did not make. Its Runtime is wrapped: a dry run is a
// mode of the interpreter on any Runtime.
func (w *world) dryRun(t *testing.T, p *engine.Plan, cards ...card.Card) (out engine.Outcome, writes []engine.Write, err error) {
	t.Helper()
	w.listen = func(e engine.Event) {
		if e.Kind == engine.Withheld {
			writes = append(writes, *e.Write)
		}
	}
	w.run(t, func(t *testing.T, rt engine.Runtime) {
		t.Helper()
		start := rt.Now()
		out, err = run(&recorder{Runtime: rt, to: &effects{}}, p, engine.Start{Run: "r1", DryRun: true})
		w.took(t, rt, start, 0)
	}, cards...)
	return out, writes, err
}

var dryRuns = tests{
	"a dry run makes the reads, reports the writes without their secrets, and makes none": func(t *testing.T, host Host) {
		w := newWorld(host)
		create, get := people(w)
		out, writes, err := w.dryRun(t, flowOf(
			step("read", with(get, login(literal("ada")))),
			step("made", with(create, login(text("${ steps.read.id }")), field("password", literal("sw0rdfish")))),
			step("again", with(create, login(text("copy of ${ steps.made.id }")))),
			step("w", waits(w.long())),
			returns("${ [steps.made.id, steps.made != nil] }")), create, get)
		want := []engine.Write{
			{Card: create.Name, Connection: "fake", Effect: card.Creates, Target: "p0", In: map[string]any{"login": "p0", "password": card.Hidden}},
			{Card: create.Name, Connection: "fake", Effect: card.Creates, Target: "copy of «made».id", In: map[string]any{"login": expr.Unknown{Of: create.Name, Text: "copy of «made».id"}}},
		}
		if err != nil || !cmp.Equal(writes, want) || !cmp.Equal(out.Value, any([]any{expr.Unknown{Of: create.Name, Text: "«made».id"}, true})) {
			t.Errorf("got %v, %s\n%s", out.Value, plain(err), cmp.Diff(want, writes))
		}
		if log := w.seen(); !cmp.Equal(log, []string{"get ada"}) {
			t.Errorf("cards that were called: %q", log)
		}
	},

	"a dry run does not take an input for the field of the answer that has its name": func(t *testing.T, host Host) {
		w := newWorld(host)
		create, get := people(w)
		out, _, err := w.dryRun(t, flowOf(
			step("made", with(create, login(literal("ada")), field("profile", literal(map[string]any{"a": 1})))),
			returns("${ [steps.made.login, steps.made.profile] }")), create, get)
		list, _ := out.Value.([]any)
		if err != nil || len(list) != 2 {
			t.Fatalf("got %v, %s", out.Value, plain(err))
		}
		for _, v := range list {
			if _, unknown := v.(expr.Unknown); !unknown {
				t.Errorf("%v comes from an input", v)
			}
		}
	},

	"a read that needs the result of a write is not sent": func(t *testing.T, host Host) {
		w := newWorld(host)
		create, get := people(w)
		out, _, err := w.dryRun(t, flowOf(step("made", with(create, login(literal("ada")))),
			step("read", with(get, login(text("${ steps.made.id }")))), returns("${ steps.read.id }")), create, get)
		if err != nil || out.Value != (expr.Unknown{Of: get.Name, Text: "«read».id"}) || len(w.seen()) > 0 {
			t.Errorf("got %v, %s; cards that were called: %q", out.Value, plain(err), w.seen())
		}
	},

	"a condition on the result of a write is undecidable, which catch and on_error ignore": func(t *testing.T, host Host) {
		w := newWorld(host)
		create, get := people(w)
		body := steps(
			step("made", with(create, login(literal("ada")))),
			engine.Step{Name: "try", Continue: true, Do: engine.Try{
				Steps: steps(engine.Step{Name: "s", If: when(`steps.made.id == "p1"`), Do: engine.Stop{Reason: literal("x")}}),
				Catch: []engine.Case{{Do: steps(set("x", "caught"))}},
			}},
		)
		loop := step("loop", engine.Loop{Each: when("[1, 2, 3]"), Width: 1, Do: body})
		out, writes, err := w.dryRun(t, flowOf(loop, returns("${ [steps.loop.read, steps.loop.ok == 3] }")), create, get)
		if err != nil || len(writes) != 3 || out.Value.([]any)[0] != 3 {
			t.Errorf("got %v, %s, %d writes", out.Value, plain(err), len(writes))
		}
		if _, unknown := expr.FirstUnknown(out.Value); !unknown {
			t.Errorf("the number of ok records must be unknown: got %v", out.Value)
		}
		out, _, err = newWorld(host).dryRun(t, flowOf(step("both", engine.Parallel{Branches: []engine.Branch{{Name: "a", Steps: body}}})), create, get)
		if out.Status != engine.Undecidable || err == nil {
			t.Errorf("outside of a loop the run must be undecidable: got %+v, %s", out, plain(err))
		}
	},

	"whether a flow ends is undecidable if that depends on a write, and its finally runs": func(t *testing.T, host Host) {
		for _, ending := range []engine.Verb{
			engine.Return{Value: literal(1)}, engine.Stop{Reason: literal("x")}, engine.Fail{Message: literal("x")},
		} {
			w := newWorld(host)
			create, get := people(w)
			out, writes, err := w.dryRun(t, flowOf(
				step("made", with(create, login(literal("ada")))),
				step("try", engine.Try{
					Steps:   steps(engine.Step{Name: "end", If: when(`steps.made.id == "p1"`), Do: ending}),
					Finally: steps(step("last", with(create, login(literal("bob"))))),
				}),
				step("after", with(create, login(literal("eve")))),
			), create, get)
			if out.Status != engine.Undecidable || out.Value != nil || card.AsError(err) == nil || card.AsError(err).Code != "undecidable" || len(writes) != 2 {
				t.Errorf("%T: got %+v, %s, and the writes %v", ending, out, plain(err), writes)
			}
		}
	},

	"what an ending is given may depend on a write": func(t *testing.T, host Host) {
		w := newWorld(host)
		create, get := people(w)
		made := step("made", with(create, login(literal("ada"))))
		out, _, err := w.dryRun(t, flowOf(made, step("end", engine.Stop{Reason: text("made ${ steps.made.id }")})), create, get)
		if err != nil || out.Status != engine.Skipped || out.Reason != "made «made».id" {
			t.Errorf("a stop: got %+v, %s", out, plain(err))
		}
		out, _, err = w.dryRun(t, flowOf(made, step("end", engine.Fail{Message: text("made ${ steps.made.id }")})), create, get)
		if out.Status != engine.Failed || card.AsError(err) == nil || card.AsError(err).Message != "made «made».id" {
			t.Errorf("a fail: got %+v, %s", out, plain(err))
		}
	},

	"an unknown value is still unknown when a loop has collected it": func(t *testing.T, host Host) {
		w := newWorld(host)
		create, get := people(w)
		loop := engine.Loop{Each: when("[1, 2]"), Width: 2, Do: steps(step("made", with(create, login(literal("ada"))))), Collect: when("steps.made.id")}
		out, _, err := w.dryRun(t, flowOf(step("loop", loop), returns("${ steps.loop.items[0] }")), create, get)
		if _, unknown := out.Value.(expr.Unknown); err != nil || !unknown {
			t.Errorf("got %#v, %s", out.Value, plain(err))
		}
	},

	"a record whose text looks like an unknown value is an ordinary record": func(t *testing.T, host Host) {
		w := newWorld(host)
		create, get := people(w)
		loop := engine.Loop{
			Each: when(`["«made».id", "«okta.user.create#1».id", "«»"]`), Key: when("record"), Width: 1,
			Do: steps(step("read", with(get, login(text("${ record }")))), step("made", with(create, login(text("${ record }")))),
				engine.Step{Name: "s", If: when(`record == "«»"`), Do: engine.Stop{Reason: literal("x")}}),
		}
		out, writes, err := w.dryRun(t, flowOf(step("loop", loop), returns("${ [steps.loop.ok, steps.loop.skipped] }")), create, get)
		if err != nil || !cmp.Equal(out.Value, any([]any{2, 1})) || len(writes) != 3 || w.count("get") != 3 {
			t.Errorf("got %v, %s, %d writes; cards that were called: %q", out.Value, plain(err), len(writes), w.seen())
		}
	},

	"a flow that a dry run starts is also a dry run": func(t *testing.T, host Host) {
		w := newWorld(host)
		w.start = func(_ string, s engine.Start) error {
			if !s.DryRun {
				t.Errorf("the started run is not a dry run: %+v", s)
			}
			w.note("start a flow")
			return nil
		}
		if _, _, err := w.dryRun(t, flowOf(step("start", engine.StartFlow{To: flowOf()}))); err != nil || len(w.seen()) != 1 {
			t.Errorf("got %s; %q", plain(err), w.seen())
		}
	},
}
