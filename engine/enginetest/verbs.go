package enginetest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

var verbs = tests{
	"branches share the enclosing scope": func(t *testing.T, host Host) {
		gives(t, host, []any{"then", "case", nil},
			set("n", "${ 2 }"),
			step("a", engine.If{When: when("vars.n == 2"), Then: steps(set("a", "then")), Else: steps(set("c", "else"))}),
			step("b", engine.Switch{
				Cases: []engine.Case{{When: when("vars.n == 1"), Do: steps(set("b", "wrong"))}, {When: when("vars.n == 2"), Do: steps(set("b", "case"))}},
				Else:  steps(set("b", "else")),
			}),
			returns("${ [vars.a, vars.b, vars?.c] }"))
	},

	"a nested return or stop ends the flow": func(t *testing.T, host Host) {
		gives(t, host, 1, step("if", engine.If{When: when("true"), Then: steps(returns("${ 1 }"))}), returns("${ 2 }"))
		out, err := newWorld(host).runs(t, flowOf(step("r", engine.Repeat{
			Steps: steps(step("s", engine.Stop{Reason: literal("enough")})), Until: when("true"), Max: 3,
		}), returns("${ 2 }")))
		if err != nil || out.Status != engine.Skipped || out.Reason != "enough" {
			t.Errorf("got %+v, %s", out, plain(err))
		}
	},

	"each runs its steps for every item, in a scope for each item": func(t *testing.T, host Host) {
		gives(t, host, []any{[]any{10, 21, 32}, 3, 7, nil},
			set("n", "${ 7 }"), set("list", "${ [1, 2, 3] }"),
			step("loop", engine.Loop{Each: when("vars.list"), Width: 2, Do: steps(set("m", "${ record * 10 + index }")), Collect: when("vars.m")}),
			returns("${ [steps.loop.items, steps.loop.ok, vars.n, vars?.m] }"))
	},

	"a stream that keeps its values returns them in the order of the list, and another one has no items": func(t *testing.T, host Host) {
		w := newWorld(host)
		list := w.lists(nil)
		collects := engine.Loop{Source: numbers(list, 7, 3), Width: 4, Keep: true, Collect: when("record.n * 10")}
		helper := engine.Loop{Source: numbers(list, 4, 3), Width: 4, Keep: true, To: flowOf(
			engine.Step{Name: "stop", If: when("inputs.record.n == 2"), Do: engine.Stop{Reason: literal("no")}}, returns("${ inputs.record.n }"))}
		helper.To.Inputs = []engine.Input{{Name: "record"}}
		plain := collects
		plain.Keep = false
		out, err := w.runs(t, flowOf(step("a", collects), step("b", helper), step("c", plain), returns(`${ [steps.a.items, steps.b.items, keys(steps.c)] }`)), list)
		want := []any{[]any{0, 10, 20, 30, 40, 50, 60}, []any{0, 1, 3}, []any{"failed", "ok", "read", "results", "skipped"}}
		if err != nil || !cmp.Equal(out.Value, any(want)) {
			t.Errorf("got %v, %v", out.Value, err)
		}
	},

	"what a loop gives its helper is evaluated for each record": func(t *testing.T, host Host) {
		helper := flowOf(returns("${ inputs }"))
		helper.Inputs = []engine.Input{{Name: "who", Required: true}, {Name: "nth", Default: 7}, {Name: "record"}}
		give := object(field("who", text("${ record + vars.x }")), field("nth", text("${ index }")))
		loop := engine.Loop{Each: when(`["a", "b"]`), Width: 2, To: helper, Give: &give}
		lacks := object(field("nth", literal(1)))
		short := engine.Loop{Each: when(`["a"]`), Width: 2, To: helper, Give: &lacks, Allow: engine.Budget{Set: true, Failures: 1}}
		inputs := func(who string, nth int) any { return map[string]any{"who": who, "nth": nth, "record": nil} }
		gives(t, host, []any{[]any{inputs("ax", 0), inputs("bx", 1)}, 1},
			set("x", "x"), step("loop", loop), step("short", short), returns("${ [steps.loop.items, steps.short.failed] }"))
	},

	"a loop counts its records by a text": func(t *testing.T, host Host) {
		w := newWorld(host)
		list := w.lists(nil)
		helper := engine.Loop{Source: numbers(list, 7, 3), Width: 4, CountBy: when(`value == nil ? value : [value, record.n > 2]`), To: flowOf(
			engine.Step{Name: "stop", If: when("inputs.record.n == 2"), Do: engine.Stop{Reason: literal("no")}},
			engine.Step{Name: "none", If: when("inputs.record.n == 6"), Do: engine.Return{Value: literal(nil)}},
			returns("${ inputs.record.n % 2 }"))}
		helper.To.Inputs = []engine.Input{{Name: "record"}}
		body := engine.Loop{Each: when(`["a", "b", "a", "c", 1.5]`), Width: 2, Do: steps(set("x", "${ record }")), CountBy: when("vars.x == 'c' ? index : vars.x"), Collect: when("1")}
		none := engine.Loop{Each: when(`[]`), Width: 2, Do: steps(set("x", "${ record }")), CountBy: when("vars.x")}
		out, err := w.runs(t, flowOf(step("a", helper), step("b", body), step("c", none), returns("${ [steps.a.counts, steps.b.counts, steps.c.counts] }")), list)
		want := []any{
			map[string]any{"": 1, "[0,false]": 1, "[1,false]": 1, "[1,true]": 2, "[0,true]": 1}, map[string]any{"a": 2, "b": 1, "3": 1, "1.5": 1}, map[string]any{},
		}
		if err != nil || !cmp.Equal(out.Value, any(want)) {
			t.Errorf("got %v, %v", out.Value, err)
		}
	},

	"a record whose key is nil has its index as its name": func(t *testing.T, host Host) {
		w := newWorld(host)
		var keys []string
		w.listen = func(e engine.Event) {
			if e.Kind == engine.RecordStarted {
				keys = append(keys, e.Place.Key())
			}
		}
		loop := engine.Loop{Each: when(`[{"k": "a"}, {"k": nil}, {"k": ""}, {"k": 7}]`), Key: when("record.k"), Width: 1}
		if _, err := w.runs(t, flowOf(step("loop", loop))); err != nil {
			t.Fatal(plain(err))
		}
		if want := []string{"a", "1", "", "7"}; !cmp.Equal(keys, want) {
			t.Errorf("got %q, want %q", keys, want)
		}
	},

	"only keeps the index of a record, and one whose key fails is a failure there too": func(t *testing.T, host Host) {
		w := newWorld(host)
		loop := engine.Loop{
			Each: when(`["a", "b", "c", "b"]`), Key: when(`record == "c" ? int(record) : record`), Width: 1,
			Allow: engine.Budget{Set: true, Failures: 1}, Collect: when("[index, record]"),
		}
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			out, err := run(rt, flowOf(step("loop", loop)), engine.Start{Run: "r1", Picks: map[string]engine.Pick{"loop": {Only: []string{"b"}}}})
			got, _ := out.Value.(map[string]any)
			if want := []any{[]any{1, "b"}, []any{3, "b"}}; err != nil || !cmp.Equal(got["items"], any(want)) || got["failed"] != 1 || got["read"] != 3 {
				t.Errorf("got %v, %s", out.Value, plain(err))
			}
		})
	},

	"an inner loop can read the record of the outer one by its name": func(t *testing.T, host Host) {
		inner := engine.Loop{Each: when(`["1", "2"]`), Width: 2, Do: steps(set("x", "${ outer + record }")), Collect: when("vars.x")}
		gives(t, host, []any{[]any{"a1", "a2"}, []any{"b1", "b2"}},
			step("loop", engine.Loop{
				Each: when(`["a", "b"]`), As: "outer", Width: 2, Collect: when("steps.inner.items"), Do: steps(step("inner", inner)),
			}),
			returns("${ steps.loop.items }"))
	},

	"each takes a list with expressions in it": func(t *testing.T, host Host) {
		list := engine.Template{Items: []engine.Template{literal("a"), text("${ vars.x }"), literal(nil), object(field("n", literal(1)))}}
		empty := literal([]any{})
		gives(t, host, []any{[]any{"a", "b", nil, map[string]any{"n": 1}}, []any{}}, set("x", "b"),
			step("loop", engine.Loop{List: &list, Width: 2, Collect: when("record")}),
			step("none", engine.Loop{List: &empty, Width: 2, Collect: when("record")}),
			returns("${ [steps.loop.items, steps.none.items] }"))
	},

	"each of a value that is not a list is an error": func(t *testing.T, host Host) {
		_, err := newWorld(host).runs(t, flowOf(step("loop", engine.Loop{Each: when("inputs"), Width: 1})))
		if e, ok := err.(*engine.Error); !ok || e.Cause.Kind != card.Invalid || e.Place.String() != "loop" {
			t.Errorf("got %+v", err)
		}
	},

	"branches of a parallel run at the same time, each in its own scope": func(t *testing.T, host Host) {
		w := newWorld(host)
		do := w.fakeDo(w.meets(2))
		slow := func(n int, v string) []engine.Step {
			return steps(callOf(do, n), step("w", waits(w.Unit)), set("x", v), returns("${ vars.x }"))
		}
		out, err := w.lasts(t, 1, flowOf(set("x", "outside"), step("both", engine.Parallel{Branches: []engine.Branch{
			{Name: "a", Steps: slow(1, "A")}, {Name: "b", Steps: slow(2, "B")}, {Name: "c", Steps: steps(step("s", engine.Stop{Reason: literal("no")}))},
		}}), returns("${ [steps.both.a, steps.both.b, steps.both.c, vars.x] }")), do)
		if want := []any{"A", "B", nil, "outside"}; err != nil || !cmp.Equal(out.Value, any(want)) {
			t.Errorf("got %v, %s", out.Value, plain(err))
		}
	},

	"repeat runs until its condition holds or the maximum number of rounds is reached": func(t *testing.T, host Host) {
		w := newWorld(host)
		round := engine.Repeat{Steps: steps(set("n", "${ vars.n + 1 }")), Until: when("vars.n == 4"), Max: 10, Delay: w.units(1)}
		out, err := w.lasts(t, 3, flowOf(set("n", "${ 0 }"), step("r", round), returns("${ vars.n }")))
		if err != nil || out.Value != 4 {
			t.Errorf("got %v, %s", out.Value, plain(err))
		}
		round.Max = 3
		_, err = newWorld(host).lasts(t, 2, flowOf(set("n", "${ 0 }"), step("r", round)))
		if e, ok := err.(*engine.Error); !ok || e.Cause.Code != "repeat_max" {
			t.Errorf("got %s", plain(err))
		}
	},

	"a step that a round of a repeat does not take has no result of an earlier round": func(t *testing.T, host Host) {
		odd := step("odd", engine.If{When: when("vars.n % 2 == 1"), Then: steps(step("deep", engine.CallFlow{To: flowOf(returns("${ 7 }"))}))})
		guarded := step("guarded", engine.CallFlow{To: flowOf(returns("${ 8 }"))})
		guarded.If = when("vars.n == 1")
		inner := step("inner", engine.Repeat{Steps: steps(odd, guarded), Until: when("true"), Max: 1})
		seen := set("seen", "${ concat(vars.seen, [[steps?.odd, steps?.deep, steps?.guarded]]) }")
		gives(t, host, []any{[]any{7, 7, 8}, []any{nil, nil, nil}, []any{7, 7, nil}},
			set("n", "${ 1 }"), set("seen", "${ [] }"), step("outer", engine.Repeat{
				Steps: steps(inner, seen, set("n", "${ vars.n + 1 }")), Until: when("vars.n > 3"), Max: 5,
			}), returns("${ vars.seen }"))
	},

	"a round of a repeat reads the result of the round before until it comes to the step": func(t *testing.T, host Host) {
		gave := func(name string, n string) engine.Step { return step(name, engine.CallFlow{To: flowOf(returns(n))}) }
		try := engine.Try{
			Steps: steps(engine.Step{Name: "fail", If: when("vars.round == 2"), Do: engine.Fail{Message: literal("no")}}, gave("late", "${ 1 }")),
			Catch: []engine.Case{{Do: steps(set("late", "${ steps?.late }"), gave("caught", "${ 2 }"))}},
		}
		seen := func(what string) engine.Step { return set("seen", "${ concat(vars.seen, ["+what+"]) }") }
		gives(t, host, []any{nil, []any{1, nil}, 1, []any{nil, 2}, nil, []any{1, nil}},
			set("round", "${ 1 }"), set("seen", "${ [] }"), step("r", engine.Repeat{
				Steps: steps(seen("steps?.late"), step("try", try), seen("[steps?.late, steps?.caught]"), set("round", "${ vars.round + 1 }")),
				Until: when("vars.round > 3"), Max: 5,
			}), returns("${ vars.late == nil ? vars.seen : nil }"))
	},

	"wait sleeps for a duration or until a time": func(t *testing.T, host Host) {
		one, two := duration(host.Unit), duration(2*host.Unit)
		for _, wait := range []engine.Wait{
			{For: literal(duration(3 * host.Unit))}, {For: text(`${ duration("` + one + `") + duration("` + two + `") }`)},
			{Until: when(`now() + duration("` + duration(3*host.Unit) + `")`)},
		} {
			if _, err := newWorld(host).lasts(t, 3, flowOf(step("w", wait))); err != nil {
				t.Error(err)
			}
		}
	},

	"a value that was read as a whole does not change afterwards": func(t *testing.T, host Host) {
		gives(t, host, []any{map[string]any{"a": 1}, 2, map[string]any{"a": 1}},
			set("a", "${ 1 }"), set("all", "${ vars }"), set("a", "${ 2 }"), set("again", "${ vars.all }"),
			returns("${ [vars.all, vars.a, vars.again] }"))
	},

	"an inner scope reads the bindings of the outer one and has its own": func(t *testing.T, host Host) {
		inner := engine.Loop{Each: when("[1, 2]"), Width: 2, Collect: when("[vars, steps.before, vars.a]"), Do: steps(
			step("before", engine.Set{Vars: object(field("x", text("${ record }")))}), set("a", "${ vars.a + record }"))}
		turn := func(n int) any { return []any{map[string]any{"a": 1 + n, "x": n}, map[string]any{"x": n}, 1 + n} }
		gives(t, host, []any{[]any{turn(1), turn(2)}, map[string]any{"all": map[string]any{"a": 1}}, 2, nil},
			set("a", "${ 1 }"), step("loop", inner),
			step("both", engine.Parallel{Branches: []engine.Branch{{Name: "all", Steps: steps(step("one", engine.Return{Value: text("${ vars }")}))}}}),
			set("a", "${ 2 }"),
			returns("${ [steps.loop.items, steps.both, vars.a, steps?.before] }"))
	},

	"flows may run each other to a depth of 64": func(t *testing.T, host Host) {
		p := flowOf()
		p.Steps = steps(step("again", engine.CallFlow{To: p}))
		_, err := newWorld(host).runs(t, p)
		if e, ok := err.(*engine.Error); !ok || e.Cause.Kind != card.Invalid {
			t.Errorf("got %s", plain(err))
		}
	},

	"an input that is missing or wrong is reported before the flow starts": func(t *testing.T, host Host) {
		for _, given := range []map[string]engine.Value{nil, {"m": 1}, {"n": 1, "m": 1}} {
			w := newWorld(host)
			do := w.fakeDo(nothing)
			p := flowOf(callOf(do, 1))
			p.Inputs = []engine.Input{{Name: "n", Required: true}}
			w.run(t, func(t *testing.T, rt engine.Runtime) {
				out, err := run(rt, p, engine.Start{Run: "r1", Inputs: given})
				if out.Status != engine.Failed || kind(err) != card.Invalid {
					t.Errorf("%v: got %+v, %s", given, out, plain(err))
				}
			}, do)
			if log := w.seen(); len(log) > 0 {
				t.Errorf("%v: cards were called: %q", given, log)
			}
		}
	},

	"the error of an expression has its position and its step": func(t *testing.T, host Host) {
		_, err := newWorld(host).runs(t, flowOf(step("bad", engine.Return{Value: text("${ inputs.a.b.c }")})))
		if e, ok := err.(*engine.Error); !ok || e.Cause.Kind != card.Invalid || e.Pos.File != "f.yaml" || e.Place.String() != "bad" || e.Cause.Hint == "" {
			t.Errorf("got %+v", err)
		}
	},
}
