package check

import (
	"maps"
	"runtime"
	"sync"

	"github.com/flowdeck/flowdeck/engine/flow"
)

// Problems checks flows of the workspace and all flows that they run. It is like Plan for many flows, uses all
// processors and keeps no plans: the memory for a flow that no other flow runs is freed immediately.
func (c *Checker) Problems(flows []*flow.Flow) flow.Problems {
	shared := c.run()
	once := *c
	once.checked = maps.Clone(c.checked)
	for _, f := range flows {
		if shared[f] {
			once.check(f) // otherwise each worker would check it
		}
	}
	queue := make(chan *flow.Flow)
	var all flow.Problems
	var lock sync.Mutex
	var workers sync.WaitGroup
	for range min(len(flows), runtime.GOMAXPROCS(0)) {
		worker := *c
		worker.checked = maps.Clone(once.checked)
		workers.Go(func() {
			entries := worker.entries(nil)
			for f := range queue {
				plan := entries.plan(f)
				if !shared[f] {
					delete(worker.checked, f)
					entries.survey.Forget(plan)
				}
			}
			lock.Lock()
			defer lock.Unlock()
			all = append(all, entries.problems...)
		})
	}
	for _, f := range flows {
		queue <- f
	}
	close(queue)
	workers.Wait()
	zone := report{Checker: c}
	zone.knownZone(c.workspace.Timezone)
	all = append(all, zone.problems...)
	all.Sort()
	return all
}

// run returns the flows that other flows run.
func (c *Checker) run() map[*flow.Flow]bool {
	run := map[*flow.Flow]bool{}
	for _, f := range c.workspace.Flows() {
		f.Walk(func(s *flow.Step) {
			if name := s.Runs(); name != nil {
				run[c.flows[name.Text]] = true
			}
		})
	}
	return run
}
