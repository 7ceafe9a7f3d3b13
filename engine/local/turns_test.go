package local_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/enginetest/generated"
	"github.com/flowdeck/flowdeck/engine/local"
)

// elsewhere is a Runtime that runs the turns of streams as another process would: from JSON.
type elsewhere struct {
	engine.Runtime
	t    *testing.T
	plan *engine.Plan // nil: turns run in place
	ran  *int         // number of turns
}

func (e elsewhere) on(rt engine.Runtime) elsewhere { return elsewhere{rt, e.t, e.plan, e.ran} }

func (e elsewhere) Fork(at engine.Place, n int, body func(engine.Runtime, int) error) error {
	return e.Runtime.Fork(at, n, func(rt engine.Runtime, i int) error { return body(e.on(rt), i) })
}

// Within makes each limit longer by a time of its own, so that none ends when a wait or another limit does: which of them came first
// would be left to chance.
func (e elsewhere) Within(l engine.Limit, body func(engine.Runtime) error) error {
	more := time.Duration(len(l.Place.ID())) * time.Microsecond
	if l.For += more; !l.Until.IsZero() {
		l.Until = l.Until.Add(more)
	}
	return e.Runtime.Within(l, func(rt engine.Runtime) error { return body(e.on(rt)) })
}

func (e elsewhere) Stream(
	w engine.Window, read func(engine.Runtime, card.Cursor) (engine.Batch, error), here func(engine.Runtime, engine.Record) (engine.Outcome, error),
) (engine.Tally, error) {
	reads := func(rt engine.Runtime, at card.Cursor) (engine.Batch, error) { return read(e.on(rt), at) }
	if e.plan == nil {
		return e.Runtime.Stream(w, reads, func(rt engine.Runtime, r engine.Record) (engine.Outcome, error) { return here(e.on(rt), r) })
	}
	turns := sent(e.t, w.Turns())
	turn, stop, err := e.plan.Turns(turns)
	if err != nil {
		e.t.Error(err)
	}
	data, start := sent(e.t, w), e.Runtime.Now()
	var after *engine.Reading
	w.Stop = stop
	reads = func(rt engine.Runtime, at card.Cursor) (engine.Batch, error) { // each page in a process of its own
		read, far, err := e.plan.List(since{e.on(rt), start}, turns, data, after)
		if err != nil {
			return engine.Batch{}, err
		}
		batch, err := read(e.on(rt), at)
		now := sent(e.t, far())
		after = &now
		return batch, err
	}
	tally, err := e.Runtime.Stream(w, reads,
		func(rt engine.Runtime, r engine.Record) (engine.Outcome, error) {
			*e.ran++
			out, err := turn(e.on(rt), sent(e.t, r))
			return sent(e.t, out), sent(e.t, engine.ErrorJSON{Err: err}).Err
		})
	tally.Reading = after
	return sent(e.t, tally), err
}

// since is a Runtime whose expressions see the time at which a stream was started.
type since struct {
	engine.Runtime
	start time.Time
}

func (s since) Moment(engine.Place) time.Time { return s.start }

// sent returns a value as it arrives in another process.
func sent[T any](t *testing.T, v T) (arrived T) {
	data, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(data, &arrived)
	}
	if err != nil {
		t.Errorf("%T: %v", v, err)
	}
	return arrived
}

func TestATurnFromItsDataIsThatOfTheRun(t *testing.T) {
	t.Parallel()
	cards, turns := generated.Cards(), 0
	for i := range 80 {
		text := generated.Text(fmt.Appendf(nil, "turn %d", i))
		plan := generated.Plan(text, cards)
		if plan == nil {
			continue
		}
		picks := map[string]engine.Pick{}
		for _, loop := range plan.OuterLoops() {
			picks[loop] = []engine.Pick{{}, {Only: []string{"1", "p2", "missing"}}, {Skip: []string{"0", "p1", "p1"}}, {Max: 2}}[i%4]
		}
		for _, dry := range []bool{false, true} {
			var runs [2][]string
			for way := range runs {
				synctest.Test(t, func(t *testing.T) {
					see := func(format string, args ...any) { runs[way] = append(runs[way], fmt.Sprintf(format, args...)) }
					rt := elsewhere{t: t, ran: &turns}
					if way == 1 {
						rt.plan = plan
					}
					rt.Runtime = local.New(t.Context(), local.Config{
						Run: "r1", Cards: cards, Connections: generated.Connections(), Keeper: keeper{}, Serial: true,
						Start: func(flow string, s engine.Start) error { see("start %s %v", flow, s); return nil },
						Await: func(_ context.Context, at engine.Place, _ engine.Approval) (engine.Decision, error) {
							return engine.Decision{Approved: len(at.ID())%2 == 0, By: "grace"}, nil
						},
						Listen: func(e engine.Event) { see("%d %s %s %v %v", e.Kind, e.Place.ID(), e.Status, e.Err, e.Write) },
					})
					out, err := engine.Run(rt, plan, engine.Start{Run: "r1", By: "ada", DryRun: dry, Picks: picks})
					see("%v %v", out, err)
				})
			}
			if diff := cmp.Diff(runs[0], runs[1]); diff != "" {
				t.Fatalf("dry %t (- in the run, + from its data):\n%s\n%s", dry, diff, text)
			}
		}
	}
	if turns < 200 {
		t.Errorf("only %d turns ran", turns)
	}
}

func TestTurnsOfAnotherPlanAreRefused(t *testing.T) {
	t.Parallel()
	cards := generated.Cards()
	text := "flow: f\nsteps:\n  - each: [1, 2]\n    do:\n      - wait: %ds\n"
	one, two := generated.Plan(fmt.Sprintf(text, 1), cards), generated.Plan(fmt.Sprintf(text, 2), cards)
	at := engine.Place{}.Step("each-1")
	for want, t2 := range map[string]engine.Turns{
		`flow "f" is not the one of which the run has turns`: {Plan: one.Digest(), Loop: at},
		"flow f has no loop at other":                        {Plan: two.Digest(), Loop: engine.Place{}.Step("other")},
	} {
		if _, _, err := two.Turns(t2); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
