package oktasim

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// unlimited is the X-Rate-Limit-Limit of requests without a limit in the seed. Okta sends the three headers in every
// answer, so a number is needed. This one is higher than the limits of any tenant, and is never enforced.
const unlimited = 1_000_000

// window is the period of a bucket's count (Okta, "Rate limits": requests per minute).
const window = time.Minute

// limits are the limits of a seed. The zero value has no limits.
type limits struct {
	concurrent int // maximum number of concurrent requests; 0 means no limit
	share      int // percentage of each limit that one token may use; 0 means usualShare
	buckets    []bucket
}

// usualShare is the percentage of a limit that a token may use unless the org sets another one (Okta, "Token rate limits":
// 50 %). That the part is rounded down, and at least one request, is our guess.
const usualShare = 50

// A bucket is a set of requests that share a limit: those with one of its methods whose path starts with the
// template, segment by segment, unless a longer template matches too. {…} and * match any one segment. Okta has paths
// whose limits differ by method (Okta, "Rate limits").
type bucket struct {
	methods  []string // empty means all
	template []string
	limit    int // requests per window
}

// fits reports whether a request matches the bucket. It does not check for a longer template.
func (b bucket) fits(method string, path []string) bool {
	return (len(b.methods) == 0 || slices.Contains(b.methods, method)) && len(path) >= len(b.template) && slices.EqualFunc(b.template, path[:len(b.template)], segmentFits)
}

// literals returns the number of segments of the template that are not wildcards.
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

// A limiter counts requests and enforces limits. It is safe for concurrent use.
type limiter struct {
	concurrent int
	share      int // percent

	mu     sync.Mutex
	counts []*count // the longest template first
}

// A count is the part of a bucket's limit that is used: by all requests, and by the requests of each token.
type count struct {
	bucket
	all    tally
	tokens map[string]*tally // by the id of the token
}

// A tally counts the requests of a window. The first request starts the window.
type tally struct {
	used  int
	reset time.Time // the end of the window
}

// quota returns the part of a limit that is left. It starts a new window if the last one has ended.
func (t *tally) quota(limit int, now time.Time) quota {
	if !now.Before(t.reset) {
		// The header has whole seconds. It must not be earlier than the end of the window.
		t.used, t.reset = 0, now.Truncate(time.Second).Add(window)
	}
	return quota{limit: limit, remaining: limit - t.used, reset: t.reset}
}

func newLimiter(l limits) *limiter {
	buckets := slices.Clone(l.buckets)
	slices.SortStableFunc(buckets, func(a, b bucket) int {
		if d := len(b.template) - len(a.template); d != 0 {
			return d
		}
		if d := b.literals() - a.literals(); d != 0 {
			return d
		}
		return min(len(b.methods), 1) - min(len(a.methods), 1) // a bucket of some methods before one of all
	})
	lim := &limiter{concurrent: l.concurrent, share: cmp.Or(l.share, usualShare)}
	for _, b := range buckets {
		lim.counts = append(lim.counts, &count{bucket: b, tokens: map[string]*tally{}})
	}
	return lim
}

// A quota has the values of the three rate limit headers.
type quota struct {
	limit, remaining int
	reset            time.Time
}

func (q quota) write(h http.Header) {
	h.Set("X-Rate-Limit-Limit", strconv.Itoa(q.limit))
	h.Set("X-Rate-Limit-Remaining", strconv.Itoa(q.remaining))
	h.Set("X-Rate-Limit-Reset", strconv.FormatInt(q.reset.Unix(), 10))
}

// take counts a request and reports whether it is within the limits. Too many concurrent requests are refused with
// limit 0, remaining 0, and a reset that is only an estimate (Okta, "Rate limit best practices": the headers then
// report the concurrent values). A refused request does not count. token is the id of the token; "" if the token is
// not known.
func (l *limiter) take(method, path, token string, underWay int, now time.Time) (quota, bool) {
	if l.concurrent > 0 && underWay > l.concurrent {
		return quota{reset: now.Add(window)}, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	split := segments(path)
	for _, c := range l.counts {
		if c.fits(method, split) {
			return c.take(token, max(1, c.limit*l.share/100), now)
		}
	}
	return quota{limit: unlimited, remaining: unlimited - 1, reset: now.Add(window)}, true
}

// take counts a request of a token that may use part of the limit. It returns the quota with less remaining: Okta's
// headers report one of the limits to which a request counts, and do not name it ("Rate limits").
func (c *count) take(token string, part int, now time.Time) (quota, bool) {
	left, tallies := c.all.quota(c.limit, now), []*tally{&c.all}
	if token != "" && part < c.limit {
		if c.tokens[token] == nil {
			c.tokens[token] = &tally{}
		}
		own := c.tokens[token]
		tallies = append(tallies, own)
		if q := own.quota(part, now); q.remaining <= left.remaining {
			left = q
		}
	}
	if left.remaining == 0 {
		return left, false
	}
	left.remaining--
	for _, t := range tallies {
		t.used++
	}
	return left, true
}
