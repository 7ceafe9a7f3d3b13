package host

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/enginetest"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/veil"
)

// watched returns a Watch that has seen events, one every 100 ms.
func watched(events ...engine.Event) *Watch {
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	w := NewWatch(func() time.Time { return now }, nil)
	for _, e := range events {
		w.See(e)
		now = now.Add(100 * time.Millisecond)
	}
	return w
}

// Short names for the events that the tests use.
var place, began, ended, record = enginetest.At, enginetest.Began, enginetest.Ended, enginetest.Processed

// aRun returns the events of a run with a branch, a stream, and a stream nested in it.
func aRun() []engine.Event {
	return []engine.Event{
		began("check", "if", ""),
		began("check.then.try", "card", "okta.group.get"),
		{Kind: engine.Retrying, Place: place("check.then.try"), Card: "okta.group.get", Attempt: 1, Err: &card.Error{Message: "down"}},
		ended("check.then.try", "card", "okta.group.get", engine.Failed, &card.Error{Kind: card.NotFound, Message: "no such group"}),
		ended("check", "if", "", engine.Succeeded, nil),
		ended("stop-1", "stop", "", engine.Skipped, nil),
		began("sweep", "stream", "okta.group.list"),
		{Kind: engine.Counted, Place: place("sweep"), Total: 2},
		{Kind: engine.RecordStarted, Place: place("sweep[00g1]")},
		began("sweep[00g1].apps", "each", ""),
		{Kind: engine.Counted, Place: place("sweep[00g1].apps"), Total: 1},
		{Kind: engine.RecordStarted, Place: place("sweep[00g1].apps[0]")},
		ended("sweep[00g1].apps[0].card-1", "card", "okta.user.suspend", engine.Succeeded, nil),
		{Kind: engine.Wrote, Card: "okta.user.suspend", Changed: true},
		{Kind: engine.InDoubt, Card: "okta.user.suspend", Err: &card.Error{Kind: card.Timeout, Message: "no answer"}},
		{Kind: engine.RecordEnded, Place: place("sweep[00g1].apps[0]"), Status: engine.Succeeded},
		{Kind: engine.LoopEnded, Place: place("sweep[00g1].apps"), Results: "runs/r1/sweep.apps.jsonl"},
		ended("sweep[00g1].apps", "each", "", engine.Succeeded, nil),
		{Kind: engine.RecordEnded, Place: place("sweep[00g1]"), Status: engine.Succeeded},
	}
}

func TestTheStepsOfARepeatAreListedForItsLastRounds(t *testing.T) {
	t.Parallel()
	w := NewWatch(time.Now, nil)
	start := func(at engine.Place, verb string) {
		w.See(engine.Event{Kind: engine.StepStarted, Place: at, Verb: verb})
	}
	end := func(at engine.Place, verb string) {
		w.See(engine.Event{Kind: engine.StepEnded, Place: at, Verb: verb, Status: engine.Succeeded})
	}
	poll := place("poll")
	start(poll, "repeat")
	const rounds = 1000
	for n := range rounds {
		for _, name := range []string{"ask", "wait"} {
			at := poll.Round(n).Step(name)
			start(at, "card")
			end(at, "card")
			if len(w.steps) > 500 {
				t.Fatalf("%d steps are kept in round %d", len(w.steps), n)
			}
		}
	}
	end(poll, "repeat")
	steps := w.Report().Steps
	if len(steps) != 1+2*100 || steps[0].Path != "poll" || steps[0].Earlier != 0 {
		t.Fatalf("%d steps, the first is %+v", len(steps), steps[0])
	}
	for i, s := range steps[1:] {
		round, name, earlier := rounds-100+i/2, []string{"ask", "wait"}[i%2], 0
		if i < 2 {
			earlier = rounds - 100
		}
		if want := poll.Round(round).Step(name).String(); s.Path != want || s.Earlier != earlier {
			t.Errorf("step %d is %s, after %d; want %s, after %d", i, s.Path, s.Earlier, want, earlier)
		}
	}
}

// The object of --json is an interface: the names and the order of its fields must not change.
func TestReportIsAsDocumented(t *testing.T) {
	t.Parallel()
	w := watched(append(aRun(),
		engine.Event{Kind: engine.LoopEnded, Place: place("sweep"), Results: "runs/r1/sweep.jsonl"},
		ended("sweep", "stream", "okta.group.list", engine.Canceled, engine.ErrCanceled))...)
	o := &Connections{ids: map[string]card.Identity{"okta": {Org: "acme.okta.com", As: "ada"}}}
	r := newReport("r1", &engine.Plan{Flow: "f"}, o, w, Waits{Total: 1500 * time.Millisecond},
		engine.Outcome{Status: engine.Canceled}, engine.ErrCanceled, 2*time.Second)
	var got bytes.Buffer
	encoder := json.NewEncoder(&got)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(r); err != nil {
		t.Fatal(err)
	}
	const want = `{
  "run": "r1",
  "flow": "f",
  "status": "canceled",
  "result": null,
  "error": null,
  "steps": [
    {
      "id": "check",
      "path": "check",
      "verb": "if",
      "status": "succeeded",
      "began": "2026-11-22T08:00:00Z",
      "seconds": 0.4
    },
    {
      "id": "try",
      "path": "check.then.try",
      "verb": "card",
      "card": "okta.group.get",
      "status": "failed",
      "began": "2026-11-22T08:00:00.1Z",
      "seconds": 0.2,
      "retries": 1,
      "error": {
        "kind": "not_found",
        "message": "no such group"
      }
    },
    {
      "id": "stop-1",
      "path": "stop-1",
      "verb": "stop",
      "status": "skipped",
      "began": "2026-11-22T08:00:00.5Z",
      "seconds": 0
    },
    {
      "id": "sweep",
      "path": "sweep",
      "verb": "stream",
      "card": "okta.group.list",
      "status": "canceled",
      "began": "2026-11-22T08:00:00.6Z",
      "seconds": 1.4
    }
  ],
  "streams": {
    "sweep": {
      "read": 1,
      "ok": 1,
      "skipped": 0,
      "failed": 0,
      "results": "runs/r1/sweep.jsonl"
    },
    "sweep.apps": {
      "read": 1,
      "ok": 1,
      "skipped": 0,
      "failed": 0,
      "results": "runs/r1/sweep.apps.jsonl"
    }
  },
  "writes": {
    "okta.user.suspend": {
      "calls": 1,
      "changed": 1,
      "in_doubt": 1
    }
  },
  "retries": 1,
  "waited_on_limits": 1.5,
  "seconds": 2,
  "connections": {
    "okta": {
      "org": "acme.okta.com",
      "as": "ada",
      "simulated": false
    }
  }
}
`
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Error(diff)
	}
}

func TestLengthOfAStreamIsKnownWhenTheLengthsOfAllItsListsAreKnown(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		stream string
		events []engine.Event
		want   int
		known  bool
	}{
		{"before the last page", "sweep", []engine.Event{began("sweep", "stream", "")}, 0, false},
		{"after it", "sweep", []engine.Event{began("sweep", "stream", ""), {Kind: engine.Counted, Place: place("sweep"), Total: 7}}, 7, true},
		{"in a second round", "again.sweep", []engine.Event{
			began("again[0].sweep", "stream", ""), {Kind: engine.Counted, Place: place("again[0].sweep"), Total: 7}, ended("again[0].sweep", "stream", "", engine.Succeeded, nil),
			began("again[1].sweep", "stream", ""),
		}, 7, false},
		{"in another branch", "both[a].sweep", []engine.Event{
			{Kind: engine.StepStarted, Place: place("both").Branch("a").Step("sweep"), Verb: "stream"},
			{Kind: engine.StepStarted, Place: place("both").Branch("b").Step("sweep"), Verb: "stream"},
			{Kind: engine.Counted, Place: place("both").Branch("a").Step("sweep"), Total: 7},
		}, 7, true},
		{"inside of another", "sweep.apps", aRun(), 1, false},
	} {
		if got, known := watched(test.events...).Stream(test.stream).Length(); got != test.want || known != test.known {
			t.Errorf("%s: got %d, %v; want %d, %v", test.name, got, known, test.want, test.known)
		}
	}
}

func TestTimeOfAStreamEndsWithItsLastRound(t *testing.T) {
	t.Parallel()
	w := watched(append([]engine.Event{began("sweep", "stream", "")}, append(record("sweep", "1", engine.Succeeded, nil),
		ended("sweep", "stream", "", engine.Succeeded, nil))...)...)
	long := w.now().Add(time.Hour)
	if took := w.Stream("sweep").Took(long); took != 300*time.Millisecond {
		t.Errorf("took %v, want 300ms", took)
	}
	w.See(began("sweep", "stream", ""))
	if took := w.Stream("sweep").Took(long); took != time.Hour+400*time.Millisecond {
		t.Errorf("with a round that has not ended it took %v, want the time until now", took)
	}
	if pace := w.Stream("sweep").Pace(w.now().Add(600 * time.Millisecond)); pace != 1 {
		t.Errorf("one record in 1s: %v a second", pace)
	}
}

func TestErrorsThatDifferOnlyInTheKeyAreCountedTogether(t *testing.T) {
	t.Parallel()
	g := newGroups((*veil.Veil)(nil).Message)
	for _, key := range []string{"ada@acme.example", "bob@acme.example", "1"} {
		g.add(engine.Event{Place: place("sweep").Record(0, key, 0), Err: errors.New("not found: " + key + " (User)")})
	}
	g.add(engine.Event{Place: place("sweep").Record(0, "ada@acme.example", 0), Err: &engine.Error{Cause: &card.Error{Message: "no permission"}, Title: "Suspend"}})
	got, rest := g.Largest(10)
	want := []*Group{
		{Kind: card.Internal, Message: "not found: … (User)", Count: 2, First: "sweep[ada@acme.example]"},
		{Message: "no permission", Count: 1, First: "sweep[ada@acme.example]", Title: "Suspend"},
		{Kind: card.Internal, Message: "not found: 1 (User)", Count: 1, First: "sweep[1]"},
	}
	if diff := cmp.Diff(want, got); diff != "" || rest != 0 {
		t.Error(diff, rest)
	}
}

func TestTheErrorThatEndedTheRunIsFoundAmongThoseOfRecords(t *testing.T) {
	t.Parallel()
	g := newGroups((*veil.Veil)(nil).Message)
	failed := func(at engine.Place, line int) error {
		return &engine.Error{Cause: &card.Error{Message: "not found: " + at.InnerRecord().Key()}, Pos: flow.Pos{File: "f.yaml", Line: line, Col: 1}, Place: at}
	}
	for _, key := range []string{"ada@acme.example", "bob@acme.example"} {
		record := place("sweep").Record(0, key, 0)
		g.add(engine.Event{Place: record, Err: failed(record.Step("get"), 3)})
	}
	for _, one := range []struct {
		what string
		err  error
		want int
	}{
		{"of a record", failed(place("sweep").Record(0, "bob@acme.example", 0).Step("get"), 3), 2},
		{"of another step", failed(place("sweep").Record(0, "bob@acme.example", 0).Step("list"), 4), 0},
		{"outside of the loop", failed(place("get"), 3), 0},
	} {
		got := 0
		if group := g.Of(newFailure(one.err)); group != nil {
			got = group.Count
		}
		if got != one.want {
			t.Errorf("the error %s: got a group of %d records, want %d", one.what, got, one.want)
		}
	}
}

// A password may contain the record's key. If the key were removed first, the rest would not be recognized.
func TestSecretsAreHiddenBeforeTheKeyIsRemoved(t *testing.T) {
	t.Parallel()
	v := veil.New()
	v.Learn("ada@acme.example-7Q!")
	g := newGroups(v.Message)
	g.add(engine.Event{Place: place("sweep").Record(0, "ada@acme.example", 0), Err: errors.New("ada@acme.example-7Q! is too weak")})
	if got, _ := g.Largest(1); got[0].Message != "[secret] is too weak" {
		t.Errorf("got %q", got[0].Message)
	}
}

// A run may fail with a million different messages. They must not use unlimited memory or lines of output.
func TestNumberOfErrorsIsBounded(t *testing.T) {
	t.Parallel()
	g := newGroups((*veil.Veil)(nil).Message)
	for i := range 2 * mostErrors {
		g.add(engine.Event{Place: place("sweep"), Err: fmt.Errorf("error %d", i)})
	}
	shown, rest := g.Largest(10)
	if len(g.byError) != mostErrors || len(shown) != 10 || rest != 2*mostErrors-10 {
		t.Errorf("%d kept, %d shown, %d more", len(g.byError), len(shown), rest)
	}
}

func TestSecretsInTheNamesOfRecordsWithoutALineAreHidden(t *testing.T) {
	t.Parallel()
	secrets := veil.New()
	secrets.Learn("sw0rdfish")
	r := watched(began("sweep", "stream", ""), engine.Event{
		Kind: engine.LoopEnded, Place: place("sweep"), NotKept: []engine.Place{place("sweep[sw0rdfish]")},
	}).Report()
	r.veil = secrets
	data, err := json.Marshal(r)
	if err != nil || !bytes.Contains(data, []byte(`"not_kept":1,"not_kept_records":["sweep[[secret]]"]`)) {
		t.Errorf("got %s, %v", data, err)
	}
	if got := r.Streams["sweep"].NotKeptRecords; got[0] != "sweep[sw0rdfish]" {
		t.Errorf("the report itself has %q", got)
	}
}
