// Package window counts the records of a stream, and decides when no more of them start: the part of engine.Runtime.Stream
// that is the same for every Runtime.
//
// It must not know how records run at the same time: goroutines and the like belong to the Runtime.
package window

import (
	"slices"
	"sync"

	"github.com/flowdeck/flowdeck/engine"
)

// Window counts the records of a stream. It closes permanently when the stream is stopped, a result could not be kept, or the values of all
// streams are too large. It is safe for concurrent use.
type Window struct {
	engine.Window
	held *Held

	mu     sync.Mutex
	tally  engine.Tally
	values []engine.Item // values of the OK records, in the order in which they ended
	bytes  int           // total size of the values, including those that were dropped because of the limit
	shut   bool
	cut    error // the halt that cut off a record in flight; nil if there was none
}

// Open returns the window of a stream that starts. total is the number of records that it will start, where it is known; else 0. held has
// the values of the streams of the run, or of the record around.
func Open(w engine.Window, total int, held *Held) *Window {
	if w.Max > 0 { // a percentage applies to the number of records that are started
		total = min(total, w.Max)
	}
	win := &Window{Window: w, held: held, tally: engine.Tally{Kept: w.Values > 0, Total: total}}
	held.drop(w.Place.Name())
	for _, item := range w.Items {
		win.hold(item)
	}
	return win
}

// Closed reports whether no record may start any more.
func (w *Window) Closed() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.shut
}

// Cut returns the halt that cut off a record in flight; nil if there was none.
func (w *Window) Cut() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.cut
}

// Start counts a record that starts. It returns false for a record that was waiting for a strand when the window
// closed.
func (w *Window) Start() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.shut {
		w.tally.Read++
	}
	return !w.shut
}

// End counts a record that ended. kept is false if its result could not be kept.
func (w *Window) End(r engine.Record, out engine.Outcome, err error, kept bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tally.Count(r.Index, out, err)
	if !kept {
		w.tally.NotKept = append(w.tally.NotKept, r.Place)
		w.shut = true
	}
	if engine.IsCanceled(err) { // a halt is not a failure, so Stop does not see it
		w.cut = err
		return
	}
	if err == nil && out.Status != engine.Skipped {
		w.hold(engine.Item{Index: r.Index, Value: out.Value})
	}
	w.shut = w.shut || w.Stop != nil && w.Stop(w.tally)
}

// hold stores the value of a record. When the values exceed the limit, all are dropped.
func (w *Window) hold(item engine.Item) {
	if !w.tally.Kept {
		return
	}
	n := engine.Size(item.Value, max(w.Bytes, w.Held))
	w.bytes += n
	switch {
	case len(w.values) == w.Values, w.Bytes > 0 && w.bytes > w.Bytes:
		w.drop()
		return
	case w.Held > 0 && w.held.add(w.Place.Name(), n) > int64(w.Held):
		w.tally.Full, w.shut = true, true
		w.drop()
		return
	}
	w.values = append(w.values, item)
}

// drop drops all values.
func (w *Window) drop() {
	w.values, w.tally.Kept = nil, false
	w.held.drop(w.Place.Name())
}

// Sum returns the tally after the last record.
func (w *Window) Sum() engine.Tally {
	w.mu.Lock()
	defer w.mu.Unlock()
	slices.SortStableFunc(w.values, func(a, b engine.Item) int { return a.Index - b.Index })
	for _, item := range w.values {
		w.tally.Values = append(w.tally.Values, item.Value)
	}
	return w.tally
}
