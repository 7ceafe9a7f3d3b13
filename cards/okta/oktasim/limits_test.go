package oktasim

import (
	"encoding/json"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func (r reply) quota() [3]string {
	return [3]string{r.header.Get("X-Rate-Limit-Limit"), r.header.Get("X-Rate-Limit-Remaining"), r.header.Get("X-Rate-Limit-Reset")}
}

func TestBucketLimitsRequestsPerMinute(t *testing.T) {
	t.Parallel()
	clock := &fakeClock{at: start.Add(300 * time.Millisecond)}
	c := serveSeed(t, small+"limits: {/api/v1/users: 2, token: 100%}\n", Options{Clock: clock.now})
	reset := strconv.FormatInt(start.Add(time.Minute).Unix(), 10)
	if got, want := c.get("/api/v1/users").quota(), [3]string{"2", "1", reset}; got != want {
		t.Errorf("first: %v, want %v", got, want)
	}
	clock.at = clock.at.Add(30 * time.Second)
	if got, want := c.get("/api/v1/users/nobody").quota(), [3]string{"2", "0", reset}; got != want {
		t.Errorf("second: %v, want %v", got, want)
	}
	for range 3 {
		r := c.get("/api/v1/users")
		e := r.refused(429, "E0000047")
		if got, want := r.quota(), [3]string{"2", "0", reset}; got != want || e.ErrorSummary != "API call exceeded rate limit due to too many requests." {
			t.Errorf("third: %v %q, want %v", got, e.ErrorSummary, want)
		}
	}
	c.get("/api/v1/groups").ok() // another bucket

	clock.at = start.Add(time.Minute) // the time in the reset header
	if got := c.get("/api/v1/users").quota(); got[1] != "1" {
		t.Errorf("in the next minute: %v", got)
	}
	if got := c.get("/-/stats").object()["rate_limited"]; got != json.Number("3") {
		t.Errorf("rate_limited is %v, want 3", got)
	}
}

func TestTheLongestMatchingPathIsTheBucket(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small+`
limits:
  token: 100%
  /api/v1: 10
  /api/v1/users: 20
  /api/v1/users/{id}: 30
  /api/v1/users/me: 40
  /api/v1/users/{id}/lifecycle/suspend: 50
`, Options{})
	for path, want := range map[string]string{
		"/api/v1/groups":                           "10",
		"/api/v1/groups/00gcon/users":              "10",
		"/api/v1/nowhere":                          "10",
		"/api/v1/users":                            "20",
		"/api/v1/users/00uada":                     "30",
		"/api/v1/users/ops%2Fnight@acme.example":   "30",
		"/api/v1/users/00uada/groups":              "30",
		"/api/v1/users/me":                         "40",
		"/api/v1/users/00uada/lifecycle/suspend":   "50",
		"/api/v1/users/00uada/lifecycle/unsuspend": "30",
	} {
		if got := c.get(path).quota()[0]; got != want {
			t.Errorf("%s has limit %s, want %s", path, got, want)
		}
	}
}

func TestTooManyAtOnceIsA429WithLimitZero(t *testing.T) {
	t.Parallel()
	// In a synctest bubble, without sockets: because of the latency, two requests wait until the third has arrived.
	synctest.Test(t, func(t *testing.T) {
		o := mustNew(t, small+"limits: {concurrent: 2}\nlatency: 1s\n", Options{})
		codes := make([]int, 3)
		limits := make([]string, 3)
		var wg sync.WaitGroup
		for i := range 3 {
			wg.Go(func() {
				r := httptest.NewRequest("GET", "/api/v1/users", nil)
				r.Header.Set("Authorization", "SSWS demo-token")
				w := httptest.NewRecorder()
				o.ServeHTTP(w, r)
				codes[i], limits[i] = w.Code, w.Header().Get("X-Rate-Limit-Limit")+"/"+w.Header().Get("X-Rate-Limit-Remaining")
			})
			synctest.Wait()
		}
		wg.Wait()
		if want := []int{200, 200, 429}; codes[0] != want[0] || codes[1] != want[1] || codes[2] != want[2] {
			t.Errorf("got %v, want %v", codes, want)
		}
		if limits[2] != "0/0" || limits[0] != "1000000/999999" {
			t.Errorf("limit and remaining: %v", limits)
		}
		if o.stats.maxInFlight != 3 || o.stats.rateLimited != 1 || o.stats.underWay != 0 {
			t.Errorf("stats %+v", o.stats)
		}
	})
}

func TestLatencyPassesBeforeEveryAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := mustNew(t, "latency: 5ms\n", Options{})
		began := time.Now()
		o.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/api/v1/users", nil))
		if took := time.Since(began); took != 5*time.Millisecond {
			t.Errorf("took %v", took)
		}
	})
}

// Okta, "Rate limits": "each API response" has the three headers. No header names their bucket.
func TestRefusalsCarryTheRateLimitHeadersToo(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small+`limits: {/api/v1/logs: 1}
tokens: {reader: {scopes: [okta.users.read, okta.logs.read]}}
faults: [{match: "GET /api/v1/users/00ubob", every: 1, status: 500}]`, Options{Clock: (&fakeClock{at: start}).now})
	c.auth = "SSWS reader"
	c.get("/api/v1/logs").ok()
	for _, test := range []struct {
		method, path, auth string
		status             int
	}{
		{"GET", "/api/v1/users?limit=no", "SSWS reader", 400},
		{"GET", "/api/v1/users", "SSWS nobody's", 401},
		{"GET", "/api/v1/groups", "SSWS reader", 403},
		{"GET", "/api/v1/users/nobody", "SSWS reader", 404},
		{"PATCH", "/api/v1/users", "SSWS reader", 405},
		{"GET", "/api/v1/logs", "SSWS reader", 429},
		{"GET", "/api/v1/users/00ubob", "SSWS reader", 500},
	} {
		c.auth = test.auth
		r := c.do(test.method, test.path)
		if r.status != test.status || r.header.Get("X-Okta-Request-Id") == "" || r.header.Get("Date") != "Sun, 01 Mar 2026 12:00:00 GMT" {
			t.Errorf("%s %s: %d %v", test.method, test.path, r.status, r.header)
		}
		var names []string
		for name := range r.header {
			if strings.HasPrefix(name, "X-Rate-Limit") {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		if want := []string{"X-Rate-Limit-Limit", "X-Rate-Limit-Remaining", "X-Rate-Limit-Reset"}; !slices.Equal(names, want) {
			t.Errorf("%d: headers %v, want %v", test.status, names, want)
		}
	}
}

// Source: Okta, "Rate limits": the limits of an endpoint may differ by HTTP method.
func TestABucketMayBeOfSomeMethods(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small+`
limits:
  token: 100%
  /api/v1/users/{id}: 30
  GET /api/v1/users/{id}: 40
  POST,PUT /api/v1/users/{id}: 50
`, Options{})
	for request, want := range map[string][2]string{
		"GET /api/v1/users/00uada":                    {"40", "39"},
		"GET /api/v1/users/00uada/groups":             {"40", "38"},
		"POST /api/v1/users/00uada/lifecycle/suspend": {"50", "49"},
		"PUT /api/v1/users/00uada":                    {"50", "48"},
		"DELETE /api/v1/users/00uada":                 {"30", "29"},
	} {
		method, path, _ := strings.Cut(request, " ")
		if got := c.do(method, path).quota(); got[0] != want[0] {
			t.Errorf("%s has limit %s, want %s", request, got[0], want[0])
		}
	}
	if left := c.get("/api/v1/users/me").quota()[1]; left != "37" {
		t.Errorf("%s of the reads are left, want 37 of 40", left)
	}
}

// Source: Okta, "Token rate limits": a token may use 50 % of each limit by default; "Rate limits": a request counts
// to several limits, and the headers report one of them. That it is the one with less remaining is our guess.
func TestATokenMayUseHalfOfALimit(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small+"limits: {/api/v1/users: 5}\ntokens: {a: {}, b: {}, c: {}}\n", Options{Clock: (&fakeClock{at: start}).now})
	for _, step := range []struct {
		token, limit, left string
		status             int
	}{
		{"a", "2", "1", 200}, {"a", "2", "0", 200}, {"a", "2", "0", 429},
		{"b", "2", "1", 200}, {"b", "2", "0", 200}, {"b", "2", "0", 429},
		{"c", "5", "0", 200}, {"c", "5", "0", 429}, // the others have used four of the five
	} {
		c.auth = "SSWS " + step.token
		r := c.get("/api/v1/users")
		if q := r.quota(); r.status != step.status || q[0] != step.limit || q[1] != step.left {
			t.Errorf("%+v: %d %v", step, r.status, q)
		}
	}
}
