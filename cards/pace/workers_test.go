package pace_test

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/flowdeck/flowdeck/cards/pace"
	"github.com/flowdeck/flowdeck/engine/clock"
)

// worker is a process with a Governor of its own, which sends as many requests as it may.
type worker struct {
	requests, flying int
	after            time.Duration // when it starts
}

// equal returns workers that have enough to do for so many windows.
func equal(workers, flying, limit, windows int) []worker {
	all := make([]worker, workers)
	for i := range all {
		all[i] = worker{requests: limit * windows / workers, flying: flying}
	}
	return all
}

// Workers of one connection are processes that know nothing of each other but what the headers show.
func TestWorkersOfOneLimitShareIt(t *testing.T) {
	t.Parallel()
	const later = 5*time.Minute + 20*time.Second
	for name, test := range map[string]struct {
		limit   int
		trip    time.Duration // of each way, give or take a half
		phase   time.Duration
		path    func(int) string
		workers []worker
	}{
		"a small limit":                  {20, 50 * time.Millisecond, 0, suspend, equal(2, 16, 20, 60)},
		"a small limit, slow":            {20, 500 * time.Millisecond, -1, suspend, equal(2, 16, 20, 60)},
		"a small limit, one at a time":   {20, 50 * time.Millisecond, -1, suspend, equal(2, 1, 20, 60)},
		"a large limit":                  {600, 50 * time.Millisecond, -1, suspend, equal(2, 16, 600, 6)},
		"a large limit, slow":            {600, 500 * time.Millisecond, 0, suspend, equal(2, 64, 600, 6)},
		"a large limit, very slow":       {600, 2500 * time.Millisecond, 0, suspend, equal(2, 64, 600, 6)},
		"two paths":                      {100, 50 * time.Millisecond, 0, either, equal(2, 16, 100, 20)},
		"three":                          {100, 50 * time.Millisecond, 0, suspend, equal(3, 16, 100, 20)},
		"eight":                          {600, 50 * time.Millisecond, 0, suspend, equal(8, 16, 600, 6)},
		"one joins later":                {20, 50 * time.Millisecond, 0, suspend, []worker{{800, 16, 0}, {400, 16, later}}},
		"one joins later, a large limit": {600, 50 * time.Millisecond, 0, suspend, []worker{{5400, 16, 0}, {1200, 16, later}}},
		"one leaves":                     {20, 50 * time.Millisecond, -1, suspend, []worker{{800, 16, 0}, {400, 16, 0}}},
		"one leaves, a large limit":      {600, 50 * time.Millisecond, -1, suspend, []worker{{3000, 16, 0}, {1200, 16, 0}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				org := &server{
					bucketOf: one, limit: always(test.limit), trip: test.trip, phase: test.phase,
					jitter: rand.New(rand.NewPCG(1, 2)),
				}
				took, sent := make([]time.Duration, len(test.workers)), 0
				var going sync.WaitGroup
				for i, w := range test.workers {
					sent += w.requests
					going.Go(func() {
						time.Sleep(w.after)
						took[i] = sweep(t, pace.New(clock.System{}, 1), org, w.requests, w.flying, test.path)
					})
				}
				going.Wait()
				used := 0
				for _, of := range org.perLimit {
					used += of
				}
				if mean := used / len(org.perLimit); mean < 950 {
					t.Errorf("%d ‰ of the limit were used: %v", mean, org.perLimit)
				}
				if org.limited*200 >= sent {
					t.Errorf("%d of %d were refused, want less than 0.5%%", org.limited, sent)
				}
				if same := test.workers[0] == test.workers[1]; same && slices.Max(took)-slices.Min(took) > 65*time.Second {
					t.Errorf("workers with the same requests took %v: they finish in the same window, or the one after", took)
				}
				t.Logf("%d requests, %d refused, took %v; windows %v", sent, org.limited, took, org.perLimit)
			})
		})
	}
}

// A run that starts in the window of the run before it is alone all the same: it is careful for one round only.
func TestWhatWasUsedBeforeIsNotAnotherWorker(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		org := &server{bucketOf: one, limit: always(100), trip: 50 * time.Millisecond}
		sweep(t, pace.New(clock.System{}, 1), org, 50, 16, suspend)
		if took := sweep(t, pace.New(clock.System{}, 1), org, 50, 16, suspend); took > 600*time.Millisecond || org.limited > 0 {
			t.Errorf("took %v, %d refused; want a first answer, a second one, and 3 rounds of 16", took, org.limited)
		}
	})
}

// Date is cut to whole seconds. What one window shows of the server's clock counts in the next ones, unless a clock is set back.
func TestTheServersClockIsKnownFromWindowToWindow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := pace.New(clock.System{}, 1)
		learn(t, g, "users", answer(600, 600, time.Minute, 0))
		time.Sleep(60900 * time.Millisecond)
		learn(t, g, "users", answer(600, 0, 59100*time.Millisecond, 0))
		if took := entered(t, g, "users"); took != 60100*time.Millisecond {
			t.Errorf("waited %v, want the 59.1s until the reset and a second", took)
		}
		learn(t, g, "groups", answer(600, 0, 30*time.Second, -time.Hour))
		if took := entered(t, g, "groups"); took != 31*time.Second {
			t.Errorf("after the server's clock was set back it waited %v, want 31s", took)
		}
	})
}
