package scimsim

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A Request is a request that a server received.
type Request struct {
	Method string `json:"method"`
	Path   string `json:"path"` // below the base
	Query  string `json:"query,omitempty"`
}

// traffic counts requests, for the limit and the faults.
type traffic struct {
	limit  int
	faults []Fault

	mu       sync.Mutex
	requests []Request
	seen     []int // by fault
	minute   time.Time
	used     int // in the minute
}

// struck says of each fault whether it has struck.
func (t *traffic) struck() []bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := []bool{}
	for i, f := range t.faults {
		all = append(all, t.seen[i] >= max(f.Nth, f.Every))
	}
	return all
}

// most is how many requests are remembered.
const most = 100_000

func (t *traffic) all() []Request {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]Request{}, t.requests...)
}

// Requests returns the requests so far, without those for a dump.
func (s *Server) Requests() []Request { return s.traffic.all() }

// check finds the mistakes of a fault.
func (f Fault) check() error {
	method, path, _ := strings.Cut(f.Match, " ")
	if method == "" || !strings.HasPrefix(path, "/") {
		return fmt.Errorf("fault %q is not METHOD /PATH", f.Match)
	}
	if (f.Nth > 0) == (f.Every > 0) || f.Status != 0 && (f.Status < 400 || f.Status > 599) {
		return fmt.Errorf("fault %q needs one of nth and every, and a status from 400 to 599 or none", f.Match)
	}
	return nil
}

func (f Fault) fits(method, path string) bool {
	wanted, pattern, _ := strings.Cut(f.Match, " ")
	return wanted == method && slices.EqualFunc(strings.Split(pattern, "/"), strings.Split(path, "/"), func(p, segment string) bool { return p == "*" || p == segment })
}

// stopped counts a request, and answers it if the limit is reached or a fault strikes. cut: without an answer.
func (s *Server) stopped(r *http.Request, path string) (a answer, stopped, cut bool) {
	t := &s.traffic
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.requests) < most {
		t.requests = append(t.requests, Request{r.Method, path, r.URL.RawQuery})
	}
	now := s.clock()
	if start := now.Truncate(time.Minute); !start.Equal(t.minute) {
		t.minute, t.used = start, 0
	}
	if t.used++; t.limit > 0 && t.used > t.limit {
		a := s.refused(refuse(http.StatusTooManyRequests, "", "too many requests"))
		seconds := int(t.minute.Add(time.Minute).Sub(now)/time.Second) + 1
		a.header = map[string]string{"Retry-After": strconv.Itoa(seconds)}
		return a, true, false
	}
	for i, f := range t.faults {
		if !f.fits(r.Method, path) {
			continue
		}
		t.seen[i]++
		if f.Nth != t.seen[i] && (f.Every == 0 || t.seen[i]%f.Every != 0) {
			continue
		}
		if f.Status == 0 {
			return answer{}, true, true
		}
		a := s.refused(refuse(f.Status, "", "a fault that this simulated server is configured to have"))
		if f.Status == http.StatusTooManyRequests || f.Status == http.StatusServiceUnavailable {
			a.header = map[string]string{"Retry-After": "1"}
		}
		return a, true, false
	}
	return answer{}, false, false
}
