package enginetest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// env lets an expression read every root; what is there is known when it runs.
var env = expr.ObjectOf(map[string]expr.Type{
	"inputs": expr.Any, "steps": expr.Any, "vars": expr.Any, "run": expr.Any, "trigger": expr.Any, "error": expr.Any,
	"record": expr.Any, "index": expr.Any, "outer": expr.Any,
}, false)

func at(int) flow.Pos { return flow.Pos{File: "f.yaml", Line: 1, Col: 1} }

// when is a bare expression.
func when(source string) *engine.Expression {
	p, err := expr.Compile(source, env)
	if err != nil {
		panic(err)
	}
	return &engine.Expression{Program: p, At: at}
}

// text is a text with ${ }.
func text(source string) engine.Template {
	t, err := expr.CompileText(source, env)
	if err != nil {
		panic(err)
	}
	return engine.Template{Text: t, At: at}
}

func set(name, source string) engine.Step {
	return engine.Step{Name: "set-" + name, Do: engine.Set{Vars: engine.Template{Fields: []engine.Field{{Name: name, Value: text(source)}}}}}
}

func returns(source string) engine.Step { return step("return-1", engine.Return{Value: text(source)}) }

func flowOf(steps ...engine.Step) *engine.Plan { return &engine.Plan{Flow: "f", Steps: steps} }

// doing is a step that calls fake.do with a number.
func doing(w *world, n int, run func(context.Context, card.Call, int) error) (engine.Step, card.Card) {
	c := w.does("fake.do", card.Idempotent, run)
	return callOf(c, n), c
}

func callOf(c card.Card, n int) engine.Step {
	return engine.Step{Name: "card-1", Do: engine.Card{Card: c, With: literal(map[string]any{"n": n}), Retry: engine.Retry{Attempts: 1}}}
}

// run runs a flow and gives what came of it.
func run(t *testing.T, host Host, cards card.Set, p *engine.Plan) (out engine.Outcome, err error) {
	t.Helper()
	host(t, cards, nil, func(_ *testing.T, rt engine.Runtime, _ func()) {
		out, err = engine.Run(rt, p, engine.Start{Run: "r1"})
	})
	return out, err
}

// gives runs a flow and compares what it returns.
func gives(t *testing.T, host Host, want engine.Value, steps ...engine.Step) {
	t.Helper()
	out, err := run(t, host, nil, flowOf(steps...))
	if err != nil || !cmp.Equal(out.Value, want) {
		t.Errorf("got %v, %s; want %v", out.Value, plain(err), want)
	}
}

var verbs = map[string]func(*testing.T, Host){
	"branches share the scope around them": func(t *testing.T, host Host) {
		gives(t, host, []any{"then", "case", nil},
			set("n", "${ 2 }"),
			step("a", engine.If{When: when("vars.n == 2"), Then: []engine.Step{set("a", "then")}, Else: []engine.Step{set("c", "else")}}),
			step("b", engine.Switch{
				Cases: []engine.Case{{When: when("vars.n == 1"), Do: []engine.Step{set("b", "wrong")}}, {When: when("vars.n == 2"), Do: []engine.Step{set("b", "case")}}},
				Else:  []engine.Step{set("b", "else")},
			}),
			returns("${ [vars.a, vars.b, vars?.c] }"))
	},

	"a return inside ends the flow, a stop as well": func(t *testing.T, host Host) {
		gives(t, host, 1, step("if", engine.If{When: when("true"), Then: []engine.Step{returns("${ 1 }")}}), returns("${ 2 }"))
		out, err := run(t, host, nil, flowOf(step("r", engine.Repeat{Steps: []engine.Step{step("s", engine.Stop{Reason: literal("enough")})}, Until: when("true"), Max: 3}), returns("${ 2 }")))
		if err != nil || out.Status != engine.Skipped || out.Reason != "enough" {
			t.Errorf("got %+v, %s", out, plain(err))
		}
	},

	"each runs its steps for every item, in a scope of each item's own": func(t *testing.T, host Host) {
		gives(t, host, []any{[]any{10, 21, 32}, 3, 7},
			set("n", "${ 7 }"), set("list", "${ [1, 2, 3] }"),
			step("loop", engine.Loop{Each: when("vars.list"), Width: 2, Do: []engine.Step{set("m", "${ record * 10 + index }")}, Collect: when("vars.m")}),
			returns("${ [steps.loop.items, steps.loop.ok, vars.n] }"))
		_, err := run(t, host, nil, flowOf(step("loop", engine.Loop{Each: when("[1]"), Width: 1, Do: []engine.Step{set("m", "x")}}), returns("${ vars.m }")))
		if err != nil {
			t.Error(err)
		}
	},

	"an inner loop sees the record of the outer one by its name": func(t *testing.T, host Host) {
		gives(t, host, []any{[]any{"a1", "a2"}, []any{"b1", "b2"}},
			step("loop", engine.Loop{
				Each: when(`["a", "b"]`), As: "outer", Width: 2, Collect: when("steps.inner.items"),
				Do: []engine.Step{step("inner", engine.Loop{Each: when(`["1", "2"]`), Width: 2, Do: []engine.Step{set("x", "${ outer + record }")}, Collect: when("vars.x")})},
			}),
			returns("${ steps.loop.items }"))
	},

	"each of what is no list is an error": func(t *testing.T, host Host) {
		_, err := run(t, host, nil, flowOf(step("loop", engine.Loop{Each: when("inputs"), Width: 1})))
		if e, ok := err.(*engine.Error); !ok || e.Cause.Kind != card.Invalid || e.Place.String() != "loop" {
			t.Errorf("got %+v", err)
		}
	},

	"catch sees the error, finally runs in any case, and in this order": func(t *testing.T, host Host) {
		fails := func(code string) engine.Step {
			return step("boom", engine.Fail{Message: literal("m"), Code: literal(code)})
		}
		try := func(body engine.Step, catch ...engine.Case) engine.Try {
			return engine.Try{Steps: []engine.Step{set("log", "t"), body}, Catch: catch, Finally: []engine.Step{set("log", "${ vars.log }f")}}
		}
		caught := []engine.Case{
			{When: when(`error.code == "a"`), Do: []engine.Step{set("log", "${ vars.log }a")}},
			{When: when(`error.code == "b"`), Do: []engine.Step{set("log", "${ vars.log }b ${ error.step }")}},
		}
		gives(t, host, "tf", step("try", try(set("x", "y"), caught...)), returns("${ vars.log }"))
		gives(t, host, "taf", step("try", try(fails("a"), caught...)), returns("${ vars.log }"))
		gives(t, host, "tb try.try.boomf", step("try", try(fails("b"), caught...)), returns("${ vars.log }"))
		_, err := run(t, host, nil, flowOf(step("try", try(fails("c"), caught...))))
		if e, ok := err.(*engine.Error); !ok || e.Cause.Code != "c" {
			t.Errorf("an error that no catch wants goes on: got %+v", err)
		}
		out, err := run(t, host, nil, flowOf(step("try", engine.Try{Steps: []engine.Step{fails("c")}, Catch: []engine.Case{{Do: []engine.Step{set("x", "y")}}}}), returns("ok")))
		if err != nil || out.Status != engine.Succeeded {
			t.Errorf("a caught error is none: got %+v, %s", out, plain(err))
		}
	},

	"finally runs on a cancel, on a time that is over, and after a return": func(t *testing.T, host Host) {
		for name, body := range map[string]engine.Step{
			"cancel":  step("w", engine.Wait{For: literal("1h")}),
			"timeout": step("w", engine.Wait{For: literal("1h")}),
			"return":  returns("early"),
		} {
			w := &world{}
			tidy, c := doing(w, 9, sleeps(0))
			caught, _ := doing(w, 5, sleeps(0))
			p := flowOf(engine.Step{Name: "try", ID: "try", Do: engine.Try{
				Steps: []engine.Step{body}, Catch: []engine.Case{{Do: []engine.Step{caught}}}, Finally: []engine.Step{tidy},
			}})
			if name == "timeout" {
				p.Steps[0].Timeout = 10 * time.Second
			}
			host(t, card.NewSet(c), nil, func(t *testing.T, rt engine.Runtime, cancel func()) {
				if name == "cancel" {
					time.AfterFunc(10*time.Second, cancel)
				}
				out, err := engine.Run(rt, p, engine.Start{Run: "r1"})
				want := map[string]engine.Status{"cancel": engine.Canceled, "timeout": engine.Failed, "return": engine.Succeeded}[name]
				if out.Status != want || name == "timeout" && kind(err) != card.Timeout {
					t.Errorf("%s: got %+v, %s", name, out, plain(err))
				}
			})
			if !slices.Equal(w.log, []string{"begin 9", "end 9"}) {
				t.Errorf("%s: want the finally and no catch, got %v", name, w.log)
			}
		}
	},

	"a timeout of a step is its error, of a card one attempt's": func(t *testing.T, host Host) {
		w := &world{}
		slow, c := doing(w, 1, until(time.Hour))
		try := step("try", engine.Try{Steps: []engine.Step{{Name: "in", Timeout: time.Minute, Do: engine.If{When: when("true"), Then: []engine.Step{slow}}}},
			Catch: []engine.Case{{When: when(`error.kind == "timeout"`), Do: []engine.Step{set("x", "caught")}}}})
		out, err := run(t, host, card.NewSet(c), flowOf(try, returns("${ vars.x }")))
		if err != nil || out.Value != "caught" {
			t.Errorf("got %+v, %s", out, plain(err))
		}
		attempts := slow.Do.(engine.Card)
		attempts.Timeout, attempts.Retry = time.Minute, engine.Retry{Attempts: 3, Delay: time.Second, Backoff: 1}
		host(t, card.NewSet(c), nil, func(t *testing.T, rt engine.Runtime, _ func()) {
			begin := rt.Now()
			_, err := engine.Run(rt, flowOf(step("slow", attempts)), engine.Start{Run: "r1"})
			if took := rt.Now().Sub(begin); kind(err) != card.Timeout || took != 3*time.Minute+2*time.Second {
				t.Errorf("three attempts of 1m, 1s apart: %s after %v", plain(err), took)
			}
		})
	},

	"on_error continues with nil, and the run says so": func(t *testing.T, host Host) {
		boom := engine.Step{ID: "boom", Name: "boom", Continue: true, Do: engine.Fail{Message: literal("m")}}
		out, err := run(t, host, nil, flowOf(boom, returns("${ steps.boom == nil }")))
		if err != nil || out.Value != true || out.Status != engine.SucceededWithErrors {
			t.Errorf("got %+v, %s", out, plain(err))
		}
		called := flowOf(step("call", engine.CallFlow{To: flowOf(boom)}))
		if out, err := run(t, host, nil, called); err != nil || out.Status != engine.SucceededWithErrors {
			t.Errorf("in a flow that was called: got %+v, %s", out, plain(err))
		}
	},

	"branches of a parallel run at once, in scopes of their own": func(t *testing.T, host Host) {
		slow := func(v string) []engine.Step {
			return []engine.Step{step("w", engine.Wait{For: literal("1m")}), set("x", v), returns("${ vars.x }")}
		}
		p := flowOf(set("x", "outside"), step("both", engine.Parallel{Branches: []engine.Branch{
			{Name: "a", Steps: slow("A")}, {Name: "b", Steps: slow("B")}, {Name: "c", Steps: []engine.Step{step("s", engine.Stop{Reason: literal("no")})}},
		}}), returns("${ [steps.both.a, steps.both.b, steps.both.c, vars.x] }"))
		host(t, nil, nil, func(t *testing.T, rt engine.Runtime, _ func()) {
			begin := rt.Now()
			out, err := engine.Run(rt, p, engine.Start{Run: "r1"})
			if want := []any{"A", "B", nil, "outside"}; err != nil || !cmp.Equal(out.Value, any(want)) || rt.Now().Sub(begin) != time.Minute {
				t.Errorf("got %v, %s after %v", out.Value, plain(err), rt.Now().Sub(begin))
			}
		})
	},

	"repeat goes on until it holds, or for so many rounds": func(t *testing.T, host Host) {
		round := engine.Repeat{Steps: []engine.Step{set("n", "${ vars.n + 1 }")}, Until: when("vars.n == 4"), Max: 10, Delay: time.Minute}
		host(t, nil, nil, func(t *testing.T, rt engine.Runtime, _ func()) {
			begin := rt.Now()
			out, err := engine.Run(rt, flowOf(set("n", "${ 0 }"), step("r", round), returns("${ vars.n }")), engine.Start{Run: "r1"})
			if err != nil || out.Value != 4 || rt.Now().Sub(begin) != 3*time.Minute {
				t.Errorf("got %v, %s after %v", out.Value, plain(err), rt.Now().Sub(begin))
			}
		})
		round.Max = 3
		_, err := run(t, host, nil, flowOf(set("n", "${ 0 }"), step("r", round)))
		if e, ok := err.(*engine.Error); !ok || e.Cause.Code != "repeat_max" {
			t.Errorf("got %s", plain(err))
		}
	},

	"wait sleeps for a time, or until one": func(t *testing.T, host Host) {
		for _, wait := range []engine.Wait{{For: literal("90m")}, {For: text("${ hours(1) + duration(\"30m\") }")}, {Until: when("now() + hours(1.5)")}} {
			host(t, nil, nil, func(t *testing.T, rt engine.Runtime, _ func()) {
				begin := rt.Now()
				if _, err := engine.Run(rt, flowOf(step("w", wait)), engine.Start{Run: "r1"}); err != nil || rt.Now().Sub(begin) != 90*time.Minute {
					t.Errorf("%s after %v", plain(err), rt.Now().Sub(begin))
				}
			})
		}
	},

	"flows may run each other 64 deep": func(t *testing.T, host Host) {
		p := &engine.Plan{Flow: "f"}
		p.Steps = []engine.Step{step("again", engine.CallFlow{To: p})}
		_, err := run(t, host, nil, p)
		if e, ok := err.(*engine.Error); !ok || e.Cause.Kind != card.Invalid {
			t.Errorf("got %s", plain(err))
		}
	},

	"an input that is missing or wrong is told before the flow begins": func(t *testing.T, host Host) {
		p := flowOf(returns("${ inputs.n }"))
		p.Inputs = []engine.Input{{Name: "n", Required: true}}
		for _, given := range []map[string]engine.Value{nil, {"m": 1}, {"n": 1, "m": 1}} {
			host(t, nil, nil, func(t *testing.T, rt engine.Runtime, _ func()) {
				out, err := engine.Run(rt, p, engine.Start{Run: "r1", Inputs: given})
				if out.Status != engine.Failed || kind(err) != card.Invalid {
					t.Errorf("%v: got %+v, %s", given, out, plain(err))
				}
			})
		}
	},

	"an expression's failure has its place and its step": func(t *testing.T, host Host) {
		_, err := run(t, host, nil, flowOf(step("bad", engine.Return{Value: text("${ inputs.a.b.c }")})))
		if e, ok := err.(*engine.Error); !ok || e.Cause.Kind != card.Invalid || e.Pos.File != "f.yaml" || e.Place.String() != "bad" || e.Cause.Hint == "" {
			t.Errorf("got %+v", err)
		}
	},
}
