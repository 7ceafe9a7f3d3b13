package terminal

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
)

// A run that waits on a rate limit prints nothing, and seems to hang. Therefore a wait is shown after patience, and
// then at intervals of again.
const (
	patience = 3 * time.Second
	again    = 30 * time.Second
	glance   = time.Second // interval between two checks
)

// waiting is progress that also shows waits on rate limits while they last: waits before a request, which the
// connections count, and waits after a refusal, which are retries.
type waiting struct {
	host.Listener
	screen *Screen
	waited func() host.Waits // the waits of the run's connections so far
	stop   func()

	mu      sync.Mutex
	last    host.Waits // the waits at the time looked
	looked  time.Time
	since   time.Time            // start of the current wait, or end of the last step during it; zero if there is no wait
	shown   time.Time            // time of the last line about it
	retries map[string]time.Time // by card: the end of the wait after a refusal
	bars    bool                 // a bar already shows the waits that the connections count
}

// showWaits adds waits to a progress. It checks them in a goroutine, which ends with Done.
func showWaits(s *Screen, progress host.Listener, waited func() host.Waits) host.Listener {
	w := newWaiting(s, progress, waited, time.Now())
	ticker, done := time.NewTicker(glance), make(chan struct{})
	w.stop = sync.OnceFunc(func() { ticker.Stop(); close(done) })
	go func() {
		for {
			select {
			case now := <-ticker.C:
				w.look(now)
			case <-done:
				return
			}
		}
	}()
	return w
}

func newWaiting(s *Screen, progress host.Listener, waited func() host.Waits, now time.Time) *waiting {
	return &waiting{
		Listener: progress, screen: s, waited: waited, stop: func() {},
		last: waited(), looked: now, retries: map[string]time.Time{},
	}
}

func (w *waiting) See(e engine.Event) {
	w.note(e, time.Now())
	w.Listener.See(e)
}

func (w *waiting) Done() {
	w.stop()
	w.Listener.Done()
}

func (w *waiting) note(e engine.Event, now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case e.Kind == engine.StepStarted && host.IsLoop(e.Verb):
		w.bars = w.screen.live
	case e.Kind == engine.StepEnded:
		w.since = time.Time{}
	case e.Kind == engine.Retrying && card.AsError(e.Err).Kind == card.RateLimit:
		if until := now.Add(e.Wait); until.After(w.retries[e.Card]) {
			w.retries[e.Card] = until
		}
	}
}

// look compares the waits with those at the last call, and shows a wait that lasts.
func (w *waiting) look(now time.Time) {
	if line := w.line(now); line != "" {
		w.screen.progress(line)
	}
}

func (w *waiting) line(now time.Time) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	total := w.waited()
	grown, past := total.Since(w.last), now.Sub(w.looked)
	from := w.looked
	w.last, w.looked = total, now
	// Requests that often wait for a short time do not stop a run. Only waits for more than half of the time count.
	counted := grown.Total > past/2
	names := slices.Sorted(maps.Keys(grown.ByLimit))
	maps.DeleteFunc(w.retries, func(_ string, until time.Time) bool { return !until.After(now) })
	if !counted {
		names = slices.Sorted(maps.Keys(w.retries))
	}
	if !counted && len(w.retries) == 0 {
		w.since = time.Time{}
		return ""
	}
	if w.since.IsZero() {
		w.since = from
	}
	switch lasts := now.Sub(w.since); {
	case lasts < patience, counted && w.bars, now.Sub(w.shown) < again:
		return ""
	default:
		w.shown = now
		return fmt.Sprintf("waiting on rate limits for %s: %s", lasts.Round(time.Second), cmp.Or(strings.Join(names, ", "), "a limit of all requests"))
	}
}
