package host_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/clock"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
)

const asking = `flow: asking
steps:
  - id: ok
    approve: {prompt: Suspend ada, show: {login: ada}, by: [grace, ada]}
  - card: okta.user.suspend
    with: {user_id: ada@acme.example}
---
flow: parent
steps:
  - start: asking
---
flow: halting
steps:
  - try:
      - parallel:
          waits: [{approve: {prompt: Go on}}]
          fails: [{fail: no}]
    catch: [{do: [{set: {x: 1}}]}]
---
flow: cleans
steps:
  - try: [{fail: no}]
    finally:
      - call: asking
---
flow: twice
steps:
  - {id: first, approve: {prompt: Suspend ada}}
  - {id: second, approve: {prompt: Really}}
  - {card: okta.user.suspend, with: {user_id: ada@acme.example}}
---
flow: silent
inputs: {p: {type: string, default: "\u200b "}}
steps:
  - {id: ok, approve: {prompt: "${ inputs.p }"}}
---
flow: handles
steps:
  - id: ok
    approve: {prompt: Suspend ada}
    on_error: continue
  - return: ${ steps.ok?.approved }
`

// a waitingClock lets a run that waits for a person look at once, when the test wants it. Its time stands still.
type waitingClock struct {
	clock.Clock
	look chan struct{}
}

func (c waitingClock) Sleep(ctx context.Context, until time.Time) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-c.look:
		return c.Clock.Sleep(ctx, until)
	}
}

// asks is a workspace whose flows ask, in which ada starts runs.
type asks struct {
	*testing.T
	dir   string
	clock waitingClock
}

func newAsks(t *testing.T) asks {
	return asks{t, workspace(t, map[string]string{"asking.yaml": asking}), waitingClock{clock.NewJumping(time.Date(2026, 3, 8, 14, 0, 0, 0, time.UTC)), make(chan struct{})}}
}

// open opens the workspace in another process, as it were.
func (a asks) open(flow string) (*host.Workspace, *host.Checked, *host.Connections) {
	a.Helper()
	w, err := host.Open(a.dir, host.Config{Cards: cards.All(), Services: cards.Services(), Clock: a.clock, Person: "ada"})
	if err != nil {
		a.Fatal(err)
	}
	a.Cleanup(func() { _ = w.Close() })
	f, err := w.FlowNamed(flow)
	if err != nil {
		a.Fatal(err)
	}
	checked, err := w.Check(f, nil)
	if err != nil {
		a.Fatal(err)
	}
	conns, err := w.Connect(a.Context(), checked.Uses())
	if err != nil {
		a.Fatal(err)
	}
	a.Cleanup(func() { _ = conns.Close() })
	return w, checked, conns
}

// paused runs a flow until it pauses to ask, and returns what it asks.
func (a asks) paused(flow string) (*host.Workspace, host.Approval) {
	a.Helper()
	w, checked, conns := a.open(flow)
	report, err := w.Run(a.Context(), host.Run{Flow: checked, Connections: conns, PauseToAsk: true})
	if err != nil || report.Status != store.Paused {
		a.Fatalf("got %s, %v", inJSON(a.T, report), err)
	}
	open, err := w.Approvals(a.Context(), "", false)
	if err != nil || len(open) != 1 {
		a.Fatalf("open: %v, %v", open, err)
	}
	return w, open[0]
}

// resumed resumes a run.
func (a asks) resumed(run string) *host.Report {
	a.Helper()
	w, _, _ := a.open("asking")
	in, checked, resume, err := w.Resumed(a.Context(), run, host.Unchanged, nil)
	if err != nil {
		a.Fatal(err)
	}
	conns, err := in.Connect(a.Context(), checked.Uses())
	if err != nil {
		a.Fatal(err)
	}
	defer conns.Close()
	report, err := in.Run(a.Context(), host.Run{Flow: checked, Connections: conns, Resume: resume, PauseToAsk: true})
	if err != nil {
		a.Fatal(err)
	}
	return report
}

func TestARunPausesToAskAndGoesOnAfterTheDecision(t *testing.T) {
	t.Parallel()
	a := newAsks(t)
	w, asked := a.paused("asking")
	if asked.StartedBy != "ada" || asked.Prompt != "Suspend ada" || asked.Step != "ok" {
		t.Errorf("got %+v", asked)
	}
	for who, want := range map[string]string{"ada": "started run", "token ADA": "started run", "joan": "may not decide about ok", "": "not known who you are", "token ": "not known who you are"} {
		_, err := w.Decide(t.Context(), asked, host.Verdict{Person: who, Digest: asked.Digest, Approved: true})
		if e := card.AsError(err); e == nil || e.Kind != card.Forbidden || !strings.Contains(e.Message, want) {
			t.Errorf("%q: got %v", who, err)
		}
	}
	if r := a.resumed(asked.Run); r.Status != store.Paused || r.Reason != "waits for an approval: Suspend ada" || len(r.Approvals) != 1 || r.Approvals[0].Digest != asked.Digest {
		t.Errorf("undecided: got %s", inJSON(t, r))
	}
	if _, err := w.Decide(t.Context(), asked, host.Verdict{Person: "token grace", Digest: asked.Digest, Approved: true}); err != nil {
		t.Fatal(err)
	}
	if r := a.resumed(asked.Run); r.Status != engine.Succeeded || r.Writes["okta.user.suspend"].Changed != 1 {
		t.Errorf("got %s", inJSON(t, r))
	}
	past, err := w.Past(t.Context(), asked.Run)
	if err != nil || len(past.Report.Approvals) != 1 || past.Report.Approvals[0].DecidedBy != "token grace" || past.Report.Approvals[0].Used.IsZero() {
		t.Errorf("got %s, %v", inJSON(t, past), err)
	}
}

func TestARejectionFailsTheRunBeforeItsNextStep(t *testing.T) {
	t.Parallel()
	a := newAsks(t)
	w, asked := a.paused("asking")
	if _, err := w.Decide(t.Context(), asked, host.Verdict{Person: "grace", Digest: asked.Digest, Note: "no"}); err != nil {
		t.Fatal(err)
	}
	r := a.resumed(asked.Run)
	if r.Status != engine.Failed || r.Error.Code != engine.CodeRejected || r.Error.Message != "rejected by grace: no" || len(r.Writes) > 0 {
		t.Errorf("got %s", inJSON(t, r))
	}
}

func TestWhoStartedTheRunIsAskedOfARunThatItStartedToo(t *testing.T) {
	t.Parallel()
	a := newAsks(t)
	w, asked := a.paused("parent")
	if asked.StartedBy != "ada" || !strings.Contains(asked.Run, ".") {
		t.Errorf("got %+v", asked)
	}
	root, _, _ := strings.Cut(asked.Run, ".")
	if past, err := w.Past(t.Context(), root); err != nil || past.Report.Status != store.Paused {
		t.Errorf("got %s, %v", inJSON(t, past), err)
	}
	if _, err := w.Decide(t.Context(), asked, host.Verdict{Person: "grace", Digest: asked.Digest, Approved: true}); err != nil {
		t.Fatal(err)
	}
	if r := a.resumed(root); r.Status != engine.Succeeded || len(r.Started) != 1 || r.Started[0].Status != engine.Succeeded {
		t.Errorf("got %s", inJSON(t, r))
	}
}

// seen closes a channel when a run asks.
type seen struct{ asked chan struct{} }

func (s seen) See(e engine.Event) {
	if e.Kind == engine.Asked {
		close(s.asked)
	}
}

func (seen) Done() {}

func TestARunThatWaitsInItsProcessGoesOnByItself(t *testing.T) {
	t.Parallel()
	a := newAsks(t)
	w, checked, conns := a.open("asking")
	s := seen{make(chan struct{})}
	var report *host.Report
	var running sync.WaitGroup
	running.Go(func() {
		report, _ = w.Run(t.Context(), host.Run{Flow: checked, Connections: conns, Listen: func(host.Begun) []host.Listener { return []host.Listener{s} }})
	})
	<-s.asked
	a.clock.look <- struct{}{} // the question is in the store: the run has looked for an answer once
	open, err := w.Approvals(t.Context(), "", false)
	if err != nil || len(open) != 1 {
		t.Fatalf("open: %v, %v", open, err)
	}
	if _, err := w.Decide(t.Context(), open[0], host.Verdict{Person: "grace", Digest: open[0].Digest, Approved: true}); err != nil {
		t.Fatal(err)
	}
	a.clock.look <- struct{}{}
	running.Wait()
	if report.Status != engine.Succeeded || report.Writes["okta.user.suspend"].Changed != 1 {
		t.Errorf("got %s", inJSON(t, report))
	}
}

func TestARunThatNobodyDecidesAboutTimesOutAndALateDecisionIsRefused(t *testing.T) {
	t.Parallel()
	a := newAsks(t)
	w, asked := a.paused("handles")
	if err := a.clock.Clock.Sleep(t.Context(), asked.Expires); err != nil {
		t.Fatal(err)
	}
	if r := a.resumed(asked.Run); r.Status != engine.SucceededWithErrors || r.Result != nil || !slices.ContainsFunc(r.Steps, func(s *host.Step) bool { return s.Error != nil && s.Error.Kind == card.Timeout }) {
		t.Errorf("got %s", inJSON(t, r))
	}
	_, err := w.Decide(t.Context(), asked, host.Verdict{Person: "grace", Digest: asked.Digest, Approved: true})
	if e := card.AsError(err); e == nil || e.Code != "expired" {
		t.Errorf("got %v", err)
	}
}

func TestAnApprovalIsWithdrawnIfAnotherBranchFails(t *testing.T) {
	t.Parallel()
	a := newAsks(t)
	w, checked, conns := a.open("halting")
	report, err := w.Run(t.Context(), host.Run{Flow: checked, Connections: conns})
	if err != nil || report.Status != engine.Succeeded {
		t.Fatalf("got %s, %v", inJSON(t, report), err)
	}
	all, err := w.Approvals(t.Context(), report.Run, true)
	if err != nil || len(all) > 1 || len(all) == 1 && all[0].Status != store.WithdrawnApproval {
		t.Errorf("got %+v, %v", all, err)
	}
}

func TestAFlowThatAFinallyCallsMayAskAfterAFailure(t *testing.T) {
	t.Parallel()
	a := newAsks(t)
	w, asked := a.paused("cleans")
	if _, err := w.Decide(t.Context(), asked, host.Verdict{Person: "grace", Digest: asked.Digest, Approved: true}); err != nil {
		t.Fatal(err)
	}
	if r := a.resumed(asked.Run); r.Status != engine.Failed || r.Error.Message != "no" || r.Writes["okta.user.suspend"].Changed != 1 {
		t.Errorf("got %s", inJSON(t, r))
	}
}

func TestAnApprovalThatWasUsedDoesNotHoldForAChangedFlow(t *testing.T) {
	t.Parallel()
	a := newAsks(t)
	w, asked := a.paused("twice")
	if _, err := w.Decide(t.Context(), asked, host.Verdict{Person: "grace", Digest: asked.Digest, Approved: true}); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(a.dir, "asking.yaml")
	change := func() {
		if err := os.WriteFile(file, []byte(strings.ReplaceAll(asking, "user_id: ada", "user_id: joan")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if r := a.resumed(asked.Run); r.Status != store.Paused { // at the second question
		t.Fatalf("got %s", inJSON(t, r))
	}
	change()
	w, _, _ = a.open("twice")
	for which, want := range map[host.WhichFlow]string{host.Latest: "acted on the approval of first", host.AsStarted: ""} {
		_, _, _, err := w.Resumed(t.Context(), asked.Run, which, nil)
		if usage := is[*host.UsageError](err); usage != (want != "") || usage && !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestAQuestionHasWords(t *testing.T) {
	t.Parallel()
	a := newAsks(t)
	w, checked, conns := a.open("silent")
	report, err := w.Run(t.Context(), host.Run{Flow: checked, Connections: conns, PauseToAsk: true})
	if err != nil || report.Status != engine.Failed || report.Error.Message != "the prompt is empty" {
		t.Errorf("got %s, %v", inJSON(t, report), err)
	}
}

func TestARunWithoutAHistoryCannotAsk(t *testing.T) {
	t.Parallel()
	a := newAsks(t)
	w, checked, conns := a.open("parent")
	report, err := w.Run(t.Context(), host.Run{Flow: checked, Connections: conns, NoHistory: true})
	if report != nil || !is[*host.UsageError](err) {
		t.Errorf("got %s, %v", inJSON(t, report), err)
	}
}
