package host

import (
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/store"
)

// change is what was counted.
type change struct{ Allowed, Made, InDoubt int }

// ofWrites returns a fuse with a limit of changes, which calls pause when it is reached.
func ofWrites(most int, cards card.Set, pause func()) *fuse {
	return newFuse(&engine.Plan{}, nil, keptLimits{MaxChanges: &most}, cards, func(string) { pause() })
}

// writes returns what a fuse counted.
func (f *fuse) writes() change {
	l := f.soFar()[engine.WritesMeasure]
	return change{int(l.Allowed), int(l.Used) - l.InDoubt, l.InDoubt}
}

func (f *fuse) full() bool { return f.soFar()[engine.WritesMeasure].Reached }

// call asks for a call at a step, and ends it if it is permitted.
func call(t *testing.T, c *fuse, step string, attempt int, effect card.Effect, out engine.Value, err error) (permitted bool) {
	t.Helper()
	done, refused := c.of("r1")(t.Context(), engine.Invocation{Place: engine.Place{}.Step(step), Attempt: attempt, Connection: "okta"}, effect)
	if refused != nil {
		if !engine.IsCanceled(refused) {
			t.Errorf("%s: %v is not a halt", step, refused)
		}
		return false
	}
	done(out, err)
	return true
}

var (
	changed   = map[string]any{"changed": true}
	unchanged = map[string]any{"changed": false}
	lost      = &card.Error{Kind: card.Unavailable, Writes: card.Unanswered}
	refused   = &card.Error{Kind: card.Conflict, Writes: card.Answered}
	partly    = &card.Error{Kind: card.Conflict, Changed: true}
)

func TestWhatChangedNothingForCertainGivesItsReservationBack(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		effect card.Effect
		calls  []error // the results of the attempts of one call; nil is a change
		want   change
	}{
		{"a change", card.Creates, []error{nil}, change{Made: 1}},
		{"a refusal", card.Creates, []error{refused}, change{}},
		{"a halt before it was sent", card.Creates, []error{engine.ErrCanceled}, change{}},
		{"a call that was cut off", card.Creates, []error{engine.ErrCutOff}, change{InDoubt: 1}},
		{"a lost answer", card.Creates, []error{lost}, change{InDoubt: 1}},
		{"a failure after a change", card.Creates, []error{partly}, change{Made: 1}},
		{"a refusal, and then a change", card.Creates, []error{refused, nil}, change{Made: 1}},
		{"a lost answer, and then the change", card.Idempotent, []error{lost, nil}, change{Made: 1}},
		{"two lost answers", card.Idempotent, []error{lost, lost}, change{InDoubt: 1}},
		{"a lost answer, and then a refusal", card.Idempotent, []error{lost, refused}, change{InDoubt: 1}},
		{"a change, and then a lost answer", card.Idempotent, []error{partly, lost}, change{Made: 1}},
		{"a lost answer of what another attempt creates again", card.Creates, []error{lost, nil}, change{Made: 1, InDoubt: 1}},
	} {
		c := ofWrites(10, nil, func() {})
		for i, err := range row.calls {
			if !call(t, c, "s", i+1, row.effect, changed, err) {
				t.Errorf("%s: attempt %d was not permitted", row.name, i+1)
			}
		}
		row.want.Allowed = 10
		if got := c.writes(); got != row.want {
			t.Errorf("%s: got %+v, want %+v", row.name, got, row.want)
		}
	}
}

func TestTablesAndFilesOfTheWorkspaceAreNoChanges(t *testing.T) {
	t.Parallel()
	c := ofWrites(0, card.Set{"http.download": {Spec: card.Spec{FilesOnly: true}}}, func() { t.Error("the run was stopped") })
	for _, call := range []engine.Invocation{{Card: "file.write"}, {Card: "http.download", Connection: "shop"}} {
		call.Place, call.Attempt = engine.Place{}.Step("s"), 1
		done, err := c.of("r1")(t.Context(), call, card.Creates)
		if err != nil {
			t.Fatal(err)
		}
		if done(changed, nil); c.writes().Made != 0 {
			t.Errorf("%s: got %+v", call.Card, c.writes())
		}
	}
}

func TestOnlyARunThatItsLimitStoppedGoesOnWithoutIt(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		status engine.Status
		report string
		want   bool
	}{
		{store.Paused, `{"limits": {"writes": {"reached": true, "by": "--max-changes"}}}`, true},
		{store.Paused, `{"limits": {"writes": {"reached": true, "by": "flow.yaml:2:10"}}}`, false},
		{store.Interrupted, `{"limits": {"writes": {"reached": true, "by": "--max-changes"}}}`, false},
		{engine.Canceled, `{"limits": {"writes": {"reached": true, "by": "--max-changes"}}}`, false}, // a person stopped it at the same time
		{store.Paused, `{"limits": {"writes": {"reached": false, "by": "--max-changes"}}}`, false},
		{store.Paused, `{}`, false},
		{store.Paused, ``, false},
	} {
		if got := spent(store.Run{Status: row.status, Report: []byte(row.report)}); got != row.want {
			t.Errorf("%s %s: got %t", row.status, row.report, got)
		}
	}
}

func TestAWriteThatAnEarlierProcessBeganCountsOnceWithItsSecondAttempt(t *testing.T) {
	t.Parallel()
	c := ofWrites(3, nil, func() {})
	c.resume(store.Run{}, store.Changed{Made: 3, InDoubt: []store.Write{{Run: "r1", Intent: engine.Intent{Place: engine.Place{}.Step("doubt"), Attempt: 1}}}}, nil)
	if !call(t, c, "doubt", 1, card.Creates, unchanged, nil) || c.writes().InDoubt != 1 {
		t.Errorf("the write that may have been done: %+v", c.writes())
	}
	if call(t, c, "other", 1, card.Idempotent, changed, nil) || !c.full() {
		t.Errorf("another write was permitted: %+v", c.writes())
	}
}

func TestConcurrentCallsNeverMakeMoreChangesThanAllowedNorStopBefore(t *testing.T) {
	t.Parallel()
	for seed := range uint64(50) {
		const allowed = 20
		var made, stopped atomic.Int32
		c := ofWrites(allowed, nil, func() { stopped.Add(1) })
		var strands sync.WaitGroup
		for i := range 8 {
			strands.Go(func() {
				random := rand.New(rand.NewPCG(seed, uint64(i)))
				for n := range 30 {
					done, err := c.of("r1")(t.Context(), engine.Invocation{Place: engine.Place{}.Step("s").Round(100*i + n), Attempt: 1, Connection: "okta"}, card.Creates)
					if err != nil {
						return
					}
					switch random.IntN(4) {
					case 0:
						done(unchanged, nil)
					case 1:
						done(nil, errors.Join(refused))
					case 2:
						made.Add(1)
						done(nil, lost)
					default:
						made.Add(1)
						done(changed, nil)
					}
				}
			})
		}
		strands.Wait()
		limit := c.writes()
		if made.Load() != allowed || limit.Made+limit.InDoubt != allowed || stopped.Load() != 1 || !c.full() {
			t.Fatalf("seed %d: %d changes were made, and the run was stopped %d times: %+v", seed, made.Load(), stopped.Load(), limit)
		}
	}
}
