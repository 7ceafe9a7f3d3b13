package pace

import (
	"context"
	"slices"
	"time"
)

// impatience is how long a request waits for an answer to another before more may leave without it. It
// is the machine's time, not the clock's: a clock that jumps must not jump because an answer is on its way.
const impatience = 2 * time.Second

// A waiter is a request that must wait. The first of each pool also watches the clock, for all after it.
type waiter struct {
	pass    *Pass
	let     bool
	counted bool      // its waiting is counted
	first   bool      // of its queue, and knows it
	until   time.Time // what the first sleeps until; zero if it waits for an answer, and for all after it
	woken   chan struct{}
	cancel  context.CancelFunc // ends its sleep; nil when it does not sleep
}

// wake has the waiter look again.
func (w *waiter) wake() {
	if w.cancel != nil {
		w.cancel()
	}
	select {
	case w.woken <- struct{}{}:
	default:
	}
}

// wait waits until w is let through or ctx ends. It is entered with the lock held, and leaves without.
func (g *Governor) wait(ctx context.Context, w *waiter) (*Pass, error) {
	for {
		if ctx.Err() != nil {
			g.leave(w)
			g.mu.Unlock()
			return nil, context.Cause(ctx)
		}
		if w.let {
			g.mu.Unlock()
			return w.pass, nil
		}
		if first, until := w.first, w.until; until.IsZero() {
			g.mu.Unlock()
			impatient := w.listen(ctx, first)
			g.mu.Lock()
			if impatient && !w.let {
				g.hurry(w.pass.lane.pool)
			}
		} else {
			var asleep context.Context
			asleep, w.cancel = context.WithCancel(ctx)
			g.mu.Unlock()
			_ = g.clock.Sleep(asleep, until) // its end for any reason is a reason to look again
			g.mu.Lock()
			w.cancel()
			w.cancel = nil
		}
		if !w.let {
			g.pump(g.clock.Now())
		}
	}
}

// listen waits to be woken, and reports whether the first in a queue was not in good time.
func (w *waiter) listen(ctx context.Context, first bool) bool {
	if !first {
		select {
		case <-w.woken:
		case <-ctx.Done():
		}
		return false
	}
	timer := time.NewTimer(impatience)
	defer timer.Stop()
	select {
	case <-w.woken:
	case <-ctx.Done():
	case <-timer.C:
		return true
	}
	return false
}

// hurry lets more leave when the answers that would show the limit do not come.
func (g *Governor) hurry(p *pool) {
	switch {
	case p.shared():
		p.few = p.flying() + 1
	case p.limit == 0 || p.guessed:
		p.few = max(2*p.few, p.flying()+1)
	}
	if c := &g.crowd; c.most > 0 && c.flying >= c.most {
		c.most++
	}
}

// leave takes out a waiter whose context has ended, and gives back its place if it just got one.
func (g *Governor) leave(w *waiter) {
	now := g.clock.Now()
	if w.let {
		w.pass.done = true
		w.pass.unsend()
		w.pass.land()
	} else {
		p := w.pass.lane.pool
		p.queue = slices.DeleteFunc(p.queue, func(other *waiter) bool { return other == w })
		g.uncount(w, now)
	}
	g.pump(now)
}

// pump lets through all that may leave now, the oldest first, and has the first of each queue know what
// it waits for.
func (g *Governor) pump(now time.Time) {
	for {
		next := (*pool)(nil)
		for _, p := range g.pools {
			if len(p.queue) == 0 {
				continue
			}
			p.roll(now)
			if g.admits(p, now) && (next == nil || p.queue[0].pass.seq < next.queue[0].pass.seq) {
				next = p
			}
		}
		if next == nil {
			break
		}
		w := next.queue[0]
		next.queue = slices.Delete(next.queue, 0, 1)
		w.let = true
		g.uncount(w, now)
		g.let(w.pass, now)
		w.wake()
	}
	for _, p := range g.pools {
		if len(p.queue) == 0 {
			continue
		}
		for i, w := range p.queue {
			g.count(w, now)
			until := time.Time{}
			if i == 0 {
				until = g.until(p, now)
			}
			if w.first != (i == 0) || !w.until.Equal(until) {
				w.first, w.until = i == 0, until
				w.wake()
			}
		}
	}
}

// until is when the first of a queue has to look again; zero when only an answer can help.
func (g *Governor) until(p *pool, now time.Time) time.Time {
	switch c := &g.crowd; {
	case g.held.After(now):
		return g.held
	case p.limit > 0 && min(p.budget(g.share), p.remaining-p.flying()-p.margin()) <= 0:
		return p.over
	case c.most > 0 && c.until.After(now):
		return c.until
	}
	return time.Time{}
}
