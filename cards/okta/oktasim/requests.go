package oktasim

import (
	"encoding/json"
	"net/http"
	"strconv"
	"sync"
	"time"
)

const (
	requestCapacity = 10_000 // maximum number of remembered requests
	requestPath     = 2_000  // maximum length of a remembered path in bytes; a client may send a longer one
)

// A requestLog has the last requests to the API, including refused ones. A request is added before its answer is
// sent. The log has no headers and no bodies, and so no tokens and no passwords. Requests to control endpoints are
// not logged.
type requestLog struct {
	mu   sync.Mutex
	ring []request // request n is at n % requestCapacity
	next uint64    // number of all requests; the first one has the number 1
}

// A request is one line of the answer to GET /-/requests.
type request struct {
	Number uint64    `json:"number"`
	Time   time.Time `json:"time"` // the time of the answer
	Method string    `json:"method"`
	Path   string    `json:"path"`   // with the query, as in the request
	Status int       `json:"status"` // 0 if a fault cut the connection
	ID     string    `json:"request_id"`
}

// note adds a request and its answer.
func (l *requestLog) note(c *call, a answer, now time.Time) {
	path := c.r.URL.RequestURI()
	line := request{Time: now.UTC(), Method: c.r.Method, Path: path[:min(len(path), requestPath)], Status: a.status, ID: c.id}
	l.mu.Lock()
	defer l.mu.Unlock()
	line.Number = l.next + 1
	if at := l.next % requestCapacity; int(at) < len(l.ring) {
		l.ring[at] = line
	} else {
		l.ring = append(l.ring, line)
	}
	l.next++
}

// since returns the remembered requests with numbers above n, the oldest first.
func (l *requestLog) since(n uint64) []request {
	l.mu.Lock()
	defer l.mu.Unlock()
	var list []request
	for at := max(n, l.next-uint64(len(l.ring))); at < l.next; at++ {
		list = append(list, l.ring[at%requestCapacity])
	}
	return list
}

// serveRequests answers GET /-/requests?since=N with one line of JSON for each request after number N; without since,
// for all remembered requests.
func (o *Org) serveRequests(w http.ResponseWriter, r *http.Request) {
	var since uint64
	if text := r.URL.Query().Get("since"); text != "" {
		var err error
		if since, err = strconv.ParseUint(text, 10, 64); err != nil {
			http.Error(w, "since must be the number of a request, not "+strconv.Quote(text), http.StatusBadRequest)
			return
		}
	}
	w.Header().Set("Content-Type", "application/jsonl")
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false) // queries have many &
	for _, line := range o.requests.since(since) {
		if encoder.Encode(line) != nil {
			return // the client closed the connection
		}
	}
}
