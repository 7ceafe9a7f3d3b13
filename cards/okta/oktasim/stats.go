package oktasim

import (
	"encoding/json"
	"net/http"
	"strconv"
	"sync"
)

// stats counts requests to the API. A request is counted before its answer is sent, so that a client that has read
// the answer sees the new count. Requests to control endpoints are not counted.
type stats struct {
	mu          sync.Mutex
	underWay    int
	maxInFlight int
	total       int
	rateLimited int
	requests    map[string]int // by method and path template
	statuses    map[string]int // by status, or "reset"
}

func newStats() *stats {
	return &stats{requests: map[string]int{}, statuses: map[string]int{}}
}

// enter counts a request as concurrent, and returns the number of concurrent requests, including this one.
func (s *stats) enter() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.underWay++
	s.maxInFlight = max(s.maxInFlight, s.underWay)
	return s.underWay
}

// leave counts a request as answered.
func (s *stats) leave(template string, a answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.underWay--
	s.total++
	s.requests[template]++
	outcome := strconv.Itoa(a.status)
	if a.cut {
		outcome = "reset"
	}
	s.statuses[outcome]++
	if a.status == http.StatusTooManyRequests {
		s.rateLimited++
	}
}

// serveStats answers GET /-/stats.
func (o *Org) serveStats(w http.ResponseWriter, r *http.Request) {
	o.stats.mu.Lock()
	body, err := json.MarshalIndent(struct {
		Total       int            `json:"total"`
		RateLimited int            `json:"rate_limited"`
		MaxInFlight int            `json:"max_in_flight"`
		Requests    map[string]int `json:"requests"`
		Statuses    map[string]int `json:"statuses"`
	}{o.stats.total, o.stats.rateLimited, o.stats.maxInFlight, o.stats.requests, o.stats.statuses}, "", "  ")
	o.stats.mu.Unlock()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(append(body, '\n')) // an error means that the client closed the connection
}
