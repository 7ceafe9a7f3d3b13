package oktasim

import (
	"context"
	"errors"
	"net"
	"net/http"
	"syscall"
)

// errElsewhere is the error of a connection that would leave this machine.
var errElsewhere = errors.New("not a loopback address")

// toThisMachine returns a transport that connects to loopback addresses only: neither a seed nor a flow can make this org call another
// machine. It uses no proxy, and has no goroutine that outlives an answer.
func toThisMachine() *http.Transport {
	return &http.Transport{DisableKeepAlives: true, DialContext: dialHere}
}

// dialHere connects to localhost or to a loopback address. Another name is not even looked up, because the question would leave this machine.
func dialHere(ctx context.Context, network, address string) (net.Conn, error) {
	if host, _, err := net.SplitHostPort(address); err != nil || !onThisMachine(host) {
		return nil, errElsewhere
	}
	dialer := net.Dialer{Control: func(_, resolved string, _ syscall.RawConn) error { return checkHere(resolved) }}
	return dialer.DialContext(ctx, network, address)
}

// checkHere refuses the address to which a name was resolved, unless it is a loopback address.
func checkHere(resolved string) error {
	if host, _, err := net.SplitHostPort(resolved); err != nil || !isLoopback(host) {
		return errElsewhere
	}
	return nil
}
