package host

import (
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Waits is the time that connections waited for rate limits. Runs that share a connection share its waits: each run
// counts those during its own time.
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
