package oktaapi

import (
	"bytes"
	"context"
	"io"
	"slices"
)

// A stream may send a hundred requests at once. The first smallAnswer bytes of each answer are always read. The rest needs
// units of a room that all answers of a session share until they are decoded. If the room is full, all answers but one
// wait. That one is read to its end without units, so that there is no deadlock. The answers together are at most the
// room, one longest answer, and smallAnswer for each request.
const (
	smallAnswer = 1 << 20 // bytes, and the unit of the room
	roomUnits   = 64 << 20 / smallAnswer
)

type room struct {
	units chan struct{} // holds one for each unit that is taken
	last  chan struct{} // holds one while an answer goes on without units
}

func newRoom() room {
	return room{units: make(chan struct{}, roomUnits), last: make(chan struct{}, 1)}
}

// held is the part of a room that one answer uses. The zero value uses nothing.
type held struct {
	room  room
	units int
	last  bool
}

// more takes a unit, or waits for one.
func (h *held) more(ctx context.Context) error {
	if h.last {
		return nil
	}
	select {
	case h.room.units <- struct{}{}:
		h.units++
		return nil
	default:
	}
	select {
	case h.room.units <- struct{}{}:
		h.units++
	case h.room.last <- struct{}{}:
		h.last = true
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return nil
}

// end releases everything.
func (h *held) end() {
	for ; h.units > 0; h.units-- {
		<-h.room.units
	}
	if h.last {
		<-h.room.last
		h.last = false
	}
}

// read reads the rest of a body after its start, in total up to one byte more than an answer may have. It reads in pieces,
// because a buffer that grows would need the memory twice while the answer waits.
func (h *held) read(ctx context.Context, start []byte, from io.Reader) ([]byte, error) {
	pieces := [][]byte{start}
	for left := longestAnswer + 1 - len(start); left > 0; {
		if err := h.more(ctx); err != nil {
			return nil, err
		}
		piece := bytes.NewBuffer(make([]byte, 0, smallAnswer+bytes.MinRead)) // so that it never grows
		n, err := piece.ReadFrom(io.LimitReader(from, int64(min(smallAnswer, left))))
		if err != nil {
			return nil, err
		}
		pieces, left = append(pieces, piece.Bytes()), left-int(n)
		if n < smallAnswer {
			break
		}
	}
	return slices.Concat(pieces...), nil
}
