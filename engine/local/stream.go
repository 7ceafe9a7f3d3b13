package local

import (
	"context"

	"github.com/sourcegraph/conc"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/window"
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
	total := w.Total
	if w.Snapshot {
		snap, n, err := s.snapshot(w, read)
		if err != nil {
			return engine.Tally{}, err
		}
		defer func() { snap.Leave(err == nil) }()
		read, total, w.From = replay(snap), n, engine.Position{}
	}
	win := window.Open(w, total, s.held)
	keep, finish, err := s.results(w.Place)
	if err != nil {
		return engine.Tally{}, err
	}
	tally, err = s.through(win, read, func(rt engine.Runtime, r engine.Record) {
		out, err := body(rt, r)
		win.End(r, out, err, keep(r, out, err) == nil)
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

// through goes through the list page by page, and starts each record as soon as a strand is free.
func (s strand) through(w *window.Window, read reader, turn func(engine.Runtime, engine.Record)) (engine.Tally, error) {
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
	enough := func() bool { return w.Closed() || w.Max > 0 && taken >= w.Max }
	take := func(page []engine.Record) {
		for i, record := range page {
			page[i] = engine.Record{} // so that a page does not keep the records that have ended
			if cut = s.halted() != nil; cut || enough() {
				break
			}
			gate.enter() // the stream may have been stopped by then
			begin(func() {
				defer gate.leave()
				if s.halted() == nil && w.Start() {
					inside := s.held.Record()
					turn(strand{run: s.run, ctx: s.cut, cut: s.cut, held: inside}, record)
					inside.End()
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
	tally := w.Sum()
	switch {
	case s.run.unkept() != nil:
		return tally, s.run.unkept()
	case w.Closed(): // the stream was stopped, so the reader's error does not matter
		return tally, nil
	case w.Cut() != nil:
		return tally, w.Cut()
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
