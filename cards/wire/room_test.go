package wire

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// counted is an endless body. It counts the bytes that are read.
type counted struct{ read *atomic.Int64 }

func (c counted) Read(p []byte) (int, error) {
	c.read.Add(int64(len(p)))
	return len(p), nil
}

func TestAnAnswerThatWaitsForRoomEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var read atomic.Int64
		all := NewRoom()
		full := held{room: all}
		for range RoomUnits + 1 {
			if err := full.more(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		waits := held{room: all}
		go func() {
			_, err := waits.read(ctx, nil, counted{&read})
			done <- err
		}()
		synctest.Wait()
		if read.Load() != 0 {
			t.Errorf("%d bytes were read without room", read.Load())
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		full.end()
		if len(all.units) != 0 || len(all.last) != 0 {
			t.Errorf("%d units and %d are left behind", len(all.units), len(all.last))
		}
	})
}
