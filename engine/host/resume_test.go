package host_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
)

// canceler cancels a run at its first write.
type canceler struct{ cancel func() }

func (c canceler) See(e engine.Event) {
	if e.Kind == engine.Wrote {
		c.cancel()
	}
}

func (canceler) Done() {}

// canceled runs a flow and cancels it at its first write.
func canceled(t *testing.T, w *host.Workspace, flow *host.Checked, conns *host.Connections) *host.Report {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	report, err := w.Run(ctx, host.Run{Flow: flow, Connections: conns, Listen: func(host.Begun) []host.Listener { return []host.Listener{canceler{cancel}} }})
	if err != nil || report.Status != engine.Canceled {
		t.Fatalf("got %s, %v", inJSON(t, report), err)
	}
	return report
}

// limited is a flow of which one run goes on at a time.
const limited = `flow: limited
runs: {limit: 1, busy: %s}
steps:
  - card: okta.user.suspend
    with: {user_id: ada@acme.example}
  - card: okta.user.suspend
    with: {user_id: joan@acme.example}
`

// other starts another run of limited, which goes on.
func other(t *testing.T, w *host.Workspace) (*store.Store, *store.Log) {
	t.Helper()
	history, err := w.History()
	if err != nil {
		t.Fatal(err)
	}
	other, err := history.Create(t.Context(), store.Run{ID: "other", Flow: "limited", Quota: "limited"})
	if err != nil {
		t.Fatal(err)
	}
	if entered, _, err := other.Enter(t.Context(), 1); err != nil || !entered {
		t.Fatalf("entered: %v, %v", entered, err)
	}
	return history, other
}

func TestAResumedRunWaitsForItsTurnOrStaysAsItIs(t *testing.T) {
	t.Parallel()
	for _, busy := range []engine.Busy{engine.BusySkip, engine.BusyFail, engine.BusyQueue, engine.BusyReplace} {
		dir := workspace(t, map[string]string{"limited.yaml": fmt.Sprintf(limited, busy)})
		w, flow, conns := prepare(t, dir, "limited")
		first := canceled(t, w, flow, conns)
		history, other := other(t, w)
		in, checked, resume, err := w.Resumed(t.Context(), first.Run, host.Unchanged, nil)
		if err != nil {
			t.Fatal(err)
		}
		waited := false
		asked := host.Run{Flow: checked, Connections: conns, Resume: resume, Queued: func(string) {
			waited = true
			if err := other.Finish(engine.Succeeded, "", nil); err != nil {
				t.Error(err)
			}
		}}
		if busy == engine.BusySkip || busy == engine.BusyFail {
			before, err := history.Run(t.Context(), first.Run)
			if err != nil {
				t.Fatal(err)
			}
			report, err := in.Run(t.Context(), asked)
			if failure := card.AsError(err); report != nil || failure.Code != "busy" || !strings.Contains(failure.Message, "run other goes on") {
				t.Errorf("busy: %s: got %s, %v", busy, inJSON(t, report), err)
			}
			after, err := history.Run(t.Context(), first.Run)
			if diff := cmp.Diff(before, after); diff != "" || err != nil {
				t.Errorf("busy: %s: %v (-before +after):\n%s", busy, err, diff)
			}
			if err := other.Finish(engine.Succeeded, "", nil); err != nil {
				t.Error(err)
			}
		}
		report, err := in.Run(t.Context(), asked)
		wait := busy == engine.BusyQueue || busy == engine.BusyReplace
		if err != nil || report.Status != engine.Succeeded || waited != wait || report.Writes["okta.user.suspend"].Changed != 2 {
			t.Errorf("busy: %s: waited: %v, %v, %s", busy, waited, err, inJSON(t, report))
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestAResumedRunThatStopsInTheQueueKeepsItsReport(t *testing.T) {
	t.Parallel()
	w, flow, conns := prepare(t, workspace(t, map[string]string{"limited.yaml": fmt.Sprintf(limited, engine.BusyQueue)}), "limited")
	first := canceled(t, w, flow, conns)
	history, _ := other(t, w)
	in, checked, resume, err := w.Resumed(t.Context(), first.Run, host.Unchanged, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	before, err := history.Run(t.Context(), first.Run)
	if err != nil {
		t.Fatal(err)
	}
	report, err := in.Run(ctx, host.Run{Flow: checked, Connections: conns, Resume: resume, Queued: func(string) { cancel() }})
	if err != nil || report.Status != engine.Canceled || !report.Resumable || report.Writes["okta.user.suspend"].Changed != 1 {
		t.Errorf("got %s, %v", inJSON(t, report), err)
	}
	after, err := history.Run(t.Context(), first.Run)
	if diff := cmp.Diff(string(before.Report), string(after.Report)); diff != "" || err != nil {
		t.Errorf("%v (-before +after):\n%s", err, diff)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}

func TestARunThatHasEndedLeavesNoSnapshot(t *testing.T) {
	t.Parallel()
	dir := workspace(t, map[string]string{"whole.yaml": `flow: whole
steps:
  - id: sweep
    stream: okta.group.member.list
    with: {group_id: 00g1}
    snapshot: true
    concurrency: 1
    do:
      - card: okta.user.suspend
        with: {user_id: "${ record.id }"}
`})
	left := func(want int) {
		t.Helper()
		files, err := filepath.Glob(filepath.Join(dir, ".flowdeck/runs/*/*snapshot*"))
		if err != nil || len(files) != want {
			t.Errorf("got %v, %v; want %d", files, err, want)
		}
	}
	w, flow, conns := prepare(t, dir, "whole")
	first := canceled(t, w, flow, conns)
	left(1)
	in, checked, resume, err := w.Resumed(t.Context(), first.Run, host.Unchanged, nil)
	if err != nil {
		t.Fatal(err)
	}
	report, err := in.Run(t.Context(), host.Run{Flow: checked, Connections: conns, Resume: resume})
	if err != nil || report.Status != engine.Succeeded || report.Streams["sweep"].Read != 2 {
		t.Errorf("got %s, %v", inJSON(t, report), err)
	}
	left(0)
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}

// blocker puts a folder where the results of a stream belong, at the first write of a run.
type blocker struct {
	t  *testing.T
	at func(run string) string
	id string
}

func (b *blocker) See(e engine.Event) {
	if e.Kind == engine.Wrote && e.Place.Name() == "first" {
		if err := os.MkdirAll(b.at(b.id), 0o700); err != nil {
			b.t.Error(err)
		}
	}
}

func (*blocker) Done() {}

func TestARunThatCannotKeepResultsCanBeResumed(t *testing.T) {
	t.Parallel()
	dir := workspace(t, map[string]string{"kept.yaml": `flow: kept
steps:
  - id: first
    card: okta.user.suspend
    with: {user_id: ada@acme.example}
  - id: sweep
    stream: okta.group.member.list
    with: {group_id: 00g1}
    do:
      - card: okta.user.suspend
        with: {user_id: "${ record.id }"}
`})
	w, flow, conns := prepare(t, dir, "kept")
	file := func(run string) string { return filepath.Join(dir, ".flowdeck/runs", run, "sweep.jsonl") }
	report, err := w.Run(t.Context(), host.Run{Flow: flow, Connections: conns, Listen: func(b host.Begun) []host.Listener {
		return []host.Listener{&blocker{t, file, b.Run}}
	}})
	if err != nil || report.Status != engine.Failed || !report.Resumable || report.Error.Kind != card.Storage {
		t.Fatalf("got %s, %v", inJSON(t, report), err)
	}
	if err := os.Remove(file(report.Run)); err != nil {
		t.Fatal(err)
	}
	in, checked, resume, err := w.Resumed(t.Context(), report.Run, host.Unchanged, nil)
	if err != nil {
		t.Fatal(err)
	}
	again, err := in.Run(t.Context(), host.Run{Flow: checked, Connections: conns, Resume: resume})
	if err != nil || again.Status != engine.Succeeded || again.Streams["sweep"].Read != 2 || again.Writes["okta.user.suspend"].Calls != 3 {
		t.Errorf("got %s, %v", inJSON(t, again), err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}

func TestAStartedRunWhoseSecretIsNotKeptIsNamed(t *testing.T) {
	t.Parallel()
	w, flow, conns := prepare(t, workspace(t, map[string]string{
		"asks.yaml": "flow: asks\ninputs: {pin: {type: string, secret: true}}\nsteps:\n  - each: '[1]'\n    do: [{start: keeps, with: {pin: \"${ inputs.pin }\"}}]\n" +
			"  - {card: okta.user.suspend, with: {user_id: ada@acme.example}}\n  - {card: okta.user.suspend, with: {user_id: joan@acme.example}}\n",
		"keeps.yaml": "flow: keeps\ninputs: {pin: {type: string, secret: true}}\nsteps:\n  - wait: 1h\n  - if: inputs.pin != \"\"\n    fail: unexpected\n",
	}), "asks")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	pin := map[string]any{"pin": "4711-sw0rdfish"}
	first, err := w.Run(ctx, host.Run{
		Flow: flow, Connections: conns, Start: engine.Start{Inputs: pin}, Listen: func(host.Begun) []host.Listener { return []host.Listener{canceler{cancel}} },
	})
	if err != nil || first.Status != engine.Canceled || len(first.Started) != 1 {
		t.Fatalf("got %s, %v", inJSON(t, first), err)
	}
	in, checked, resume, err := w.Resumed(t.Context(), first.Run, host.Unchanged, nil)
	if err != nil {
		t.Fatal(err)
	}
	resume.Inputs = pin
	report, err := in.Run(t.Context(), host.Run{Flow: checked, Connections: conns, Resume: resume})
	want := []host.NotResumed{{Run: first.Started[0].Run, Flow: "keeps", Status: engine.Canceled, Lacks: []string{"pin"}}}
	if err != nil || report.Status != engine.Succeeded || !cmp.Equal(report.NotResumed, want) {
		t.Errorf("got %s, %v", inJSON(t, report), err)
	}
	past, err := w.Past(t.Context(), first.Run)
	if err != nil || !cmp.Equal(past.Report.NotResumed, want) {
		t.Errorf("the history has %s, %v", inJSON(t, past), err)
	}
	if left, err := w.Past(t.Context(), want[0].Run); err != nil || !cmp.Equal(left.Lacks, want[0].Lacks) {
		t.Errorf("the history of the started run has %s, %v", inJSON(t, left), err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}
