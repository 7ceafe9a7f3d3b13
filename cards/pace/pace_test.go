package pace_test

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/flowdeck/flowdeck/cards/pace"
	"github.com/flowdeck/flowdeck/engine/clock"
)

// answer is the headers of an answer whose server's clock is off by skew.
func answer(limit, remaining int, untilReset, skew time.Duration) http.Header {
	return answerAt(time.Now().Add(skew), limit, remaining, untilReset)
}

// answerAt is the headers of an answer that was given now.
func answerAt(now time.Time, limit, remaining int, untilReset time.Duration) http.Header {
	h := http.Header{}
	h.Set("X-Rate-Limit-Limit", strconv.Itoa(limit))
	h.Set("X-Rate-Limit-Remaining", strconv.Itoa(remaining))
	h.Set("X-Rate-Limit-Reset", strconv.FormatInt(now.Add(untilReset).Unix(), 10))
	h.Set("Date", now.UTC().Format(http.TimeFormat))
	return h
}

// entered is how long Enter took.
func entered(t *testing.T, g *pace.Governor, bucket string) time.Duration {
	t.Helper()
	start := time.Now()
	pass, err := g.Enter(t.Context(), bucket)
	if err != nil {
		t.Fatal(err)
	}
	defer pass.Done(nil)
	return time.Since(start)
}

// learn has one request of the bucket answered with these headers.
func learn(t *testing.T, g *pace.Governor, bucket string, headers http.Header) {
	t.Helper()
	pass, err := g.Enter(t.Context(), bucket)
	if err != nil {
		t.Fatal(err)
	}
	pass.Done(headers)
}

func TestEmptyBucketWaitsForItsWindowByTheServersClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := pace.New(clock.System{}, 1)
		if took := entered(t, g, "users"); took != 0 {
			t.Errorf("a governor that knows nothing waited %v", took)
		}
		learn(t, g, "users", answer(600, 0, 30*time.Second, 20*time.Minute))
		if took := entered(t, g, "groups"); took != 0 {
			t.Errorf("another bucket waited %v", took)
		}
		if took := entered(t, g, "users"); took != 31*time.Second {
			t.Errorf("waited %v, want the 30s of the server's clock, and the second that its cut may hide", took)
		}
		if took := entered(t, g, "users"); took != 0 {
			t.Errorf("after its window it waited %v", took)
		}
	})
}

func TestOnlyAnEmptyBucketHoldsRequests(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for name, headers := range map[string]http.Header{
			"some left":  answer(600, 1, time.Minute, 0),
			"no headers": {},
		} {
			g := pace.New(clock.System{}, 1)
			learn(t, g, "users", headers)
			if took := entered(t, g, "users"); took != 0 {
				t.Errorf("%s: waited %v", name, took)
			}
		}
	})
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := pace.New(clock.System{}, 1)
		learn(t, g, "users", answer(600, 0, time.Hour, 0))
		why := errors.New("why")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(why) })
		start := time.Now()
		if _, err := g.Enter(ctx, "users"); !errors.Is(err, why) || time.Since(start) != time.Second {
			t.Errorf("got %v after %v, want the cause after 1s", err, time.Since(start))
		}
	})
}
