package host

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// recordEvents returns the events of record n of a stream, with a loop in it.
func recordEvents(n int) []engine.Event {
	at := fmt.Sprintf("sweep[00g%d]", n)
	failure := error(&engine.Error{Cause: &card.Error{Kind: card.NotFound, Message: "no user for " + at}, Place: place(at + ".card-1"), Title: "Suspend"})
	status, err := engine.Succeeded, error(nil)
	switch n % 4 {
	case 1:
		status, err = engine.Failed, failure
	case 2:
		status = engine.Skipped
	}
	limited := &card.Error{Kind: card.RateLimit, Message: "too many"}
	return []engine.Event{
		{Kind: engine.RecordStarted, Place: place(at)},
		began(at+".apps", "each", ""),
		{Kind: engine.Counted, Place: place(at + ".apps"), Total: 1},
		{Kind: engine.RecordStarted, Place: place(at + ".apps[0]")},
		{Kind: engine.Retrying, Place: place(at + ".apps[0].card-1"), Card: "okta.user.suspend", Attempt: 1, Err: limited},
		{Kind: engine.Waited, Place: place(at + ".apps[0].card-1"), Card: "okta.user.suspend", Err: limited},
		{Kind: engine.Wrote, Card: "okta.user.suspend", Changed: n%3 == 0},
		{Kind: engine.RecordEnded, Place: place(at + ".apps[0]"), Status: engine.Succeeded},
		{Kind: engine.LoopEnded, Place: place(at + ".apps"), Results: "sweep.apps"},
		ended(at+".apps", "each", "", engine.Succeeded, nil),
		{Kind: engine.StepEnded, Place: place(at + ".card-2"), Verb: "card", Status: engine.Failed, Err: failure, Continued: n%5 == 0},
		{Kind: engine.RecordEnded, Place: place(at), Status: status, Err: err},
	}
}

// A stream whose records are counted in several processes, and in one.
func TestTheSumsOfPartsAreTheCountsOfTheWhole(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		chance := rand.New(rand.NewPCG(seed, 1))
		now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
		clock := func() time.Time { return now }
		whole, run := NewWatch(clock, nil), NewWatch(clock, nil)
		see := func(part *Watch, events ...engine.Event) {
			for _, e := range events {
				whole.See(e)
				part.See(e)
				now = now.Add(100 * time.Millisecond)
			}
		}
		see(run, aRun()[:6]...)
		see(run, began("sweep", "stream", "okta.group.list"))
		for n := 0; n < 20; {
			chunk := NewWatch(clock, nil)
			for range 1 + chance.IntN(5) {
				see(chunk, recordEvents(n)...)
				n++
			}
			add(t, run, chunk)
		}
		see(run, engine.Event{Kind: engine.Counted, Place: place("sweep"), Total: 20}, engine.Event{Kind: engine.LoopEnded, Place: place("sweep"), Results: "sweep"},
			ended("sweep", "stream", "okta.group.list", engine.Succeeded, nil), engine.Event{Kind: engine.Responded, Response: &engine.Response{Status: 200, Body: 12345678901234567}})
		if diff := cmp.Diff(sumOf(t, whole), sumOf(t, run)); diff != "" {
			t.Fatalf("seed %d (- one watch, + parts):\n%s", seed, diff)
		}
		again := NewWatch(clock, nil)
		add(t, again, run)
		if diff := cmp.Diff(sumOf(t, whole), sumOf(t, again)); diff != "" {
			t.Fatalf("seed %d: after one more (- one watch, + parts):\n%s", seed, diff)
		}
		want, got := reportText(t, whole), reportText(t, again)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("seed %d: the report (- one watch, + parts):\n%s", seed, diff)
		}
	}
}

func TestASumIsBounded(t *testing.T) {
	t.Parallel()
	w := watched()
	const kinds, each = 2000, 3
	for n := range kinds * each {
		w.See(engine.Event{Kind: engine.RecordStarted, Place: place("sweep[0]")})
		w.See(engine.Event{Kind: engine.RecordEnded, Place: place("sweep[0]"), Status: engine.Failed, Err: fmt.Errorf("%d %02000d", n/each, 0)})
		w.See(ended(fmt.Sprintf("step-%d", n), "card", "okta.user.get", engine.Failed, fmt.Errorf("%02000d", n)))
	}
	text, err := w.Sum()
	if err != nil || len(text) > 1<<20 {
		t.Fatalf("%d bytes, %v", len(text), err)
	}
	all := watched()
	if err := all.Add(text); err != nil {
		t.Fatal(err)
	}
	r := all.Report()
	if got := r.Streams["sweep"].Failed; got != kinds*each {
		t.Errorf("%d records failed, want %d", got, kinds*each)
	}
	shown, rest := r.Failures.Largest(1)
	if total := shown[0].Count + rest; total != kinds*each {
		t.Errorf("the errors count %d records, want %d", total, kinds*each)
	}
	if n := len(r.Steps); n != mostSumSteps || r.Steps[n-1].Path != fmt.Sprintf("step-%d", kinds*each-1) {
		t.Errorf("%d steps, the last is %s", n, r.Steps[n-1].Path)
	}
}

func add(t *testing.T, to, part *Watch) {
	t.Helper()
	text, err := part.Sum()
	if err == nil {
		err = to.Add(text)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func sumOf(t *testing.T, w *Watch) string {
	t.Helper()
	text, err := w.Sum()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func reportText(t *testing.T, w *Watch) string {
	t.Helper()
	text, err := json.MarshalIndent(w.Report(), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
