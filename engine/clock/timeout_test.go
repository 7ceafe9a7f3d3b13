package clock_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/flowdeck/flowdeck/engine/clock"
)

func TestATimeoutEndsItsContextWithoutThePauses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		ctx, end := clock.WithTimeout(t.Context(), clock.System{}, 3*time.Second)
		defer end()
		time.Sleep(time.Second)
		first := clock.Pause(ctx)
		time.Sleep(time.Minute)
		second := clock.Pause(ctx)
		first()
		time.Sleep(time.Minute) // the second one continues
		second()
		<-ctx.Done()
		if took := time.Since(start); took != 2*time.Minute+3*time.Second || !errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
			t.Errorf("it ended after %v with %v", took, context.Cause(ctx))
		}
		clock.Pause(ctx)()
	})
}

func TestATimeoutEndsWithTheContextAround(t *testing.T) {
	t.Parallel()
	why := errors.New("why")
	around, cancel := context.WithCancelCause(t.Context())
	ctx, end := clock.WithTimeout(around, clock.System{}, time.Hour)
	defer end()
	cancel(why)
	if !errors.Is(context.Cause(ctx), why) {
		t.Errorf("got %v", context.Cause(ctx))
	}
}

func TestAPauseWithoutATimeoutIsNothing(t *testing.T) {
	t.Parallel()
	clock.Pause(t.Context())()
}
