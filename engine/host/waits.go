package host

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// Waits is the time that calls waited for rate limits: any of them, and by name. Runs that share a connection share its
// waits: each run counts those during its own time.
type Waits struct {
	Total   time.Duration
	ByLimit map[string]time.Duration
}

// Waited returns the waits of the connections so far.
func (o *Connections) Waited() Waits {
	w := Waits{ByLimit: map[string]time.Duration{}}
	for _, c := range o.conns {
		waiter, ok := c.(card.Waiter)
		if !ok {
			continue
		}
		total, byLimit := waiter.Waited()
		w.Total += total
		for name, d := range byLimit {
			w.ByLimit[name] += d
		}
	}
	return w
}

// Since returns w minus the waits before.
func (w Waits) Since(before Waits) Waits {
	out := Waits{Total: w.Total - before.Total, ByLimit: map[string]time.Duration{}}
	for name, d := range w.ByLimit {
		if d -= before.ByLimit[name]; d > 0 {
			out.ByLimit[name] = d
		}
	}
	return out
}

// longest returns the names of the limits on which calls waited for the longest time, the longest first.
func (w Waits) longest() []string {
	names := slices.SortedFunc(maps.Keys(w.ByLimit), func(a, b string) int {
		return cmp.Or(cmp.Compare(w.ByLimit[b], w.ByLimit[a]), cmp.Compare(a, b))
	})
	return names[:min(len(names), 3)]
}

// waits returns the waits of the run so far.
func (w *Watch) waits() Waits {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.waited().Since(w.before).and(w.refused)
}

// refusals measures the waits of calls that a service refused for a rate limit. The interpreter makes these waits, and the
// connections count the others. The zero value has none.
type refusals struct {
	any    span
	byCard map[string]*span
	before time.Duration // the total of the connections at the start of any
	twice  time.Duration // the part of any during which the connections counted a wait too
}

// A span is the time during which at least one call waited.
type span struct {
	waiting int
	since   time.Time
	sum     time.Duration
}

// see counts a wait that starts or ends now. waited returns the waits of the connections so far.
func (r *refusals) see(e engine.Event, now time.Time, waited func() Waits) {
	if card.AsError(e.Err).Kind != card.RateLimit {
		return
	}
	own := r.byCard[e.Card]
	if own == nil {
		if r.byCard == nil {
			r.byCard = map[string]*span{}
		}
		own = &span{}
		r.byCard[e.Card] = own
	}
	switch e.Kind {
	case engine.Retrying:
		own.enter(now)
		if r.any.enter(now) {
			r.before = waited().Total
		}
	case engine.Waited:
		own.leave(now)
		if r.any.leave(now) {
			r.twice += min(waited().Total-r.before, now.Sub(r.any.since))
		}
	}
}

// enter counts one more that waits, and reports whether it is the only one.
func (s *span) enter(now time.Time) bool {
	if s.waiting++; s.waiting == 1 {
		s.since = now
	}
	return s.waiting == 1
}

// leave counts one less, and reports whether it was the last.
func (s *span) leave(now time.Time) bool {
	if s.waiting--; s.waiting == 0 {
		s.sum += now.Sub(s.since)
	}
	return s.waiting == 0
}

// and returns the waits of connections together with those after refusals. A time in which both waited counts once.
func (w Waits) and(r refusals) Waits {
	w.Total += r.any.sum - r.twice
	for name, s := range r.byCard {
		w.ByLimit[name] += s.sum
	}
	return w
}
