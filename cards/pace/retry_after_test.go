package pace

import (
	"net/http"
	"testing"
	"time"
)

func TestRetryAfterIsReadAsSecondsOrDateAndBounded(t *testing.T) {
	t.Parallel()
	const date = "Sun, 01 Mar 2026 06:00:00 GMT"
	for text, want := range map[string]time.Duration{
		"0": 0, "120": 2 * time.Minute, "121": 2 * time.Minute, "-5": 0, "9223372036854775807": 2 * time.Minute,
		"Sun, 01 Mar 2026 06:00:30 GMT": 30 * time.Second, "Sun, 01 Mar 2026 05:00:00 GMT": 0, "Sun, 01 Mar 2037 06:00:00 GMT": 2 * time.Minute,
	} {
		got, ok := RetryAfter(http.Header{"Retry-After": {text}, "Date": {date}})
		if got != want || !ok {
			t.Errorf("%s: %v, %t; want %v", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "soon", "1.5", "99999999999999999999"} {
		if got, ok := RetryAfter(http.Header{"Retry-After": {text}, "Date": {date}}); ok {
			t.Errorf("%s: %v", text, got)
		}
	}
	if got, ok := RetryAfter(http.Header{"Retry-After": {"Sun, 01 Mar 2026 06:00:30 GMT"}}); ok {
		t.Errorf("a date without Date: %v", got)
	}
}
