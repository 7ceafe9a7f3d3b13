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

// call asks for a call at a step, and ends it if it is permitted.
func call(t *testing.T, c *changes, step string, attempt int, effect card.Effect, out engine.Value, err error) (permitted bool) {
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
		want   ChangeLimit
	}{
		{"a change", card.Creates, []error{nil}, ChangeLimit{Made: 1}},
		{"a refusal", card.Creates, []error{refused}, ChangeLimit{}},
		{"a halt before it was sent", card.Creates, []error{engine.ErrCanceled}, ChangeLimit{}},
		{"a call that was cut off", card.Creates, []error{engine.ErrCutOff}, ChangeLimit{InDoubt: 1}},
		{"a lost answer", card.Creates, []error{lost}, ChangeLimit{InDoubt: 1}},
		{"a failure after a change", card.Creates, []error{partly}, ChangeLimit{Made: 1}},
		{"a refusal, and then a change", card.Creates, []error{refused, nil}, ChangeLimit{Made: 1}},
		{"a lost answer, and then the change", card.Idempotent, []error{lost, nil}, ChangeLimit{Made: 1}},
		{"two lost answers", card.Idempotent, []error{lost, lost}, ChangeLimit{InDoubt: 1}},
		{"a lost answer, and then a refusal", card.Idempotent, []error{lost, refused}, ChangeLimit{InDoubt: 1}},
		{"a change, and then a lost answer", card.Idempotent, []error{partly, lost}, ChangeLimit{Made: 1}},
		{"a lost answer of what another attempt creates again", card.Creates, []error{lost, nil}, ChangeLimit{Made: 1, InDoubt: 1}},
	} {
		c := newChanges(10, nil, func() {})
		for i, err := range row.calls {
			if !call(t, c, "s", i+1, row.effect, changed, err) {
				t.Errorf("%s: attempt %d was not permitted", row.name, i+1)
			}
		}
		row.want.Allowed = 10
		if got := *c.soFar(); got != row.want {
			t.Errorf("%s: got %+v, want %+v", row.name, got, row.want)
		}
	}
}

func TestTablesAndFilesOfTheWorkspaceAreNoChanges(t *testing.T) {
	t.Parallel()
	c := newChanges(0, card.Set{"http.download": {Spec: card.Spec{FilesOnly: true}}}, func() { t.Error("the run was stopped") })
	for _, call := range []engine.Invocation{{Card: "file.write"}, {Card: "http.download", Connection: "shop"}} {
		call.Place, call.Attempt = engine.Place{}.Step("s"), 1
		done, err := c.of("r1")(t.Context(), call, card.Creates)
		if err != nil {
			t.Fatal(err)
		}
		if done(changed, nil); c.soFar().Made != 0 {
			t.Errorf("%s: got %+v", call.Card, c.soFar())
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
		{engine.Canceled, `{"max_changes": {"reached": true}}`, true},
		{store.Paused, `{"max_changes": {"reached": true}}`, false}, // a person paused it while a record waited for the limit
		{store.Interrupted, `{"max_changes": {"reached": true}}`, false},
		{engine.Canceled, `{"max_changes": {"reached": false}}`, false},
		{engine.Canceled, `{}`, false},
		{engine.Canceled, ``, false},
	} {
		if got := spent(store.Run{Status: row.status, Report: []byte(row.report)}); got != row.want {
			t.Errorf("%s %s: got %t", row.status, row.report, got)
		}
	}
}

func TestAWriteThatAnEarlierProcessBeganCountsOnceWithItsSecondAttempt(t *testing.T) {
	t.Parallel()
	c := newChanges(3, nil, func() {})
	c.resume(3, []store.Write{{Run: "r1", Intent: engine.Intent{Place: engine.Place{}.Step("doubt"), Attempt: 1}}})
	if !call(t, c, "doubt", 1, card.Creates, unchanged, nil) || c.soFar().InDoubt != 1 {
		t.Errorf("the write that may have been done: %+v", c.soFar())
	}
	if call(t, c, "other", 1, card.Idempotent, changed, nil) || !c.reached() {
		t.Errorf("another write was permitted: %+v", c.soFar())
	}
}

func TestConcurrentCallsNeverMakeMoreChangesThanAllowedNorStopBefore(t *testing.T) {
	t.Parallel()
	for seed := range uint64(50) {
		const allowed = 20
		var made, stopped atomic.Int32
		c := newChanges(allowed, nil, func() { stopped.Add(1) })
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
		limit := c.soFar()
		if made.Load() != allowed || limit.Made+limit.InDoubt != allowed || stopped.Load() != 1 || !limit.Reached {
			t.Fatalf("seed %d: %d changes were made, and the run was stopped %d times: %+v", seed, made.Load(), stopped.Load(), limit)
		}
	}
}
