package pace_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/flowdeck/flowdeck/cards/pace"
	"github.com/flowdeck/flowdeck/engine/clock"
)

func TestBucketsThatOnlyLookAlikeDoNotWaitForEachOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		org := &server{bucketOf: func(path string) string { return path }, limit: always(limit), trip: 50 * time.Millisecond}
		g := pace.New(clock.System{}, 1)
		took := sweep(t, g, org, 1200, 16, either)
		if took > 10*time.Second || org.limited > 0 {
			t.Errorf("two buckets of 600 took %v for 1,200 requests, %d refused", took, org.limited)
		}
		start := time.Now()
		sweep(t, g, org, 1, 1, func(int) string { return "groups" })
		if took := time.Since(start); took > time.Second {
			t.Errorf("a third bucket waited %v", took)
		}
	})
}

func TestBucketsThatOthersUseDifferentlyStayApart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := pace.New(clock.System{}, 1)
		learn(t, g, "users", answer(600, 500, time.Minute, 0))
		learn(t, g, "groups", answer(600, 100, time.Minute, 0))
		learn(t, g, "users", answer(600, 0, time.Minute, 0))
		if took := entered(t, g, "groups"); took != 0 {
			t.Errorf("the bucket with 100 left waited %v for the one with none", took)
		}
	})
}

func TestMergedBucketsAreSplitWhenAnAnswerShowsIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := pace.New(clock.System{}, 1)
		learn(t, g, "users", answer(600, 500, time.Minute, 0))
		learn(t, g, "groups", answer(600, 500, time.Minute, 0)) // as if they were one
		learn(t, g, "users", answer(600, 300, time.Minute, 0))
		learn(t, g, "groups", answer(600, 499, time.Minute, 0)) // more than there were
		learn(t, g, "users", answer(600, 0, time.Minute, 0))
		if took := entered(t, g, "groups"); took != 0 {
			t.Errorf("it waited %v for another bucket", took)
		}
	})
}

func TestPathsOfOneBucketWaitForEachOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := pace.New(clock.System{}, 1)
		learn(t, g, "suspend", answer(600, 599, time.Minute, 0))
		learn(t, g, "unsuspend", answer(600, 598, time.Minute, 0))
		learn(t, g, "suspend", answer(600, 0, time.Minute, 0))
		if took := entered(t, g, "unsuspend"); took != time.Minute+time.Second {
			t.Errorf("it waited %v, want until the window of both is over", took)
		}
	})
}

// A test of flows runs on a clock that jumps: waiting takes it no time.
func TestAJumpingClockIsPacedWithoutWaiting(t *testing.T) {
	t.Parallel()
	c := clock.NewJumping(time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC))
	g := pace.New(c, 1)
	start := c.Now()
	for i := range 1000 {
		pass, err := g.Enter(t.Context(), "users")
		if err != nil {
			t.Fatal(err)
		}
		pass.Done(answerAt(c.Now(), 100, 99-i%100, time.Minute))
	}
	if took := c.Now().Sub(start); took != 9*61*time.Second {
		t.Errorf("the clock moved by %v, want nine windows and their seconds", took)
	}
}

func TestTheWaitIsNotOfATimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := pace.New(clock.System{}, 1)
		learn(t, g, "users", answer(600, 0, 30*time.Second, 0))
		ctx, end := clock.WithTimeout(t.Context(), clock.System{}, time.Second)
		defer end()
		pass, err := g.Enter(ctx, "users")
		if err != nil || ctx.Err() != nil {
			t.Fatalf("the time was over at the door: %v", err)
		}
		defer pass.Done(nil)
		start := time.Now()
		<-ctx.Done()
		if took := time.Since(start); took != time.Second {
			t.Errorf("it had %v left, want 1s", took)
		}
	})
}
