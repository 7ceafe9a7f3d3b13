package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/store"
)

// fused returns the fuse of a flow with limits, which keeps them in kept and the reason of its pause in why.
func fused(before keptLimits, kept *keptLimits, why *string, limits ...engine.Fuse) *fuse {
	for i := range limits {
		limits[i].Pos = flow.Pos{File: "f.yaml", Line: i + 1}
	}
	f := newFuse(&engine.Plan{Flow: "f", Limits: limits}, nil, before, nil, func(text string) { *why = text })
	f.root, f.now = "r1", func() time.Time { return time.Time{} }
	f.write = func(text json.RawMessage) error { *kept = readLimits(text); return nil }
	return f
}

func TestTheLowestLimitHoldsAndAWriteCountsForTwo(t *testing.T) {
	t.Parallel()
	var kept keptLimits
	var why string
	f := fused(keptLimits{}, &kept, &why,
		engine.Fuse{Measure: engine.WritesMeasure, Most: 3}, engine.Fuse{Flow: "g", Measure: engine.WritesMeasure, Most: 2}, engine.Fuse{Measure: engine.DestructiveMeasure, Most: 1})
	if !call(t, f, "a", 1, card.Destroys, changed, nil) || call(t, f, "b", 1, card.Destroys, changed, nil) {
		t.Fatalf("not one destructive change was permitted: %+v", f.soFar())
	}
	if want := "limit of 1 destructive change (f.yaml:3:0): 1 was made"; why != want {
		t.Errorf("got %q, want %q", why, want)
	}
	if !call(t, f, "c", 1, card.Creates, changed, nil) || call(t, f, "d", 1, card.Creates, changed, nil) {
		t.Errorf("not two changes were permitted: %+v", f.soFar()[engine.WritesMeasure])
	}
}

func TestWhatAPersonAllowsReplacesTheLimitsOfFlows(t *testing.T) {
	t.Parallel()
	var kept keptLimits
	var why string
	f := fused(keptLimits{Allow: map[engine.Measure]int64{engine.WritesMeasure: 2}}, &kept, &why, engine.Fuse{Measure: engine.WritesMeasure, Most: 1}, engine.Fuse{Measure: engine.StepsMeasure, Most: 9})
	for i := range 3 {
		if got := call(t, f, fmt.Sprint(i), 1, card.Creates, changed, nil); got != (i < 2) {
			t.Errorf("change %d: permitted: %t", i+1, got)
		}
	}
	if got := f.soFar()[engine.WritesMeasure].By; got != "--allow" {
		t.Errorf("the limit is set by %s", got)
	}
}

func TestAnUnknownLimitPausesTheRun(t *testing.T) {
	t.Parallel()
	var kept keptLimits
	var why string
	f := fused(keptLimits{}, &kept, &why, engine.Fuse{Measure: engine.WritesMeasure, Percent: 5, Of: &engine.CallCard{Card: card.Card{Spec: card.Spec{Name: "okta.user.list"}}}})
	f.open = func(engine.Fuse, engine.Use) (*engine.Counter, error) { return nil, errors.New("refused") }
	if call(t, f, "a", 1, card.Creates, changed, nil) {
		t.Error("a change was permitted")
	}
	if want := "limit of 5% of okta.user.list (f.yaml:1:0): the list cannot be read: refused"; why != want || f.full() {
		t.Errorf("got %q, want %q; reached: %t", why, want, f.full())
	}
	known := fused(keptLimits{Lists: map[string]int{"f writes okta okta.user.list": 59}}, &kept, &why, engine.Fuse{
		Flow: "f", Measure: engine.WritesMeasure, Percent: 5, Of: &engine.CallCard{Card: card.Card{Spec: card.Spec{Name: "okta.user.list"}}}})
	if got := known.soFar()[engine.WritesMeasure].Allowed; got != 2 {
		t.Errorf("5%% of 59 allow %v", got)
	}
}

// Steps outside of records, and those of open records, are passed again by a run that is resumed; the others are not.
func TestStepsCountOnceInAllProcesses(t *testing.T) {
	t.Parallel()
	var kept keptLimits
	var why string
	stream := engine.Place{}.Step("people")
	first, second := stream.Record(0, "a", 0), stream.Record(1, "b", 0)
	pass := func(f *fuse, run string, at ...engine.Place) {
		t.Helper()
		for _, place := range at {
			if err := f.step(run)(nil, place.Step("s")); err != nil {
				t.Fatal(err, why)
			}
		}
	}
	limit := func() engine.Fuse { return engine.Fuse{Measure: engine.StepsMeasure, Most: 8} }
	f := fused(keptLimits{}, &kept, &why, limit())
	pass(f, "r1", engine.Place{}, first, first, second)
	f.see("r1", engine.Event{Kind: engine.RecordEnded, Place: first, Status: engine.Succeeded})
	f.see("r1", engine.Event{Kind: engine.RecordEnded, Place: second, Status: engine.Canceled})
	pass(f, "r1.a", engine.Place{})
	f.runEnded("r1.a")
	if killed := kept; killed.Steps < 3 {
		t.Errorf("a process that is killed leaves %d steps; want the 3 of what has ended at least", killed.Steps)
	}
	if err := f.close(); err != nil || kept.Steps != 3 {
		t.Errorf("a process that ends leaves %d steps, %v; want 3", kept.Steps, err)
	}
	f = fused(kept, &kept, &why, limit())
	f.meters[engine.StepsMeasure].made = kept.Steps
	pass(f, "r1", engine.Place{}, second)
	if got := f.soFar()[engine.StepsMeasure].Used; got != 5 {
		t.Errorf("%v steps were used after the same steps again; want 5", got)
	}
	pass(f, "r1", second, second, second)
	if err := f.step("r1")(nil, second.Step("s")); !engine.IsCanceled(err) || why != "limit of 8 steps (f.yaml:1:0): 8 were started" {
		t.Errorf("got %v, %q", err, why)
	}
}

func TestTheTimeOfAllProcessesCounts(t *testing.T) {
	t.Parallel()
	var kept keptLimits
	var why string
	f := fused(keptLimits{}, &kept, &why, engine.Fuse{Measure: engine.TimeMeasure, Most: int64(time.Hour)})
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	now := start
	f.now, f.time = func() time.Time { return now }, runTime{since: start, before: 40 * time.Minute}
	if err := f.step("r1")(nil, engine.Place{}.Step("s")); err != nil {
		t.Error(err)
	}
	now = start.Add(20 * time.Minute)
	if err := f.step("r1")(nil, engine.Place{}.Step("s")); !engine.IsCanceled(err) || why != "limit of 1h0m0s (f.yaml:1:0): the run went on for 1h0m0s" {
		t.Errorf("got %v, %q", err, why)
	}
}

func TestARunThatPausesBeforeItsLoopHasNotFailed(t *testing.T) {
	t.Parallel()
	for status, want := range map[engine.Status]engine.Status{store.Paused: store.Paused, engine.Canceled: engine.Canceled, engine.Succeeded: engine.Failed} {
		r := &Report{Status: status}
		if r.needPicked(map[string]engine.Pick{"l": {Only: []string{"1"}}}); r.Status != want {
			t.Errorf("%s: got %s", status, r.Status)
		}
	}
}

func TestAChangedFlowDoesNotRaiseALimitOfARunThatGoesOn(t *testing.T) {
	t.Parallel()
	var kept keptLimits
	var why string
	low, high := engine.Fuse{Flow: "f", Measure: engine.WritesMeasure, Most: 1}, engine.Fuse{Flow: "f", Measure: engine.WritesMeasure, Most: 100}
	started := fused(keptLimits{}, &kept, &why, low).kept
	for _, now := range [][]engine.Fuse{{high}, {}} {
		f := fused(started, &kept, &why, now...)
		if got := f.writes().Allowed; got != 1 {
			t.Errorf("%v: %d are allowed", now, got)
		}
		if again := fused(f.kept, &kept, &why, now...); again.writes().Allowed != 1 || len(again.kept.Bounds) != 1+len(now) {
			t.Errorf("%v: later, %+v are allowed", now, again.kept)
		}
	}
	lower := fused(fused(keptLimits{}, &kept, &why, high).kept, &kept, &why, low)
	if got := lower.writes().Allowed; got != 1 {
		t.Errorf("a lower limit: %d are allowed", got)
	}
	started.Allow = map[engine.Measure]int64{engine.WritesMeasure: 7}
	if got := fused(started, &kept, &why, high).writes().Allowed; got != 7 {
		t.Errorf("with --allow: %d are allowed", got)
	}
	percent := keptBound{Measure: engine.WritesMeasure, Percent: 10, List: "l"}
	if b := percent.restored(nil, map[string]int{"l": 50}); b.allowed() != 5 || !b.known {
		t.Errorf("of a list that was read: %d are allowed", b.allowed())
	}
	if b := percent.restored(nil, nil); b.allowed() != 0 || !b.known {
		t.Errorf("of a list that was not read: %d are allowed", b.allowed())
	}
}

func TestTheTimeOfAStepEndsItsApproval(t *testing.T) {
	t.Parallel()
	now := time.Now()
	ctx, cancel := context.WithDeadline(t.Context(), now.Add(time.Hour))
	defer cancel()
	for most, want := range map[time.Duration]time.Duration{time.Minute: time.Minute, 2 * time.Hour: time.Hour} {
		if got := within(ctx, now, most); got != want {
			t.Errorf("%s: got %s", most, got)
		}
	}
	if got := within(t.Context(), now, time.Minute); got != time.Minute {
		t.Errorf("without a time limit: got %s", got)
	}
}

func TestAnApprovalOfARunThatHasEndedIsNotOpen(t *testing.T) {
	t.Parallel()
	for status, want := range map[engine.Status]store.ApprovalState{engine.Failed: store.WithdrawnApproval, store.Paused: store.OpenApproval} {
		if got := newApproval(store.Approval{State: store.OpenApproval}, store.Run{Status: status}).Status; got != want {
			t.Errorf("%s: got %s", status, got)
		}
	}
}

func TestAWriteThatWasNotDoneGivesItsPlaceBack(t *testing.T) {
	t.Parallel()
	var kept keptLimits
	var why string
	before := map[engine.Measure]*Allowance{engine.WritesMeasure: {Allowed: 3, Used: 3, InDoubt: 1, Reached: true}}
	n := store.Changed{Made: 3, InDoubt: []store.Write{{At: 7, Run: "r1", Intent: engine.Intent{Attempt: 1}}}}
	for done, again := range map[bool]bool{true: true, false: false} {
		f := fused(keptLimits{}, &kept, &why, engine.Fuse{Flow: "f", Measure: engine.WritesMeasure, Most: 3})
		f.resume(store.Run{}, withoutUndone(n, map[int64]bool{7: done}), before)
		if err := f.pausesAgain(store.Run{Status: store.Paused}, before); (err != nil) != again {
			t.Errorf("done: %t: got %v", done, err)
		}
	}
}
