package simhost

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// A host is a server that this process has, and serves on a loopback port.
type host struct {
	simulated Server
	state     *state // nil: in memory only
	server    *http.Server
	address   string

	leaving atomic.Bool // connections end with the next answer
	guests  guests
}

// Unused is how long clients may keep a connection that they do not use. A host never closes one while it can wait for
// that: a request could be on its way, and be lost.
const Unused = 50 * time.Millisecond

// A host that ends waits for so long until nobody is connected, and then for the requests under way.
const (
	lastConnections = 2 * time.Second
	lastAnswers     = 5 * time.Second
)

func newHost(simulated Server, s *state) (*host, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	h := &host{simulated: simulated, state: s, address: listener.Addr().String()}
	h.server = NewServer(h)
	h.server.ConnState = h.guests.follow
	go func() { _ = h.server.Serve(listener) }() // ends with close
	return h, nil
}

func (h *host) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h.leaving.Load() {
		w.Header().Set("Connection", "close")
	}
	h.simulated.ServeHTTP(w, r)
}

// close ends the host, once nobody is connected any more: clients that had the address may have connected, and every
// request on a connection that was made in time gets its answer. Nobody may be given the address from here on.
func (h *host) close() error {
	h.leaving.Store(true)
	h.knock()
	select {
	case <-h.guests.gone():
	case <-time.After(lastConnections): // a client that keeps one open
	}
	ctx, cancel := context.WithTimeout(context.Background(), lastAnswers)
	defer cancel()
	err := h.server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = h.server.Close()
	}
	if h.state != nil {
		err = errors.Join(err, h.state.close())
	}
	return err
}

// knock waits until all connections that were made up to now are accepted: they are in the order in which they
// were made, and this one is the last.
func (h *host) knock() {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: lastConnections}
	answer, err := client.Get("http://" + h.address + "/")
	if err == nil {
		answer.Body.Close()
	}
}

// guests counts the connections of a server.
type guests struct {
	mu    sync.Mutex
	count int
	none  chan struct{} // closed when the count is 0; nil until somebody waits for that
}

// follow is the server's ConnState.
func (g *guests) follow(_ net.Conn, state http.ConnState) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch state {
	case http.StateNew:
		g.count++
	case http.StateClosed, http.StateHijacked:
		g.count--
		g.notify()
	}
}

// gone is closed when nobody is connected. It may be asked for once.
func (g *guests) gone() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	none := make(chan struct{})
	g.none = none
	g.notify()
	return none
}

func (g *guests) notify() {
	if g.none != nil && g.count == 0 {
		close(g.none)
		g.none = nil
	}
}
