package local

import (
	"context"
	"errors"
	"maps"
	"slices"
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
	if err := s.halted(); err != nil {
		return engine.Tally{}, err
	}
	win := window{stop: w.Stop, limit: w.Values}
	total := w.Total
	if w.Snapshot {
		snap, n, err := s.snapshot(w, read)
		if err != nil {
			return engine.Tally{}, err
		}
		defer snap.remove()
		read, total = snap.read, n
	}
	if w.Max > 0 { // a budget is a share of what is begun, not of a list that is cut short
		total = min(total, w.Max)
	}
	win.tally.Total = total
	kept, err := s.keep(w)
	if err != nil {
		return engine.Tally{}, err
	}
	tally, err := s.window(w, &win, read, func(rt engine.Runtime, r engine.Record) {
		out, err := body(rt, r)
		win.end(r.Index, out, err)
		kept.add(w.Path, out, err)
	})
	name, closeErr := kept.close()
	tally.Results = name
	return tally, errors.Join(err, closeErr)
}

// window goes through the list, page after page, and begins each record as soon as a place is free.
func (s strand) window(w engine.Window, win *window, read reader, turn func(engine.Runtime, engine.Record)) (engine.Tally, error) {
	reading, stopReading := context.WithCancel(s.soft)
	defer stopReading()

	var readErr error
	pages := make(chan card.Page) // unbuffered: a page that waits here is the one ahead
	var reader conc.WaitGroup
	reader.Go(func() {
		defer close(pages)
		readErr = readAll(strand{run: s.run, soft: reading, ctx: reading, cut: s.cut}, read, pages)
	})

	turns := pool.New().WithMaxGoroutines(max(1, w.Width))
	index, cut := 0, false // cut: the strand was halted before the list was through
	enough := func() bool { return win.closed() || w.Max > 0 && index >= w.Max }
	for page := range pages {
		for _, value := range page.Items {
			if cut = s.halted() != nil; cut || enough() {
				break
			}
			record := engine.Record{Index: index, Value: value}
			turns.Go(func() { // Go waits until a place is free; much may have changed by then
				if s.halted() == nil && win.begin() {
					turn(strand{run: s.run, soft: s.soft, ctx: s.cut, cut: s.cut}, record)
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
	tally := win.sum()
	switch {
	case win.shut: // nothing is missing, whatever became of the reader
		return tally, nil
	case cut || tally.Read < index:
		return tally, s.halted()
	case enough():
		return tally, nil
	}
	return tally, readErr
}

// halted is the error of a strand on which no record may begin; nil if one may. The contexts of a limit
// end at the same time, but one after the other, and in any order.
func (s strand) halted() error {
	for _, ctx := range []context.Context{s.soft, s.cut} {
		if ctx.Err() != nil {
			return canceled(context.Cause(ctx))
		}
	}
	return nil
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
	stop  func(engine.Tally) bool // nil: never
	limit int                     // how many values are wanted

	mu     sync.Mutex
	tally  engine.Tally
	values map[int]engine.Value // of the records that ended ok, by index
	shut   bool
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
	if err == nil && out.Status != engine.Skipped && w.tally.OK <= w.limit {
		if w.values == nil {
			w.values = map[int]engine.Value{}
		}
		w.values[index] = out.Value
	}
	if !w.shut && w.stop != nil {
		w.shut = w.stop(w.tally)
	}
}

// sum is the tally when every turn has ended.
func (w *window) sum() engine.Tally {
	if w.tally.OK > 0 && w.tally.OK <= w.limit {
		for _, index := range slices.Sorted(maps.Keys(w.values)) {
			w.tally.Values = append(w.tally.Values, w.values[index])
		}
	}
	return w.tally
}
