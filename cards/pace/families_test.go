package pace

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

// Each row is the headers of a service, as its documentation has them.
func TestTheRateLimitHeadersOfOtherServicesAreRead(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC)
	in := func(d time.Duration) int64 { return now.Add(d).Unix() }
	for name, test := range map[string]struct {
		headers          map[string]string
		limit, remaining int
		left             time.Duration
	}{
		"GitHub, an hour":         {map[string]string{"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "4987", "X-RateLimit-Reset": fmt.Sprint(in(50 * time.Minute))}, 5000, 4987, 50 * time.Minute},
		"seconds from now on":     {map[string]string{"X-RateLimit-Limit": "100", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "42"}, 100, 0, 42 * time.Second},
		"a part of a second":      {map[string]string{"X-RateLimit-Limit": "5", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "0.6"}, 5, 0, time.Second},
		"milliseconds since 1970": {map[string]string{"X-RateLimit-Limit": "5", "X-RateLimit-Remaining": "1", "X-RateLimit-Reset": fmt.Sprint(in(9*time.Second) * 1000)}, 5, 1, 9 * time.Second},
		"Atlassian, RFC 3339":     {map[string]string{"X-RateLimit-Limit": "350", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2026-03-01T06:00:30Z"}, 350, 0, 30 * time.Second},
		"GitLab":                  {map[string]string{"RateLimit-Limit": "60", "RateLimit-Remaining": "59", "RateLimit-Reset": fmt.Sprint(in(time.Minute))}, 60, 59, time.Minute},
		"IETF, with the policy":   {map[string]string{"RateLimit-Limit": "100, 100;w=60", "RateLimit-Remaining": "99", "RateLimit-Reset": "50"}, 100, 99, 50 * time.Second},
	} {
		h := http.Header{"Date": {now.Format(http.TimeFormat)}}
		for key, value := range test.headers {
			h.Set(key, value)
		}
		q, ok := ReadQuota(h, now.Add(time.Hour)) // another clock
		if want := (Quota{test.limit, test.remaining, test.left}); !ok || q != want {
			t.Errorf("%s: %+v, %t; want %+v", name, q, ok, want)
		}
		if wait, ok := UntilReset(h, now); !ok || wait != test.left+grace {
			t.Errorf("%s: the window lasts %v, %t", name, wait, ok)
		}
	}
}

func TestAResetOfAnotherServiceThatCannotBeRightIsNotBelieved(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC)
	for _, reset := range []string{"", "x", "-1", "NaN", "Inf", "1e300", "7200", fmt.Sprint(now.Add(24 * time.Hour).Unix()), "2026-03-02T06:00:00Z"} {
		h := http.Header{"X-Ratelimit-Limit": {"5"}, "X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Reset": {reset}}
		s := parse(h, now)
		if !s.known || s.reset != 0 || !s.over.Equal(now.Add(window+grace)) {
			t.Errorf("reset %q: %+v", reset, s)
		}
	}
	for _, name := range []string{"X-Ratelimit-Limit", "Ratelimit-Limit"} {
		if s := parse(http.Header{name: {"0"}, "X-Ratelimit-Remaining": {"0"}, "Ratelimit-Remaining": {"0"}}, now); s.known || s.crowded {
			t.Errorf("%s: 0 counts as %+v", name, s)
		}
	}
}
