package serve

import (
	"context"
	"fmt"
	"runtime/debug"
	process "runtime/metrics"
	"sync"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/meter"
)

// The values of one run are bounded, but not those of all runs together. Before the system ends the process because it has no memory left, which
// would cut off all runs, the server ends one: the one that has made most values since memory was last plentiful.

// memory ends runs when all of them together need more than a number of bytes.
type memory struct {
	most uint64

	mu    sync.Mutex
	runs  map[*tenant]bool
	until time.Time // the run that was ended last has the time until then to free its memory
	used  uint64    // what was in use when it was ended
}

// tenant is a run as a user of memory.
type tenant struct {
	flow, run string
	made      meter.Meter
	before    int64 // what it had made when memory was last plentiful
	end       context.CancelCauseFunc
}

const (
	// glance is the time between two looks at the memory in use.
	glance = 100 * time.Millisecond
	// relief is the time that the end of a run has to free its memory, before another run is ended: unless others go on to take as much as half of the limit.
	relief = 3 * time.Second
)

// enter counts a run until leave is called. Its contexts end with an error if it is ended.
func (m *memory) enter(flow string, ctx, abort context.Context) (t *tenant, of, cut context.Context, leave func()) {
	t = &tenant{flow: flow}
	of, end := context.WithCancelCause(meter.With(ctx, &t.made))
	cut, cutOff := context.WithCancelCause(meter.With(abort, &t.made))
	t.end = func(why error) { end(why); cutOff(why) }
	m.mu.Lock()
	defer m.mu.Unlock()
	m.runs[t] = true
	return t, of, cut, func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.runs, t)
		t.end(nil)
	}
}

// named notes the id of the run of a tenant.
func (m *memory) named(t *tenant, run string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t.run = run
}

// look ends a run if more than the limit is in use, and returns its flow and its id.
func (m *memory) look(used uint64, now time.Time) (flow, run string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case used < m.most/2:
		for t := range m.runs {
			t.before = t.made.Bytes()
		}
		return "", ""
	case used < m.most, now.Before(m.until) && used < m.used+m.most/2:
		return "", ""
	}
	var ended *tenant
	for t := range m.runs {
		if n := t.made.Bytes() - t.before; n > 0 && (ended == nil || n > ended.made.Bytes()-ended.before) {
			ended = t
		}
	}
	if ended == nil {
		return "", ""
	}
	ended.before, m.until, m.used = ended.made.Bytes(), now.Add(relief), used
	ended.end(&card.Error{
		Kind: card.Failed, Code: "memory", Message: fmt.Sprintf("the runs of the server together take more than %d MiB of memory, and this one made the most values", m.most>>20),
		Hint: "keep less at a time: lower `concurrency`, or let a stream write its results to a file; --memory of flowdeck serve is the limit",
	})
	return ended.flow, ended.run
}

// watchMemory looks at the memory until ctx ends.
func (s *Server) watchMemory(ctx context.Context) error {
	if s.memory.most == 0 {
		return nil
	}
	debug.SetMemoryLimit(int64(s.memory.most)) // the collector works harder before a run is ended
	sample := []process.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	timer := time.NewTicker(glance)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		process.Read(sample)
		if flow, run := s.memory.look(sample[0].Value.Uint64(), time.Now()); flow != "" {
			s.Log.Error("a run is ended, since all runs together take too much memory", "flow", flow, "run", run, "limit", fmt.Sprintf("%d MiB", s.memory.most>>20))
		}
	}
}

// metered runs a flow as a tenant of the memory.
func (d *dispatcher) metered(ctx context.Context, w *host.Workspace, asked host.Run) (*host.Report, error) {
	t, of, cut, leave := d.memory.enter(asked.Flow.Plan.Flow, context.WithoutCancel(ctx), d.abort)
	defer leave()
	listen := asked.Listen
	asked.Abort = cut
	asked.Listen = func(b host.Begun) []host.Listener {
		if !b.Started {
			d.memory.named(t, b.Run)
		}
		return listen(b)
	}
	return w.Run(of, asked)
}
