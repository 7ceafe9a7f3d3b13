package serve

import (
	"maps"
	"slices"
	"sync"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/host"
)

// catalogue has the flows of the workspace, checked. It is replaced as a whole when files change.
type catalogue struct {
	mu        sync.RWMutex
	workspace *host.Workspace
	flows     map[string]*host.Checked // by name
	refusals  map[string]string        // why flows cannot run where the runs of the server go on, by name
	sum       host.Sum                 // of the files
}

// newCatalogue checks all flows of a workspace. If one has a problem, or cannot run where it should, the error is a host.ProblemsError.
func newCatalogue(w *host.Workspace, on Elsewhere) (*catalogue, error) {
	c := &catalogue{workspace: w, flows: map[string]*host.Checked{}, sum: w.Sum()}
	if found := w.CheckAll(nil); found.Problems.Err() != nil {
		return nil, w.Refuse(found.Problems)
	}
	for _, f := range w.Named() {
		checked, err := w.Check(f, nil)
		if err != nil {
			return nil, err
		}
		c.flows[f.Name.Text] = checked
	}
	c.refusals = refusals(on, c.flows)
	if problems := c.refused(); problems.Err() != nil {
		return nil, w.Refuse(problems)
	}
	return c, nil
}

// flow returns a flow, and the workspace to run it in; nil if there is none.
func (c *catalogue) flow(name string) (*host.Workspace, *host.Checked) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.workspace, c.flows[name]
}

// refuses returns why a flow cannot run where the runs of the server go on; empty if it can.
func (c *catalogue) refuses(name string) string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.refusals[name]
}

// all returns the flows in the order of their names.
func (c *catalogue) all() []*host.Checked {
	_, flows, _ := c.now()
	return flows
}

// now returns the flows in the order of their names, the workspace to run them in, and what identifies this state of its files.
func (c *catalogue) now() (w *host.Workspace, flows []*host.Checked, sum host.Sum) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	for _, name := range slices.Sorted(maps.Keys(c.flows)) {
		flows = append(flows, c.flows[name])
	}
	return c.workspace, flows, c.sum
}

// trigger returns the trigger of a flow with an ID; nil if there is none.
func trigger(f *host.Checked, id string) *engine.Trigger {
	for i := range f.Plan.Triggers {
		if t := &f.Plan.Triggers[i]; t.ID() == id {
			return t
		}
	}
	return nil
}
