package store

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/clock"
	"github.com/flowdeck/flowdeck/engine/veil"
)

var (
	askPlace = engine.Place{}.Step("ask")
	question = Question{Ask: engine.Approval{Prompt: "suspend ada?", Show: map[string]any{"login": "ada"}, By: []string{"grace"}, For: time.Hour}, Flow: "f1"}
	granted  = engine.Decision{Approved: true, By: "grace", Note: "fine"}
)

func asked(t *testing.T, l *Log, q Question) Approval {
	t.Helper()
	a, err := l.Asks(askPlace, q)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func code(err error) string {
	if err == nil {
		return ""
	}
	return card.AsError(err).Code
}

func TestAnApprovalIsDecidedOnceAndSurvivesTheEndOfItsProcess(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	s := open(t, Config{State: state})
	first := asked(t, create(t, s, "r1"), question)
	s.kill() // while it waits
	s = open(t, Config{State: state})
	if open, err := s.Approvals(t.Context(), "", false); err != nil || len(open) != 1 || open[0].Digest != first.Digest || !cmp.Equal(open[0].Question, question) {
		t.Fatalf("got %+v, %v", open, err)
	}
	l := take(t, s, "r1")
	if again := asked(t, l, question); again.Digest != first.Digest || again.State != OpenApproval {
		t.Errorf("the same question is another one: %+v", again)
	}
	var mu sync.Mutex
	codes := map[string]int{}
	var deciding sync.WaitGroup
	for range 8 {
		deciding.Go(func() {
			_, err := s.Decide(t.Context(), first, granted)
			mu.Lock()
			defer mu.Unlock()
			codes[code(err)]++
		})
	}
	deciding.Wait()
	if codes[""] != 1 || codes["decided"] != 7 {
		t.Errorf("got %v", codes)
	}
	s.kill() // after the decision, before it was used
	s = open(t, Config{State: state})
	l = take(t, s, "r1")
	a := asked(t, l, question)
	if d, decided := a.Decision(); !decided || !d.Approved || d.By != "grace" || d.Note != "fine" || d.At.IsZero() || !a.Used.IsZero() {
		t.Errorf("got %+v", a)
	}
	if err := l.Use(a); err != nil {
		t.Fatal(err)
	}
	if a = asked(t, l, question); a.Used.IsZero() || a.State != ApprovedApproval {
		t.Errorf("after its use: %+v", a)
	}
	if open, err := s.Approvals(t.Context(), "", false); err != nil || len(open) != 0 {
		t.Errorf("open: %v, %v", open, err)
	}
}

func TestADecisionIsBoundToWhatWasShown(t *testing.T) {
	t.Parallel()
	s := open(t, Config{State: t.TempDir()})
	l := create(t, s, "r1")
	before := asked(t, l, question)
	seen := map[string]bool{before.Digest: true}
	other := create(t, s, "r2")
	if a := asked(t, other, question); seen[a.Digest] {
		t.Error("another run has the same digest")
	}
	for name, change := range map[string]func(*Question){
		"the prompt": func(q *Question) { q.Ask.Prompt = "suspend bob?" }, "what is shown": func(q *Question) { q.Ask.Show = map[string]any{"login": "bob"} },
		"who may decide": func(q *Question) { q.Ask.By = []string{"grace", "ada"} }, "self": func(q *Question) { q.Ask.Self = true },
		"the flow": func(q *Question) { q.Flow = "f2" }, "the plan": func(q *Question) { q.Plan = "p" },
	} {
		q := question
		change(&q)
		a := asked(t, l, q)
		if seen[a.Digest] {
			t.Errorf("%s does not change the digest", name)
		}
		seen[a.Digest] = true
	}
	if _, err := s.Decide(t.Context(), before, granted); code(err) != "replaced" {
		t.Errorf("a decision about what was asked before: %v", err)
	}
}

func TestALateOrNeedlessDecisionIsRefused(t *testing.T) {
	t.Parallel()
	jumping := clock.NewJumping(time.Date(2026, 3, 8, 14, 0, 0, 0, time.UTC))
	s := open(t, Config{State: t.TempDir(), Clock: jumping})
	l := create(t, s, "r1")
	a := asked(t, l, question)
	if err := jumping.Sleep(t.Context(), a.Expires); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Decide(t.Context(), a, granted); code(err) != "expired" || !strings.Contains(err.Error(), "2026-03-08 15:00:00 UTC") {
		t.Errorf("after its time: %v", err)
	}
	if over, err := l.Expire(a); err != nil || over.State != ExpiredApproval {
		t.Errorf("got %+v, %v", over, err)
	}
	if a := asked(t, l, question); a.State != ExpiredApproval {
		t.Errorf("a run that goes on waits again: %+v", a)
	}
	l = create(t, s, "r2")
	a = asked(t, l, question)
	if _, err := l.Withdraw(a); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Decide(t.Context(), a, granted); code(err) != "withdrawn" {
		t.Errorf("after it was withdrawn: %v", err)
	}
	l = create(t, s, "r3")
	a = asked(t, l, question)
	if err := l.Finish(engine.Failed, "", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Decide(t.Context(), a, granted); code(err) != "run_ended" {
		t.Errorf("after the end of the run: %v", err)
	}
	if open, err := s.Approvals(t.Context(), "", false); err != nil || len(open) != 0 {
		t.Errorf("open: %+v, %v", open, err)
	}
}

func TestAnApprovalHasNoSecret(t *testing.T) {
	t.Parallel()
	v := veil.New()
	v.Learn("sw0rdfish")
	state := t.TempDir()
	s := open(t, Config{State: state, Veil: v})
	q := question
	q.Ask.Prompt, q.Ask.Show = "is sw0rdfish right?", map[string]any{"password": "sw0rdfish"}
	a := asked(t, create(t, s, "r1"), q)
	d := granted
	d.Note = "sw0rdfish it is"
	if _, err := s.Decide(t.Context(), a, d); err != nil {
		t.Fatal(err)
	}
	all, err := s.Approvals(t.Context(), "r1", true)
	if err != nil || len(all) != 1 || all[0].Ask.Prompt != "is "+card.Hidden+" right?" || all[0].Note != card.Hidden+" it is" {
		t.Errorf("got %+v, %v", all, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{Name, Name + "-wal"} {
		if text, err := os.ReadFile(filepath.Join(state, name)); err == nil && bytes.Contains(text, []byte("sw0rdfish")) {
			t.Errorf("%s has the secret", name)
		}
	}
}
