package host_test

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	godiff "github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/card/cardtest"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
)

// things is a service that counts its changes. The name of a thing decides what happens: whether a call is refused, changes nothing, is not
// done at first, is done in two parts, loses its answer, or is canceled twice before it is sent.
type things struct {
	mu    sync.Mutex
	made  map[string]int // the changes, by the name of the thing
	calls map[string]int
	begun map[string]int // calls that were about to be sent
	until int            // the number of changes after which stop is called; 0 for never
	stop  func()
}

type thing struct {
	Name string `json:"name"`
}

type thingMade struct {
	Changed bool `json:"changed"`
}

func (o *things) total() (n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, each := range o.made {
		n += each
	}
	return n
}

func fate(name string) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name))
	return int(h.Sum32() % 10)
}

func newThings() *things {
	return &things{made: map[string]int{}, calls: map[string]int{}, begun: map[string]int{}}
}

// begin cancels the run before a call that is not sent.
func (o *things) begin(name string) (card.State, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.begun[name]++; strings.HasPrefix(name, "unsent ") && o.begun[name] <= 2 {
		o.stop()
	}
	return card.State{}, nil
}

// change makes a change. The caller holds mu.
func (o *things) change(name string) {
	o.made[name]++
	if o.until--; o.until == 0 {
		o.stop()
	}
}

// write makes a change, and returns whether it did, and the error of the attempt.
func (o *things) write(name string, again bool) (thingMade, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.calls[name]++
	first := o.calls[name] == 1
	unanswered := &card.Error{Kind: card.Unavailable, Message: "lost", Writes: card.Unanswered}
	switch fate := fate(name); {
	case strings.HasPrefix(name, "lost before ") && first:
		return thingMade{}, unanswered
	case strings.HasPrefix(name, "lost after ") && first:
		o.made[name]++
		return thingMade{}, unanswered
	case strings.HasPrefix(name, "partly "):
		switch o.calls[name] {
		case 1:
			o.change(name)
			return thingMade{}, &card.Error{Kind: card.Unavailable, Message: "a part", Changed: true, Writes: card.Answered}
		case 2:
			return thingMade{}, unanswered
		}
		return thingMade{Changed: true}, nil
	case strings.HasPrefix(name, "lost "):
		if again && o.made[name] > 0 {
			return thingMade{}, nil
		}
	case fate == 0:
		return thingMade{}, &card.Error{Kind: card.Conflict, Message: "refused: " + name, Writes: card.Answered}
	case fate == 1, again && o.made[name] > 0:
		return thingMade{}, nil
	case fate == 2 && first:
		return thingMade{}, &card.Error{Kind: card.Unavailable, Message: "not yet", Writes: card.Answered}
	}
	o.change(name)
	if again && first && fate(name) < 5 && !strings.HasPrefix(name, "lost ") {
		return thingMade{}, unanswered
	}
	return thingMade{Changed: true}, nil
}

func (o *things) config() host.Config {
	write := func(again bool) func(context.Context, card.Call, thing) (thingMade, error) {
		return func(_ context.Context, _ card.Call, in thing) (thingMade, error) { return o.write(in.Name, again) }
	}
	ensure := card.NewWrite(
		card.Spec{Name: "w.thing.ensure", Effect: card.Idempotent, Undo: card.Undo{Extent: card.Exact, Card: "w.thing.ensure", NeedsBefore: true}},
		card.Write[thing, thingMade]{
			Do:     write(true),
			Before: func(_ context.Context, _ card.Call, in thing) (card.State, error) { return o.begin(in.Name) },
			After:  func(thing, card.State) card.Predicted { return card.Predicted{} },
			Back:   func(in thing, _ thingMade, _ card.State) any { return in },
		})
	return host.Config{
		Cards: card.NewSet(cardtest.Fake("w.thing.create", card.Creates, write(false)), ensure, cardtest.Fake("w.thing.remove", card.Destroys, write(false))),
		Services: map[string]card.Service{"w": card.NewService("w", func(card.Settings, struct{}) (card.Connection, error) {
			return thingsConnection{}, nil
		})},
	}
}

type thingsConnection struct{}

func (thingsConnection) Test(context.Context) (card.Identity, error) {
	return card.Identity{Org: "w", As: "ada", Simulated: true}, nil
}
func (thingsConnection) Close() error { return nil }

// randomFlow writes a flow with nested loops, branches and helpers, whose writes have names of their own.
func randomFlow(random *rand.Rand) string {
	var b strings.Builder
	b.WriteString("flow: main\nretry: {attempts: 3, delay: 1ms}\nsteps:\n")
	n := 0
	var steps func(indent, of string, depth int)
	steps = func(indent, of string, depth int) {
		for range 1 + random.IntN(3) {
			n++
			switch kind := random.IntN(6); {
			case depth > 0 && kind < 2:
				fmt.Fprintf(&b, "%s- each: 1..%d\n%s  as: r%d\n%s  concurrency: %d\n%s  allow: {percent: 100}\n%s  do:\n",
					indent, 1+random.IntN(4), indent, n, indent, 1+random.IntN(3), indent, indent)
				steps(indent+"    ", fmt.Sprintf("%s-${ r%d }", of, n), depth-1)
			case depth > 0 && kind == 2:
				fmt.Fprintf(&b, "%s- parallel:\n%s    a:\n", indent, indent)
				steps(indent+"      ", of+"a", depth-1)
				fmt.Fprintf(&b, "%s    b:\n", indent)
				steps(indent+"      ", of+"b", depth-1)
			case kind == 3:
				fmt.Fprintf(&b, "%s- {%s: help, with: {of: \"%s-%d\"}, on_error: continue}\n", indent, []string{"call", "start"}[random.IntN(2)], of, n)
			default:
				of, does := of, []string{"create", "ensure", "remove"}[random.IntN(3)]
				if does == "ensure" {
					of = []string{"", "unsent ", "partly "}[n%3] + of
				}
				fmt.Fprintf(&b, "%s- {card: w.thing.%s, with: {name: \"%s-%d\"}, on_error: continue}\n", indent, does, of, n)
			}
		}
	}
	steps("  ", "m", 2)
	return b.String()
}

const randomHelper = `flow: help
retry: {attempts: 3, delay: 1ms}
inputs: {of: string}
steps:
  - each: [1, 2]
    as: n
    concurrency: 2
    allow: {percent: 100}
    do:
      - {card: w.thing.create, with: {name: "h${ inputs.of }-${ n }"}}
  - {card: w.thing.ensure, with: {name: "h${ inputs.of }"}}
`

// TestARunWithALimitNeverMakesMoreChangesAndGoesOnToTheSameEnd runs random flows with limits, cancels some of the runs, and resumes them.
func TestARunWithALimitNeverMakesMoreChangesAndGoesOnToTheSameEnd(t *testing.T) {
	t.Parallel()
	for seed := range randomRuns() {
		random := rand.New(rand.NewPCG(seed, 1))
		files := map[string]string{"flowdeck.yaml": "connections:\n  w: {type: w}\n", "main.yaml": randomFlow(random), "help.yaml": randomHelper}
		whole, without := newThings(), 0
		status := limitedRuns(t, files, whole, func() (*int, int) { return nil, 0 })
		without = whole.total()

		enough := without + random.IntN(3)
		same := newThings()
		if got := limitedRuns(t, files, same, func() (*int, int) { return &enough, 0 }); got != status {
			t.Errorf("seed %d: with %d changes, of which %d are allowed, the run is %s; want %s", seed, without, enough, got, status)
		}
		parts := newThings()
		limitedRuns(t, files, parts, func() (*int, int) {
			most := random.IntN(15)
			return &most, random.IntN(20)
		})
		for what, org := range map[string]*things{"enough": same, "parts": parts} {
			if diff := godiff.Diff(whole.made, org.made); diff != "" {
				t.Errorf("seed %d, %s: the changes differ from those without a limit:\n%s\n%s", seed, what, diff, files["main.yaml"])
			}
		}
		if len(slices.Collect(maps.Keys(whole.made))) != without {
			t.Errorf("seed %d: a thing was made twice", seed)
		}
	}
}

// limitedRuns runs the flow main, and resumes it until it has ended. next returns the limit of each process, nil for none, and the number of
// changes after which it is canceled, 0 for never. see receives the report of each process.
func limitedRuns(t *testing.T, files map[string]string, org *things, next func() (most *int, cancelAfter int), see ...func(*host.Report)) engine.Status {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w, err := host.Open(dir, org.config())
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	f, err := w.FlowNamed("main")
	if err != nil {
		t.Fatal(err)
	}
	checked, err := w.Check(f, nil)
	if err != nil {
		t.Fatal(err, files["main.yaml"])
	}
	conns, err := w.Connect(t.Context(), checked.Uses())
	if err != nil {
		t.Fatal(err)
	}
	defer conns.Close()
	asked := host.Run{Flow: checked, Connections: conns}
	var allow map[engine.Measure]int64
	for process := range 200 {
		ctx, cancel := context.WithCancel(t.Context())
		before := org.total()
		asked.MaxChanges, org.until = next()
		asked.Allow = allow
		allow = nil
		org.stop = cancel
		report, err := w.Run(ctx, asked)
		cancel()
		if err != nil {
			t.Fatal(err)
		}
		for _, each := range see {
			each(report)
		}
		countedAsKept(t, w, report)
		made := org.total() - before
		if most := asked.MaxChanges; most != nil && (made > *most || report.PausedByMaxChanges() && made != *most) {
			t.Fatalf("process %d made %d changes, and may make %d: %s", process, made, *most, inJSON(t, report))
		}
		if report.Status != engine.Canceled && report.Status != store.Paused {
			return report.Status
		}
		allow = moreOf(t, report, org)
		in, again, resume, err := w.Resumed(t.Context(), report.Run, host.Unchanged, nil)
		if err != nil {
			t.Fatal(err)
		}
		w, asked.Flow, asked.Resume = in, again, resume
	}
	t.Fatal("the run does not end")
	return ""
}

// countedAsKept checks that a process counted the changes as the history has them, with which the next process starts.
func countedAsKept(t *testing.T, w *host.Workspace, r *host.Report) {
	t.Helper()
	history, err := w.History()
	if err != nil {
		t.Fatal(err)
	}
	n, err := history.Changes(t.Context(), r.Run, store.CardsOf{Idempotent: []string{"w.thing.ensure"}})
	if err != nil {
		t.Fatal(err)
	}
	kept := map[engine.Measure][2]int{engine.WritesMeasure: {n.Made, len(n.InDoubt)}, engine.DestructiveMeasure: {n.Destroyed, 0}}
	for m, want := range kept {
		if l := r.Limits[m]; l != nil && [2]int{int(l.Used), l.InDoubt} != want {
			t.Errorf("the run counted %v %s, %d of them in doubt; the history has %v", l.Used, m, l.InDoubt, want)
		}
	}
}

// moreOf checks that a run that paused at limits of its flow did not go past them, and allows a little more. It returns nil for another run.
func moreOf(t *testing.T, r *host.Report, org *things) map[engine.Measure]int64 {
	t.Helper()
	more := map[engine.Measure]int64{}
	for m, l := range r.Limits {
		if l.Used > l.Allowed {
			t.Fatalf("%v of %v %s were used", l.Used, l.Allowed, m)
		}
		if l.Reached && l.By != host.ByMaxChanges && r.Status == store.Paused {
			more[m] = int64(l.Allowed) + 3
		}
	}
	if l := r.Limits[engine.WritesMeasure]; l != nil && float64(org.total()) > l.Allowed {
		t.Fatalf("%d changes were made; %v are allowed", org.total(), l.Allowed)
	}
	return more
}

// TestARunWithLimitsOfItsFlowNeverGoesPastThem runs random flows with all limits, cancels some of the runs, and allows more in small steps.
func TestARunWithLimitsOfItsFlowNeverGoesPastThem(t *testing.T) {
	t.Parallel()
	for seed := range randomRuns() {
		random := rand.New(rand.NewPCG(seed, 2))
		limits := fmt.Sprintf("limits: {writes: %d, destructive: %d, steps: %d}\n", random.IntN(9), random.IntN(3), 20+random.IntN(40))
		main := randomFlow(rand.New(rand.NewPCG(seed, 3)))
		files := map[string]string{"flowdeck.yaml": "connections:\n  w: {type: w}\n", "main.yaml": main, "help.yaml": randomHelper}
		whole := newThings()
		status := limitedRuns(t, files, whole, func() (*int, int) { return nil, 0 })
		files["main.yaml"] = strings.Replace(main, "retry:", limits+"retry:", 1)
		parts := newThings()
		got := limitedRuns(t, files, parts, func() (*int, int) { return nil, random.IntN(20) })
		if diff := godiff.Diff(whole.made, parts.made); diff != "" || got != status {
			t.Errorf("seed %d: the run ended %s, want %s; the changes differ from those without a limit:\n%s\n%s", seed, got, status, diff, files["main.yaml"])
		}
	}
}

// TestTheChangesAreCountedTheSameInTheProcessAndAfterAResume has calls whose answers were lost. For a card that creates and is called again they
// are not the same yet: docs/decisions/089.
func TestTheChangesAreCountedTheSameInTheProcessAndAfterAResume(t *testing.T) {
	t.Parallel()
	org := newThings()
	var limits []host.Allowance
	limitedRuns(t, map[string]string{"flowdeck.yaml": "connections:\n  w: {type: w}\n", "main.yaml": `flow: main
retry: {attempts: 2, delay: 1ms, when: error.kind == "unavailable"}
steps:
  - {card: w.thing.ensure, with: {name: lost after c}}
  - {card: w.thing.ensure, with: {name: lost before d}}
  - {card: w.thing.create, with: {name: lost after e}, retry: {attempts: 1}, on_error: continue}
  - {card: w.thing.create, with: {name: last}}
  - set: {x: 1}
`}, org, func() (*int, int) {
		most := 20
		if len(limits) > 0 {
			return nil, 0
		}
		return &most, 2 // that have an answer
	}, func(r *host.Report) { limits = append(limits, *r.Limits[engine.WritesMeasure]) })
	want := host.Allowance{Allowed: 20, Used: 4, InDoubt: 2, By: host.ByMaxChanges}
	if len(limits) != 2 || limits[0] != want || limits[1] != want {
		t.Errorf("got %+v, want %+v twice; %v", limits, want, org.made)
	}
}

// An attempt makes a part of its change, and the next one makes the rest in another process.
func TestACallThatIsMadeInPartsInTwoProcessesIsOneChange(t *testing.T) {
	t.Parallel()
	org := newThings()
	var used []float64
	status := limitedRuns(t, map[string]string{"flowdeck.yaml": "connections:\n  w: {type: w}\n", "main.yaml": `flow: main
limits: {writes: 2}
retry: {attempts: 3, delay: 1ms}
steps:
  - {card: w.thing.ensure, with: {name: partly a}}
  - {card: w.thing.create, with: {name: last}}
`}, org, func() (*int, int) { return nil, 1 }, func(r *host.Report) { used = append(used, r.Limits[engine.WritesMeasure].Used) })
	if want := []float64{1, 2}; status != engine.Succeeded || !slices.Equal(used, want) {
		t.Errorf("the run is %s, and its processes counted %v; want %v", status, used, want)
	}
}

// A call is canceled in two processes when it is in the journal and was not sent, and changes nothing when it is made.
func TestACallThatWasCanceledBeforeItWasSentIsNoChange(t *testing.T) {
	t.Parallel()
	org := newThings()
	var used []float64
	status := limitedRuns(t, map[string]string{"flowdeck.yaml": "connections:\n  w: {type: w}\n", "main.yaml": `flow: main
limits: {writes: 1}
steps:
  - {card: w.thing.ensure, with: {name: unsent a}}
  - {card: w.thing.create, with: {name: last}}
  - set: {x: 1}
`}, org, func() (*int, int) { return nil, 1 }, func(r *host.Report) { used = append(used, r.Limits[engine.WritesMeasure].Used) })
	if want := []float64{0, 0, 1, 1}; status != engine.Succeeded || !slices.Equal(used, want) || org.total() != 1 {
		t.Errorf("the run is %s, and its processes counted %v; want %v; %v", status, used, want, org.made)
	}
}

// A run that another one started counts for the limit of that one, so that it is not resumed alone without it.
func TestARunThatALimitedRunStartedIsNotResumedAloneWithoutALimit(t *testing.T) {
	t.Parallel()
	w, flow, conns := prepare(t, workspace(t, map[string]string{"starts.yaml": `flow: starts
steps:
  - start: both
  - wait: 1h
---
flow: both
steps:
  - {card: okta.user.suspend, with: {user_id: joan@acme.example}}
  - wait: 1h
  - {card: okta.user.unsuspend, with: {user_id: joan@acme.example}}
`}), "starts")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	most := 5
	report, err := w.Run(ctx, host.Run{Flow: flow, Connections: conns, MaxChanges: &most, Listen: func(host.Begun) []host.Listener { return []host.Listener{canceler{cancel}} }})
	if err != nil || report.Status != engine.Canceled || len(report.Started) != 1 || report.Started[0].Status != engine.Canceled {
		t.Fatalf("got %s, %v", inJSON(t, report), err)
	}
	child := report.Started[0].Run
	in, checked, resume, err := w.Resumed(t.Context(), child, host.Unchanged, nil)
	if err != nil {
		t.Fatal(err)
	}
	alone, err := in.Run(t.Context(), host.Run{Flow: checked, Connections: conns, Resume: resume})
	usage := (*host.UsageError)(nil)
	if want := "was started by run " + report.Run + ", which may make at most 5 changes"; !errors.As(err, &usage) || !strings.Contains(err.Error(), want) || !strings.Contains(usage.Hint, "flowdeck resume "+report.Run) {
		t.Errorf("got %v, %v; want an error with %q", alone, err, want)
	}
	history, err := w.History()
	if err != nil {
		t.Fatal(err)
	}
	if run, err := history.Run(t.Context(), child); err != nil || run.Status != engine.Canceled {
		t.Errorf("the run is %s after it was refused, %v", run.Status, err)
	}
}

// randomRuns is the number of random runs of a test.
func randomRuns() uint64 {
	if testing.Short() {
		return 1
	}
	return 3
}
