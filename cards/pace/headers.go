package pace

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// window is the length of a window for which the answers give none.
//
// Source: Okta, "Rate limits", https://developer.okta.com/docs/reference/rate-limits/
const window = time.Minute

// longestAsked bounds how long an answer may ask to wait in Retry-After: as long as the longest windows are that are believed.
const longestAsked = time.Hour

// longest bounds how long an answer of Okta may hold requests up: two windows. A wrong header, or a clock that jumped, must
// not hold a run up for good.
const longest = 2 * window

// family is the names of three rate limit headers, and how to read them. The names are as http.Header has them.
type family struct {
	limit, remaining, reset string

	longest time.Duration // windows that end later are not believed
	epoch   bool          // the reset is in seconds since 1970, and cannot be anything else
	crowds  bool          // a limit of 0 is the refusal of too many concurrent requests
}

// families are the rate limit headers in use: Okta's; those of GitHub and many others, whose reset is a time or a number of
// seconds; and those of GitLab and the IETF's drafts.
//
// Source: Okta, "Rate limit best practices", https://developer.okta.com/docs/reference/rl-best-practices/; GitHub, "Rate
// limits for the REST API", https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api; IETF,
// draft-ietf-httpapi-ratelimit-headers-06, https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-06
var families = [...]family{
	{"X-Rate-Limit-Limit", "X-Rate-Limit-Remaining", "X-Rate-Limit-Reset", longest, true, true},
	{"X-Ratelimit-Limit", "X-Ratelimit-Remaining", "X-Ratelimit-Reset", time.Hour, false, false},
	{"Ratelimit-Limit", "Ratelimit-Remaining", "Ratelimit-Reset", time.Hour, false, false},
}

// grace is added to the end of a window, since X-Rate-Limit-Reset is cut to whole seconds.
const grace = time.Second

// headers are the rate limit headers of one answer.
type headers struct {
	known     bool // limit and remaining are there and make sense
	crowded   bool // a refusal of too many requests at once; nothing else is known then
	limit     int
	remaining int
	reset     int64         // the window's end in the server's seconds since 1970; 0 is not known
	left      time.Duration // until reset
	over      time.Time     // the window's end by our clock, at the latest
	date      time.Time     // the server's time, cut to whole seconds; zero unless reset is by it
}

// parse reads the headers of an answer that came now. Headers that make no sense are as none.
func parse(answer http.Header, now time.Time) headers {
	for i := range families {
		if s := families[i].parse(answer, now); s.known || s.crowded {
			return s
		}
	}
	return headers{}
}

// parse reads the headers of one family.
//
// Okta refuses too many concurrent requests with limit 0, and the reset of some other window.
//
// Source: Okta, "Rate limit best practices", https://developer.okta.com/docs/reference/rl-best-practices/
func (f *family) parse(answer http.Header, now time.Time) headers {
	limit, err := count(answer.Get(f.limit))
	if err != nil || limit < 0 {
		return headers{}
	}
	remaining, err := count(answer.Get(f.remaining))
	if limit == 0 {
		return headers{crowded: f.crowds && err == nil && remaining == 0}
	}
	if err != nil {
		return headers{}
	}
	s := headers{known: true, limit: limit, remaining: min(max(0, remaining), limit), over: now.Add(window + grace)}
	if reset, left, ok := f.windowEnd(answer, now); ok {
		s.reset, s.left, s.over = reset, left, now.Add(left+grace)
		if f.epoch {
			s.date, _ = http.ParseTime(answer.Get("Date"))
		}
	} else if wait, asked := RetryAfter(answer, now); asked {
		s.over = now.Add(wait)
	}
	return s
}

// count reads a number of requests. Drafts of the IETF add the length of the window: "100, 100;w=60".
func count(text string) (int, error) {
	if i := strings.IndexAny(text, ",;"); i >= 0 {
		text = strings.TrimSpace(text[:i])
	}
	return strconv.Atoi(text)
}

// windowEnd reads the reset of a window, and returns the time left until then. ok is false without it, and
// for a time that is further from Date, in either direction, than the windows of the family are long, such as Okta's in milliseconds:
// then nothing is known.
func (f *family) windowEnd(answer http.Header, now time.Time) (reset int64, left time.Duration, ok bool) {
	reset, err := strconv.ParseInt(answer.Get(f.reset), 10, 64)
	if !f.epoch {
		reset, err = moment(answer.Get(f.reset), sent(answer, now))
	}
	if err != nil {
		return 0, 0, false
	}
	left = time.Unix(reset, 0).Sub(sent(answer, now))
	return reset, max(0, left), -f.longest <= left && left <= f.longest
}

// moment reads a time, in seconds since 1970, that services write in seconds or milliseconds since 1970, in seconds from now on,
// as RFC 3339, or as HTTP writes dates.
func moment(text string, now time.Time) (int64, error) {
	const millis, seconds = 1e11, 1e9 // larger numbers are that
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		at, err := http.ParseTime(text)
		if err != nil {
			at, err = time.Parse(time.RFC3339, text)
		}
		return at.Unix(), err
	}
	switch {
	case !(n >= 0 && n < 1e15):
		return 0, strconv.ErrRange
	case n >= millis:
		return int64(n / 1000), nil
	case n >= seconds:
		return int64(n), nil
	}
	return now.Unix() + int64(math.Ceil(n)), nil
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
	q.Limit, q.Remaining, q.Resets = s.limit, s.remaining, s.left
	return q, s.known
}

// UntilReset is how long the window of an answer that came now lasts: the reset less Date or, without a Date, less now. It is a
// second longer, since both are cut to whole seconds, never negative, and never longer than windows of the family are, and that
// second. ok is false if the header is missing or cannot be the end of a window.
//
// Source: Okta, "Rate limit best practices", https://developer.okta.com/docs/reference/rl-best-practices/
func UntilReset(answer http.Header, now time.Time) (wait time.Duration, ok bool) {
	for i := range families {
		if _, left, ok := families[i].windowEnd(answer, now); ok {
			return left + grace, true
		}
	}
	return 0, false
}

// RetryAfter is how long an answer that came now asks to wait before the next request: Retry-After as seconds, or as a date
// less Date or, without a Date, less now. It is never negative, and never above an hour; the longest counts if
// there are several, which a proxy may join with commas. ok is false without the header, and for one that is neither.
//
// Source: RFC 9110, section 10.2.3
func RetryAfter(answer http.Header, now time.Time) (wait time.Duration, ok bool) {
	for _, text := range answer.Values("Retry-After") {
		if then, err := http.ParseTime(text); err == nil {
			wait, ok = max(wait, min(then.Sub(sent(answer, now)), longestAsked)), true
			continue
		}
		for one := range strings.SplitSeq(text, ",") {
			if one, number := seconds(strings.TrimSpace(one)); number {
				wait, ok = max(wait, one), true
			}
		}
	}
	return wait, ok
}

// seconds reads a number of seconds, at most longestAsked. Some services add a fraction.
func seconds(text string) (wait time.Duration, ok bool) {
	n, err := strconv.ParseFloat(text, 64)
	if text == "" || !strings.ContainsAny(text[:1], "-0123456789") || errors.Is(err, strconv.ErrSyntax) { // not "Infinity"
		return 0, false
	}
	return time.Duration(math.Ceil(min(max(n, 0), longestAsked.Seconds()))) * time.Second, true
}
