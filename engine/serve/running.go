package serve

import (
	"maps"
	"sync"
	"time"

	"github.com/flowdeck/flowdeck/engine/store"
)

// running are the runs of the server that go on.
type running struct {
	mu    sync.Mutex
	all   map[int64]bool       // by the id of their occasion
	flows map[string]int       // numbers, by flow
	lanes map[string]string    // the id of the run that goes on in each lane, or starting
	later map[string]time.Time // when flows are tried again that could not start
	going sync.WaitGroup
}

// starting is the id of a run that has none yet.
const starting = "…"

func newRunning() *running {
	return &running{all: map[int64]bool{}, flows: map[string]int{}, lanes: map[string]string{}, later: map[string]time.Time{}}
}

// add counts a run. Its occasion must not be counted yet.
func (r *running) add(o store.Occasion) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.going.Add(1)
	r.all[o.ID] = true
	r.flows[o.Flow]++
	if o.Lane != "" {
		r.lanes[o.Lane] = starting
	}
}

// started notes the id of a run.
func (r *running) started(o store.Occasion, id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if o.Lane != "" {
		r.lanes[o.Lane] = id
	}
}

func (r *running) done(o store.Occasion) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.all, o.ID)
	delete(r.lanes, o.Lane)
	if r.flows[o.Flow]--; r.flows[o.Flow] == 0 {
		delete(r.flows, o.Flow)
	}
	r.going.Done()
}

// has reports whether the run of an occasion goes on.
func (r *running) has(o store.Occasion) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.all[o.ID]
}

// inLane returns the id of the run that goes on in a lane; empty if there is none.
func (r *running) inLane(lane string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if lane == "" {
		return ""
	}
	return r.lanes[lane]
}

// of returns the number of runs of a flow.
func (r *running) of(flow string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.flows[flow]
}

// byFlow returns the number of runs of each flow that has some.
func (r *running) byFlow() map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.flows)
}

// number returns the number of runs.
func (r *running) number() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.all)
}

// wait waits for the end of all runs.
func (r *running) wait() { r.going.Wait() }

// postpone makes the occasions of a flow wait until a time.
func (r *running) postpone(flow string, until time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.later[flow] = until
}

// isPostponed reports whether the occasions of a flow wait at a time.
func (r *running) isPostponed(flow string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return now.Before(r.later[flow])
}
