package oktasim

import (
	"cmp"
	"errors"
	"io"
	"net/http"
	"slices"
	"sync/atomic"
)

// A fault goes wrong on purpose, instead of the operation: nothing is done, and the caller gets an
// error or no answer at all.
type fault struct {
	method string
	path   []string // segments; * is any one
	every  int      // each nth matching request
	nth    int      // that one alone; one of every and nth is set
	status int      // 400 to 599; 0 with reset
	reset  bool
}

// An armedFault is a fault that counts. Requests that a limit or a token refused are not counted.
type armedFault struct {
	fault
	seen atomic.Int64
}

// arm replaces the faults. Each starts a new count.
func (o *Org) arm(faults []fault) {
	armed := make([]*armedFault, len(faults))
	for i, f := range faults {
		armed[i] = &armedFault{fault: f}
	}
	o.faults.Store(&armed)
}

// replaceFaults answers POST /-/faults: the body is a list as a seed has it, YAML or JSON, and takes
// the place of all faults; [] has none left. A list with a mistake changes nothing.
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

// loadFaults reads a list of faults that is a document of its own.
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

// strikes counts a request that matches and reports whether it is this one's turn.
func (f *armedFault) strikes(r *http.Request) bool {
	if r.Method != f.method || !slices.EqualFunc(f.path, segments(r.URL.EscapedPath()), segmentFits) {
		return false
	}
	turn := f.seen.Add(1)
	if f.nth > 0 {
		return turn == int64(f.nth)
	}
	return turn%int64(f.every) == 0
}

// answer is the answer of the fault. Statuses that Okta has a code for come with it, the others with
// the code of an internal error, and their own name.
func (f *armedFault) answer(c *call) answer {
	if f.reset {
		return answer{cut: true}
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
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout: // of what is before Okta's own servers
		summary = http.StatusText(f.status)
	}
	return c.refuse(f.status, code, summary, "a fault that this simulated org is configured to have")
}
