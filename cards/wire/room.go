package wire

import (
	"bytes"
	"context"
	"io"
	"slices"
)

// A stream may send a hundred requests at once. The first SmallAnswer bytes of each answer are always read. The rest needs
// units of a room that all answers of a session share until they are decoded. If the room is full, all answers but one
// wait. That one is read to its end without units, so that there is no deadlock. The answers together are at most the
// room, one longest answer, and SmallAnswer for each request.
const (
	SmallAnswer = 1 << 20 // bytes, and the unit of the room
	RoomUnits   = 64 << 20 / SmallAnswer
)

// Room bounds the memory of the answers of one session that are in flight. NewRoom makes one. It is safe for concurrent use.
type Room struct {
	units chan struct{} // holds one for each unit that is taken
	last  chan struct{} // holds one while an answer goes on without units
}

// NewRoom returns an empty room.
func NewRoom() Room {
	return Room{units: make(chan struct{}, RoomUnits), last: make(chan struct{}, 1)}
}

// held is the part of a room that one answer uses. The zero value uses nothing.
type held struct {
	room  Room
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
	for left := LongestAnswer + 1 - len(start); left > 0; {
		if err := h.more(ctx); err != nil {
			return nil, err
		}
		piece := bytes.NewBuffer(make([]byte, 0, SmallAnswer+bytes.MinRead)) // so that it never grows
		n, err := piece.ReadFrom(io.LimitReader(from, int64(min(SmallAnswer, left))))
		if err != nil {
			return nil, err
		}
		pieces, left = append(pieces, piece.Bytes()), left-int(n)
		if n < SmallAnswer {
			break
		}
	}
	return slices.Concat(pieces...), nil
}
