package machines

import (
	"errors"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
)

// suspensions returns the plan of a run that suspends people.
func suspensions(logins ...string) *host.Plan {
	p := &host.Plan{Version: 1, ID: "p1", Flow: "f", Source: "s"}
	for i, login := range logins {
		p.Writes = append(p.Writes, host.PlannedWrite{
			Run: p.ID, Place: engine.Place{}.Step("s" + strconv.Itoa(i)), Card: "okta.user.suspend", Connection: "okta", Input: map[string]any{"user_id": login},
		})
	}
	return p
}

func TestAWorkerHoldsARunToThePlanOfItsJob(t *testing.T) {
	t.Parallel()
	w, job, _ := aWorker(t)
	if _, err := w.jobs.holds(t.Context(), job.Start.Run); err == nil {
		t.Error("a run without a plan is held to one")
	}
	w, job, _ = aWorker(t)
	var err error
	if job.Plan, err = packed(suspensions("ada@acme.example")); err != nil {
		t.Fatal(err)
	}
	hold, err := w.jobs.holds(t.Context(), job.Start.Run+".0123456789")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		run, step, login string
		fits             bool
	}{
		{"p1", "s0", "ada@acme.example", true}, {"p1", "s0", "joan@acme.example", false},
		{"p1", "s1", "ada@acme.example", false}, {"p2", "s0", "ada@acme.example", false},
	} {
		stale := hold(engine.Invocation{
			Place: engine.Place{}.Step(test.step), Card: "okta.user.suspend", Connection: "okta", In: map[string]any{"user_id": test.login},
		}, engine.AsOf{Run: test.run}, card.State{})
		if (stale == nil) != test.fits || stale != nil && stale.Code != host.CodeStalePlan {
			t.Errorf("%+v: got %v", test, stale)
		}
	}
}

func TestAPlanIsSentCompressed(t *testing.T) {
	t.Parallel()
	var alike, unlike []string
	for range 12_000 {
		alike = append(alike, "ada"+strconv.Itoa(rand.IntN(1e6))+"@acme.example")
		login := ""
		for range 20 {
			login += strconv.FormatUint(rand.Uint64(), 36)
		}
		unlike = append(unlike, login)
	}
	plan := suspensions(alike...)
	if err := MayHold(plan); err != nil {
		t.Errorf("a plan of %d changes: %v", len(alike), err)
	}
	data, err := packed(plan)
	if err != nil {
		t.Fatal(err)
	}
	again, err := unpacked(data)
	if err != nil || again.Digest() != plan.Digest() || !cmp.Equal(again.Writes[7].Input, plan.Writes[7].Input) {
		t.Errorf("%v, %+v", err, again)
	}
	if err := MayHold(suspensions(unlike...)); !errors.As(err, new(*host.UsageError)) {
		t.Errorf("a plan that is too large: %v", err)
	}
	if none, err := unpacked(nil); none != nil || err != nil {
		t.Errorf("no plan: %v, %v", none, err)
	}
	if _, err := unpacked([]byte("not a plan")); err == nil {
		t.Error("something else is a plan")
	}
}
