// Package pace is the door that every request of a connection goes through.
//
// It learns from the rate-limit headers of the answers and holds requests back before the service has to
// refuse them, so that a connection uses its whole share of every limit and meets no 429. It knows HTTP
// headers and time; it must not know which service it is, what a request does, or whether it is worth
// another try. docs/decisions/008-the-governor.md describes how it decides.
package pace

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/flowdeck/flowdeck/engine/clock"
)

// Clock is the clock of a governor.
type Clock interface {
	Now() time.Time
	// Sleep returns nil at until, or an error as soon as ctx ends.
	Sleep(ctx context.Context, until time.Time) error
}

// Governor paces the requests of one connection. Make one with New; it is safe for concurrent use, starts
// no goroutine and needs no closing. One Governor serves all runs of a process that use the connection.
type Governor struct {
	clock Clock
	share float64

	mu    sync.Mutex
	lanes map[string]*lane // by the bucket that callers assume
	pools []*pool
	apart map[[2]*lane]time.Time // when two lanes were last seen not to share a bucket
	seq   uint64                 // counts requests, in the order of their coming
	crowd crowd
	held  time.Time      // until when nothing may leave, since an answer asked for that
	ahead *time.Duration // how far the server's clock is ahead of ours, at least; nil is not known
	total span
}

// A lane is the requests that callers assume to be of one bucket. Its counts are of the pool's window.
type lane struct {
	name   string
	pool   *pool
	epoch  int    // counts windows
	sent   int    // requests of this window, whether answered or not
	flying [2]int // requests without an answer: sent in this window, and in the one before
	waits  span
}

// New makes a Governor that has learned nothing yet and uses the given share of every limit: 0.5 is half
// of it, at least one request a window. A share outside of 0 to 1, or 0, is the whole.
func New(clock Clock, share float64) *Governor {
	if !(share > 0 && share < 1) {
		share = 1
	}
	return &Governor{clock: clock, share: share, lanes: map[string]*lane{}, apart: map[[2]*lane]time.Time{}}
}

// Now is the time of the governor's clock.
func (g *Governor) Now() time.Time { return g.clock.Now() }

// Pass is the permission to send one request. Done must be called on it.
type Pass struct {
	g      *Governor
	lane   *lane
	pool   *pool // of the lane when the request left
	epoch  int   // of the lane when the request left
	seq    uint64
	seen   int // how many requests were left when this one left; unseen if that was not known
	others int // requests of others in its window that were known of when this one left
	sentAt time.Time
	done   bool
}

// unseen is a Pass's seen while its window is not known.
const unseen = -1

// Enter waits until a request of the bucket may leave. The bucket is what the caller assumes, such as
// method and path template; the answers may show that several share a limit. Requests of a bucket leave in
// the order in which they came. When ctx ends first, the error is its cause, and nothing is to be done. The wait does not
// count for a clock.WithTimeout of ctx.
func (g *Governor) Enter(ctx context.Context, bucket string) (*Pass, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	now := g.clock.Now()
	g.mu.Lock()
	l := g.lanes[bucket]
	if l == nil {
		l = g.newLane(bucket)
	}
	g.seq++
	p := &Pass{g: g, lane: l, seq: g.seq}
	l.pool.roll(now)
	if len(l.pool.queue) == 0 && g.admits(l.pool, now) {
		g.let(p, now)
		g.mu.Unlock()
		return p, nil
	}
	w := &waiter{pass: p, woken: make(chan struct{}, 1)}
	l.pool.queue = append(l.pool.queue, w)
	g.count(w, now)
	g.pump(now)
	defer clock.Pause(ctx)()
	return g.wait(ctx, w) // which unlocks
}

// Done ends the request, and takes in the headers of its answer; nil means that none came. It is to be
// called as soon as the headers are there. Any call but the first does nothing, so that a deferred
// Done(nil) is right in addition to the one with the headers.
func (p *Pass) Done(answer http.Header) {
	g := p.g
	now := g.clock.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	if p.done {
		return
	}
	p.done = true
	l := p.lane
	l.pool.roll(now)
	switch h := parse(answer, now); {
	case h.crowded:
		g.crowd.refused(p.seq, g.seq, now)
		p.unsend() // it used nothing up
	case h.known:
		g.crowd.answered()
		h.over = g.end(p, h, now)
		g.learn(p, h, now)
	case g.hold(answer, now):
		p.unsend()
	case answer != nil:
		g.crowd.answered()
		l.pool.free = l.pool.limit == 0
	}
	p.land()
	l.pool.settle()
	g.pump(now)
}

// end is the end of an answer's window by our clock. Date is cut to whole seconds: the answer whose Date is furthest ahead of our clock
// shows the server's time best, whatever its window. Clients that come up to a second later than others may find the window used up.
func (g *Governor) end(p *Pass, h headers, now time.Time) time.Time {
	if h.date.IsZero() {
		return h.over
	}
	ahead := h.date.Sub(now)
	jumped := g.ahead != nil && p.sentAt.Add(*g.ahead).Sub(h.date) >= time.Second // one of the clocks, since the request left
	if g.ahead == nil || jumped || ahead > *g.ahead {
		g.ahead = &ahead
	}
	return h.over.Add(ahead - *g.ahead)
}

// let has the request leave.
func (g *Governor) let(p *Pass, now time.Time) {
	l := p.lane
	p.pool, p.epoch, p.sentAt, p.seen = l.pool, l.epoch, now, unseen
	if l.pool.limit > 0 && !l.pool.guessed {
		p.seen, p.others = l.pool.remaining, l.pool.others()
	}
	l.sent++
	l.flying[0]++
	g.crowd.flying++
}

// land takes the request out of those in flight. One that was sent two windows ago is no longer among
// them: what never answers must not shut a bucket for good.
func (p *Pass) land() {
	p.g.crowd.flying--
	if age := p.lane.epoch - p.epoch; age < len(p.lane.flying) {
		p.lane.flying[age]--
	}
}

// unsend takes the request out of those that used up the limit.
func (p *Pass) unsend() {
	if p.epoch == p.lane.epoch {
		p.lane.sent = max(0, p.lane.sent-1)
	}
}

// hold has all requests wait for as long as an answer without rate limit headers asks for, and reports whether it does. The
// whole connection waits, not a bucket: such an answer comes from what is in front of the service, or from a service that
// is down.
func (g *Governor) hold(answer http.Header, now time.Time) bool {
	wait, asked := RetryAfter(answer, now)
	if until := now.Add(wait); asked && until.After(g.held) {
		g.held = until
	}
	return asked
}

// open reports whether requests of any bucket may leave now.
func (g *Governor) open(now time.Time) bool { return !g.held.After(now) && g.crowd.admits(now) }

// admits reports whether the next request of the pool may leave now.
func (g *Governor) admits(p *pool, now time.Time) bool {
	return g.open(now) && p.room(g.share, now) > 0
}
