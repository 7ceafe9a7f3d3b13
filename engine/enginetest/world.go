package enginetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/card/cardtest"
)

// world has the log of the fake cards of a test, and lets them wait for each other. It is for one run of the host.
type world struct {
	Host
	listen func(engine.Event)
	start  func(string, engine.Start) error
	answer func(engine.Place, engine.Response) error
	decide func(context.Context, engine.Place, engine.Approval) (engine.Decision, error)
	keeper engine.Keeper

	mu       sync.Mutex
	changed  *sync.Cond
	cancel   func()   // cancels the run
	log      []string // in the order of time: "start 3", "end 3", "page 2"
	vain     []string // waits that were given up
	inFlight int
	peak     int
}

func newWorld(host Host) *world {
	w := &world{Host: host}
	w.changed = sync.NewCond(&w.mu)
	return w
}

// patience is the number of units after which a wait is given up. It is not a requirement on speed: a correct Runtime
// never reaches it.
const patience = 3000

// run calls body with a new Runtime that offers the cards, and fails the test if it hangs.
func (w *world) run(t *testing.T, body func(*testing.T, engine.Runtime), cards ...card.Card) {
	t.Helper()
	setup := Setup{Run: "r1", Cards: card.NewSet(cards...), Listen: w.listen, Start: w.start, Respond: w.answer, Await: w.decide, Keeper: w.keeper}
	w.Run(t, setup, func(t *testing.T, rt engine.Runtime, cancel func()) {
		w.happens(func() { w.cancel = cancel })
		// This is later than the waits of cards, whose failures report more. A Runtime that does not even end on a
		// cancel cannot be left running.
		defer time.AfterFunc(2*w.units(patience), func() {
			w.happens(func() { w.vain = append(w.vain, "the end of the run") })
			cancel()
		}).Stop()
		defer time.AfterFunc(3*w.units(patience), func() {
			panic(fmt.Sprintf("%s: the Runtime hangs; %q happened", t.Name(), w.seen()))
		}).Stop()
		body(t, rt)
	})
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, what := range w.vain {
		t.Errorf("gave up waiting for %s; the log is %q", what, w.log)
	}
	if w.inFlight > 0 {
		t.Errorf("%d calls are in flight after the end", w.inFlight)
	}
}

// happens changes the world, and wakes up everything that waits for the change.
func (w *world) happens(change func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change()
	w.changed.Broadcast()
}

func (w *world) note(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	w.happens(func() { w.log = append(w.log, line) })
}

// seen returns the log so far.
func (w *world) seen() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.log)
}

// count counts the lines of the log so far that start with a word.
func (w *world) count(word string) (n int) {
	for _, line := range w.seen() {
		if strings.HasPrefix(line, word) {
			n++
		}
	}
	return n
}

// wait returns nil when ready returns true, or the error of ctx. ready is called with the world locked after every
// change. If neither happens, wait fails the test.
func (w *world) wait(ctx context.Context, what string, ready func() bool) error {
	overdue := false
	timer := time.AfterFunc(w.units(patience), func() { w.happens(func() { overdue = true }) })
	defer timer.Stop()
	defer context.AfterFunc(ctx, func() { w.happens(func() {}) })()

	w.mu.Lock()
	defer w.mu.Unlock()
	for !ready() {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case overdue || len(w.vain) > 0: // one failure is enough, and the next wait would take as long
			w.vain = append(w.vain, what)
			return &card.Error{Kind: card.Internal, Message: "waited in vain for " + what}
		}
		w.changed.Wait()
	}
	return nil
}

// waitFor waits for a line in the log.
func (w *world) waitFor(ctx context.Context, format string, args ...any) error {
	line := fmt.Sprintf(format, args...)
	return w.wait(ctx, line, func() bool { return slices.Contains(w.log, line) })
}

// cancels cancels the run. Only cards and timers call it: a body may run where it cannot wait for the cancellation.
func (w *world) cancels() {
	w.mu.Lock()
	cancel := w.cancel
	w.mu.Unlock()
	cancel()
	w.note("canceled")
}

// canceler returns the card fake.cancel, which cancels the run.
func (w *world) canceler() card.Card {
	return cardtest.Fake("fake.cancel", card.Idempotent, func(_ context.Context, _ card.Call, in numberInput) (numberInput, error) {
		w.cancels()
		return in, nil
	})
}

// cancelRun cancels the run from a body, by calling fake.cancel.
func cancelRun(t *testing.T, rt engine.Runtime) {
	t.Helper()
	if _, err := rt.Call(callAt(spot, "fake.cancel", 0)); err != nil {
		t.Errorf("a write in flight at the cancel: %v", err)
	}
}

// cancelAfter cancels the run after some units, while something other than a card waits.
func (w *world) cancelAfter(units int) { time.AfterFunc(w.units(units), w.cancels) }

// units returns the duration of n units of the host.
func (w *world) units(n int) time.Duration { return time.Duration(n) * w.Unit }

// long returns the length of a wait that the suite ends early. If a Runtime does not end it, it still ends before the
// test's patience.
func (h Host) long() time.Duration { return 1000 * h.Unit }

// drift is the maximum difference between the clocks of two processes for a short wait.
const drift = time.Millisecond

// took fails the test unless this number of units has passed: exactly, or at least if time is not virtual.
func (w *world) took(t *testing.T, rt engine.Runtime, since time.Time, units int) {
	t.Helper()
	took, want := rt.Now().Sub(since), w.units(units)
	if w.Virtual && took != want || took < want-drift {
		t.Errorf("it took %v, want %v", took, want)
	}
}
