package oktasim

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// unlimited is the X-Rate-Limit-Limit of requests without a limit in the seed. Okta sends the three headers
// with every answer, so there has to be a number; this one is above any tenant's and is never enforced.
const unlimited = 1_000_000

// window is how long a bucket's count runs (Okta, "Rate limits": requests per minute).
const window = time.Minute

// limits are those of a seed. Zero is none.
type limits struct {
	concurrent int // requests under way at once; 0 is any number
	buckets    []bucket
}

// A bucket is the paths that share a limit: the ones that start with the template, segment by segment,
// unless a longer template matches too. {…} and * match any one segment.
type bucket struct {
	template []string
	limit    int // requests per window
}

// fits reports whether a path belongs to the bucket, were there no longer one.
func (b bucket) fits(path []string) bool {
	return len(path) >= len(b.template) && slices.EqualFunc(b.template, path[:len(b.template)], segmentFits)
}

// literals is how many segments of the template match only themselves.
func (b bucket) literals() int {
	n := 0
	for _, s := range b.template {
		if !isWildcard(s) {
			n++
		}
	}
	return n
}

func segments(path string) []string { return strings.Split(strings.Trim(path, "/"), "/") }

func isWildcard(segment string) bool {
	return segment == "*" || strings.HasPrefix(segment, "{") && strings.HasSuffix(segment, "}")
}

func segmentFits(pattern, segment string) bool { return pattern == segment || isWildcard(pattern) }

// A limiter keeps count.
type limiter struct {
	concurrent int

	mu     sync.Mutex
	counts []*count // the longest template first
}

// A count is how much of a bucket's limit is used up. A window starts with its first request.
type count struct {
	bucket
	used  int
	reset time.Time // the end of the window
}

func newLimiter(l limits) *limiter {
	buckets := slices.Clone(l.buckets)
	slices.SortStableFunc(buckets, func(a, b bucket) int {
		if d := len(b.template) - len(a.template); d != 0 {
			return d
		}
		return b.literals() - a.literals()
	})
	lim := &limiter{concurrent: l.concurrent}
	for _, b := range buckets {
		lim.counts = append(lim.counts, &count{bucket: b})
	}
	return lim
}

// A quota is the values of the three rate limit headers.
type quota struct {
	limit, remaining int
	reset            time.Time
}

func (q quota) write(h http.Header) {
	h.Set("X-Rate-Limit-Limit", strconv.Itoa(q.limit))
	h.Set("X-Rate-Limit-Remaining", strconv.Itoa(q.remaining))
	h.Set("X-Rate-Limit-Reset", strconv.FormatInt(q.reset.Unix(), 10))
}

// take counts a request and reports whether it is within the limits. Too many at once are refused
// with limit 0 and remaining 0, and a reset that is only an estimate (Okta, "Rate limit best
// practices": the headers then report the concurrent values). A refused request uses nothing up.
func (l *limiter) take(path string, underWay int, now time.Time) (quota, bool) {
	if l.concurrent > 0 && underWay > l.concurrent {
		return quota{reset: now.Add(window)}, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	split := segments(path)
	for _, c := range l.counts {
		if c.fits(split) {
			return c.take(now)
		}
	}
	return quota{limit: unlimited, remaining: unlimited - 1, reset: now.Add(window)}, true
}

func (c *count) take(now time.Time) (quota, bool) {
	if !now.Before(c.reset) {
		c.used = 0
		// whole seconds, for the header has no others and must not promise too early an end
		c.reset = now.Truncate(time.Second).Add(window)
	}
	if c.used >= c.limit {
		return quota{limit: c.limit, reset: c.reset}, false
	}
	c.used++
	return quota{limit: c.limit, remaining: c.limit - c.used, reset: c.reset}, true
}
