package serve

import (
	"math/rand/v2"
	"sync"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
)

// pace is when a reader looks, how far it is behind, and what was said of it. It is safe for concurrent use.
type pace struct {
	mu       sync.Mutex
	looking  bool
	next     time.Time // when it looks again; zero: at once
	ended    time.Time // when all was read last; zero: not known yet
	short    bool      // since then, a look has not come to the end
	behind   bool      // and it was said that it is behind
	failures int       // in a row
	failed   string    // what was said of the last one
}

const (
	// firstRetry and lastRetry are the pauses after the first failure, and at most.
	firstRetry = 5 * time.Second
	lastRetry  = 5 * time.Minute
	// TooLate is the number of looks that were due since all was read, from which a poll is behind.
	TooLate = 3
)

// begin reports whether a look is due, which then goes on until its end is noted. woke makes it due.
func (p *pace) begin(now time.Time, every time.Duration, woke bool) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if woke || p.next.Sub(now) > max(every, lastRetry) { // the clock was put back
		p.next = now
	}
	if p.looking || now.Before(p.next) {
		return false
	}
	p.looking = true
	p.next = now.Add(every)
	return true
}

// wait ends a look that failed, and sets when it is tried again. fresh reports whether nothing was said yet of such a failure.
func (p *pace) wait(now time.Time, failure *card.Error, least time.Duration) (fresh bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	pause := min(firstRetry<<min(p.failures, 10), lastRetry)
	pause = max(pause/2+rand.N(pause/2), min(failure.Wait, lastRetry), least)
	p.looking, p.short, p.next = false, true, now.Add(pause)
	p.failures++
	what := string(failure.Kind) + " " + failure.Code
	fresh, p.failed = what != p.failed, what
	return fresh
}

// end ends a look that read all there was. again reports whether one before had failed.
func (p *pace) end() (again bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	again = p.failures > 0
	p.looking, p.failures, p.failed = false, 0, ""
	return again
}

// start sets when all was read last, before this process has read anything.
func (p *pace) start(ended time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended.IsZero() {
		p.ended = ended
	}
}

// read notes that a page was read, and when all had been read last. caught reports whether it has caught up, of which it was said that it is behind.
func (p *pace) read(ended time.Time, all bool) (caught bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended, p.short = ended, !all
	caught = p.behind && all
	p.behind = p.behind && !all
	return caught
}

// falls reports whether the reader is behind by now, once.
func (p *pace) falls(now time.Time, every time.Duration) (lag time.Duration, falls bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	lag = p.since(now)
	falls = p.short && !p.behind && lag > TooLate*every
	p.behind = p.behind || falls
	return lag, falls
}

// lag returns the time since all was read.
func (p *pace) lag(now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.since(now)
}

func (p *pace) since(now time.Time) time.Duration {
	if p.ended.IsZero() {
		return 0
	}
	return max(0, now.Sub(p.ended))
}
