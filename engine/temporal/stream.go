package temporal

import (
	"go.temporal.io/sdk/workflow"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/window"
)

type (
	reader = func(engine.Runtime, card.Cursor) (engine.Batch, error)
	turn   = func(engine.Runtime, engine.Record) (engine.Outcome, error)
)

// Stream runs a short stream here, and a longer one in a workflow of its own. A Window without Turns, or with a Snapshot, is always run here, and so is each stream of a
// run with a Keeper.
func (s strand) Stream(w engine.Window, read reader, body turn) (engine.Tally, error) {
	if err := s.halted(); err != nil {
		return engine.Tally{}, err
	}
	if s.run.Workflows != nil && w.Turns != nil && !w.Snapshot && !s.run.Keep {
		first, turns, err := s.weigh(w, read)
		if err != nil {
			return engine.Tally{}, err
		}
		if turns != nil {
			return s.elsewhere(w, *turns)
		}
		read = first
	}
	return s.inPlace(w, read, body)
}

// inPlace keeps at most two pages: the one whose records are being started, and the next one.
func (s strand) inPlace(w engine.Window, read reader, body turn) (tally engine.Tally, err error) {
	total := w.Total
	if w.Snapshot {
		var leave func(error)
		if read, total, leave, err = s.snapshot(w.Place, read); err != nil {
			return engine.Tally{}, err
		}
		defer func() { leave(err) }()
		w.From = engine.Position{}
	}
	win := window.Open(w, total, s.held)
	kept, err := s.results(w.Place)
	if err != nil {
		return engine.Tally{}, err
	}
	width := func() int { return s.run.width(w) }
	_, tally, err = s.through(win, read, width, func() bool { return false }, func(s strand, r engine.Record) {
		out, err := body(s, r)
		s.ended(r, out, err)
		win.End(r, out, err, kept.add(s, row{r, out, engine.ErrorJSON{Err: err}}) == nil)
	})
	name, closeErr := kept.close(s)
	if tally.Results = name; s.run.Workflows != nil && !s.run.Keep {
		tally.Results = w.Place.Name()
	}
	if err == nil {
		err = closeErr
	}
	return tally, err
}

// width returns the number of records of a stream that may be in flight.
func (r *run) width(w engine.Window) int {
	if n := r.widths[w.Place.Name()]; n > 0 {
		return n
	}
	return max(1, w.Width)
}

// through goes through the list page by page, and starts each record as soon as a strand is free, until the workflow is full. It returns the
// number of records that it took from the list.
func (s strand) through(w *window.Window, read reader, width func() int, full func() bool, turn func(strand, engine.Record)) (
	taken int, _ engine.Tally, _ error,
) {
	reading, stopReading := workflow.WithCancel(s.ctx)
	defer stopReading()
	turns := workflow.NewWaitGroup(s.here)
	going, cut := 0, false // cut: the strand was halted before the end of the list
	enough := func() bool { return w.Closed() || w.Max > 0 && taken >= w.Max || full() }
	take := func(page []engine.Record) {
		for i, record := range page {
			page[i] = engine.Record{} // so that a page does not keep the records that have ended
			if cut = s.halted() != nil; cut || enough() {
				break
			}
			_ = workflow.Await(s.here, func() bool { return going < width() }) // the stream may have been stopped by then
			_ = s.hold()                                                       // likewise
			if full() {
				break
			}
			turns.Add(1)
			going++
			workflow.Go(s.here, func(here workflow.Context) {
				if s.halted() == nil && w.Start() {
					inside := s.held.Record()
					turn(strand{run: s.run, here: here, ctx: s.cut, cut: s.cut, held: inside}, record)
					inside.End()
				}
				going--
				turns.Done()
			})
			taken++
		}
		if cut || enough() {
			stopReading()
		}
	}
	readErr := s.pages(reading, w.From.Cursor, read, take)
	turns.Wait(s.here)
	tally := w.Sum()
	switch {
	case s.run.broken != nil:
		return taken, tally, s.run.broken
	case w.Closed(): // the stream was stopped, so the reader's error does not matter
		return taken, tally, nil
	case w.Cut() != nil:
		return taken, tally, w.Cut()
	case cut || tally.Read < taken:
		return taken, tally, s.halted()
	case enough():
		return taken, tally, nil
	}
	return taken, tally, readErr
}

// halted returns the error of a strand on which no record may start; nil if one may. No record may start once the
// results of the run cannot be kept.
func (s strand) halted() error {
	if s.halts() || s.cut.Err() != nil {
		return engine.ErrCanceled
	}
	return s.run.broken
}

// pages calls take for each page, and meanwhile reads the next one on another strand, until a context ends.
func (s strand) pages(reading workflow.Context, from card.Cursor, read reader, take func([]engine.Record)) (err error) {
	pages := workflow.NewChannel(s.here) // unbuffered: the page that waits here is the one ahead
	workflow.Go(s.here, func(here workflow.Context) {
		on := strand{run: s.run, here: here, ctx: reading, cut: s.cut, held: s.held}
		err = on.readAll(from, read, pages)
		pages.Close()
	})
	for {
		var page []engine.Record
		if !pages.Receive(s.here, &page) {
			return err
		}
		take(page)
	}
}

// readAll sends page after page until the list or the strand ends.
func (s strand) readAll(from card.Cursor, read reader, pages workflow.Channel) error {
	for at := from; ; {
		batch, err := read(s, at)
		if err != nil {
			return err
		}
		sent := false
		workflow.NewSelector(s.here).
			AddSend(pages, batch.Records, func() { sent = true }).
			AddReceive(s.ctx.Done(), func(workflow.ReceiveChannel, bool) {}).
			Select(s.here)
		if !sent {
			return engine.ErrCanceled
		}
		if at = batch.Next; at == "" {
			return nil
		}
	}
}
