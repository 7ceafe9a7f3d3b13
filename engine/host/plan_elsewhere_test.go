package host

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/store"
)

func TestAFetchedRunSaysHowItDifferedFromItsPlan(t *testing.T) {
	t.Parallel()
	w := office(t)
	checked, conns := w.ready(t, "move")
	start := engine.Start{Inputs: map[string]engine.Value{"group": "00g1", "key": "sw0rdfish"}}
	plan := NewPlan(w.runs(t, Run{Flow: checked, Connections: conns, Start: engine.Start{Inputs: start.Inputs, DryRun: true, Plan: true}}))
	if len(plan.Writes) < 4 {
		t.Fatalf("the plan has %+v", plan.Writes)
	}
	elsewhere := plan.Writes[3]
	elsewhere.Run, elsewhere.Target = "another", "of a run that was started"
	nowhere := elsewhere
	nowhere.Run, nowhere.Target = "third", "of a run that was not started"
	plan.Writes = append(plan.Writes[:3], elsewhere, nowhere)
	run := store.Run{Start: engine.Start{Run: "r", AsOf: plan.AsOf()}}
	runs := w.HeldRuns(plan, []string{plan.ID, "another"})
	if none, err := w.heldThen(t.Context(), nil, Fetched{Run: store.Run{}, Held: runs}); err != nil || none.soFar(engine.Succeeded) != nil {
		t.Errorf("a run that was held to no plan has one: %v", err)
	}

	h, err := w.heldThen(t.Context(), nil, Fetched{Run: run, Held: runs})
	if err != nil {
		t.Fatal(err)
	}
	h.reached(plan.Writes[0].Place)
	stale := &card.Error{Kind: card.Conflict, Code: CodeStalePlan, Message: notAsPlanned + "it is another one"}
	h.notMade(NotMade{Place: plan.Writes[1].Place, Card: plan.Writes[1].Card, Target: "ada@acme.example", Err: stale})
	h.notMade(NotMade{Place: engine.Place{}.Step("new"), Card: "okta.user.suspend", Target: "sw0rdfish", Err: stale})
	got := h.soFar(engine.SucceededWithErrors)
	w.config.Veil.Learn("sw0rdfish")
	type told struct{ Target, Why string }
	var all []told
	for _, s := range append(got.Stale, got.Unreached...) {
		all = append(all, told{s.Target, s.Why})
	}
	want := []told{
		{"ada@acme.example", "it is another one"}, {"[secret]", "it is another one"},
		{plan.Writes[2].Target, "the run did not come to it"}, {"of a run that was not started", "the run did not come to it"},
	}
	if diff := cmp.Diff(want, all); diff != "" || got.NotMade != 2 || got.Digest != plan.Digest() {
		t.Errorf("got %+v\n%s", got, diff)
	}
	h.more = []*HeldTo{got}
	if of := h.soFar(engine.SucceededWithErrors); of.NotMade != 4 || len(of.Stale) != 4 || of.NotReached != 2*got.NotReached || len(of.Unreached) != 2*len(got.Unreached) {
		t.Errorf("with what a run that it started says of it: %+v", of)
	}
	h.more = nil
	if of := h.soFar(engine.Canceled); len(of.Unreached) > 0 {
		t.Errorf("of a run that was stopped: %+v", of.Unreached)
	}
}

func TestAnApprovalElsewhereIsBoundToThePlan(t *testing.T) {
	t.Parallel()
	w, e := elsewhere(t)
	e.Approvals = []Asked{{Place: engine.Place{}.Step("go"), Ask: engine.Approval{Prompt: "Go?", For: time.Hour}, Since: e.Run.Started}}
	digest := func(held *Plan) string {
		if e.Held = nil; held != nil {
			to := held.HeldTo()
			e.Held = &to
		}
		p, err := w.PastElsewhere(e)
		if err != nil || len(p.Report.Approvals) != 1 || p.Report.Reason != "waits for an approval: Go?" || (p.Report.Plan != nil) != (held != nil) {
			t.Fatalf("%v, %+v", err, p)
		}
		return p.Report.Approvals[0].Digest
	}
	none, one, other := digest(nil), digest(&Plan{ID: "p1"}), digest(&Plan{ID: "p2"})
	if none == one || one == other {
		t.Errorf("the digests of what is asked are %s, %s and %s", none, one, other)
	}
}
