package host

import (
	"maps"
	"slices"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/store"
)

// restore counts the records that ended before the run was resumed, and what they wrote.
func (w *Watch) restore(before *engine.Counts) {
	for _, name := range slices.Sorted(maps.Keys(before.Streams)) {
		c, t := w.streamNamed(name), before.Streams[name]
		c.Read += t.Read
		c.OK += t.OK
		c.Skipped += t.Skipped
		c.Failed += t.Failed
	}
	for _, card := range slices.Sorted(maps.Keys(before.Writes)) {
		counted, wrote := w.written(card), before.Writes[card]
		counted.Calls += wrote.Calls
		counted.Changed += wrote.Changed
		counted.InDoubt += wrote.InDoubt
	}
}

// Live returns the report of a run that goes on: its counts and its steps so far. The watch goes on. It returns nil
// after Report.
func (w *Watch) Live() *Report {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.reported {
		return nil
	}
	waited := w.waited().Since(w.before).and(w.refused)
	r := &Report{
		Seconds: seconds(w.now().Sub(w.began)), Waited: seconds(waited.Total), Errors: w.failures.reported(),
		Status: store.Running, Steps: make([]*Step, 0, len(w.steps)), Streams: make(map[string]*Counts, len(w.streams)), Writes: make(map[string]*Writes, len(w.writes)),
		Response: w.answer, Retries: w.retries, Connections: map[string]Connected{}, Wrote: slices.Clone(w.wrote), Order: slices.Clone(w.order),
	}
	for _, s := range w.steps {
		if !s.gone {
			step := *s
			r.Steps = append(r.Steps, &step)
		}
	}
	for id, c := range w.streams {
		counts := *c
		r.Streams[id] = &counts
	}
	for id, wrote := range w.writes {
		counts := *wrote
		r.Writes[id] = &counts
	}
	return r
}
