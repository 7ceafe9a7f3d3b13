package pace

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// window is the length of a window for which the answers give none.
//
// Source: Okta, "Rate limits", https://developer.okta.com/docs/reference/rate-limits/
const window = time.Minute

// longest bounds how long an answer may hold requests up: two windows. A wrong header, or a clock that jumped, must
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
	if reset, left, ok := windowEnd(answer, now); ok {
		s.reset, s.over = reset, now.Add(left+grace)
	} else if wait, asked := RetryAfter(answer, now); asked {
		s.over = now.Add(wait)
	}
	return s
}

// windowEnd reads X-Rate-Limit-Reset, in seconds since 1970, and returns the time left until then. ok is false without it, and
// for a time that is more than two windows from Date in either direction, such as one in milliseconds: then nothing is known.
func windowEnd(answer http.Header, now time.Time) (reset int64, left time.Duration, ok bool) {
	reset, err := strconv.ParseInt(answer.Get("X-Rate-Limit-Reset"), 10, 64)
	if err != nil {
		return 0, 0, false
	}
	left = time.Unix(reset, 0).Sub(sent(answer, now))
	return reset, max(0, left), -longest <= left && left <= longest
}

// sent returns the time of an answer by the server's clock. Without a Date it is now: the best guess is that the clocks
// agree.
func sent(answer http.Header, now time.Time) time.Time {
	date, err := http.ParseTime(answer.Get("Date"))
	if err != nil {
		return now
	}
	return date
}

// Quota is the rate limit that a request counted against.
type Quota struct {
	Limit, Remaining int           // requests
	Resets           time.Duration // until the window ends, by the server's own clock; 0 if it is not known
}

// ReadQuota reads the headers of an answer that came now. ok is false without them, and for a refusal of too many requests
// at once, which is not about a window.
func ReadQuota(answer http.Header, now time.Time) (q Quota, ok bool) {
	s := parse(answer, now)
	_, q.Resets, _ = windowEnd(answer, now)
	q.Limit, q.Remaining = s.limit, s.remaining
	return q, s.known
}

// UntilReset is how long the window of an answer that came now lasts: X-Rate-Limit-Reset (seconds since 1970) less Date or,
// without a Date, less now. It is a second longer, since both are cut to whole seconds, never negative, and never above two
// minutes and that second. ok is false if the header is missing or cannot be the end of a window.
//
// Source: Okta, "Rate limit best practices", https://developer.okta.com/docs/reference/rl-best-practices/
func UntilReset(answer http.Header, now time.Time) (wait time.Duration, ok bool) {
	_, left, ok := windowEnd(answer, now)
	return left + grace, ok
}

// RetryAfter is how long an answer that came now asks to wait before the next request: Retry-After as seconds, or as a date
// less Date or, without a Date, less now. It is never negative, and never above two minutes; the longest counts if
// there are several, which a proxy may join with commas. ok is false without the header.
//
// Source: RFC 9110, section 10.2.3
func RetryAfter(answer http.Header, now time.Time) (wait time.Duration, ok bool) {
	for _, text := range answer.Values("Retry-After") {
		if then, err := http.ParseTime(text); err == nil {
			wait, ok = max(wait, min(then.Sub(sent(answer, now)), longest)), true
			continue
		}
		for one := range strings.SplitSeq(text, ",") {
			if seconds, err := strconv.ParseInt(strings.TrimSpace(one), 10, 64); err == nil {
				wait, ok = max(wait, time.Duration(min(seconds, int64(longest/time.Second)))*time.Second), true
			}
		}
	}
	return wait, ok
}
