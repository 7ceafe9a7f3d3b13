package window

import (
	"sync"
	"sync/atomic"
)

// Held counts the values that the streams of a run, or of one record, hold until it ends. A stream in a stream holds its values once for
// each record in flight, so that the limit for one stream does not limit a run. It is safe for concurrent use.
type Held struct {
	total *atomic.Int64 // Size of the values of all streams of the run

	mu      sync.Mutex
	streams map[string]int // Size of the values of each stream, by the name of its place
}

// NewHeld returns the Held of a run.
func NewHeld() *Held { return &Held{total: new(atomic.Int64)} }

// Record returns the Held of a record that starts in a stream of the run or record. Call End at its end.
func (h *Held) Record() *Held { return &Held{total: h.total} }

// add counts values of a stream, and returns the total of the run.
func (h *Held) add(name string, bytes int) (total int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.streams == nil {
		h.streams = map[string]int{}
	}
	h.streams[name] += bytes
	return h.total.Add(int64(bytes))
}

// drop is called when the values of a stream are no longer held: they are too many, or the stream runs again in a round of a repeat.
func (h *Held) drop(name string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.total.Add(int64(-h.streams[name]))
	delete(h.streams, name)
}

// End is called at the end of the run or of the record: its values are no longer held.
func (h *Held) End() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, bytes := range h.streams {
		h.total.Add(int64(-bytes))
	}
	h.streams = nil
}
