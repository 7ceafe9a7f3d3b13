package serve

import (
	"crypto/sha256"
	"fmt"
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
	sum       [sha256.Size]byte        // of the files
}

// newCatalogue checks all flows of a workspace. If one has a problem, the error is a host.ProblemsError.
func newCatalogue(w *host.Workspace) (*catalogue, error) {
	c := &catalogue{workspace: w, flows: map[string]*host.Checked{}, sum: sumOf(w)}
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
	return c, nil
}

// sumOf identifies the contents of the files of a workspace, and what was wrong with those that were not read.
func sumOf(w *host.Workspace) (sum [sha256.Size]byte) {
	h := sha256.New()
	names := []string{w.File.Name}
	for _, f := range w.Files {
		names = append(names, f.Name)
	}
	slices.Sort(names)
	for _, name := range names {
		text := w.Source(name)
		fmt.Fprintf(h, "%q %d\n%s", name, len(text), text)
	}
	for _, p := range w.Problems {
		fmt.Fprintln(h, p.Pos, p.Message)
	}
	h.Sum(sum[:0])
	return sum
}

// flow returns a flow, and the workspace to run it in; nil if there is none.
func (c *catalogue) flow(name string) (*host.Workspace, *host.Checked) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.workspace, c.flows[name]
}

// all returns the flows in the order of their names.
func (c *catalogue) all() []*host.Checked {
	_, flows, _ := c.now()
	return flows
}

// now returns the flows in the order of their names, the workspace to run them in, and what identifies this state of its files.
func (c *catalogue) now() (w *host.Workspace, flows []*host.Checked, sum [sha256.Size]byte) {
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
