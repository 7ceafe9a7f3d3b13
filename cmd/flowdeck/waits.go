package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
)

// waits are for how long a run's connections waited on rate limits. Runs that share a connection share
// its waiting: each counts what fell into its own time.
type waits struct {
	total   time.Duration
	byLimit map[string]time.Duration
}

// waited adds up what the connections say so far.
func (o *opened) waited() waits {
	w := waits{byLimit: map[string]time.Duration{}}
	for _, c := range o.conns {
		waiter, ok := c.(card.Waiter)
		if !ok {
			continue
		}
		total, byLimit := waiter.Waited()
		w.total += total
		for name, d := range byLimit {
			w.byLimit[name] += d
		}
	}
	return w
}

// since is w less what had been waited before.
func (w waits) since(before waits) waits {
	out := waits{total: w.total - before.total, byLimit: map[string]time.Duration{}}
	for name, d := range w.byLimit {
		if d -= before.byLimit[name]; d > 0 {
			out.byLimit[name] = d
		}
	}
	return out
}

// text says it in a line, unless it rounds to nothing.
func (w waits) text(out io.Writer) {
	if w.total < shortestWait {
		return
	}
	var each []string
	for _, name := range slices.Sorted(maps.Keys(w.byLimit)) {
		if d := w.byLimit[name]; d >= shortestWait {
			each = append(each, name+" "+tenths(d))
		}
	}
	fmt.Fprintf(out, "waited on rate limits: %s (%s)\n", tenths(w.total), strings.Join(each, ", "))
}

// shortestWait is the shortest that is more than 0 in tenths of a second.
const shortestWait = 50 * time.Millisecond

func tenths(d time.Duration) string { return d.Round(100 * time.Millisecond).String() }
