package clock_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/flowdeck/flowdeck/engine/clock"
)

var start = time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC)

func TestSystemSleepsUntilTheTimeAndNoLonger(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := clock.System{}
		start := c.Now()
		if err := c.Sleep(t.Context(), start.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if got := c.Now().Sub(start); got != time.Hour {
			t.Errorf("slept %v, want 1h", got)
		}
		if err := c.Sleep(t.Context(), start); err != nil || c.Now().Sub(start) != time.Hour {
			t.Errorf("a time that has passed: %v after %v, want immediately", err, c.Now().Sub(start))
		}
	})
}

func TestSystemSleepEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		why := errors.New("why")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Minute, func() { cancel(why) })
		start := time.Now()
		if err := (clock.System{}).Sleep(ctx, start.Add(time.Hour)); !errors.Is(err, why) {
			t.Errorf("got %v, want the cause of the cancel", err)
		}
		if got := time.Since(start); got != time.Minute {
			t.Errorf("woke after %v, want 1m", got)
		}
	})
}

func TestJumpingMovesForwardInsteadOfWaiting(t *testing.T) {
	t.Parallel()
	c := clock.NewJumping(start)
	if err := c.Sleep(t.Context(), start.Add(48*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := c.Sleep(t.Context(), start.Add(time.Hour)); err != nil { // earlier than now
		t.Fatal(err)
	}
	if got := c.Now().Sub(start); got != 48*time.Hour {
		t.Errorf("moved forward by %v, want 48h", got)
	}
}

func TestJumpingEndsContextsWhoseDeadlineItPasses(t *testing.T) {
	t.Parallel()
	c := clock.NewJumping(start)
	early, cancel := c.WithDeadline(t.Context(), start.Add(time.Minute))
	defer cancel()
	late, cancelLate := c.WithDeadline(t.Context(), start.Add(time.Hour))
	defer cancelLate()
	passed, cancelPassed := c.WithDeadline(t.Context(), start)
	defer cancelPassed()
	if err := c.Sleep(early, start.Add(10*time.Minute)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("sleep past the own deadline: %v, want deadline exceeded", err)
	}
	if now := c.Now(); !now.Equal(start.Add(time.Minute)) {
		t.Errorf("the clock shows %v, want the deadline at which the sleep ended", now)
	}
	if late.Err() != nil {
		t.Errorf("a later deadline has ended: %v", late.Err())
	}
	if passed.Err() == nil {
		t.Error("a deadline that has passed must end its context immediately")
	}
	if err := c.Sleep(early, start); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("sleep on an ended context: %v", err)
	}
}
