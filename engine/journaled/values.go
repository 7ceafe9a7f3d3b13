package journaled

import "github.com/flowdeck/flowdeck/engine"

// restore gives a window the values of the records that ended in an earlier process. A list that is read again as a whole needs none:
// its records pass by with theirs.
func (st *stream) restore(w *engine.Window, known engine.StreamPast) {
	switch {
	case st.passes || !st.values:
		return
	case known.At != engine.Position{} && !known.Tally.Kept: // they exceeded a limit
		w.Values, st.values = 0, false
		return
	}
	w.Items = known.Items
	for _, e := range known.Ended {
		if e.Err == nil && e.Outcome.Status != engine.Skipped {
			w.Items = append(w.Items, engine.Item{Index: e.Record.Index, Value: e.Outcome.Value})
		}
	}
}

// keeps follows whether the values of a stream are within their limits: otherwise the journal need not keep them.
func (st *stream) keeps(w *engine.Window) {
	if !st.values {
		return
	}
	st.kept.Store(true)
	stop := w.Stop
	w.Stop = func(t engine.Tally) bool {
		st.kept.Store(t.Kept)
		return stop != nil && stop(t)
	}
}
