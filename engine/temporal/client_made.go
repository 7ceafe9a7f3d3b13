package temporal

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"slices"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// Piece is a part of what a run did, in one of its workflows.
type Piece struct {
	Secrets  []string
	Around   []engine.Record // the records around the writes that are known with their values, the outer ones first
	Writes   []Written       // in the order in which they began
	Rows     []Row           // of records that ended then: those of a loop in a record before it
	Answered []Answered
	NotMade  []NotMade
}

// Pieces returns what a run that has ended did, given its result: in order, as far as that is known. It ends after the first error.
func (c *Client) Pieces(ctx context.Context, run Ended) iter.Seq2[Piece, error] {
	return func(yield func(Piece, error) bool) {
		w := walk{result: func(id string, to any) error { return c.result(ctx, id, to) }, yield: yield}
		if err := w.made(run.Made); err != nil && !errors.Is(err, errEnough) {
			yield(Piece{}, err)
		}
	}
}

// errEnough ends a walk whose pieces nobody wants any more.
var errEnough = errors.New("enough")

// walk is a walk over the workflows of a run.
type walk struct {
	result func(workflow string, to any) error
	yield  func(Piece, error) bool
}

// made yields what was done in a workflow, and in those of its streams when they started.
func (w walk) made(m Made) error {
	if m.Cut && len(m.Rows)+len(m.Writes) == 0 {
		return &card.Error{Kind: card.Storage, Message: "what a part of the run did was too large for the history on Temporal"}
	}
	known := map[string]engine.Record{}
	for _, row := range m.Rows {
		if row.Record.Value != nil {
			known[row.Record.Place.ID()] = row.Record
		}
	}
	slices.SortStableFunc(m.Streams, func(a, b Child) int { return cmp.Or(a.Writes-b.Writes, a.Rows-b.Rows) })
	rows, writes := 0, 0
	until := func(toRow, toWrite int) error {
		toRow, toWrite = min(max(toRow, rows), len(m.Rows)), min(max(toWrite, writes), len(m.Writes))
		p := Piece{Secrets: m.Secrets, Answered: m.Answered, NotMade: m.NotMade, Rows: m.Rows[rows:toRow], Writes: m.Writes[writes:toWrite]}
		m.Secrets, m.Answered, m.NotMade, rows, writes = nil, nil, nil, toRow, toWrite
		slices.SortStableFunc(p.Writes, func(a, b Written) int { return a.Began.Compare(b.Began) })
		for _, one := range p.Writes {
			around := len(p.Around)
			for at := one.Intent.Place.InnerRecord(); !at.IsZero(); at = at.Around().InnerRecord() {
				if r, ok := known[at.ID()]; ok {
					p.Around = slices.Insert(p.Around, around, r)
					delete(known, at.ID())
				}
			}
		}
		return w.one(p)
	}
	for _, child := range m.Streams {
		if err := until(child.Rows, child.Writes); err != nil {
			return err
		}
		if err := w.stream(child.ID); err != nil {
			return err
		}
	}
	return until(len(m.Rows), len(m.Writes))
}

// one yields a piece.
func (w walk) one(p Piece) error {
	if len(p.Secrets)+len(p.Writes)+len(p.Rows)+len(p.Answered)+len(p.NotMade) > 0 && !w.yield(p, nil) {
		return errEnough
	}
	return nil
}

// stream yields what was done in the chunks of a stream. A chunk that was never started has done nothing.
func (w walk) stream(id string) error {
	var s Streamed
	if err := w.result(id, &s); err != nil {
		return err
	}
	if err := w.one(Piece{Secrets: s.Secrets}); err != nil {
		return err
	}
	for n := range s.Chunks {
		var of Chunked
		err := w.result(ChunkID(id, n), &of)
		if failure := (*card.Error)(nil); errors.As(err, &failure) && failure.Kind == card.NotFound {
			continue
		} else if err != nil {
			return err
		}
		if err := w.made(of.Made); err != nil {
			return err
		}
	}
	return nil
}
