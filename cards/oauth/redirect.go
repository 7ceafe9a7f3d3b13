package oauth

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"syscall"
	"time"

	"github.com/flowdeck/flowdeck/cards/wire"
	"github.com/flowdeck/flowdeck/engine/card"
)

// visit waits on a port of this machine for a browser that a server has sent back, once.
type visit struct {
	redirect string // the URL where it waits
	state    string // that the browser must bring
	issuer   string
	host     string
	came     chan visitor
	server   *http.Server
}

// visitor is what a browser brought: a code, or an error of the server.
type visitor struct{ code, failure, description string }

// visitTimeout is the time that a person has.
const visitTimeout = 5 * time.Minute

var errNobodyCame = fmt.Errorf("nobody came back within %s", visitTimeout)

// callback is the path of the redirect URI.
const callback = "/callback"

// await waits on a port. Only programs of this machine can reach it: it is an address, and not the name localhost, which may be that of another
// machine (RFC 8252, section 8.3).
func await(port int, issuer, state string) (*visit, error) {
	host := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	listener, err := net.Listen("tcp", host)
	if err != nil {
		failure := &card.Error{Kind: card.Invalid, Message: fmt.Sprintf("cannot wait for the browser on port %d: %v", port, err), Err: err}
		if errors.Is(err, syscall.EADDRINUSE) {
			failure.Message = fmt.Sprintf("cannot wait for the browser on port %d: another program uses it", port)
			failure.Hint = "end that program, or choose another `redirect_port`, with which the redirect URI of the app must agree"
		}
		return nil, failure
	}
	v := &visit{redirect: "http://" + host + callback, state: state, issuer: issuer, host: host, came: make(chan visitor, 1)}
	v.server = &http.Server{
		Handler: v, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second, MaxHeaderBytes: 64 << 10,
		ErrorLog: log.New(io.Discard, "", 0), // its lines would have parts of requests
	}
	v.server.SetKeepAlivesEnabled(false)
	go func() { _ = v.server.Serve(listener) }() // ends with close
	return v, nil
}

// wait returns the visitor.
func (v *visit) wait(ctx context.Context) (visitor, error) {
	late := time.NewTimer(visitTimeout)
	defer late.Stop()
	select {
	case got := <-v.came:
		return got, nil
	case <-late.C:
		return visitor{}, &card.Error{
			Kind: card.Timeout, Message: errNobodyCame.Error(), Err: errNobodyCame,
			Hint: "if the browser shows an error about the redirect URI, the app must have exactly " + v.redirect,
		}
	case <-ctx.Done():
		return visitor{}, fmt.Errorf("%w: %w", card.ErrNotSent, context.Cause(ctx))
	}
}

// close ends the waiting. A page that is being sent is completed.
func (v *visit) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if v.server.Shutdown(ctx) != nil {
		_ = v.server.Close()
	}
}

// These are the pages of a visit. They have nothing of the request.
const (
	pageDone     = "You can close this window and return to the terminal."
	pageRefused  = "Access was not allowed. The terminal shows why. You can close this window."
	pageStranger = "This is not the answer that flowdeck waits for. It still waits."
	pageNothing  = "There is nothing here."
)

// ServeHTTP takes the first request of the exact path with the state. All others change nothing.
func (v *visit) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	status, page := v.take(r)
	w.WriteHeader(status)
	_, _ = io.WriteString(w, page+"\n")
}

func (v *visit) take(r *http.Request) (status int, page string) {
	switch {
	case r.Host != v.host: // a page of another site, whose name leads here
		return http.StatusMisdirectedRequest, pageNothing
	case r.URL.EscapedPath() != callback:
		return http.StatusNotFound, pageNothing
	case r.Method != http.MethodGet:
		return http.StatusMethodNotAllowed, pageNothing
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil || subtle.ConstantTimeCompare([]byte(query.Get("state")), []byte(v.state)) != 1 || !v.fits(query) {
		return http.StatusBadRequest, pageStranger
	}
	got, page := visitor{code: query.Get("code"), failure: query.Get("error"), description: query.Get("error_description")}, pageDone
	if got.failure != "" {
		got.code, page = "", pageRefused
	}
	select {
	case v.came <- got:
		return http.StatusOK, page
	default: // there was one already
		return http.StatusGone, pageNothing
	}
}

// longestCode bounds an authorization code, in bytes.
const longestCode = 4096

// fits reports whether parameters are an answer of the issuer: each is there once, and iss names it (RFC 9207). Okta does not document that it
// sends iss; without it, the state proves that the answer belongs to the question, which went to one server only.
func (v *visit) fits(query url.Values) bool {
	for _, values := range query {
		if len(values) != 1 {
			return false
		}
	}
	if query.Has("iss") && query.Get("iss") != v.issuer {
		return false
	}
	code := query.Get("code")
	return query.Get("error") != "" || code != "" && len(code) <= longestCode && wire.Sendable(code)
}
