package oktasim

import (
	"io"
	"net"
	"net/http"
)

// local refuses requests to a control endpoint that do not come from this machine. It accepts loopback addresses, and
// requests in memory, which have no remote address (net/http sets one on all requests from a network).
func local(serve http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !fromHere(r.RemoteAddr) {
			http.Error(w, "the control endpoints of this simulated org are only for its own machine", http.StatusForbidden)
			return
		}
		serve(w, r)
	}
}

func fromHere(remote string) bool {
	if remote == "" {
		return true
	}
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		return false
	}
	return isLoopback(host)
}

func isLoopback(address string) bool {
	ip := net.ParseIP(address)
	return ip != nil && ip.IsLoopback()
}

// greet answers GET / with a page for a browser.
func greet(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	io.WriteString(w, "This is a simulated Okta org (flowdeck's oktasim). The API is under /api/v1, its state at /-/dump, its counters at /-/stats, the last requests at /-/requests, those to event hooks at /-/hooks.\n")
	io.WriteString(w, "POST /-/faults takes a list of faults, as a seed has it.\n")
}
