package oktaapi

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/flowdeck/flowdeck/cards/pace"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/clock"
)

// cut resets the TCP connection of a request, as a crash of the server does.
func cut(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn()
	}
	_ = conn.(*net.TCPConn).SetLinger(0)
	_ = conn.Close()
}

// A hasty listener resets its first connection before the TLS handshake.
type hasty struct {
	net.Listener
	accepted atomic.Int64
}

func (l *hasty) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err == nil && l.accepted.Add(1) == 1 {
		_ = conn.(*net.TCPConn).SetLinger(0)
		_ = conn.Close()
	}
	return conn, err
}

func TestAConnectionThatIsResetIsUnavailableAndTheNextRequestIsSent(t *testing.T) {
	t.Parallel()
	const good = `{"id":"00u1"}`
	for name, test := range map[string]struct {
		first http.HandlerFunc // nil if the connection is reset before the request
		http2 bool
	}{
		"before the handshake":  {},
		"in place of an answer": {first: func(w http.ResponseWriter, _ *http.Request) { cut(w) }},
		"in the middle of an answer": {first: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			fmt.Fprint(w, good)
			_ = http.NewResponseController(w).Flush()
			cut(w)
		}},
		"a stream of HTTP/2": {http2: true, first: func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
	} {
		for _, op := range []Operation{GetUser, SuspendUser} {
			var sent atomic.Int64
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if sent.Add(1) == 1 && test.first != nil {
					test.first(w, r)
					return
				}
				succeed(w, op)
			}))
			if test.first == nil {
				server.Listener = &hasty{Listener: server.Listener}
			}
			server.EnableHTTP2 = test.http2
			server.StartTLS()
			t.Cleanup(server.Close)
			s, err := Open(Config{Domain: server.URL, Credentials: credentials(t, token), Door: pace.New(clock.System{}, 1)})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			s.transport.TLSClientConfig = server.Client().Transport.(*http.Transport).TLSClientConfig
			_, err = s.Do(t.Context(), op, Args{Path: []string{"00u1"}})
			if e := card.AsError(err); e == nil || e.Kind != card.Unavailable || test.first != nil && e.Code != "" {
				t.Errorf("%s, %s: got %#v, want an error of kind unavailable", op.Name, name, err)
			}
			if _, err := s.Do(t.Context(), op, Args{Path: []string{"00u1"}}); err != nil {
				t.Errorf("%s, %s: the next request fails: %v", op.Name, name, err)
			}
			if n, want := sent.Load(), int64(2); test.first != nil && n != want {
				t.Errorf("%s, %s: %d requests reached the server, want %d", op.Name, name, n, want)
			}
		}
	}
}
