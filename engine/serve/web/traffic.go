package web

import (
	"net/http"
	"sync"
)

// traffic counts the requests that are being answered.
type traffic struct {
	mu      sync.Mutex
	all     int
	clients map[string]int
}

// The most requests that are answered at a time: of all clients, of one, and of all that cannot be told apart.
const (
	mostRequests = 512
	mostOfClient = 128
	mostUnknown  = 256
)

func newTraffic() *traffic { return &traffic{clients: map[string]int{}} }

// clientOf names who sends a request, as far as that is known before it is looked at: the address or, if all requests come from a proxy, what the client sends as
// its token or secret. A false one is refused at once, so that it holds no place. The name is empty for a request without one: it may be signed.
func (s *Server) clientOf(r *http.Request) string {
	switch sent := r.Header.Get("Authorization"); {
	case s.PublicURL == nil:
		return peerOf(r).String()
	case sent == "":
		return ""
	default:
		return hashed(sent)
	}
}

// enter counts a request of a client until leave is called, or refuses it.
func (t *traffic) enter(client string) (leave func(), err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	most := mostOfClient
	if client == "" {
		most = mostUnknown
	}
	switch {
	case t.all >= mostRequests:
		return nil, fail(http.StatusServiceUnavailable, "busy", "too many requests are being answered", "try again later")
	case t.clients[client] >= most:
		return nil, fail(http.StatusTooManyRequests, "rate_limit", "too many of your requests are being answered", "wait for their answers")
	}
	t.all++
	t.clients[client]++
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.all--
		if t.clients[client]--; t.clients[client] == 0 {
			delete(t.clients, client)
		}
	}, nil
}
