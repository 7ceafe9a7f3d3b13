package oktasim

import (
	"net/http"
	"time"
)

// requestPath is the maximum length of a remembered path in bytes; a client may send a longer one.
const requestPath = 2_000

// A requestLog has the last requests to the API, including refused ones. A request is added before its answer is
// sent. The log has no headers and no bodies, and so no tokens and no passwords. Requests to control endpoints are
// not logged.
type requestLog struct{ lines[request] }

// A request is one line of the answer to GET /-/requests.
type request struct {
	Number uint64    `json:"number"`
	Time   time.Time `json:"time"` // the time of the answer
	Method string    `json:"method"`
	Path   string    `json:"path"`   // with the query, without secrets
	Status int       `json:"status"` // 0 if a fault cut the connection
	ID     string    `json:"request_id"`
}

// note adds a request and its answer.
func (l *requestLog) note(c *call, a answer, now time.Time) {
	path := MaskedURI(c.r.URL)
	line := request{Time: now.UTC(), Method: c.r.Method, Path: path[:min(len(path), requestPath)], Status: a.status, ID: c.id}
	l.add(func(number uint64) request {
		line.Number = number
		return line
	})
}

// serveRequests answers GET /-/requests?since=N with one line of JSON for each request after number N; without since,
// for all remembered requests.
func (o *Org) serveRequests(w http.ResponseWriter, r *http.Request) { o.requests.serve(w, r) }
