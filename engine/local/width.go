package local

import (
	"sync"

	"github.com/flowdeck/flowdeck/engine"
)

// Widths changes how many records of a stream are in flight while the run goes on. The zero Widths changes nothing. It is
// safe for concurrent use.
type Widths struct {
	mu    sync.Mutex
	set   map[string]int // by Place.Name of the stream
	gates map[*gate]engine.Place
}

// Set sets the maximum number of records in flight, 1 or more, for the streams with a Place.Name: those that run and later
// ones. An empty name sets it for every stream that is not in a record. More records in flight than that finish.
func (w *Widths) Set(name string, width int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.set == nil {
		w.set = map[string]int{}
	}
	w.set[name] = max(1, width)
	for g, of := range w.gates {
		if of.Name() == name || name == "" && !of.InRecord() {
			g.widen(max(1, width))
		}
	}
}

// gate returns the gate of a stream that starts. leave is called at its end. A nil Widths changes nothing.
func (w *Widths) gate(of engine.Place, width int) (g *gate, leave func()) {
	g = &gate{width: max(1, width)}
	g.free.L = &g.mu
	if w == nil {
		return g, func() {}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if set := w.set[of.Name()]; set > 0 {
		g.width = set
	} else if set := w.set[""]; set > 0 && !of.InRecord() {
		g.width = set
	}
	if w.gates == nil {
		w.gates = map[*gate]engine.Place{}
	}
	w.gates[g] = of
	return g, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.gates, g)
	}
}

// gate lets a number of records in at a time.
type gate struct {
	mu     sync.Mutex
	free   sync.Cond
	width  int
	inside int
}

// enter waits until a record may start.
func (g *gate) enter() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.inside >= g.width {
		g.free.Wait()
	}
	g.inside++
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inside--
	g.free.Signal()
}

func (g *gate) widen(width int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.width = width
	g.free.Broadcast()
}
