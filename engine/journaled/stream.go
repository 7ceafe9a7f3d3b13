package journaled

import (
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/killpoint"
)

// stream is a stream that is open.
type stream struct {
	run   *Run
	scope *scope // that the stream is in
	place engine.Place
	// passes is set for a list that is the same when it is read again: one in memory, or a snapshot. Then all its records pass by
	// again, and those that have ended return their results. Otherwise the list is read from the first page with a record that has
	// not ended, and the records that have ended on it are left out.
	passes bool
	values bool  // results have values that are read again
	aside  bool  // a resumed run does not find it: see strand
	past   *past // nil unless the stream is resumed
	// A resumed stream that stops lets all open records start before, since they may have made a part of their writes, and those
	// that have ended pass by. Until then it refuses others.
	waiting  atomic.Int64 // number of these records
	stopping atomic.Bool
	// unstarted is the number of records that are open in the journal and have not started in this process.
	unstarted atomic.Int64
	// doubt is set when a record waits for a person: none starts after it, so that with a concurrency of 1 they stay in order. The stream
	// has not ended then, also if another record failed.
	doubt atomic.Bool
	kept  atomic.Bool // the values of its records are within the limits so far

	mu      sync.Mutex
	refused map[string]bool // records that did not start, by the ID of their place
	pages   map[int]*page   // that have been read and have records that have not ended, or follow such a page
	at      engine.Position
	tally   engine.Tally // of the records before at
}

// page counts the records of a page.
type page struct {
	read  bool // its number of records is known
	going int  // number of records that have not ended
	next  engine.Position
	tally engine.Tally
}

// Position returns the place in the list from which a stream is read.
func (s strand) Position(at engine.Place) (engine.Position, error) {
	if !s.scope.resumed() || s.aside {
		return engine.Position{}, nil
	}
	if _, ended := s.recall(engine.StreamEffect, at, 0); ended {
		return engine.Position{}, nil
	}
	past, err := s.run.Journal.Stream(at)
	return past.At, err
}

func (s strand) Stream(w engine.Window, read reader, body turn) (engine.Tally, error) {
	if e, ended := s.recall(engine.StreamEffect, w.Place, 0); ended && e.Tally != nil {
		e.Tally.Resumed = true
		return *e.Tally, nil
	}
	st := &stream{run: s.run, scope: s.scope, place: w.Place, passes: w.InMemory || w.Snapshot, values: w.Values > 0, aside: s.aside, pages: map[int]*page{}, refused: map[string]bool{}}
	var base engine.Tally
	if s.scope.resumed() && !s.aside {
		known, err := s.run.Journal.Stream(w.Place)
		if err != nil {
			return engine.Tally{}, err
		}
		if !known.IsZero() {
			st.past = newPast(known)
			base = st.resume(known)
			st.restore(&w, known)
		}
	}
	st.open()
	defer st.close()

	if st.passes {
		st.waiting.Add(int64(base.Read))
		if w.Stop != nil {
			ended := base
			if ended.Total = w.Total; w.Snapshot { // its length is not known here, so that a percentage of it is not exceeded yet
				ended.Total = math.MaxInt32
			}
			st.stopping.Store(w.Stop(ended))
		}
		w.Stop = st.stops(w.Stop, engine.Tally{})
	} else {
		st.narrow(&w, base, &read, s.closed)
		st.keeps(&w)
	}
	if st.unstarted.Load() == 0 {
		s.replay.leave()
	}
	tally, err := s.Runtime.Stream(w, st.untilDoubt(read), func(rt engine.Runtime, r engine.Record) (engine.Outcome, error) {
		if st.passes {
			if ended, ok := st.past.ended(r); ok {
				st.waiting.Add(-1)
				return ended.Outcome, ended.Err
			}
		}
		inner := s.on(rt)
		inner.scope = &scope{run: s.run, around: s.scope, record: r}
		inner.replay = nil // it finishes, whatever halts the branch
		st.starts(r, s.replay)
		switch {
		case st.past.isOpen(r):
			st.waiting.Add(-1)
			inner.closed = s.cut
			if err := inner.scope.load(); err != nil {
				return engine.Outcome{}, engine.NotKept(err)
			}
		case s.closed || st.stopping.Load() || st.doubt.Load():
			return engine.Outcome{}, st.refuse(r)
		}
		out, err := body(inner, r)
		if s.run.cutOff(err) {
			st.doubt.Store(true)
		}
		return out, err
	})
	if tally, err = st.withoutRefused(tally, err); err == nil && st.doubt.Load() {
		err = errPauses
	}
	if !st.passes {
		tally = base.Plus(tally)
	}
	tally.Resumed = st.past != nil
	if s.aside {
		_ = s.leave(w) // nothing to flush
		return tally, err
	}
	if err == nil && s.closed { // it was halted before its end
		return tally, errHalted
	}
	if err == nil && tally.Fatal == nil {
		s.ends(w, tally)
		err = s.leave(w)
	}
	return tally, err
}

// leave lets the snapshot of a stream go.
func (s strand) leave(w engine.Window) error {
	if !w.Snapshot || s.run.Ended == nil {
		return nil
	}
	if err := s.flush(); err != nil { // without the snapshot, the stream could not be resumed
		return err
	}
	s.run.Ended(w.Place)
	return nil
}

// ends adds the end of a stream.
func (s strand) ends(w engine.Window, t engine.Tally) {
	t.Resumed = false
	s.add(engine.Effect{Kind: engine.StreamEffect, Place: w.Place, Tally: &t})
	killpoint.Passed(killpoint.StreamEnded)
}

func (st *stream) open() {
	st.run.mu.Lock()
	defer st.run.mu.Unlock()
	st.run.streams[st.place.ID()] = st
}

func (st *stream) close() {
	st.run.mu.Lock()
	defer st.run.mu.Unlock()
	delete(st.run.streams, st.place.ID())
}

// resume restores the counts of a stream, and returns those of the records that have ended.
func (st *stream) resume(known engine.StreamPast) engine.Tally {
	base := known.Tally
	base.Groups = base.Groups.Plus(engine.Groups{}) // st.tally counts on with its own
	st.at, st.tally = known.At, known.Tally
	for _, e := range known.Ended {
		base.Read++
		base.Count(e.Record.Index, e.Outcome, e.Err)
		p := st.page(e.Record.Place.Page())
		p.tally.Read++
		p.tally.Count(e.Record.Index, e.Outcome, e.Err)
	}
	st.waiting.Add(int64(len(known.Open)))
	st.unstarted.Add(int64(len(known.Open)))
	for _, r := range known.Open {
		st.page(r.Place.Page()).going++
	}
	return base
}

func (st *stream) page(number int) *page {
	p := st.pages[number]
	if p == nil {
		p = &page{}
		st.pages[number] = p
	}
	return p
}

// resumeCursor is the cursor of the page that follows the records which are resumed.
const resumeCursor card.Cursor = "\x00resume"

// narrow changes a window and its reader so that records that have ended are left out, and those that are open come
// first. base counts the records that have ended. only is set if nothing but open records may start.
func (st *stream) narrow(w *engine.Window, base engine.Tally, read *reader, only bool) {
	var open []engine.Record
	if st.past != nil {
		open = st.past.records
		only = only || w.Stop != nil && w.Stop(base)
		w.Stop = st.stops(w.Stop, base)
		if w.Max > 0 {
			w.Max -= base.Read
			only = only || w.Max <= 0
			w.Max = max(w.Max, 0)
		}
	}
	if only && len(open) == 0 { // the stream runs nevertheless, since it opens its results
		*read = func(engine.Runtime, card.Cursor) (engine.Batch, error) { return engine.Batch{}, nil }
		return
	}
	all, number, index := *read, w.From.Page, w.From.Index
	start := w.From.Cursor
	if len(open) > 0 {
		w.From.Cursor = resumeCursor
	}
	*read = func(rt engine.Runtime, at card.Cursor) (engine.Batch, error) {
		if at == resumeCursor && open != nil {
			batch := engine.Batch{Records: open}
			open = nil
			if !only {
				batch.Next = resumeCursor
			}
			return batch, nil
		}
		if at == resumeCursor {
			at = start
		}
		batch, err := all(rt, at) // on a strand without a journal: the list is read again when the run is resumed
		if err != nil {
			return batch, err
		}
		next := engine.Position{Cursor: batch.Next, Page: number + 1, Index: index + batch.Items}
		batch.Records = slices.DeleteFunc(batch.Records, st.past.leaves)
		if batch.Next == "" {
			killpoint.Passed(killpoint.LastPage)
		}
		if err := st.readPage(number, len(batch.Records), next); err != nil {
			return batch, engine.NotKept(err)
		}
		number, index = next.Page, next.Index
		return batch, nil
	}
}

// readPage counts the records of a page that has been read.
func (st *stream) readPage(number, records int, next engine.Position) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	p := st.page(number)
	p.read, p.next = true, next
	p.going += records
	return st.advance()
}

// ended counts a record that has ended.
func (st *stream) ended(r engine.Record, out engine.Outcome, err error) error {
	if st.passes {
		return nil
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	p := st.page(r.Place.Page())
	p.going--
	p.tally.Read++
	p.tally.Count(r.Index, out, err)
	return st.advance()
}

// advance moves the stream on over the pages of which all records have ended.
func (st *stream) advance() error {
	before := st.at
	for {
		p := st.pages[st.at.Page]
		if p == nil || !p.read || p.going > 0 || p.next.Cursor == "" { // the end of the list is the end of the stream
			break
		}
		delete(st.pages, st.at.Page)
		st.at, st.tally = p.next, st.tally.Plus(p.tally)
	}
	if st.at == before || st.aside {
		return nil
	}
	st.tally.Kept = st.kept.Load()
	return st.run.Journal.Advance(st.place, st.at, st.tally)
}
