// Package pace is the door that every request of a connection goes through.
//
// It learns from the rate-limit headers of the answers and holds requests back before the service has to
// refuse them. It knows HTTP headers and time; it must not know which service it is, what a request
// does, or whether it is worth another try.
package pace

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Clock is what the governor needs of a clock.
type Clock interface {
	Now() time.Time
	// Sleep returns nil at until, or an error as soon as ctx ends.
	Sleep(ctx context.Context, until time.Time) error
}

// Governor paces the requests of one connection. Make one with New; it is safe for concurrent use.
//
// Its policy is the least there can be: a bucket that an answer called empty gets no request until its
// window is over. Requests in flight at that moment may still be refused.
type Governor struct {
	clock Clock

	mu     sync.Mutex
	closed map[string]time.Time // bucket → when its window is over
}

// New makes a Governor that has learned nothing yet.
func New(clock Clock) *Governor {
	return &Governor{clock: clock, closed: map[string]time.Time{}}
}

// Enter waits until a request of the bucket may leave. The error is the clock's, when ctx ends first.
func (g *Governor) Enter(ctx context.Context, bucket string) error {
	for {
		g.mu.Lock()
		until := g.closed[bucket]
		g.mu.Unlock()
		if !until.After(g.clock.Now()) {
			return ctx.Err()
		}
		if err := g.clock.Sleep(ctx, until); err != nil {
			return err
		}
	}
}

// Learn takes in the headers of an answer to a request of the bucket.
func (g *Governor) Learn(bucket string, answer http.Header) {
	if answer.Get("X-Rate-Limit-Remaining") != "0" || answer.Get("X-Rate-Limit-Limit") == "0" {
		return // limit 0 is Okta's refusal of concurrency: its reset says nothing of this bucket
	}
	wait, ok := UntilReset(answer)
	if !ok {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if over := g.clock.Now().Add(wait); over.After(g.closed[bucket]) {
		g.closed[bucket] = over
	}
}

// UntilReset is how long the window of an answer lasts by the server's own clock: X-Rate-Limit-Reset
// (seconds since 1970) less Date. It is a second longer, since both are cut to whole seconds, and never
// negative. ok is false without these headers.
//
// Source: Okta, "Rate limits", https://developer.okta.com/docs/reference/rl-best-practices/
func UntilReset(answer http.Header) (wait time.Duration, ok bool) {
	reset, err := strconv.ParseInt(answer.Get("X-Rate-Limit-Reset"), 10, 64)
	if err != nil {
		return 0, false
	}
	date, err := http.ParseTime(answer.Get("Date"))
	if err != nil {
		return 0, false
	}
	return max(0, time.Unix(reset, 0).Sub(date)) + time.Second, true
}
