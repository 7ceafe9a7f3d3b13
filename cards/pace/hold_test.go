package pace_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/flowdeck/flowdeck/cards/pace"
	"github.com/flowdeck/flowdeck/engine/clock"
)

// busy is an answer of a proxy, or of a service that is down, which has no rate limit headers.
func busy(retryAfter string) http.Header {
	return http.Header{"Retry-After": {retryAfter}, "Date": {time.Now().UTC().Format(http.TimeFormat)}}
}

func TestRetryAfterHoldsEveryRequestOfTheConnection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for text, want := range map[string]time.Duration{
			"7":    7 * time.Second,
			"date": 7 * time.Second,
			"0":    0,
			"9999": time.Hour,
			"soon": 0,
		} {
			if text == "date" {
				text = time.Now().Add(7 * time.Second).UTC().Format(http.TimeFormat)
			}
			g := pace.New(clock.System{}, 1)
			learn(t, g, "groups", answer(600, 599, time.Minute, 0))
			learn(t, g, "users", busy(text))
			if took := entered(t, g, "groups"); took != want {
				t.Errorf("%s: a request of another bucket waited %v, want %v", text, took, want)
			}
			if took := entered(t, g, "users"); took != 0 {
				t.Errorf("%s: after that a request waited %v", text, took)
			}
			if total, by := g.Waited(); total != want || by["groups"] != want {
				t.Errorf("%s: waited %v, %v; want %v", text, total, by, want)
			}
		}
	})
}

func TestALaterRetryAfterHoldsLongerAndAShorterOneDoesNotShortenIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := pace.New(clock.System{}, 1)
		first, err := g.Enter(t.Context(), "users")
		if err != nil {
			t.Fatal(err)
		}
		second, err := g.Enter(t.Context(), "groups")
		if err != nil {
			t.Fatal(err)
		}
		first.Done(busy("20"))
		second.Done(busy("5"))
		if took := entered(t, g, "users"); took != 20*time.Second {
			t.Errorf("waited %v, want 20s", took)
		}
	})
}

// The service's own headers know better: another bucket is none of their business.
func TestRetryAfterNextToRateLimitHeadersHoldsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := pace.New(clock.System{}, 1)
		used := answer(600, 0, 30*time.Second, 0)
		used.Set("Retry-After", "90")
		learn(t, g, "users", used)
		if took := entered(t, g, "groups"); took != 0 {
			t.Errorf("a request of another bucket waited %v", took)
		}
		if took := entered(t, g, "users"); took != 31*time.Second {
			t.Errorf("a request of the bucket waited %v, want 31s", took)
		}
	})
}
