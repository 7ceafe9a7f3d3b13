package enginetest

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/card/cardtest"
)

type keyed struct {
	Key string `json:"key"`
}

// keys returns a list card of records with these keys on each page.
func (w *world) keys(page func(context.Context, int) error, pages ...[]string) card.Card {
	return card.NewList(card.Spec{Name: "fake.key.list", Effect: card.Reads, Key: "key"},
		func(ctx context.Context, _ card.Call, _ struct{}, at card.Cursor) (items []keyed, next card.Cursor, err error) {
			n, _ := strconv.Atoi(string(at))
			w.note("page %d", n)
			if page != nil {
				if err := page(ctx, n); err != nil {
					return nil, "", err
				}
			}
			for _, key := range pages[n] {
				items = append(items, keyed{key})
			}
			if n+1 < len(pages) {
				next = card.Cursor(strconv.Itoa(n + 1))
			}
			return items, next, nil
		})
}

// records adds the places of the run's records, in the order in which they start.
func (w *world) records(into *[]engine.Place) {
	w.listen = func(e engine.Event) {
		if e.Kind == engine.RecordStarted {
			*into = append(*into, e.Place)
		}
	}
}

// record runs a flow on a recorder.
func (w *world) record(t *testing.T, p *engine.Plan, cards ...card.Card) (out engine.Outcome, all *effects) {
	t.Helper()
	all = &effects{}
	w.run(t, func(t *testing.T, rt engine.Runtime) {
		t.Helper()
		var err error
		if out, err = run(&recorder{rt, all}, p, start); err != nil {
			t.Error(err)
		}
	}, cards...)
	return out, all
}

var places = tests{
	"records with the same key have different places and random numbers": func(t *testing.T, host Host) {
		w := newWorld(host)
		var at []engine.Place
		w.records(&at)
		list := w.keys(nil, []string{"a", "b", "a"}, nil, []string{"a", "a"})
		out, err := w.runs(t, flowOf(
			step("sweep", engine.Loop{Source: engine.CallCard{Card: list, Retry: once}, Width: 1, Do: steps(idle("s"))}),
			step("each", engine.Loop{Each: when(`["a", "b", "a", "a", "a"]`), Key: when("record"), Width: 4, Do: steps(set("u", "${ uuid() }")), Collect: when("vars.u")}),
			returns("${ steps.each.items }")), list)
		if err != nil {
			t.Fatal(err)
		}
		different := map[string]bool{}
		for _, p := range at {
			if p.Key() != "a" && p.Key() != "b" {
				t.Errorf("the key of %s is %q", p.ID(), p.Key())
			}
			different[p.ID()] = true
		}
		if len(at) != 10 || len(different) != 10 {
			t.Errorf("%d records have %d places", len(at), len(different))
		}
		drawn := map[engine.Value]bool{}
		for _, u := range out.Value.([]any) {
			drawn[u] = true
		}
		if len(drawn) != 5 {
			t.Errorf("5 records drew %v", out.Value)
		}
	},

	"each part of a step draws its own random numbers": func(t *testing.T, host Host) {
		w := newWorld(host)
		var at []engine.Place
		w.records(&at)
		helper := flowOf(returns("${ inputs.state.token }"))
		helper.Inputs = []engine.Input{{Name: "state"}}
		give := object(field("state", object(field("token", text("${ uuid() }")))))
		out, err := w.runs(t, flowOf(
			step("each", engine.Loop{
				Each: when("[1, 2]"), Key: when("uuid()"), Width: 1, To: helper,
				Pass: engine.Template{Fields: []engine.Field{{Name: "token", Value: text("${ uuid() }")}}},
			}),
			step("give", engine.Loop{Each: when("[1, 2]"), Width: 1, To: helper, Give: &give}),
			returns("${ concat(steps.each.items, steps.give.items) }")))
		if err != nil {
			t.Fatal(err)
		}
		drawn := map[string]bool{}
		for _, p := range at {
			drawn[p.Key()] = true
		}
		for _, token := range out.Value.([]any) {
			drawn[token.(string)] = true
		}
		if want := 2 + 1 + 2 + 2; len(drawn) != want { // the keys "0" and "1" of the second loop, too
			t.Errorf("two keys, the token that both records get, and one for each are %v", drawn)
		}
	},

	"any string is a key": func(t *testing.T, host Host) {
		keys := []string{"]", "].x", "[", "a].inner[b", "", "/", "a/b", "\x00", "%", "=", "#0", ".", "..", "«x»", strings.Repeat("k", 10_000)}
		w := newWorld(host)
		w.keeper = &keeper{w: w}
		var at []engine.Event
		results := map[string]bool{}
		w.listen = func(e engine.Event) {
			switch e.Kind {
			case engine.RecordStarted:
				at = append(at, e)
			case engine.LoopEnded:
				results[e.Results] = true
			}
		}
		list := w.keys(nil, keys)
		inner := engine.Loop{Each: when("[1, 2]"), Width: 1, Do: steps(idle("s"))}
		_, all := w.record(t, flowOf(step("outer", engine.Loop{
			Source: engine.CallCard{Card: list, Retry: once}, Key: when("record.key"), Width: 1, Do: steps(step("inner", inner)),
		})), list)
		all.unique(t)
		var got []string
		for _, e := range at {
			if e.Place.Name() == "outer" {
				got = append(got, e.Place.Key())
			}
		}
		if !slices.Equal(got, keys) {
			t.Errorf("got the keys %.100q", got)
		}
		streams := map[string]bool{"outer": true, "outer.inner": true}
		if !maps.Equal(all.streams, streams) || !maps.Equal(results, streams) {
			t.Errorf("streams %.100v and results %.100v; want outer and outer.inner", all.streams, results)
		}
	},

	"a page that is read again gives the same places in the same order": func(t *testing.T, host Host) {
		pages := [][]string{{"a", "b", "a"}, {}, {"a", "c"}}
		var first, again []engine.Place
		for i, into := range []*[]engine.Place{&first, &again} {
			w := newWorld(host)
			w.records(into)
			fails := w.failsOnce()
			if i == 0 {
				fails = nil
			}
			list := w.keys(fails, pages...)
			use := engine.CallCard{Card: list, Retry: engine.Retry{Attempts: 2}}
			if _, err := w.runs(t, flowOf(step("sweep", engine.Loop{Source: use, Width: 1, Do: steps(idle("s"))})), list); err != nil {
				t.Error(err)
			}
		}
		if len(first) != 5 || !cmp.Equal(first, again) {
			t.Errorf("got %v, then %v", first, again)
		}
	},

	"a list that is streamed a second time gives the same places except for the round": func(t *testing.T, host Host) {
		w := newWorld(host)
		var at []engine.Place
		w.records(&at)
		list := w.keys(nil, []string{"a", "a"}, []string{"a"})
		loop := engine.Loop{Source: engine.CallCard{Card: list, Retry: once}, Width: 1, Do: steps(idle("s"))}
		_, all := w.record(t, flowOf(set("n", "${ 0 }"), step("again", engine.Repeat{
			Steps: steps(step("sweep", loop), set("n", "${ vars.n + 1 }")), Until: when("vars.n == 2"), Max: 2,
		})), list)
		all.unique(t)
		if len(at) != 6 {
			t.Fatalf("%d records", len(at))
		}
		for i := range 3 {
			first, second := at[i].ID(), at[i+3].ID()
			if first == second || strings.Replace(first, "#0", "#1", 1) != second {
				t.Errorf("%s is %s the second time", first, second)
			}
		}
	},

	"every effect of a run has a unique place, which is the same when the flow runs again": func(t *testing.T, host Host) {
		var runs [2]*effects
		var drawn [2]engine.Value
		for i := range runs {
			w := newWorld(host)
			w.start = func(string, engine.Start) error { return nil }
			p, cards := everything(w)
			out, all := w.record(t, p, cards...)
			all.unique(t)
			runs[i], drawn[i] = all, out.Value
		}
		for _, kind := range []string{"call", "page", "stream", "record", "fork", "within", "start", "sleep", "run"} {
			if !slices.ContainsFunc(runs[0].all, func(e string) bool { return strings.HasPrefix(e, kind+" ") }) {
				t.Errorf("the flow has no effect of the kind %s", kind)
			}
		}
		if diff := cmp.Diff(runs[0].sorted(), runs[1].sorted()); diff != "" {
			t.Errorf("the effects of a second run differ:\n%s", diff)
		}
		if !cmp.Equal(drawn[0], drawn[1]) {
			t.Errorf("drew %v, then %v", drawn[0], drawn[1])
		}
	},
}

// idle returns a step without effects.
func idle(name string) engine.Step { return set(name, "x") }

// everything returns a flow with every verb that has an effect, nested in one another, with retries and limits.
func everything(w *world) (*engine.Plan, []card.Card) {
	retry := engine.Retry{Attempts: 3, Delay: w.Unit, Backoff: 1, Jitter: true}
	seen := map[string]int{}
	flaky := func(ctx context.Context, call card.Call, n int) error {
		var nth int
		w.happens(func() { seen[call.Place.ID()]++; nth = seen[call.Place.ID()] })
		switch {
		case nth <= 2 && n == 1: // two closed rate-limit windows
			return &card.Error{Kind: card.RateLimit, Message: "429", Wait: w.Unit}
		case nth == 1 && n == 2, nth == 3 && n == 1:
			return &card.Error{Kind: card.Unavailable, Message: "500"}
		case nth == 1 && n == 3:
			return w.hangs(ctx, n)
		}
		return nil
	}
	do := cardtest.Fake("fake.do", card.Idempotent,
		func(ctx context.Context, call card.Call, in numberInput) (numberInput, error) {
			return in, flaky(ctx, call, in.N)
		})
	list := w.keys(w.failsOnce(), []string{"a", "a", "]"}, nil, []string{"a", ""})
	source := engine.CallCard{Card: list, Retry: retry, Result: engine.All, Max: 10, Timeout: w.long()}
	slow := calls(do, 3, retry)
	slow.Timeout = 2 * w.Unit
	started := engine.StartFlow{To: &engine.Plan{Flow: "other"}}
	helper := &engine.Plan{Flow: "helper", Steps: steps(
		step("retried", calls(do, 2, retry)), step("start", started), step("wait", waits(w.Unit)), returns("${ uuid() }"))}
	body := steps(
		step("call", engine.CallFlow{To: helper}), step("again", engine.CallFlow{To: helper}),
		step("rounds", engine.Repeat{Steps: steps(callOf(do, 0), step("pause", waits(0))), Until: when("false || index > 1000"), Max: 2, Delay: w.Unit}),
	)
	body[2].Continue = true // because its rounds reach their maximum
	inner := engine.Loop{Each: when(`["x", "x"]`), Key: when("record"), Width: 2, Do: body, Collect: when("steps.call + steps.again + uuid()")}
	branch := func(name string) engine.Branch {
		return engine.Branch{Name: name, Steps: steps(step("inner", inner), step("windows", calls(do, 1, retry)))}
	}
	return flowOf(
		step("read", source),
		engine.Step{ID: "both", Name: "both", Timeout: w.long(), Do: engine.Parallel{Branches: []engine.Branch{branch("left"), branch("right")}}},
		step("sweep", engine.Loop{Source: source, Width: 3, To: &engine.Plan{Flow: "turn", Inputs: []engine.Input{{Name: "record"}}, Steps: steps(
			step("start", started), step("nested", engine.Parallel{Branches: []engine.Branch{{Name: "left", Steps: steps(step("again", engine.CallFlow{To: helper}))}}}))}}),
		step("choice", engine.If{When: when("true"), Then: steps(step("case", engine.Switch{Cases: []engine.Case{{Do: steps(step("slow", slow))}}}))}),
		engine.Step{Name: "try", Timeout: 4 * w.Unit, Continue: true, Do: engine.Try{
			Steps: steps(step("w", waits(w.long()))), Finally: steps(callOf(do, 0), step("w", waits(w.Unit))),
		}},
		step("caught", engine.Try{Steps: steps(callOf(do, 0), step("f", engine.Fail{Message: literal("m")})), Catch: []engine.Case{{Do: steps(callOf(do, 0))}}, Finally: steps(callOf(do, 0))}),
		returns("${ [uuid(), steps.both, random(), uuid()] }"),
	), []card.Card{do, list}
}
