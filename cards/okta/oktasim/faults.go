package oktasim

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// A fault is a simulated failure of some requests, or of some deliveries to event hooks. The operation of such a request is not
// carried out, and the caller gets an error or no answer.
type fault struct {
	method string
	path   []string // segments; * matches any one
	every  int      // each nth matching request; either every, nth or share is set
	nth    int      // only that one
	share  int      // this percentage, at random
	status int      // 400 to 599; 0 if reset is set
	reset  bool

	delivery string        // duplicate, swap or late: what happens to a delivery to an event hook; "" for a request
	by       time.Duration // of a late delivery
	past     int           // of a swapped delivery: the most later ones that overtake it
}

// deliveryFaults are what can happen to a delivery: it is made twice, it waits until later ones to the same hook have overtaken
// it, or it waits.
var deliveryFaults = []string{"duplicate", "swap", "late"}

// An armedFault is a fault with its count of requests. Requests that a limit or a token refused are not counted.
type armedFault struct {
	fault
	random uint64 // differs with the number in the seed, and from fault to fault
	seen   atomic.Int64
}

// arm replaces the faults, with new counts.
func (o *Org) arm(faults []fault) {
	armed := make([]*armedFault, len(faults))
	for i, f := range faults {
		armed[i] = &armedFault{fault: f, random: roll(o.random, uint64(i), 0)}
	}
	o.faults.Store(&armed)
}

// replaceFaults answers POST /-/faults. The body is a list in the form of a seed, in YAML or JSON, and replaces all
// faults; [] removes them. A list with a mistake changes nothing.
func (o *Org) replaceFaults(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	faults, err := loadFaults(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	o.arm(faults)
	w.WriteHeader(http.StatusNoContent)
}

// serveFaults answers GET /-/faults: a list that says of each fault whether it has struck so far or, if it strikes at random, whether it could have.
func (o *Org) serveFaults(w http.ResponseWriter, r *http.Request) {
	struck := []bool{}
	for _, f := range *o.faults.Load() {
		struck = append(struck, f.seen.Load() >= int64(max(f.nth, f.every, 1)))
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(struck) // an error means that the client closed the connection
}

// loadFaults reads a document that is a list of faults.
func loadFaults(src []byte) ([]fault, error) {
	n, err := readDocument(src, "list of faults")
	if err != nil {
		return nil, err
	}
	if n == nil {
		return nil, &SeedError{Message: "an empty body is not a list of faults", Hint: "write [] for an empty list"}
	}
	var l loader
	faults := l.faults(n)
	return faults, errors.Join(l.problems...)
}

// strikes counts a matching request, and reports whether the fault applies to it.
func (f *armedFault) strikes(r *http.Request) bool {
	if f.delivery != "" || r.Method != f.method || !slices.EqualFunc(f.path, segments(r.URL.EscapedPath()), segmentFits) {
		return false
	}
	_, struck := f.turn()
	return struck
}

// turn counts, and returns the count and whether it is the fault's turn.
func (f *armedFault) turn() (count uint64, struck bool) {
	count = uint64(f.seen.Add(1))
	switch {
	case f.nth > 0:
		return count, count == uint64(f.nth)
	case f.share > 0:
		return count, roll(f.random, count, 0)%100 < uint64(f.share)
	}
	return count, count%uint64(f.every) == 0
}

// strikeDelivery counts a delivery, and changes it if it is the fault's turn. It reports whether the delivery is to be made twice.
func (f *armedFault) strikeDelivery(d *delivery, now instant) (twice bool) {
	if f.delivery == "" {
		return false
	}
	count, struck := f.turn()
	if !struck {
		return false
	}
	switch f.delivery {
	case "swap":
		d.past, d.until = 1+roll(f.random, count, 1)%uint64(f.past), now.add(hookOvertake)
	case "late":
		d.due = now.add(f.by)
	}
	return f.delivery == "duplicate"
}

// answer returns the answer of the fault. A status for which Okta has a code gets that code; other statuses get the
// code of an internal error and the name of the status.
func (f *armedFault) answer(c *call) answer {
	if f.reset {
		return answer{cut: true}
	}
	if p := oauthFaults[f.status]; p != nil && strings.HasPrefix(c.r.URL.Path, "/oauth2/v1/") {
		return c.oauthError(p)
	}
	code, summary := "E0000009", cmp.Or(http.StatusText(f.status), "Internal Server Error")
	switch f.status {
	case http.StatusBadRequest:
		code, summary = "E0000001", "Api validation failed: fault"
	case http.StatusUnauthorized:
		code, summary = "E0000011", "Invalid token provided"
	case http.StatusForbidden:
		code, summary = "E0000006", "You do not have permission to perform the requested action"
	case http.StatusNotFound:
		code, summary = "E0000007", "Not found: Resource not found: fault (Fault)"
	case http.StatusTooManyRequests:
		code, summary = "E0000047", "API call exceeded rate limit due to too many requests."
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout: // sent by a proxy in front of Okta's servers
		summary = http.StatusText(f.status)
	}
	return c.refuse(f.status, code, summary, "a fault that this simulated org is configured to have")
}

// oauthFaults are the faults of the authorization server by their status. The others have the form of the management API.
var oauthFaults = map[int]*oauthProblem{
	http.StatusBadRequest:          invalidRequest("Invalid request"),
	http.StatusUnauthorized:        authenticationFailed(),
	http.StatusForbidden:           {http.StatusForbidden, "access_denied", "The resource owner or authorization server denied the request."},
	http.StatusInternalServerError: {http.StatusInternalServerError, "server_error", "The authorization server encountered an unexpected condition that prevented it from fulfilling the request."},
}
