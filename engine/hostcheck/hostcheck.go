// Package hostcheck finds out whether a request is meant for this server. A page in a browser can make a name of its own lead to this
// machine (DNS rebinding): then the Host header has that name.
package hostcheck

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// Own reports whether the Host of a request is localhost, a loopback address, the address that the client connected to, or one of some
// names. Case does not matter, and an empty name is none.
func Own(r *http.Request, names ...string) bool {
	host := strings.ToLower((&url.URL{Host: r.Host}).Hostname())
	if host == "localhost" {
		return true
	}
	for _, name := range names {
		if name != "" && host == strings.ToLower(name) {
			return true
		}
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	tcp, ok := local.(*net.TCPAddr)
	return ip.IsLoopback() || ok && tcp.AddrPort().Addr().Unmap() == ip.Unmap()
}
