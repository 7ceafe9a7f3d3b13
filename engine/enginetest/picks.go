package enginetest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// picking returns the start of a run that processes picked records of one loop.
func picking(loop string, pick engine.Pick) engine.Start {
	return engine.Start{Run: "r1", Picks: map[string]engine.Pick{loop: pick}}
}

// over returns a loop over a list that does nothing else.
func over(source string) engine.Loop {
	return engine.Loop{Each: when(source), Width: 1, Key: when("record"), Do: steps(returns("${ record }"))}
}

// picks: a person selects records of the outermost loop.
var picks = tests{
	"only the records with the picked keys start, and at most max": func(t *testing.T, host Host) {
		for name, test := range map[string]struct {
			pick engine.Pick
			want int
			miss string
		}{
			"a key":                    {engine.Pick{Only: []string{"n70"}}, 1, ""},
			"two keys":                 {engine.Pick{Only: []string{"n70", "n3"}}, 2, ""},
			"a key twice":              {engine.Pick{Only: []string{"n70", "n70"}}, 1, ""},
			"max":                      {engine.Pick{Max: 7}, 7, ""},
			"keys up to max":           {engine.Pick{Max: 1, Only: []string{"n3", "n70"}}, 1, ""},
			"nothing":                  {engine.Pick{}, 120, ""},
			"no record":                {engine.Pick{None: true}, 0, ""},
			"a key that no record has": {engine.Pick{Only: []string{"n3", "x"}}, 0, `no record of sweep has the key "x"`},
		} {
			w := newWorld(host)
			list, do := w.lists(nil), w.fakeDo(nothing)
			w.run(t, func(t *testing.T, rt engine.Runtime) {
				out, err := run(rt, flowOf(step("sweep", sweep(list, do, 120)), step("return", engine.Return{Value: text("${ steps.sweep.read }")})), picking("sweep", test.pick))
				switch {
				case test.miss != "":
					if err == nil || err.Error() != test.miss || card.AsError(err).Kind != card.Invalid || out.Status != engine.Failed {
						t.Errorf("%s: got %s, %s", name, out.Status, plain(err))
					}
				case err != nil || out.Value != test.want:
					t.Errorf("%s: got %v, %s; want %d", name, out.Value, plain(err), test.want)
				}
			}, list, do)
		}
	},

	"other loops, and the loops inside of the one with the pick, process all their records": func(t *testing.T, host Host) {
		for name, pick := range map[string]engine.Pick{"only": {Only: []string{"b"}}, "max": {Max: 1}} {
			people := over(`["b", "c"]`)
			helper := flowOf(step("groups", over(`["x", "y", "b"]`)), returns("${ steps.groups.items }"))
			people.Do = steps(
				step("groups", over(`["x", "y", "b"]`)), step("called", engine.CallFlow{To: helper}), returns("${ [steps.groups.items, steps.called] }"))
			helped := people
			helped.Do, helped.To = nil, helper
			all := []any{"x", "y", "b"}
			for kind, want := range map[string]engine.Value{"do": []any{[]any{all, all}}, "to": []any{all}} {
				loop := people
				if kind == "to" {
					loop = helped
				}
				w := newWorld(host)
				w.run(t, func(t *testing.T, rt engine.Runtime) {
					p := flowOf(step("groups", over(`["x", "y", "b"]`)), step("people", loop), returns("${ [steps.groups.items, steps.people.items] }"))
					out, err := run(rt, p, picking("people", pick))
					if err != nil || !cmp.Equal(out.Value, engine.Value([]any{all, want})) {
						t.Errorf("%s, %s: got %v, %s; want %v", name, kind, out.Value, plain(err), want)
					}
				})
			}
		}
	},

	"every outer loop of a plan can be picked by its name": func(t *testing.T, host Host) {
		loop := func(name string) []engine.Step { return steps(step(name, over(`["a", "b"]`))) }
		called := flowOf(step("l", over(`["a", "b"]`)))
		fails := step("fail", engine.Fail{Message: literal("no")})
		p := flowOf(slices.Concat(loop("top"), steps(
			step("if", engine.If{When: when("true"), Then: loop("l")}),
			step("else", engine.If{When: when("false"), Else: loop("l")}),
			step("switch", engine.Switch{Cases: []engine.Case{{When: when("false")}, {When: when("true"), Do: loop("l")}}}),
			step("default", engine.Switch{Else: loop("l")}),
			step("both", engine.Parallel{Branches: []engine.Branch{{Name: "left", Steps: loop("l")}}}),
			step("try", engine.Try{Steps: append(loop("l"), fails), Catch: []engine.Case{{Do: loop("l")}}, Finally: loop("l")}),
			step("again", engine.Repeat{Steps: loop("l"), Until: when("true"), Max: 1}),
			step("call", engine.CallFlow{To: called}),
		))...)
		names := p.OuterLoops()
		want := []string{
			"top", "if.then.l", "else.else.l", "switch[1].l", "default.else.l", "both[left].l", "try.try.l", "try.catch.l", "try.finally.l", "again.l", "call.l",
		}
		if !cmp.Equal(names, want) {
			t.Errorf("got %q, want %q", names, want)
		}
		for _, name := range names {
			w, read := newWorld(host), map[string]int{}
			w.listen = func(e engine.Event) {
				if e.Kind == engine.RecordStarted {
					w.happens(func() { read[e.Place.Name()]++ })
				}
			}
			w.run(t, func(t *testing.T, rt engine.Runtime) {
				if _, err := run(rt, p, picking(name, engine.Pick{Max: 1})); err != nil {
					t.Errorf("%s: %s", name, plain(err))
				}
			})
			for _, other := range names {
				if n := read[other]; n != map[bool]int{true: 1, false: 2}[other == name] {
					t.Errorf("%d records of %s with a pick of one for %s", n, other, name)
				}
			}
		}
	},

	"a flow that is started gets the picks for its own loops": func(t *testing.T, host Host) {
		w := newWorld(host)
		child := flowOf(step("loop", over("[1]")))
		p := flowOf(step("bg", engine.StartFlow{To: child}), step("loop", over("[1]")), step("outer", engine.Loop{
			Each: when("[1]"), Width: 1, Do: steps(step("bg", engine.StartFlow{To: child}), returns("${ 1 }")),
		}))
		if names := p.OuterLoops(); fmt.Sprint(names) != "[bg.loop loop outer]" {
			t.Errorf("got %q", names)
		}
		var got []map[string]engine.Pick
		w.start = func(_ string, s engine.Start) error {
			w.happens(func() { got = append(got, s.Picks) })
			return nil
		}
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			if _, err := run(rt, p, picking("bg.loop", engine.Pick{Max: 2})); err != nil {
				t.Error(plain(err))
			}
		})
		if want := []map[string]engine.Pick{{"loop": {Max: 2}}, nil}; !cmp.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	},
}
