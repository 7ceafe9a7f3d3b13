package temporal

import (
	"go.temporal.io/sdk/workflow"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// results are the kept results of a stream. A nil *results keeps nothing.
type results struct {
	at      engine.Place
	writing workflow.Mutex
	waiting []*kept // the rows that the next activity keeps
}

// kept is a row that is to be kept, and whether it was.
type kept struct {
	row  row
	done bool
	err  error
}

// results opens the results of a stream.
func (s strand) results(at engine.Place) (*results, error) {
	if !s.run.Keep {
		return nil, nil
	}
	if _, err := do[none](s, s.run.free, openResultsActivity, streamArg{s.run.Run, at}); err != nil {
		return nil, s.run.breaks(err)
	}
	return &results{at: at, writing: workflow.NewMutex(s.run.free)}, nil
}

// add keeps the result of a record. One activity keeps the rows of all records that ended while the one before it ran.
func (k *results) add(s strand, r row) error {
	if k == nil {
		return nil
	}
	mine := &kept{row: r}
	k.waiting = append(k.waiting, mine)
	_ = k.writing.Lock(s.here) // it fails only if its context is canceled
	defer k.writing.Unlock()
	if !mine.done {
		k.flush(s)
	}
	return mine.err
}

func (k *results) flush(s strand) {
	all := k.waiting
	k.waiting = nil
	arg := keepArg{Run: s.run.Run, Stream: k.at}
	for _, one := range all {
		arg.Rows = append(arg.Rows, one.row)
	}
	errs, err := do[[]engine.ErrorJSON](s, s.run.free, keepActivity, arg)
	for i, one := range all {
		one.done, one.err = true, err
		if err == nil {
			one.err = errs[i].Err
		}
		if one.err != nil {
			one.err = s.run.breaks(one.err)
		}
	}
}

// close closes the results, and returns the name under which they are found.
func (k *results) close(s strand) (string, error) {
	if k == nil {
		return "", nil
	}
	name, err := do[string](s, s.run.free, closeResultsActivity, streamArg{s.run.Run, k.at})
	if err != nil {
		err = s.run.breaks(err)
	}
	return name, err
}

// snapshot keeps a whole list, for a body that changes the list while it is read. It returns a reader of the snapshot, which ignores
// cursors, because a stream reads its pages in order. leave ends the use of the snapshot, given the error of the stream.
func (s strand) snapshot(at engine.Place, read reader) (_ reader, total int, leave func(error), err error) {
	if !s.run.Keep {
		return nil, 0, nil, &card.Error{Kind: card.Internal, Message: "a snapshot needs a place where it is kept, and this run has none"}
	}
	of := streamArg{s.run.Run, at}
	before, err := do[complete](s, s.run.free, openSnapshotActivity, of)
	if err != nil {
		return nil, 0, nil, err
	}
	leave = func(err error) { _, _ = do[none](s, s.run.free, leaveSnapshotActivity, leaveArg{of, err == nil}) }
	if total = before.Records; !before.Complete {
		if total, err = s.fill(of, read); err != nil {
			leave(err)
			return nil, 0, nil, err
		}
	}
	return func(rt engine.Runtime, _ card.Cursor) (engine.Batch, error) {
		records, err := do[[]engine.Record](rt.(strand), s.run.free, readSnapshotActivity, of)
		if err != nil || len(records) == 0 {
			return engine.Batch{}, err
		}
		return engine.Batch{Records: records, Next: "more"}, nil
	}, total, leave, nil
}

// fill writes a list to its snapshot.
func (s strand) fill(of streamArg, read reader) (total int, err error) {
	for at := card.Cursor(""); ; {
		if err := s.halted(); err != nil {
			return 0, err
		}
		batch, err := read(s, at)
		if err != nil {
			return 0, err
		}
		if _, err := do[none](s, s.run.free, writeSnapshotActivity, writeArg{of, batch.Records}); err != nil {
			return 0, err
		}
		total += len(batch.Records)
		if at = batch.Next; at == "" {
			return total, nil
		}
	}
}
