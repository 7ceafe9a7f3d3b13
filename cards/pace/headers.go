package pace

import (
	"net/http"
	"strconv"
	"time"
)

// window is the length of a window for which the answers give none.
//
// Source: Okta, "Rate limits", https://developer.okta.com/docs/reference/rate-limits/
const window = time.Minute

// longest bounds how far a reset is believed: two windows. A wrong header, or a clock that jumped, must
// not hold a run up for good.
const longest = 2 * window

// grace is added to the end of a window, since X-Rate-Limit-Reset is cut to whole seconds.
const grace = time.Second

// headers are the rate limit headers of one answer.
type headers struct {
	known     bool // limit and remaining are there and make sense
	crowded   bool // a refusal of too many requests at once; nothing else is known then
	limit     int
	remaining int
	reset     int64     // the window's end in the server's seconds since 1970; 0 is not known
	over      time.Time // the window's end by our clock, at the latest
}

// parse reads the headers of an answer that came now. Headers that make no sense are as none.
//
// Okta refuses too many concurrent requests with limit 0, and the reset of some other window.
//
// Source: Okta, "Rate limit best practices", https://developer.okta.com/docs/reference/rl-best-practices/
func parse(answer http.Header, now time.Time) headers {
	limit, err := strconv.Atoi(answer.Get("X-Rate-Limit-Limit"))
	if err != nil || limit < 0 {
		return headers{}
	}
	remaining, err := strconv.Atoi(answer.Get("X-Rate-Limit-Remaining"))
	if limit == 0 {
		return headers{crowded: err == nil && remaining == 0}
	}
	if err != nil {
		return headers{}
	}
	s := headers{known: true, limit: limit, remaining: min(max(0, remaining), limit), over: now.Add(window + grace)}
	reset, err := strconv.ParseInt(answer.Get("X-Rate-Limit-Reset"), 10, 64)
	if err != nil || reset <= 0 {
		return s
	}
	date, err := http.ParseTime(answer.Get("Date"))
	if err != nil {
		date = now // the best guess there is: that the clocks agree
	}
	s.reset, s.over = reset, now.Add(until(reset, date))
	return s
}

// until is the time from date to reset and the grace, within bounds.
func until(reset int64, date time.Time) time.Duration {
	return min(max(0, time.Unix(reset, 0).Sub(date)), longest) + grace
}

// Quota is the rate limit that a request counted against.
type Quota struct {
	Limit, Remaining int           // requests
	Resets           time.Duration // until the window ends, by the server's own clock; 0 if it is not known
}

// ReadQuota reads the headers of an answer. ok is false without them, and for a refusal of too many requests
// at once, which is not about a window.
func ReadQuota(answer http.Header) (q Quota, ok bool) {
	s := parse(answer, time.Time{})
	if wait, ok := UntilReset(answer); ok {
		q.Resets = wait - grace
	}
	q.Limit, q.Remaining = s.limit, s.remaining
	return q, s.known
}

// UntilReset is how long the window of an answer lasts by the server's own clock: X-Rate-Limit-Reset
// (seconds since 1970) less Date. It is a second longer, since both are cut to whole seconds, never
// negative, and never above two minutes and that second. ok is false without these headers.
//
// Source: Okta, "Rate limit best practices", https://developer.okta.com/docs/reference/rl-best-practices/
func UntilReset(answer http.Header) (wait time.Duration, ok bool) {
	reset, err := strconv.ParseInt(answer.Get("X-Rate-Limit-Reset"), 10, 64)
	if err != nil {
		return 0, false
	}
	date, err := http.ParseTime(answer.Get("Date"))
	if err != nil {
		return 0, false
	}
	return until(reset, date), true
}

// RetryAfter is how long an answer asks to wait before the next request: Retry-After as seconds, or as a date less Date.
// It is never negative, and never above two minutes. ok is false without the header.
//
// Source: RFC 9110, section 10.2.3
func RetryAfter(answer http.Header) (wait time.Duration, ok bool) {
	text := answer.Get("Retry-After")
	if seconds, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.Duration(min(max(0, seconds), int64(longest/time.Second))) * time.Second, true
	}
	then, err := http.ParseTime(text)
	if err != nil {
		return 0, false
	}
	date, err := http.ParseTime(answer.Get("Date"))
	if err != nil {
		return 0, false
	}
	return min(max(0, then.Sub(date)), longest), true
}
