package simhost

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// The bounds of what one client can make a server hold. A body has the size that a server reads of it, and more is
// refused by closing the connection.
const (
	longestHeader = 64 << 10
	readTimeout   = 30 * time.Second // a whole request
	writeTimeout  = 5 * time.Minute  // a whole answer, the making of it included
	idleTimeout   = 2 * time.Minute  // far above Unused
)

// NewServer is an HTTP server for a simulated server, which bounds what a client can make it hold, and is for programs, not
// for web pages: see Guard. names are names of hosts under which it is reached, besides localhost and its address.
func NewServer(simulated http.Handler, names ...string) *http.Server {
	return &http.Server{
		Handler: Guard(simulated, names...), MaxHeaderBytes: longestHeader,
		ReadHeaderTimeout: readTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
	}
}

// Guard refuses the requests that a web page in a browser could make: those to a foreign host, whose name was made to
// lead here (DNS rebinding), and those from other sites.
func Guard(next http.Handler, names ...string) http.Handler {
	own := map[string]bool{"localhost": true}
	for _, name := range names {
		own[strings.ToLower(name)] = name != ""
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !own[hostname(r.Host)] && !isLocalAddress(r):
			http.Error(w, "this server is not "+r.Host, http.StatusMisdirectedRequest)
		case fromAnotherSite(r):
			http.Error(w, "requests of web pages are refused", http.StatusForbidden)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// hostname is a host in lower case and without its port.
func hostname(host string) string { return strings.ToLower((&url.URL{Host: host}).Hostname()) }

// isLocalAddress reports whether the request's host is a loopback address, or the address that the client connected to.
func isLocalAddress(r *http.Request) bool {
	ip, err := netip.ParseAddr(hostname(r.Host))
	if err != nil {
		return false
	}
	local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	tcp, ok := local.(*net.TCPAddr)
	return ip.IsLoopback() || ok && tcp.AddrPort().Addr().Unmap() == ip.Unmap()
}

// fromAnotherSite reports whether a browser says that the request is another site's.
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
