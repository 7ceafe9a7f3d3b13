package journaled_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/card/cardtest"
	"github.com/flowdeck/flowdeck/engine/enginetest"
	"github.com/flowdeck/flowdeck/engine/journaled"
	"github.com/flowdeck/flowdeck/engine/local"
)

// resumption is a flow whose process is killed at each call and at each entry of its journal.
type resumption struct {
	flow   string
	picks  map[string]engine.Pick
	status engine.Status
	down   time.Duration // the time until a process starts again
	least  int           // no process is killed before this number of calls
}

// survives kills the process of a flow, and resumes the run until it ends. The result must be that of an unbroken run.
func (r resumption) survives(t *testing.T) {
	t.Helper()
	fresh := func() *service { s := newService(); s.flow, s.picks = r.flow, r.picks; return s }
	unbroken := fresh()
	expected, _ := process(t, unbroken, enginetest.NewJournal(), t.TempDir(), false, nil)
	if expected.Status != r.status {
		t.Fatalf("got %+v", expected)
	}
	type end struct{ call, entry int }
	var ends []end
	for i := r.least; i < unbroken.calls; i++ {
		ends = append(ends, end{call: i + 1})
	}
	for i := range unbroken.entries {
		ends = append(ends, end{entry: i + 1})
	}
	most := 12 // so that a long flow does not take minutes
	if testing.Short() {
		most = 4
	}
	for i, first := range ends {
		if len(ends) > most && i%(len(ends)/most+1) != 0 {
			continue
		}
		t.Run(fmt.Sprintf("%+v", first), func(t *testing.T) {
			t.Parallel()
			chance := rand.New(rand.NewPCG(uint64(first.call), uint64(first.entry)))
			s, dir := fresh(), t.TempDir()
			s.least = r.least
			s.die, s.entry, s.after = first.call, first.entry, first.call%2 == 0
			got, left := process(t, s, enginetest.NewJournal(), dir, false, chance.IntN)
			s.down, s.least = r.down, 0
			for n := 0; left != nil; n++ {
				s.die, s.entry, s.after = 1+chance.IntN(20), 0, chance.IntN(2) == 0
				if n%2 == 1 {
					s.die, s.entry = 0, 1+chance.IntN(20)
				}
				if n == 10 {
					s.die, s.entry = 0, 0
				}
				got, left = process(t, s, left, dir, true, chance.IntN)
			}
			if diff := cmp.Diff(expected, got); diff != "" {
				t.Errorf("(-unbroken +resumed):\n%s", diff)
			}
			if diff := cmp.Diff(unbroken.writes, s.writes); diff != "" {
				t.Errorf("writes (-unbroken +resumed):\n%s", diff)
			}
		})
	}
}

func TestAStepThatEndedInTimeDoesNotTimeOutInAResumedRun(t *testing.T) {
	t.Parallel()
	resumption{status: engine.Succeeded, down: time.Minute, least: 3, flow: `
flow: limited
steps:
  - timeout: 30s
    if: 1 == 1
    then:
      - card: w.thing.create
        with: {name: a}
      - id: made
        card: w.thing.create
        with: {name: b}
  - card: w.thing.create
    with: {name: c}
  - card: w.thing.create
    with: {name: "${ steps.made.name }-d"}
`}.survives(t)
}

// stopped is a stream that stops at the failure of p2 while other records have made one of two writes.
const stopped = `
flow: stopped
steps:
  - id: people
    LIST
    concurrency: 4
    as: person
    do:
      - card: w.thing.create
        with: {name: "${ person.id }-1"}
      - wait: "${ person.id == 'p2' ? '1s' : '5s' }"
      - if: person.id == 'p2'
        then:
          - fail: two
      - card: w.thing.create
        with: {name: "${ person.id }-2"}
`

func TestRecordsInFlightFinishInAResumedStreamThatWasStopped(t *testing.T) {
	t.Parallel()
	for name, list := range map[string]struct {
		text   string
		failed int // the number of calls before the failure is durable
	}{
		"pages":    {"stream: w.person.list", 7},
		"snapshot": {"stream: w.person.list\n    snapshot: true", 10},
		"memory":   {`each: 'map([0, 1, 2, 3, 4, 5, 6], ({id: "p" + string(#)}))'`, 5},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resumption{status: engine.Failed, down: 10 * time.Second, least: list.failed, flow: strings.Replace(stopped, "LIST", list.text, 1)}.survives(t)
		})
	}
}

func TestAResumedParallelWithAFailureReplaysAllBranches(t *testing.T) {
	t.Parallel()
	resumption{status: engine.Succeeded, down: time.Minute, least: 6, flow: `
flow: halted
steps:
  - try:
      - parallel:
          a:
            - try:
                - card: w.thing.create
                  with: {name: a1}
                - card: w.thing.create
                  with: {name: a2}
                - wait: 1h
                - card: w.thing.create
                  with: {name: never}
              finally:
                - card: w.thing.create
                  with: {name: cleaned}
          b:
            - wait: 10s
            - fail: b
          c:
            - id: numbers
              each: '[1, 2, 3]'
              as: n
              allow: {failures: 3}
              do:
                - card: w.thing.create
                  with: {name: "c${ n }"}
                - wait: 1h
    catch:
      - do:
          - card: w.thing.create
            with: {name: caught}
`}.survives(t)
}

func TestARetryThatSucceededInTimeIsNotTooLateInAResumedRun(t *testing.T) {
	t.Parallel()
	resumption{status: engine.Succeeded, down: time.Hour, least: 4, flow: `
flow: retried
steps:
  - card: w.thing.flaky
    with: {name: flaky}
    retry: {within: 30s, delay: 2s}
  - card: w.thing.create
    with: {name: b}
  - each: '[1, 2]'
    as: n
    do:
      - card: w.thing.create
        with: {name: "n${ n }"}
`}.survives(t)
}

func TestAWriteHasTheSameInputsInAResumedRun(t *testing.T) {
	t.Parallel()
	for die := range 3 {
		s, dir := newService(), t.TempDir()
		s.die, s.after, s.down = die+1, true, time.Second
		s.flow = `
flow: same
steps:
  - card: w.thing.create
    with: {name: "${ uuid() } ${ random() } ${ now() }"}
    retry: {within: 1h}
  - each: '[1, 2]'
    as: n
    do:
      - card: w.thing.create
        with: {name: "${ n } ${ run.started } ${ now() }"}
        retry: {within: 1h}
`
		_, left := process(t, s, enginetest.NewJournal(), dir, false, func(int) int { return 0 })
		s.die = 0
		got, _ := process(t, s, left, dir, true, nil)
		if got.Status != engine.Succeeded || len(s.things) != 3 { // a thing of another name would be a second one
			t.Errorf("killed at call %d: %+v, made %v", die+1, got, s.things)
		}
	}
}

func TestPickedRecordsAreTheSameInAResumedRun(t *testing.T) {
	t.Parallel()
	resumption{
		status: engine.Succeeded, picks: map[string]engine.Pick{"people": {Only: []string{"3", "11", "12", "21"}}}, flow: `
flow: picked
steps:
  - id: people
    stream: w.person.list
    key: index
    concurrency: 2
    as: person
    do:
      - card: w.thing.create
        with: {name: "${ person.id } at ${ string(index) }"}
      - card: w.person.suspend
        with: {id: "${ person.id }"}
`,
	}.survives(t)
}

// A process ends while a call is in flight, and the next one is canceled before it makes the call again.
func TestACallInDoubtIsStillInDoubtAfterItWasNotMadeAgain(t *testing.T) {
	t.Parallel()
	var last *card.Error
	cards := card.NewSet(cardtest.Fake("w.thing.ensure", card.Idempotent, func(_ context.Context, c card.Call, _ struct{}) (map[string]any, error) {
		last = c.Last
		return map[string]any{"changed": false}, nil
	}))
	c := engine.Invocation{Place: engine.Place{}.Step("ensure"), Attempt: 1, Card: "w.thing.ensure", In: map[string]any{}}
	journal := enginetest.NewJournal()
	if err := journal.Begin(engine.Intent{Place: c.Place, Attempt: c.Attempt, Card: c.Card, In: c.In}); err != nil {
		t.Fatal(err)
	}
	resume := func(cancels bool) (inDoubt int, err error) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		journal = journal.Crash(9)
		rt, err := journaled.New(journaled.Config{Journal: journal, Cards: cards, Resumed: true,
			Permit: func(context.Context, engine.Invocation, card.Effect) (func(engine.Value, error), error) {
				if cancels {
					cancel()
				}
				return func(engine.Value, error) {}, nil
			},
		}).Over(local.New(ctx, local.Config{Cards: cards, Listen: func(e engine.Event) {
			if e.Kind == engine.InDoubt {
				inDoubt++
			}
		}}))
		if err != nil {
			t.Fatal(err)
		}
		_, err = rt.Call(c)
		return inDoubt, err
	}
	if inDoubt, err := resume(true); !engine.IsCanceled(err) || inDoubt != 0 {
		t.Errorf("in the process that is canceled: %v, in doubt %d times", err, inDoubt)
	}
	if inDoubt, err := resume(false); err != nil || inDoubt != 1 || last == nil || !last.MayBeDone() {
		t.Errorf("in the process that makes the call again: %v, in doubt %d times; the card knows of %v", err, inDoubt, last)
	}
}
