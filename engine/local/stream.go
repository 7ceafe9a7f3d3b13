package local

import (
	"context"
	"sync"

	"github.com/sourcegraph/conc"
	"github.com/sourcegraph/conc/pool"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

type (
	reader = func(engine.Runtime, card.Cursor) (card.Page, error)
	turn   = func(engine.Runtime, engine.Record) (engine.Outcome, error)
)

// Stream holds two pages at most: the one whose records are being begun, and the one ahead.
func (s strand) Stream(w engine.Window, read reader, body turn) (engine.Tally, error) {
	// Even a record in flight begins no record of its own once the run is canceled: hence the run's
	// context, not the strand's.
	reading, stopReading := context.WithCancel(s.run.ctx)
	defer stopReading()

	var readErr error
	pages := make(chan card.Page) // unbuffered: a page that waits here is the one ahead
	var reader conc.WaitGroup
	reader.Go(func() {
		defer close(pages)
		readErr = readAll(strand{run: s.run, ctx: reading}, read, pages)
	})

	win := window{stop: w.Stop}
	turns := pool.New().WithMaxGoroutines(max(1, w.Width))
	index, cut := 0, false // cut: the run was canceled before the list was through
	enough := func() bool { return win.closed() || w.Max > 0 && index >= w.Max }
	for page := range pages {
		for _, value := range page.Items {
			if cut = s.run.ctx.Err() != nil; cut || enough() {
				break
			}
			record := engine.Record{Index: index, Value: value}
			turns.Go(func() { // Go waits until a place is free; much may have changed by then
				if s.run.ctx.Err() == nil && win.begin() {
					out, err := body(strand{run: s.run, ctx: s.run.Abort}, record)
					win.end(record.Index, out, err)
				}
			})
			index++
		}
		if enough() {
			stopReading()
		}
	}
	turns.Wait()
	reader.Wait()
	switch {
	case win.shut: // nothing is missing, whatever became of the reader
		return win.tally, nil
	case cut || win.tally.Read < index:
		return win.tally, canceled(context.Cause(s.run.ctx))
	case enough():
		return win.tally, nil
	}
	return win.tally, readErr
}

// readAll sends page after page until the list or the strand ends.
func readAll(s strand, read reader, pages chan<- card.Page) error {
	for at := card.Cursor(""); ; {
		page, err := read(s, at)
		if err != nil {
			return err
		}
		select {
		case pages <- page:
		case <-s.ctx.Done():
			return canceled(context.Cause(s.ctx))
		}
		if at = page.Next; at == "" {
			return nil
		}
	}
}

// window counts the records of a stream, and closes for good when stop says so.
type window struct {
	stop func(engine.Tally) bool // nil: never

	mu    sync.Mutex
	tally engine.Tally
	shut  bool
}

func (w *window) closed() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.shut
}

// begin counts a record that begins. One that was waiting for its place when the window closed does not.
func (w *window) begin() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.shut {
		w.tally.Read++
	}
	return !w.shut
}

func (w *window) end(index int, out engine.Outcome, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tally.Count(index, out, err)
	if !w.shut && w.stop != nil {
		w.shut = w.stop(w.tally)
	}
}
