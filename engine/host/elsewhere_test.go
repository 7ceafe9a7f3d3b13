package host

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/clock"
	"github.com/flowdeck/flowdeck/engine/store"
	"github.com/flowdeck/flowdeck/engine/veil"
)

func elsewhere(t *testing.T) (*Workspace, Elsewhere) {
	t.Helper()
	w := &Workspace{config: Config{Clock: clock.System{}, Veil: veil.New()}}
	began := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	return w, Elsewhere{
		Run: store.Run{
			ID: "20261130-090000-1", Flow: "f", Status: store.Running, Started: began, Digest: "d",
			Start: engine.Start{Person: "ada", Inputs: map[string]engine.Value{"password": "S3cret-text"}}, Connections: []store.Connection{{Name: "okta", Org: "acme.okta.com"}},
		},
		Sums: []json.RawMessage{json.RawMessage(sumOf(t, watched(aRun()...)))},
	}
}

func TestARunElsewhereIsAsOneOfTheHistory(t *testing.T) {
	t.Parallel()
	w, e := elsewhere(t)
	w.Hides(&engine.Plan{Inputs: []engine.Input{{Name: "password", Secret: true}}}, e.Run.Start)
	p, err := w.PastElsewhere(e)
	if err != nil || p.Run.Status != store.Running || p.Report.Streams["sweep"].OK != 1 || p.Report.Connections["okta"].Org != "acme.okta.com" || len(p.Report.Steps) != 4 {
		t.Fatalf("%v\n%+v\n%+v", err, p.Run, p.Report)
	}
	if text := p.Run.Start.Inputs["password"]; text == "S3cret-text" {
		t.Error("a secret input is shown")
	}
	if line := p.Line(); line.Records != 1 || line.Changed != 1 || line.InDoubt != 1 {
		t.Errorf("got %+v", line)
	}

	e.Doubts = []Doubt{{Step: "a[1].made", Card: "w.made"}, {Step: "a[2].made", Card: "w.made"}}
	if p, err = w.PastElsewhere(e); err != nil || len(p.Report.Doubts) != 2 || p.Report.Writes["w.made"].InDoubt != 2 {
		t.Errorf("writes in doubt: %v, %+v", err, p.Report)
	}
	e.Doubts = nil

	e.Run.Ended = e.Run.Started.Add(90 * time.Second)
	e.End = &End{Outcome: engine.Outcome{Status: engine.Failed}, Err: &card.Error{Kind: card.NotFound, Message: "no such group"}}
	p, err = w.PastElsewhere(e)
	if err != nil || p.Run.Status != engine.Failed || p.Report.Error.Message != "no such group" || p.Report.Seconds != 90 {
		t.Errorf("%v\n%+v\n%+v", err, p.Run, p.Report)
	}
	if p, err = w.PastElsewhere(Elsewhere{Run: e.Run}); err != nil || p.Report.Failures == nil {
		t.Errorf("without counts: %v, %+v", err, p)
	}
}

func TestTheSenderOfADecisionChecksWhoMayDecide(t *testing.T) {
	t.Parallel()
	w, e := elsewhere(t)
	e.Approvals = []Asked{{Place: place("ask"), Ask: engine.Approval{Prompt: "go on?", For: time.Hour}, Since: e.Run.Started}}
	decision := &engine.Decision{Approved: true, By: "grace", Note: "n3", At: e.Run.Started}
	e.Answered = []AskedThen{{Asked: Asked{Place: place("before"), Ask: engine.Approval{Prompt: "begin?", For: time.Hour}, Since: e.Run.Started}, Decision: decision}}
	p, err := w.PastElsewhere(e)
	if err != nil {
		t.Fatal(err)
	}
	if before := p.Report.Approvals[0]; before.Status != store.ApprovedApproval || before.DecidedBy != "grace" || before.Note != "n3" || before.Digest == "" {
		t.Errorf("the decided approval is %+v", before)
	}
	a, err := TheOpen(p.Report.Approvals, p.Run, "")
	if err != nil || a.Digest == "" || !a.Expires.Equal(e.Run.Started.Add(time.Hour)) {
		t.Fatalf("%+v, %v", a, err)
	}
	var sent []engine.Decision
	send := func(d engine.Decision) error {
		sent = append(sent, d)
		return nil
	}
	for _, v := range []Verdict{{Person: "ada", Digest: a.Digest}, {Person: "grace", Digest: "other"}, {Digest: a.Digest}} {
		if _, err := w.DecideElsewhere(a, v, send); err == nil || sent != nil {
			t.Errorf("%+v decided: %v", v, sent)
		}
	}
	decided, err := w.DecideElsewhere(a, Verdict{Person: "grace", Digest: a.Digest, Approved: true, Note: "fine"}, send)
	if err != nil || decided.Status != store.ApprovedApproval || len(sent) != 1 || !sent[0].Approved || sent[0].By != "grace" || sent[0].Note != "fine" {
		t.Errorf("%+v, %v, sent %+v", decided, err, sent)
	}
	lost := errors.New("lost")
	if _, err := w.DecideElsewhere(a, Verdict{Person: "grace", Digest: a.Digest}, func(engine.Decision) error { return lost }); !errors.Is(err, lost) {
		t.Errorf("got %v", err)
	}
}
