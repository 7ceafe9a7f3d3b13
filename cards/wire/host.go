package wire

import (
	"net"
	"net/url"
	"strings"
)

// HostOf is the host of a URL in the one form in which hosts can be compared: in lower case, without a final dot, and
// without the port that the scheme implies.
func HostOf(u *url.URL) string {
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	switch port := u.Port(); {
	case port == "", u.Scheme == "https" && port == "443", u.Scheme == "http" && port == "80":
		return host
	default:
		return host + ":" + port
	}
}

// Loopback reports whether a host is this machine, by its name or address alone.
func Loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
