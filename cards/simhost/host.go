package simhost

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// A host is a server that runs in this process, on a loopback port or, if its state is in memory, reached by memory only.
type host struct {
	simulated Server
	state     *state  // nil if the state is only in memory
	memory    *memory // nil if it has a port
	server    *http.Server
	address   string

	leaving atomic.Bool // each answer closes its connection
	guests  guests
}

// Unused is how long a client may keep an idle connection. A host that closes waits longer than that before it closes
// connections, because otherwise a request that is on its way could be lost.
const Unused = 50 * time.Millisecond

// A host that closes waits up to lastConnections until all connections are closed, and then up to lastAnswers for
// pending requests.
const (
	lastConnections = 2 * time.Second
	lastAnswers     = 5 * time.Second
)

func newHost(simulated Server, s *state) (*host, error) {
	h := &host{simulated: simulated, state: s}
	var listener net.Listener
	if s == nil {
		h.memory = newMemory()
		listener = h.memory
	} else {
		var err error
		if listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return nil, err
		}
	}
	h.address = listener.Addr().String()
	h.server = NewServer(h)
	h.server.ConnState = h.guests.follow
	go func() { _ = h.server.Serve(listener) }() // returns after close
	return h, nil
}

func (h *host) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h.leaving.Load() {
		w.Header().Set("Connection", "close")
	}
	h.simulated.ServeHTTP(w, r)
}

// close closes the host after all clients have disconnected. Clients that have the address may still connect, and
// every request on a connection that was made in time is answered. The caller must have withdrawn the address before.
func (h *host) close() error {
	if h.memory != nil { // its only client is the one that closes it
		err := h.server.Close()
		if closer, ok := h.simulated.(io.Closer); ok {
			err = errors.Join(err, closer.Close())
		}
		return err
	}
	h.leaving.Store(true)
	h.knock()
	select {
	case <-h.guests.gone():
	case <-time.After(lastConnections): // a client keeps its connection open
	}
	ctx, cancel := context.WithTimeout(context.Background(), lastAnswers)
	defer cancel()
	err := h.server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = h.server.Close()
	}
	if closer, ok := h.simulated.(io.Closer); ok {
		err = errors.Join(err, closer.Close())
	}
	return errors.Join(err, h.state.close())
}

// knock waits until all earlier connections are accepted. It makes a connection itself: connections are accepted in
// the order in which they were made.
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
	none  chan struct{} // closed when count is 0; nil until gone is called
}

// follow counts connections. It is the ConnState of the server.
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

// gone returns a channel that is closed when there are no connections. It must be called at most once.
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
