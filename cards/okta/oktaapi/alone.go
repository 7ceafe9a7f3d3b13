package oktaapi

import (
	"context"
	"fmt"
	"sync"

	"github.com/flowdeck/flowdeck/engine/card"
)

// turns has the things that somebody works on alone. The zero turns is ready to use.
type turns struct {
	mu    sync.Mutex
	taken map[string]*turn
}

// A turn is the right to work on a thing.
type turn struct {
	free  chan struct{} // has one element while nobody has the turn
	users int           // who have it or wait for it
}

// Alone waits until nobody else in this process works on a thing of the org, which key identifies, and returns the function that
// ends the caller's own work. Okta has conditional writes for users only: without this, two calls that read an object and write all
// of it would lose one of the changes. The error wraps card.ErrNotSent.
func (s *Session) Alone(ctx context.Context, key string) (end func(), err error) {
	s.turns.mu.Lock()
	t := s.turns.taken[key]
	if t == nil {
		t = &turn{free: make(chan struct{}, 1)}
		t.free <- struct{}{}
		if s.turns.taken == nil {
			s.turns.taken = map[string]*turn{}
		}
		s.turns.taken[key] = t
	}
	t.users++
	s.turns.mu.Unlock()
	leave := func() {
		s.turns.mu.Lock()
		defer s.turns.mu.Unlock()
		if t.users--; t.users == 0 {
			delete(s.turns.taken, key)
		}
	}
	select {
	case <-t.free:
		return func() { t.free <- struct{}{}; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, fmt.Errorf("%w: %w", card.ErrNotSent, context.Cause(ctx))
	}
}
