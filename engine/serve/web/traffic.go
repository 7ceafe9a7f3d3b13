package web

import (
	"net/http"
	"net/netip"
	"sync"
)

// traffic counts the requests that are being answered.
type traffic struct {
	mu    sync.Mutex
	all   int
	peers map[netip.Addr]int
}

// The most requests that are answered at a time: of all clients, and of one.
const (
	mostRequests = 512
	mostOfPeer   = 128
)

func newTraffic() *traffic { return &traffic{peers: map[netip.Addr]int{}} }

// enter counts a request until leave is called, or refuses it. With a proxy in front, all requests come from one peer, which is not limited then.
func (t *traffic) enter(peer netip.Addr, direct bool) (leave func(), err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.all >= mostRequests:
		return nil, fail(http.StatusServiceUnavailable, "busy", "too many requests are being answered", "try again later")
	case direct && t.peers[peer] >= mostOfPeer:
		return nil, fail(http.StatusTooManyRequests, "rate_limit", "too many of your requests are being answered", "wait for their answers")
	}
	t.all++
	t.peers[peer]++
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.all--
		if t.peers[peer]--; t.peers[peer] == 0 {
			delete(t.peers, peer)
		}
	}, nil
}
