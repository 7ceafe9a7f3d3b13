package oktasim

import (
	"encoding/json"
	"net/http"
	"strconv"
	"sync"
	"time"
)

const (
	requestCapacity = 10_000 // requests that are remembered
	requestPath     = 2_000  // bytes of a path that are remembered; a stranger may send a longer one
)

// A requestLog has the last requests to the API, including those that it refused. It is written
// before an answer is sent. Of a request it keeps no header and no body, and so no token and no
// password. The control doors are not in it.
type requestLog struct {
	mu   sync.Mutex
	ring []request // request n is at n % requestCapacity
	next uint64    // how many there were; the first has number 1
}

// A request is one line of GET /-/requests.
type request struct {
	Number uint64    `json:"number"`
	Time   time.Time `json:"time"` // when it was answered
	Method string    `json:"method"`
	Path   string    `json:"path"`   // with the query, without secrets
	Status int       `json:"status"` // 0 where a fault cut the connection
	ID     string    `json:"request_id"`
}

// note takes down a request that has its answer.
func (l *requestLog) note(c *call, a answer, now time.Time) {
	path := MaskedURI(c.r.URL)
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

// since is the requests with a number above n that are still there, the oldest first.
func (l *requestLog) since(n uint64) []request {
	l.mu.Lock()
	defer l.mu.Unlock()
	var list []request
	for at := max(n, l.next-uint64(len(l.ring))); at < l.next; at++ {
		list = append(list, l.ring[at%requestCapacity])
	}
	return list
}

// serveRequests answers GET /-/requests?since=N: a line of JSON for each request after the one with
// number N, or for all that are remembered.
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
	encoder.SetEscapeHTML(false) // a query has many &
	for _, line := range o.requests.since(since) {
		if encoder.Encode(line) != nil {
			return // the client went away
		}
	}
}
