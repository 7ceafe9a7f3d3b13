package enginetest

import (
	"context"
	"testing"
	"time"

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

// people are a write and a read that tell the world when they really run.
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

func with(c card.Card, fields ...engine.Field) engine.Card {
	return engine.Card{
		Card: c, With: engine.Template{Fields: fields}, Retry: engine.Retry{Attempts: 1},
		Check: func(engine.Value) error { return nil },
	}
}

// dryly runs a flow without its writes, and gives these.
func dryly(t *testing.T, host Host, cards card.Set, p *engine.Plan) (out engine.Outcome, writes []engine.Write, err error) {
	t.Helper()
	listen := func(e engine.Event) {
		if e.Kind == engine.Withheld {
			writes = append(writes, *e.Write)
		}
	}
	host(t, cards, listen, func(t *testing.T, rt engine.Runtime, _ func()) {
		begin := rt.Now()
		out, err = engine.Run(rt, p, engine.Start{Run: "r1", DryRun: true})
		if took := rt.Now().Sub(begin); took != 0 {
			t.Errorf("a dry run waited %v", took)
		}
	})
	return out, writes, err
}

var dryRuns = map[string]func(*testing.T, Host){
	"a dry run makes the reads, tells the writes without their secrets, and makes none": func(t *testing.T, host Host) {
		w := &world{}
		create, get := people(w)
		p := flowOf(
			step("read", with(get, engine.Field{Name: "login", Value: literal("ada")})),
			step("made", with(create,
				engine.Field{Name: "login", Value: text("${ steps.read.id }")},
				engine.Field{Name: "password", Value: literal("sw0rdfish")})),
			step("again", with(create, engine.Field{Name: "login", Value: text("copy of ${ steps.made.id }")})),
			step("w", engine.Wait{For: literal("1h")}),
			returns("${ [steps.made.id, steps.made.login] }"))
		out, writes, err := dryly(t, host, card.NewSet(create, get), p)
		want := []engine.Write{
			{Card: create.Name, Target: "p0", In: map[string]any{"login": "p0", "password": card.Hidden}},
			{Card: create.Name, Target: "copy of «made».id", In: map[string]any{"login": expr.Unknown{Of: create.Name, Text: "copy of «made».id"}}},
		}
		if err != nil || !cmp.Equal(writes, want) || !cmp.Equal(out.Value, any([]any{expr.Unknown{Of: create.Name, Text: "«made».id"}, "p0"})) {
			t.Errorf("got %v, %s\n%s", out.Value, plain(err), cmp.Diff(want, writes))
		}
		if !cmp.Equal(w.log, []string{"get ada"}) {
			t.Errorf("really ran: %v", w.log)
		}
	},

	"a read that needs what was not written is not sent": func(t *testing.T, host Host) {
		w := &world{}
		create, get := people(w)
		p := flowOf(step("made", with(create, engine.Field{Name: "login", Value: literal("ada")})),
			step("read", with(get, engine.Field{Name: "login", Value: text("${ steps.made.id }")})), returns("${ steps.read.id }"))
		out, _, err := dryly(t, host, card.NewSet(create, get), p)
		if err != nil || out.Value != (expr.Unknown{Of: get.Name, Text: "«read».id"}) || len(w.log) > 0 {
			t.Errorf("got %v, %s; really ran: %v", out.Value, plain(err), w.log)
		}
	},

	"a condition on what was not written is undecidable, which nothing catches": func(t *testing.T, host Host) {
		w := &world{}
		create, get := people(w)
		body := []engine.Step{
			step("made", with(create, engine.Field{Name: "login", Value: literal("ada")})),
			{Name: "try", Continue: true, Do: engine.Try{
				Steps: []engine.Step{{Name: "s", If: when(`steps.made.id == "p1"`), Do: engine.Stop{Reason: literal("x")}}},
				Catch: []engine.Case{{Do: []engine.Step{set("x", "caught")}}},
			}},
		}
		out, writes, err := dryly(t, host, card.NewSet(create, get), flowOf(
			step("loop", engine.Loop{Each: when("[1, 2, 3]"), Width: 1, Do: body}), returns("${ [steps.loop.skipped, steps.loop.failed] }")))
		if err != nil || !cmp.Equal(out.Value, any([]any{3, 0})) || len(writes) != 3 {
			t.Errorf("got %v, %s, %d writes", out.Value, plain(err), len(writes))
		}
		out, _, err = dryly(t, host, card.NewSet(create, get), flowOf(body...))
		if out.Status != engine.Undecidable || err == nil {
			t.Errorf("outside of a loop it is the run that is undecidable: got %+v, %s", out, plain(err))
		}
	},

	"a repeat that depends on a write runs once": func(t *testing.T, host Host) {
		w := &world{}
		create, get := people(w)
		_, writes, err := dryly(t, host, card.NewSet(create, get), flowOf(step("r", engine.Repeat{
			Steps: []engine.Step{step("made", with(create, engine.Field{Name: "login", Value: literal("ada")}))},
			Until: when(`steps.made.id == "p1"`), Max: 10, Delay: time.Hour,
		})))
		if err != nil || len(writes) != 1 {
			t.Errorf("%d writes, %s", len(writes), plain(err))
		}
	},

	"only the record with the key begins, and at most max of each stream": func(t *testing.T, host Host) {
		w := &world{}
		list := w.lists(nil)
		p := streamOf(list, w.does("fake.do", card.Idempotent, sleeps(0)), 120, engine.Budget{})
		for name, test := range map[string]struct {
			start engine.Start
			want  int
		}{"only": {engine.Start{Only: "n70"}, 1}, "max": {engine.Start{Max: 7}, 7}, "neither": {engine.Start{}, 120}, "no such key": {engine.Start{Only: "x"}, 0}} {
			host(t, card.NewSet(list, w.does("fake.do", card.Idempotent, sleeps(0))), nil, func(t *testing.T, rt engine.Runtime, _ func()) {
				out, err := engine.Run(rt, p, test.start)
				if tally, _ := out.Value.(map[string]any); err != nil || tally["read"] != test.want {
					t.Errorf("%s: got %v, %s; want %d", name, out.Value, plain(err), test.want)
				}
			})
		}
	},
}
