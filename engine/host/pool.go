package host

import (
	"context"
	"errors"
	"sync"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// Pool keeps connections open for many runs, which share their rate limits. It is safe for concurrent use.
type Pool struct {
	workspace *Workspace
	mu        sync.Mutex
	testing   map[string]*sync.Mutex  // one test of a connection at a time. One whose service is down holds up no other
	open      map[string]*Connections // with one connection each, by its name
}

// NewPool returns a pool without open connections.
func (w *Workspace) NewPool() *Pool {
	return &Pool{workspace: w, testing: map[string]*sync.Mutex{}, open: map[string]*Connections{}}
}

// Connect returns the connections that are used, and opens and tests those that are not open: see Workspace.Connect. The caller does not close
// them.
func (p *Pool) Connect(ctx context.Context, uses []engine.Use) (*Connections, error) {
	all := &Connections{conns: map[string]card.Connection{}, ids: map[string]card.Identity{}, veil: p.workspace.config.Veil}
	for _, use := range uses {
		one, err := p.connect(ctx, use)
		if err != nil {
			return nil, err
		}
		if _, known := all.conns[use.Name]; !known {
			all.conns[use.Name], all.ids[use.Name] = one.conns[use.Name], one.ids[use.Name]
			all.names = append(all.names, use.Name)
		}
	}
	return all, nil
}

func (p *Pool) connect(ctx context.Context, use engine.Use) (*Connections, error) {
	testing := p.turn(use.Name)
	testing.Lock()
	defer testing.Unlock()
	p.mu.Lock()
	one := p.open[use.Name]
	p.mu.Unlock()
	if one != nil {
		return one, nil
	}
	one, err := p.workspace.Connect(ctx, []engine.Use{use})
	if err == nil {
		p.mu.Lock()
		p.open[use.Name] = one
		p.mu.Unlock()
	}
	return one, err
}

// turn returns the lock of a connection that is opened.
func (p *Pool) turn(name string) *sync.Mutex {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.testing[name] == nil {
		p.testing[name] = &sync.Mutex{}
	}
	return p.testing[name]
}

// Waited returns the waits of each open connection so far, by its name.
func (p *Pool) Waited() map[string]Waits {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := map[string]Waits{}
	for name, one := range p.open {
		all[name] = one.Waited()
	}
	return all
}

// Close closes the connections. No run may use them any more.
func (p *Pool) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var errs []error
	for _, one := range p.open {
		errs = append(errs, one.Close())
	}
	clear(p.open)
	return errors.Join(errs...)
}
