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
	now := time.Now().Add(skew)
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
	begin := time.Now()
	if err := g.Enter(t.Context(), bucket); err != nil {
		t.Fatal(err)
	}
	return time.Since(begin)
}

func TestABucketThatIsEmptyWaitsForItsWindowByTheServersClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := pace.New(clock.System{})
		if took := entered(t, g, "users"); took != 0 {
			t.Errorf("a governor that knows nothing waited %v", took)
		}
		g.Learn("users", answer(600, 0, 30*time.Second, 20*time.Minute))
		if took := entered(t, g, "groups"); took != 0 {
			t.Errorf("another bucket waited %v", took)
		}
		if took := entered(t, g, "users"); took != 31*time.Second {
			t.Errorf("waited %v, want the 30s that the server's clock says, and the second that its cut may hide", took)
		}
		if took := entered(t, g, "users"); took != 0 {
			t.Errorf("after its window it waited %v", took)
		}
	})
}

func TestWhatIsNotAnEmptyBucketHoldsNothingUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := pace.New(clock.System{})
		noReset := answer(600, 0, time.Minute, 0)
		noReset.Del("X-Rate-Limit-Reset")
		for name, headers := range map[string]http.Header{
			"some left":               answer(600, 1, time.Minute, 0),
			"refused for concurrency": answer(0, 0, time.Hour, 0),
			"no reset":                noReset,
			"no headers":              {},
		} {
			g.Learn("users", headers)
			if took := entered(t, g, "users"); took != 0 {
				t.Errorf("%s: waited %v", name, took)
			}
		}
	})
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := pace.New(clock.System{})
		g.Learn("users", answer(600, 0, time.Hour, 0))
		why := errors.New("why")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(why) })
		begin := time.Now()
		if err := g.Enter(ctx, "users"); !errors.Is(err, why) || time.Since(begin) != time.Second {
			t.Errorf("got %v after %v, want the cause after 1s", err, time.Since(begin))
		}
	})
}
