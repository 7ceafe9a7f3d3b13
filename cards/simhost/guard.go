package simhost

import (
	"net/http"
	"net/url"
	"time"

	"github.com/flowdeck/flowdeck/engine/hostcheck"
)

// These limits bound the resources that one client can use. A server limits the size of bodies itself, and closes the
// connection if a body is larger.
const (
	longestHeader = 64 << 10
	readTimeout   = 30 * time.Second // for a whole request
	writeTimeout  = 5 * time.Minute  // for a whole answer, including the work of the handler
	idleTimeout   = 2 * time.Minute  // much more than Unused
)

// NewServer returns an HTTP server for a simulated server. It limits the resources that one client can use, and
// refuses requests of web pages: see Guard. names are names of this host, in addition to localhost and its addresses.
func NewServer(simulated http.Handler, names ...string) *http.Server {
	return &http.Server{
		Handler: Guard(simulated, names...), MaxHeaderBytes: longestHeader,
		ReadHeaderTimeout: readTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
	}
}

// Guard refuses requests that a web page in a browser could send: requests to a foreign host whose name resolves to
// this machine (DNS rebinding), and requests from other sites.
func Guard(next http.Handler, names ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff") // a browser must not run what people have written
		switch {
		case !hostcheck.Own(r, names...):
			http.Error(w, "this server is not "+r.Host, http.StatusMisdirectedRequest)
		case fromAnotherSite(r):
			http.Error(w, "requests of web pages are refused", http.StatusForbidden)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// fromAnotherSite reports whether the headers of a browser show that the request comes from another site.
//
// Source: Fetch Metadata Request Headers, https://www.w3.org/TR/fetch-metadata/; RFC 6454, section 7
func fromAnotherSite(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
	default:
		return true
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return false
	}
	u, err := url.Parse(origin)
	return err != nil || u.Host != r.Host
}
