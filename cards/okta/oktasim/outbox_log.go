package oktasim

import (
	"net/http"
	"time"
)

// A deliveryLog has the last requests to event hooks: verifications, and each attempt of a delivery. It has no bodies, headers and
// URLs, and so no secrets.
type deliveryLog struct{ lines[hookRequest] }

// A hookRequest is one line of the answer to GET /-/hooks.
type hookRequest struct {
	Number  uint64    `json:"number"`
	Time    time.Time `json:"time"` // on the data clock
	Hook    string    `json:"event_hook"`
	Method  string    `json:"method"`          // GET is a verification
	Event   string    `json:"event,omitempty"` // the uuid of the first event
	Status  int       `json:"status,omitempty"`
	Problem string    `json:"problem,omitempty"` // why there was no answer
}

func (l *deliveryLog) note(now instant, o outgoing, r result) {
	l.add(func(number uint64) hookRequest {
		return hookRequest{Number: number, Time: now.time(), Hook: o.hook.id, Method: o.method, Event: o.event, Status: r.status, Problem: r.problem}
	})
}

// serveHooks answers GET /-/hooks?since=N with one line of JSON for each request to an event hook after number N; without since,
// for all remembered ones.
func (o *Org) serveHooks(w http.ResponseWriter, r *http.Request) { o.outbox.log.serve(w, r) }
