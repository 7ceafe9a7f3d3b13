package pace

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

func TestRetryAfterIsReadAsSecondsOrDateAndBounded(t *testing.T) {
	t.Parallel()
	const date = "Sun, 01 Mar 2026 06:00:00 GMT"
	for text, want := range map[string]time.Duration{
		"0": 0, "120": 2 * time.Minute, "600": 10 * time.Minute, "-5": 0, "3601": time.Hour, "9223372036854775807": time.Hour,
		"1.5": 2 * time.Second, "1e9": time.Hour, "99999999999999999999999": time.Hour, "-1e400": 0,
		"4, 4": 4 * time.Second, "4,soon, 30": 30 * time.Second,
		"Sun, 01 Mar 2026 06:00:30 GMT": 30 * time.Second, "Sun, 01 Mar 2026 05:00:00 GMT": 0, "Sun, 01 Mar 2037 06:00:00 GMT": time.Hour,
	} {
		got, ok := RetryAfter(http.Header{"Retry-After": {text}, "Date": {date}}, time.Time{})
		if got != want || !ok {
			t.Errorf("%s: %v, %t; want %v", text, got, ok, want)
		}
	}
	if got, ok := RetryAfter(http.Header{"Retry-After": {"4", "Sun, 01 Mar 2026 06:00:30 GMT", "5"}, "Date": {date}}, time.Time{}); got != 30*time.Second || !ok {
		t.Errorf("several headers: %v, %t", got, ok)
	}
	for _, text := range []string{"", "soon", "Infinity", "NaN", "inf", "5s", "5 s", "-"} {
		if got, ok := RetryAfter(http.Header{"Retry-After": {text}, "Date": {date}}, time.Time{}); ok {
			t.Errorf("%s: %v", text, got)
		}
	}
}

func TestWithoutADateTheTimesOfAnAnswerAreReadByOurClock(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC)
	for _, date := range []string{"", "yesterday"} {
		for text, want := range map[string]time.Duration{
			"Sun, 01 Mar 2026 06:00:30 GMT": 30 * time.Second, "Sun, 01 Mar 2026 05:00:00 GMT": 0, "Sun, 01 Mar 2037 06:00:00 GMT": time.Hour,
		} {
			got, ok := RetryAfter(http.Header{"Retry-After": {text}, "Date": {date}}, now)
			if got != want || !ok {
				t.Errorf("Retry-After %s: %v, %t; want %v", text, got, ok, want)
			}
		}
		reset := fmt.Sprint(now.Add(30 * time.Second).Unix())
		if got, ok := UntilReset(http.Header{"X-Rate-Limit-Reset": {reset}, "Date": {date}}, now); got != 31*time.Second || !ok {
			t.Errorf("X-Rate-Limit-Reset: %v, %t; want 31s", got, ok)
		}
	}
}

// A reset that cannot be right is as if it were not there. Then Retry-After counts and, without it, a window of a minute.
func TestAResetThatCannotBeRightIsNotBelieved(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC)
	for _, reset := range []string{
		"", "x", "-1", "0", "60", fmt.Sprint(now.UnixMilli()), fmt.Sprint(now.Add(time.Hour).Unix()), fmt.Sprint(now.Add(-time.Hour).Unix()),
		"9223372036854775807", "-9223372036854775808", "99999999999999999999",
	} {
		h := http.Header{"X-Rate-Limit-Limit": {"600"}, "X-Rate-Limit-Remaining": {"0"}, "X-Rate-Limit-Reset": {reset}}
		h.Set("Date", now.Format(http.TimeFormat))
		if got, ok := UntilReset(h, now); ok {
			t.Errorf("reset %s: %v", reset, got)
		}
		if got, want := parse(h, now).over, now.Add(window+grace); !got.Equal(want) {
			t.Errorf("reset %s: the window ends at %v, want %v", reset, got, want)
		}
		h.Set("Retry-After", "7")
		if got, want := parse(h, now).over, now.Add(7*time.Second); !got.Equal(want) {
			t.Errorf("reset %s and Retry-After: the window ends at %v, want %v", reset, got, want)
		}
	}
}
