package serve

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/flowdeck/flowdeck/engine/host"
)

// look is the time between two looks at the files of the workspace.
const look = 2 * time.Second

// Change is something in the files of the workspace that is not used.
type Change string

const (
	HeldSettings Change = "settings" // until the next server: a new address of a connection would get its secrets
	HeldFlows    Change = "flows"    // one has a problem, or settings are held
)

// Held returns what is not used of the files of the workspace. It is safe for concurrent use.
func (s *Server) Held() []Change {
	held := s.held.Load()
	if held == nil {
		return nil
	}
	return slices.Clone(*held)
}

// reload follows the files of the workspace. A change with a problem leaves the flows as they were.
func (s *Server) reload(ctx context.Context) error {
	s.flows.mu.RLock()
	used := s.flows.sum
	settings := s.flows.workspace.Source(s.flows.workspace.File.Name)
	s.flows.mu.RUnlock()
	for changes := host.ChangesSince(used); ; {
		if err := s.pause(ctx, look); err != nil {
			return nil // it stops
		}
		now := s.flows.workspace.Reload()
		sum := now.Sum()
		if !changes.Settled(sum) {
			continue
		}
		s.held.Store(nil)
		if sum != used && s.follow(now, settings) {
			used = sum
		}
	}
}

// follow uses the flows of a changed workspace, and reports whether it could.
func (s *Server) follow(now *host.Workspace, settings []byte) bool {
	if text := now.Source(now.File.Name); len(text) > 0 && !bytes.Equal(text, settings) {
		s.held.Store(&[]Change{HeldSettings, HeldFlows})
		s.Log.Warn(now.File.Name + " has changed: restart the server to use it. The flows stay as they are until then")
		return false
	}
	next, err := newCatalogue(now, s.Elsewhere)
	if err != nil {
		s.held.Store(&[]Change{HeldFlows})
		if problems := (*host.ProblemsError)(nil); errors.As(err, &problems) {
			first := problems.Problems[0]
			s.Log.Error("the flows stay as they were, since a change has a problem", "problems", len(problems.Problems), "at", first.Pos.String(), "problem", first.Message)
		} else {
			s.Log.Error("the flows stay as they were", "error", err)
		}
		return false
	}
	s.flows.mu.Lock()
	s.flows.workspace, s.flows.flows, s.flows.refusals, s.flows.sum = next.workspace, next.flows, next.refusals, next.sum
	s.flows.mu.Unlock()
	s.Log.Info("the flows were read again", "flows", len(next.flows))
	s.Wake()
	return true
}
