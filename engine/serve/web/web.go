// Package web is the HTTP side of a server: webhooks, the API, and what monitoring asks.
//
//	request ─▶ guard ─▶ route ─▶ access ─▶ handler ─▶ serve.Submit, or the history
//
// routes.go has the only list of routes. Everything that must hold for all of them is in guard.go, and the tests go through the list.
//
// The package must not know flags, terminals or exit codes. It starts no run: it submits occasions.
package web

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/flowdeck/flowdeck/engine/serve"
	"github.com/flowdeck/flowdeck/engine/store"
)

// Config configures a Server.
type Config struct {
	Serve *serve.Server
	// PublicURL is the address at which others reach the server, such as that of a proxy. nil: there is none besides that of the listener.
	PublicURL *url.URL
	TLS       *tls.Config // nil: HTTP without TLS
	Product   string      // "flowdeck/1.2.3", for the description of the API
}

// Server answers HTTP requests.
type Server struct {
	Config
	history  *store.Store
	mux      *http.ServeMux
	routes   map[string]Route // by pattern
	cross    *http.CrossOriginProtection
	traffic  *traffic
	secrets  *hookSecrets
	refusals refusals
	log      *slog.Logger
	stopping context.Context
	stop     context.CancelFunc
}

// New returns a server for a workspace.
func New(c Config) (*Server, error) {
	history, err := c.Serve.Workspace.History()
	if err != nil {
		return nil, err
	}
	s := &Server{
		Config: c, history: history, mux: http.NewServeMux(), routes: map[string]Route{}, cross: http.NewCrossOriginProtection(), traffic: newTraffic(),
		secrets: newHookSecrets(c.Serve), log: c.Serve.Log,
	}
	s.stopping, s.stop = context.WithCancel(context.Background())
	if c.PublicURL != nil {
		if err := s.cross.AddTrustedOrigin(c.PublicURL.Scheme + "://" + c.PublicURL.Host); err != nil {
			return nil, err
		}
	}
	for _, r := range Routes() {
		s.routes[r.pattern()] = r
		s.mux.HandleFunc(r.pattern(), s.handle(r))
	}
	return s, nil
}

// These limits bound what one client can use before it has shown a token. Streams of events and callers that wait for a run extend theirs.
const (
	longestHeader = 64 << 10
	longestBody   = 1 << 20
	longestNumber = 400 // characters: larger than each number that a program computes with
	deepestBody   = 100
	headerTimeout = 10 * time.Second
	readTimeout   = 30 * time.Second
	writeTimeout  = 30 * time.Second
	idleTimeout   = 2 * time.Minute
)

func (s *Server) httpServer() *http.Server {
	return &http.Server{
		Handler: s, TLSConfig: s.TLS, MaxHeaderBytes: longestHeader, ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, DisableGeneralOptionsHandler: true, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
}

// Run answers the requests of a listener until ctx ends: then it takes no more, answers those that wait for a run, and returns when all are
// answered. It closes the listener.
func (s *Server) Run(ctx context.Context, on net.Listener) error {
	server := s.httpServer()
	s.announce(ctx, s.base(on))
	drained := make(chan error, 1)
	defer context.AfterFunc(ctx, func() {
		s.stop()
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.Serve.Grace)
		defer cancel()
		err := server.Shutdown(grace)
		if err != nil {
			err = server.Close()
		}
		drained <- err
	})()
	var err error
	if s.TLS != nil {
		err = server.ServeTLS(on, "", "")
	} else {
		err = server.Serve(on)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return <-drained
	}
	return err
}

// Reached returns the address at which services reach the server with a listener: the public one or, for a simulated org on this machine, that of a listener
// for this machine; nil if there is none.
func (s *Server) Reached(on net.Listener) *url.URL {
	at, err := netip.ParseAddrPort(on.Addr().String())
	if s.PublicURL == nil && (err != nil || !at.Addr().IsLoopback()) {
		return nil
	}
	return s.base(on)
}

// base returns the URL of the server.
func (s *Server) base(on net.Listener) *url.URL {
	switch {
	case s.PublicURL != nil:
		return s.PublicURL
	case s.TLS != nil:
		return &url.URL{Scheme: "https", Host: on.Addr().String()}
	}
	return &url.URL{Scheme: "http", Host: on.Addr().String()}
}
