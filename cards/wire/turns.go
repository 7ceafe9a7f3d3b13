package wire

import (
	"context"
	"fmt"
	"sync"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Turns has the things of a service that somebody works on alone. The zero Turns is ready to use. It is safe for concurrent use, and must not be copied.
type Turns struct {
	mu    sync.Mutex
	taken map[string]*turn
}

// A turn is the right to work on a thing.
type turn struct {
	free  chan struct{} // has one element while nobody has the turn
	users int           // who have it or wait for it
}

// Alone waits until nobody else in this process works on a thing of the service, which key identifies, and returns the function that
// ends the caller's own work. Many services have no conditional writes (Okta has them for users only): without this, two calls that read an
// object and write all of it would lose one of the changes. The error wraps card.ErrNotSent.
func (all *Turns) Alone(ctx context.Context, key string) (end func(), err error) {
	all.mu.Lock()
	t := all.taken[key]
	if t == nil {
		t = &turn{free: make(chan struct{}, 1)}
		t.free <- struct{}{}
		if all.taken == nil {
			all.taken = map[string]*turn{}
		}
		all.taken[key] = t
	}
	t.users++
	all.mu.Unlock()
	leave := func() {
		all.mu.Lock()
		defer all.mu.Unlock()
		if t.users--; t.users == 0 {
			delete(all.taken, key)
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
