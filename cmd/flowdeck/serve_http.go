package main

import (
	"context"
	"crypto/tls"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/cards/wire"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/serve"
	"github.com/flowdeck/flowdeck/engine/serve/web"
	"github.com/flowdeck/flowdeck/engine/store"
)

// defaultListen is the address of a server that is only reached from this machine.
const defaultListen = "127.0.0.1:8321"

type httpOptions struct {
	listen, public, cert, key string
}

// listening is the HTTP side of a server that is about to start.
type listening struct {
	*web.Server
	on net.Listener
}

// open opens the address of the HTTP side; nil if it is off.
func (o httpOptions) open(ctx context.Context, w *host.Workspace, server *serve.Server) (*listening, error) {
	if o.listen == "off" {
		return nil, nil
	}
	config := web.Config{Serve: server, Product: "flowdeck/" + thisBuild().Version}
	var err error
	if config.PublicURL, err = o.publicURL(); err != nil {
		return nil, err
	}
	if config.TLS, err = o.tls(); err != nil {
		return nil, err
	}
	if !isLoopback(o.listen) {
		if err := o.safe(ctx, w, config); err != nil {
			return nil, err
		}
	}
	site, err := web.New(config)
	if err != nil {
		return nil, err
	}
	on, err := listenOn(ctx, o.listen, "--listen 127.0.0.1:0 takes any free port; --listen off leaves HTTP out")
	if err != nil {
		return nil, err
	}
	scheme := "http"
	if config.TLS != nil {
		scheme = "https"
	}
	server.ReceiveAt(site.Reached(on))
	server.Log.Info("listening", "url", scheme+"://"+on.Addr().String())
	return &listening{site, on}, nil
}

func (o httpOptions) publicURL() (*url.URL, error) {
	if o.public == "" {
		return nil, nil
	}
	u, err := url.Parse(o.public)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil {
		return nil, usage("such as --public-url https://flows.example.com", "--public-url %q is not the URL of a server", o.public)
	}
	return u, nil
}

func (o httpOptions) tls() (*tls.Config, error) {
	switch {
	case o.cert == "" && o.key == "":
		return nil, nil
	case o.cert == "" || o.key == "":
		return nil, usage("", "--tls-cert and --tls-key need each other")
	}
	pair, err := tls.LoadX509KeyPair(o.cert, o.key)
	if err != nil {
		return nil, usage("PEM files of a certificate and its key", "the certificate cannot be used: %v", err)
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}, nil
}

// isLoopback reports whether only this machine reaches an address. A name can lead anywhere.
func isLoopback(listen string) bool {
	name, _, err := net.SplitHostPort(listen)
	if err != nil {
		return true // net.Listen reports it
	}
	return wire.Loopback(name)
}

// safe returns an error if other machines would reach the server without a token, or could read the tokens on their way.
func (o httpOptions) safe(ctx context.Context, w *host.Workspace, config web.Config) error {
	history, err := w.History()
	if err != nil {
		return err
	}
	tokens, err := history.Tokens(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(tokens, func(t store.Token) bool { return t.Valid(time.Now()) }) {
		return usage("flowdeck token create NAME --role operator", "--listen %s: other machines would reach this server, and it has no token", o.listen)
	}
	if config.TLS == nil && (config.PublicURL == nil || config.PublicURL.Scheme != "https") {
		return usage("--tls-cert and --tls-key; or --public-url https://… if a proxy in front has the certificate", "--listen %s: other machines would reach this server without TLS", o.listen)
	}
	return nil
}
