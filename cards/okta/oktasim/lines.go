package oktasim

import (
	"encoding/json"
	"net/http"
	"strconv"
	"sync"
)

// lines are the last records of a log, which a control endpoint lists. They are numbered from 1.
type lines[T any] struct {
	mu   sync.Mutex
	ring []T // line n is at n-1, modulo lineCapacity
	next uint64
}

// lineCapacity is the maximum number of remembered lines.
const lineCapacity = 10_000

// add adds the line that made returns for its number.
func (l *lines[T]) add(made func(number uint64) T) {
	l.mu.Lock()
	defer l.mu.Unlock()
	line := made(l.next + 1)
	if at := l.next % lineCapacity; int(at) < len(l.ring) {
		l.ring[at] = line
	} else {
		l.ring = append(l.ring, line)
	}
	l.next++
}

// since returns the remembered lines with numbers above n, the oldest first.
func (l *lines[T]) since(n uint64) []T {
	l.mu.Lock()
	defer l.mu.Unlock()
	var list []T
	for at := max(n, l.next-uint64(len(l.ring))); at < l.next; at++ {
		list = append(list, l.ring[at%lineCapacity])
	}
	return list
}

// serve answers with one line of JSON for each line after the number in the parameter since; without it, for all lines.
func (l *lines[T]) serve(w http.ResponseWriter, r *http.Request) {
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
	for _, line := range l.since(since) {
		if encoder.Encode(line) != nil {
			return // the client closed the connection
		}
	}
}
