package web

import (
	"net/http"
	"sync"
	"time"
)

// refusals bounds how many requests are logged that were refused: anybody can send them.
type refusals struct {
	mu    sync.Mutex
	since time.Time // when the minute began
	n     int       // in this minute
}

// mostRefusals is the number of refused requests that are logged in a minute.
const mostRefusals = 20

// next reports whether the next one is logged, and whether it is the last one of this minute.
func (r *refusals) next(now time.Time) (logged, last bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if age := now.Sub(r.since); age < 0 || age >= time.Minute {
		r.since, r.n = now, 0
	}
	r.n++
	return r.n <= mostRefusals, r.n == mostRefusals
}

// refused counts a request that is refused because of how it is, and logs it for whoever looks for the reason: the caller is not told all of it. The log
// has neither the message of the answer nor the query, which may quote secrets.
func (s *Server) refused(r *http.Request, f *failure) {
	if f.status >= http.StatusInternalServerError {
		return
	}
	s.Serve.CountRefused(f.status)
	logged, last := s.refusals.next(s.Serve.Clock.Now())
	if !logged {
		return
	}
	about := []any{"status", f.status, "kind", f.Kind, "from", peerOf(r)}
	if r.Pattern != "" && len(r.URL.Path) <= 100 {
		about = append(about, "method", r.Method, "path", r.URL.Path)
	}
	if f.why != "" {
		about = append(about, "why", f.why)
	}
	s.log.Warn("a request was refused", about...)
	if last {
		s.log.Warn("more requests are refused: no more of them are logged for a minute, and flowdeck_requests_refused_total counts all")
	}
}
