package store

import (
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/engine/veil"
)

func TestAStartThatWaitsHasTheReasonThatTheLeaderKnows(t *testing.T) {
	t.Parallel()
	v := veil.New()
	v.Learn("correct horse")
	s := open(t, Config{State: t.TempDir(), Veil: v})
	submit(t, s, []bool{true}, occasionAt("e1", noon))
	reason := func() string {
		t.Helper()
		all, err := s.Starts(t.Context(), StartFilter{})
		if err != nil || len(all) != 1 || all[0].By != "an event" || all[0].Value != nil {
			t.Fatalf("got %+v, %v", all, err)
		}
		return all[0].Reason
	}
	if got := reason(); got != "no server runs" {
		t.Errorf("got %q", got)
	}
	lead, err := s.Lead(t.Context(), time.Time{})
	must(t, err)
	must(t, s.Hold(t.Context(), lead, "sweep", "the password correct horse is wrong"))
	if got := reason(); got != "the password "+v.String("correct horse")+" is wrong" {
		t.Errorf("got %q", got)
	}
	must(t, s.ReleaseHold(t.Context(), lead, "sweep"))
	if got := reason(); got != "" {
		t.Errorf("got %q after the flow was released", got)
	}
	must(t, s.Hold(t.Context(), lead, "sweep", "closed"))
	next, err := s.Lead(t.Context(), time.Time{})
	must(t, err)
	if got := reason(); got != "" {
		t.Errorf("got %q, which an earlier leader has known", got)
	}
	if err := s.Hold(t.Context(), lead, "sweep", "closed"); err == nil {
		t.Error("one that does not lead any more must not")
	}
	must(t, next.Resign(t.Context()))
}

func TestStartsThatWaitAreDropped(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	s := open(t, Config{State: state})
	other := occasionAt("e3", noon)
	other.Flow = "other"
	submit(t, s, []bool{true, true, true}, occasionAt("e1", noon), occasionAt("e2", noon), other)
	drop := func(want int, ids []int64, flow string) {
		t.Helper()
		if n, err := s.DropWaiting(t.Context(), ids, flow, "dropped by a person"); err != nil || n != want {
			t.Errorf("dropped %d, %v; want %d", n, err, want)
		}
	}
	drop(1, []int64{1, 99}, "")
	drop(0, []int64{1}, "")
	if n, err := s.CountWaiting(t.Context(), "sweep"); err != nil || n != 1 {
		t.Errorf("%d wait, %v; want 1", n, err)
	}
	drop(1, nil, "sweep")
	submit(t, s, []bool{false}, occasionAt("e1", noon)) // it is known, and starts nothing
	must(t, s.Close())
	s = open(t, Config{State: state})
	all, err := s.Starts(t.Context(), StartFilter{Status: Waiting})
	if err != nil || len(all) != 1 || all[0].Flow != "other" {
		t.Errorf("got %+v, %v; want the one of the other flow", all, err)
	}
}
