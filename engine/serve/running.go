package serve

import (
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/store"
)

// running are the runs of the server that go on.
type running struct {
	mu    sync.Mutex
	all   map[int64]bool       // by the id of their occasion
	flows map[string]int       // numbers, by flow
	lanes map[string]tenancy   // the run that goes on in each lane
	later map[string]time.Time // when flows are tried again that could not start
	going sync.WaitGroup
}

// tenancy is the run that goes on in a lane.
type tenancy struct {
	flow, trigger string
	run           string // its id, or starting
	elsewhere     bool
}

// starting is the id of a run that has none yet.
const starting = "…"

func newRunning() *running {
	return &running{all: map[int64]bool{}, flows: map[string]int{}, lanes: map[string]tenancy{}, later: map[string]time.Time{}}
}

// add counts a run. Its occasion must not be counted yet.
func (r *running) add(o store.Occasion) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.going.Add(1)
	r.all[o.ID] = true
	r.flows[o.Flow]++
	if o.Lane != "" {
		r.lanes[o.Lane] = tenancy{o.Flow, o.Trigger, starting, false}
	}
}

// started notes the id of a run.
func (r *running) started(o store.Occasion, id string, elsewhere bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if o.Lane != "" {
		r.lanes[o.Lane] = tenancy{o.Flow, o.Trigger, id, elsewhere}
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

// before returns the run whose end an occasion waits for: one that goes on in its lane or, for a schedule, one that a schedule of the flow has started
// which may be the same before or after an edit. current reports whether the flow has a trigger now. The zero tenancy: there is none.
func (r *running) before(o store.Occasion, current func(trigger string) bool) tenancy {
	r.mu.Lock()
	defer r.mu.Unlock()
	if in, ok := r.lanes[o.Lane]; ok || !ofSchedule(o.Trigger) {
		return in
	}
	for _, in := range r.lanes {
		if in.flow == o.Flow && ofSchedule(in.trigger) && !(current(o.Trigger) && current(in.trigger)) {
			return in
		}
	}
	return tenancy{}
}

// ofSchedule reports whether the id of a trigger is that of a schedule.
func ofSchedule(trigger string) bool {
	return strings.HasPrefix(trigger, string(engine.ScheduleTrigger)+" ")
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

// onTime ends the wait of a flow, and reports whether there was one.
func (r *running) onTime(flow string) (waited bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, waited = r.later[flow]
	delete(r.later, flow)
	return waited
}

// isPostponed reports whether the occasions of a flow wait at a time.
func (r *running) isPostponed(flow string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return now.Before(r.later[flow])
}
