package serve

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

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

// sumOf identifies the contents of the files of a workspace.
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
func (c *catalogue) all() (flows []*host.Checked) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	for _, name := range slices.Sorted(maps.Keys(c.flows)) {
		flows = append(flows, c.flows[name])
	}
	return flows
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

// look is the time between two looks at the files of the workspace.
const look = 2 * time.Second

// reload follows the files of the workspace. A change with a problem leaves the flows as they were.
func (s *Server) reload(ctx context.Context) error {
	seen := s.flows.sum
	settings := s.flows.workspace.Source(s.flows.workspace.File.Name)
	for {
		if err := s.pause(ctx, look); err != nil {
			return nil // it stops
		}
		now := s.flows.workspace.Reload()
		sum := sumOf(now)
		if sum == seen {
			continue
		}
		seen = sum
		if text := now.Source(now.File.Name); string(text) != string(settings) {
			s.Log.Warn(now.File.Name + " has changed: restart the server to use it. The flows stay as they are until then")
			continue
		}
		next, err := newCatalogue(now)
		if problems := (*host.ProblemsError)(nil); errors.As(err, &problems) {
			first := problems.Problems[0]
			s.Log.Error("the flows stay as they were, since a change has a problem", "problems", len(problems.Problems), "at", first.Pos, "problem", first.Message)
			continue
		} else if err != nil {
			s.Log.Error("the flows stay as they were", "error", err)
			continue
		}
		s.flows.mu.Lock()
		s.flows.workspace, s.flows.flows, s.flows.sum = next.workspace, next.flows, next.sum
		s.flows.mu.Unlock()
		s.Log.Info("the flows were read again", "flows", len(next.flows))
		s.Wake()
	}
}
