package web

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"

	"github.com/flowdeck/flowdeck/cards/wire"
)

// newTransport returns the transport of a connection.
func newTransport(b base, private bool) (*http.Transport, error) {
	t := cloneTransport()
	proxy, err := b.proxy()
	if proxy != nil || err != nil {
		t.Proxy = http.ProxyURL(proxy)
		return t, err
	}
	t.Proxy, t.DialContext = nil, b.dial(private)
	return t, nil
}

// cloneTransport returns a transport with the limits of all connections.
func cloneTransport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 128 // as many as the widest stream: a connection a record would cost a handshake each
	t.MaxResponseHeaderBytes = 1 << 20
	return t
}

// proxy returns the proxy of the environment for requests to the service; nil if there is none. A proxy resolves names itself, so
// that only an address in the configuration can be checked.
func (b base) proxy() (*url.URL, error) {
	proxy, err := http.ProxyFromEnvironment(&http.Request{URL: b.url("/")})
	if err != nil {
		return nil, misconfigured("the environment names the proxy, in HTTPS_PROXY or HTTP_PROXY", "the address of the proxy is not valid")
	}
	return proxy, nil
}

// dial returns the function that connects to the service, only at an address that it may have. The address is checked after the name
// was resolved: a name that leads elsewhere the second time does not help.
func (b base) dial(private bool) func(ctx context.Context, network, address string) (net.Conn, error) {
	local := wire.Loopback(b.hostname())
	dialer := &net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second}
	dialer.Control = func(_, address string, _ syscall.RawConn) error {
		return checkAddress(b.hostname(), address, local, private)
	}
	return dialer.DialContext
}

// checkAddress returns an error, a *card.Error of kind invalid, for an address, with its port, to which a connection must not be made.
// local: the service is on this machine.
func checkAddress(host, address string, local, private bool) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%q is not an address: %w", address, err)
	}
	ip := at.Addr().Unmap().WithZone("")
	what := notPublic(ip)
	switch {
	case local && ip.IsLoopback(), !local && what == "", !local && private:
		return nil
	case local:
		what = "not on this machine"
	}
	message := fmt.Sprintf("%s has the address %s, which is %s", host, ip, what)
	if host == ip.String() {
		message = fmt.Sprintf("%s is %s", host, what)
	}
	return misconfigured("if the service is in your own network, set `private_network: true` on the connection", message)
}

// special are the addresses that no public service has, in addition to those that netip knows.
//
// Source: IANA, "IPv4 Special-Purpose Address Registry" and "IPv6 Special-Purpose Address Registry",
// https://www.iana.org/assignments/iana-ipv4-special-registry/; Microsoft, "What is IP address 168.63.129.16?",
// https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
var special = map[netip.Prefix]string{
	netip.MustParsePrefix("0.0.0.0/8"):        "not the address of a host",
	netip.MustParsePrefix("100.64.0.0/10"):    "a private address",
	netip.MustParsePrefix("192.0.0.0/24"):     "a private address",
	netip.MustParsePrefix("198.18.0.0/15"):    "a private address",
	netip.MustParsePrefix("240.0.0.0/4"):      "not the address of a host",
	netip.MustParsePrefix("168.63.129.16/32"): "an address of the cloud's own services",
	netip.MustParsePrefix("fec0::/10"):        "a private address",
	netip.MustParsePrefix("64:ff9b:1::/48"):   "a private address",
}

// embedding are the IPv6 prefixes that have an IPv4 address in them, by the byte at which it starts.
//
// Source: RFC 4291, section 2.5.5.1; RFC 6052, section 2.1; RFC 3056, section 2
var embedding = map[netip.Prefix]int{netip.MustParsePrefix("::/96"): 12, netip.MustParsePrefix("64:ff9b::/96"): 12, netip.MustParsePrefix("2002::/16"): 2}

// notPublic returns why an address is not that of a public service; "" if it may be one.
func notPublic(ip netip.Addr) string {
	switch {
	case ip.IsLoopback():
		return "this machine"
	case ip.IsPrivate():
		return "a private address"
	case ip.IsLinkLocalUnicast():
		return "a link-local address, such as that of a cloud's metadata"
	case ip.IsUnspecified(), ip.IsMulticast():
		return "not the address of a host"
	}
	for prefix, what := range special {
		if prefix.Contains(ip) {
			return what
		}
	}
	for prefix, at := range embedding {
		if bytes := ip.As16(); ip.Is6() && prefix.Contains(ip) {
			return notPublic(netip.AddrFrom4([4]byte(bytes[at : at+4])))
		}
	}
	return ""
}

// checkLiteral finds an address in base_url that a service must not have, without a request.
func (b base) checkLiteral(private bool) error {
	ip, err := netip.ParseAddr(b.hostname())
	if err != nil {
		return nil // a name
	}
	return checkAddress(b.hostname(), netip.AddrPortFrom(ip, 443).String(), wire.Loopback(b.hostname()), private)
}
