package wire

import (
	"context"
	"errors"
	"testing"

	"github.com/flowdeck/flowdeck/engine/card"
)

func TestOnlyOneCallerWorksOnAThingAtATime(t *testing.T) {
	t.Parallel()
	s := &Turns{}
	end, err := s.Alone(t.Context(), "app_id=0oa1")
	if err != nil {
		t.Fatal(err)
	}
	other, err := s.Alone(t.Context(), "app_id=0oa2") // does not wait
	if err != nil {
		t.Fatal(err)
	}
	other()
	stopped := errors.New("stopped")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(stopped)
	if _, err := s.Alone(ctx, "app_id=0oa1"); !errors.Is(err, card.ErrNotSent) || !errors.Is(err, stopped) {
		t.Errorf("got %v", err)
	}
	second := make(chan func())
	go func() {
		end, err := s.Alone(context.Background(), "app_id=0oa1")
		if err != nil {
			t.Error(err)
		}
		second <- end
	}()
	select {
	case <-second:
		t.Error("two callers work on the thing")
	default:
	}
	end()
	(<-second)()
	if len(s.taken) > 0 {
		t.Errorf("%d things are still taken", len(s.taken))
	}
}
