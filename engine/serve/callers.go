package serve

import (
	"sync"

	"github.com/flowdeck/flowdeck/engine"
)

// callers are those that wait for what becomes of an occasion. They are woken if this process starts, answers or ends its run, so that they
// need not look often. The run can be in another process, too.
type callers struct {
	mu      sync.Mutex
	waiting map[int64]map[chan struct{}]bool // by the id of the occasion
}

// Changes returns a channel that receives when something becomes of an occasion in this process, until stop is called.
func (s *Server) Changes(occasion int64) (changed <-chan struct{}, stop func()) {
	c, one := &s.callers, make(chan struct{}, 1)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waiting == nil {
		c.waiting = map[int64]map[chan struct{}]bool{}
	}
	if c.waiting[occasion] == nil {
		c.waiting[occasion] = map[chan struct{}]bool{}
	}
	c.waiting[occasion][one] = true
	return one, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.waiting[occasion], one)
		if len(c.waiting[occasion]) == 0 {
			delete(c.waiting, occasion)
		}
	}
}

// wake makes the callers look again that wait for an occasion. It does not block.
func (c *callers) wake(occasion int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for one := range c.waiting[occasion] {
		select {
		case one <- struct{}{}:
		default:
		}
	}
}

// answers is a host.Listener that wakes the callers when the run has answered.
type answers struct {
	callers  *callers
	occasion int64
}

func (a answers) See(e engine.Event) {
	if e.Kind == engine.Responded {
		a.callers.wake(a.occasion)
	}
}

func (answers) Done() {}
