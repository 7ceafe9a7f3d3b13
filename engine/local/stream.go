package local

import (
	"context"
	"slices"
	"sync"

	"github.com/sourcegraph/conc"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

type (
	reader = func(engine.Runtime, card.Cursor) (engine.Batch, error)
	turn   = func(engine.Runtime, engine.Record) (engine.Outcome, error)
)

// Stream keeps at most two pages: the one whose records are being started, and the next one.
func (s strand) Stream(w engine.Window, read reader, body turn) (tally engine.Tally, err error) {
	if err := s.halted(); err != nil {
		return engine.Tally{}, err
	}
	win := window{stop: w.Stop, limit: w.Values, maxBytes: w.Bytes, maxHeld: w.Held, held: s.held, name: w.Place.Name()}
	win.held.drop(win.name)
	win.tally.Kept = w.Values > 0
	for _, item := range w.Items {
		win.hold(item)
	}
	total := w.Total
	if w.Snapshot {
		snap, n, err := s.snapshot(w, read)
		if err != nil {
			return engine.Tally{}, err
		}
		defer func() { snap.Leave(err == nil) }()
		read, total, w.From = replay(snap), n, engine.Position{}
	}
	if w.Max > 0 { // a percentage applies to the number of records that are started
		total = min(total, w.Max)
	}
	win.tally.Total = total
	keep, finish, err := s.results(w.Place)
	if err != nil {
		return engine.Tally{}, err
	}
	tally, err = s.window(w, &win, read, func(rt engine.Runtime, r engine.Record) {
		out, err := body(rt, r)
		win.end(r, out, err, keep(r, out, err) == nil)
	})
	name, closeErr := finish()
	tally.Results = name
	if err == nil {
		err = closeErr
	}
	return tally, err
}

// results opens the results of a stream. keep keeps the result of a record, and finish closes the results.
func (s strand) results(at engine.Place) (keep func(engine.Record, engine.Outcome, error) error, finish func() (string, error), err error) {
	if s.run.Keeper == nil {
		return func(engine.Record, engine.Outcome, error) error { return nil }, func() (string, error) { return "", nil }, nil
	}
	kept, err := s.run.Keeper.Results(at)
	if err != nil {
		return nil, nil, s.run.breaks(err)
	}
	keep = func(r engine.Record, out engine.Outcome, err error) error {
		if err := kept.Add(r, out, err); err != nil {
			return s.run.breaks(err)
		}
		return nil
	}
	finish = func() (string, error) {
		name, err := kept.Close()
		if err != nil {
			err = s.run.breaks(err)
		}
		return name, err
	}
	return keep, finish, nil
}

// snapshot keeps a whole list, for a body that changes the list while it is read.
func (s strand) snapshot(w engine.Window, read reader) (_ engine.Snapshot, total int, err error) {
	if s.run.Keeper == nil {
		return nil, 0, &card.Error{Kind: card.Internal, Message: "a snapshot needs the run's folder, and this run has none"}
	}
	snap, err := s.run.Keeper.Snapshot(w.Place)
	if err != nil {
		return nil, 0, err
	}
	defer func() {
		if err != nil {
			snap.Leave(false)
		}
	}()
	if n, complete := snap.Complete(); complete {
		return snap, n, nil
	}
	for at := card.Cursor(""); ; {
		if err := s.halted(); err != nil {
			return nil, 0, err
		}
		batch, err := read(s, at)
		if err != nil {
			return nil, 0, err
		}
		if err := snap.Write(batch.Records); err != nil {
			return nil, 0, err
		}
		total += len(batch.Records)
		if at = batch.Next; at == "" {
			return snap, total, nil
		}
	}
}

// replay returns a reader of a snapshot. It ignores cursors, because a stream reads its pages in order.
func replay(snap engine.Snapshot) reader {
	return func(engine.Runtime, card.Cursor) (engine.Batch, error) {
		records, err := snap.Read()
		if err != nil || len(records) == 0 {
			return engine.Batch{}, err
		}
		return engine.Batch{Records: records, Next: "more"}, nil
	}
}

// window goes through the list page by page, and starts each record as soon as a strand is free.
func (s strand) window(w engine.Window, win *window, read reader, turn func(engine.Runtime, engine.Record)) (engine.Tally, error) {
	reading, stopReading := context.WithCancel(s.ctx)
	defer stopReading()

	var turns conc.WaitGroup
	begin := turns.Go
	if s.run.Serial {
		begin = func(turn func()) { turn() }
	}
	gate, leave := s.run.Widths.gate(w.Place, w.Width)
	defer leave()
	taken, cut := 0, false // cut: the strand was halted before the end of the list
	enough := func() bool { return win.closed() || w.Max > 0 && taken >= w.Max }
	take := func(page []engine.Record) {
		for i, record := range page {
			page[i] = engine.Record{} // so that a page does not keep the records that have ended
			if cut = s.halted() != nil; cut || enough() {
				break
			}
			gate.enter() // the stream may have been stopped by then
			begin(func() {
				defer gate.leave()
				if s.halted() == nil && win.start() {
					inside := &held{total: s.held.total}
					turn(strand{run: s.run, ctx: s.cut, cut: s.cut, held: inside}, record)
					inside.end()
				}
			})
			taken++
		}
		if cut || enough() {
			stopReading()
		}
	}
	readErr := s.pages(strand{run: s.run, ctx: reading, cut: s.cut, held: s.held}, w.From.Cursor, read, take)
	turns.Wait()
	tally := win.sum()
	switch {
	case s.run.unkept() != nil:
		return tally, s.run.unkept()
	case win.shut: // the stream was stopped, so the reader's error does not matter
		return tally, nil
	case win.cut != nil:
		return tally, win.cut
	case cut || tally.Read < taken:
		return tally, s.halted()
	case enough():
		return tally, nil
	}
	return tally, readErr
}

// halted returns the error of a strand on which no record may start; nil if one may. No record may start once the
// results of the run cannot be kept. The contexts of a limit end at about the same time, in any order.
func (s strand) halted() error {
	for _, ctx := range []context.Context{s.ctx, s.cut} {
		if ctx.Err() != nil {
			return canceled(context.Cause(ctx))
		}
	}
	return s.run.unkept()
}

// pages calls take for each page, and meanwhile reads the next one on another strand. A serial run reads it after that.
func (s strand) pages(on strand, from card.Cursor, read reader, take func([]engine.Record)) (err error) {
	if s.run.Serial {
		return readAll(on, from, read, func(page []engine.Record) bool {
			take(page)
			return on.ctx.Err() == nil
		})
	}
	pages := make(chan []engine.Record) // unbuffered: the page that waits here is the one ahead
	var reader conc.WaitGroup
	reader.Go(func() {
		defer close(pages)
		err = readAll(on, from, read, func(page []engine.Record) bool {
			select {
			case pages <- page:
				return true
			case <-on.ctx.Done():
				return false
			}
		})
	})
	for page := range pages {
		take(page)
	}
	reader.Wait()
	return err
}

// readAll gives page after page until the list ends, or give returns false because the strand has.
func readAll(s strand, from card.Cursor, read reader, give func([]engine.Record) bool) error {
	for at := from; ; {
		batch, err := read(s, at)
		if err != nil {
			return err
		}
		if !give(batch.Records) {
			return canceled(context.Cause(s.ctx))
		}
		if at = batch.Next; at == "" {
			return nil
		}
	}
}

// window counts the records of a stream. It closes permanently when stop returns true or a result could not be kept.
type window struct {
	stop  func(engine.Tally) bool // nil: never stops
	limit int                     // maximum number of values
	// maxBytes is the maximum total size of the values; 0 means no limit.
	maxBytes int
	// maxHeld is the maximum total size of the values of all streams; 0 means no limit.
	maxHeld int
	held    *held
	name    string // of the stream, in held

	mu     sync.Mutex
	tally  engine.Tally
	values []engine.Item // values of the OK records, in the order in which they ended
	bytes  int           // total size of the values, including those that were dropped because of the limit
	shut   bool
	cut    error // the halt that cut off a record in flight; nil if there was none
}

func (w *window) closed() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.shut
}

// start counts a record that starts. It returns false for a record that was waiting for a strand when the window
// closed.
func (w *window) start() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.shut {
		w.tally.Read++
	}
	return !w.shut
}

// end counts a record that ended.
func (w *window) end(r engine.Record, out engine.Outcome, err error, kept bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tally.Count(r.Index, out, err)
	if !kept {
		w.tally.NotKept = append(w.tally.NotKept, r.Place)
		w.shut = true
	}
	if engine.IsCanceled(err) { // a halt is not a failure, so stop does not see it
		w.cut = err
		return
	}
	if err == nil && out.Status != engine.Skipped {
		w.hold(engine.Item{Index: r.Index, Value: out.Value})
	}
	w.shut = w.shut || w.stop != nil && w.stop(w.tally)
}

// hold stores the value of a record. When the values exceed the limit, all are dropped.
func (w *window) hold(item engine.Item) {
	if !w.tally.Kept {
		return
	}
	n := engine.Size(item.Value, max(w.maxBytes, w.maxHeld))
	w.bytes += n
	switch {
	case len(w.values) == w.limit, w.maxBytes > 0 && w.bytes > w.maxBytes:
		w.drop()
		return
	case w.maxHeld > 0 && w.held.add(w.name, n) > int64(w.maxHeld):
		w.tally.Full, w.shut = true, true
		w.drop()
		return
	}
	w.values = append(w.values, item)
}

// drop drops all values.
func (w *window) drop() {
	w.values, w.tally.Kept = nil, false
	w.held.drop(w.name)
}

// sum returns the tally after the last record.
func (w *window) sum() engine.Tally {
	slices.SortStableFunc(w.values, func(a, b engine.Item) int { return a.Index - b.Index })
	for _, item := range w.values {
		w.tally.Values = append(w.tally.Values, item.Value)
	}
	return w.tally
}
