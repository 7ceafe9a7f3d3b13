package journaled

import (
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// stops returns the Stop of a stream. base counts the records that do not pass by again.
func (st *stream) stops(stop func(engine.Tally) bool, base engine.Tally) func(engine.Tally) bool {
	if st.past == nil || stop == nil {
		return stop
	}
	base.Groups = engine.Groups{}
	return func(t engine.Tally) bool {
		t.Groups = engine.Groups{} // adding them up for each record would take long, and none asks for them
		if stop(base.Plus(t)) {
			st.stopping.Store(true)
		}
		return st.stopping.Load() && st.waiting.Load() <= 0
	}
}

// untilDoubt returns a reader that reads no page after a record has a write in doubt.
func (st *stream) untilDoubt(read reader) reader {
	return func(rt engine.Runtime, at card.Cursor) (engine.Batch, error) {
		if st.doubt.Load() {
			return engine.Batch{}, errHalted
		}
		return read(rt, at)
	}
}

// refuse ends a record that must not start. It has no result, and does not count.
func (st *stream) refuse(r engine.Record) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.refused[r.Place.ID()] = true
	return errHalted
}

func (st *stream) hasRefused(r engine.Record) bool {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.refused[r.Place.ID()]
}

// withoutRefused returns the end of the stream without the records that it refused.
func (st *stream) withoutRefused(t engine.Tally, err error) (engine.Tally, error) {
	t.Read -= len(st.refused)
	t.Canceled -= len(st.refused)
	if st.stopping.Load() && t.Canceled == 0 && engine.IsCanceled(err) && len(st.refused) > 0 {
		err = nil
	}
	return t, err
}
