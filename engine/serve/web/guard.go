package web

import (
	"fmt"
	"mime"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/flowdeck/flowdeck/engine/hostcheck"
)

// ServeHTTP checks what must hold for every request, and passes it to its route.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer s.survive(w, r)
	for name, value := range headers {
		w.Header().Set(name, value)
	}
	peer := peerOf(r)
	if err := s.admit(r, peer); err != nil {
		s.refuse(w, r, err)
		return
	}
	_, pattern := s.mux.Handler(r)
	if !s.routes[pattern].Probe {
		leave, err := s.traffic.enter(s.clientOf(r))
		if err != nil {
			s.refuse(w, r, err)
			return
		}
		defer leave()
	}
	if pattern == "" {
		s.refuse(w, r, s.unrouted(w, r))
		return
	}
	s.mux.ServeHTTP(w, r)
}

// headers are those of every answer. Answers are data: a browser must not run them, frame them or keep them.
var headers = map[string]string{
	"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
	"X-Content-Type-Options":  "nosniff",
	"Referrer-Policy":         "no-referrer",
	"Cache-Control":           "no-store",
}

// survive answers a request whose handler panicked. The value of the panic may have secrets, which only the log hides.
func (s *Server) survive(w http.ResponseWriter, r *http.Request) {
	switch p := recover(); p {
	case nil:
	case http.ErrAbortHandler:
		panic(p) // the answer cannot be completed: net/http closes the connection
	default:
		s.log.Error("a request panicked", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		s.refuse(w, r, internal)
	}
}

// admit refuses requests that a web page in a browser could send, and bodies that are not plain JSON.
func (s *Server) admit(r *http.Request, peer netip.Addr) error {
	if !s.isOwn(r) {
		return fail(http.StatusMisdirectedRequest, "misdirected", "this server does not answer for this host", "--public-url names the address of a proxy")
	}
	asWrite := *r
	asWrite.Method = http.MethodPost // a page must not read, either
	if err := s.cross.Check(&asWrite); err != nil || s.isOtherScheme(r.Header.Get("Origin")) {
		return fail(http.StatusForbidden, "forbidden", "requests of other web pages are refused", "")
	}
	query := fmt.Sprint(r.URL.Query())
	if tokenForm.MatchString(r.URL.Path + query) { // flows read the query, and the history keeps it
		return fail(http.StatusBadRequest, "invalid", "there is a token in the URL, which proxies and logs keep: revoke it", "send it in the header Authorization")
	}
	for _, name := range single {
		if len(r.Header.Values(name)) > 1 {
			return fail(http.StatusBadRequest, "invalid", "the header "+name+" is given twice", "")
		}
	}
	if !utf8.ValidString(query) {
		return fail(http.StatusBadRequest, "invalid", "the query is not UTF-8", "")
	}
	if r.ContentLength == 0 || r.Body == nil {
		return nil
	}
	if r.Header.Get("Content-Encoding") != "" {
		return fail(http.StatusUnsupportedMediaType, "unsupported_media_type", "a compressed body is refused", "send the JSON as it is")
	}
	if typ, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || typ != "application/json" {
		return fail(http.StatusUnsupportedMediaType, "unsupported_media_type", "the body must be JSON", "send Content-Type: application/json")
	}
	if r.ContentLength > longestBody {
		return tooLarge
	}
	return nil
}

// single are the headers by which it is decided who sends a request and what it starts. A proxy in front may have looked at the other one of two.
var single = []string{"Authorization", "Content-Type", "Content-Encoding", "Idempotency-Key", "Webhook-Id", "Webhook-Timestamp", "Webhook-Signature"}

// tokenForm matches the tokens that `flowdeck token create` makes.
var tokenForm = regexp.MustCompile(`fd_[A-Z2-7]{26}`)

// isOwn reports whether a request is for this server.
func (s *Server) isOwn(r *http.Request) bool {
	if s.PublicURL == nil {
		return hostcheck.Own(r)
	}
	return hostcheck.Own(r, s.PublicURL.Hostname())
}

// isOtherScheme reports whether an origin is that of the server but for its scheme, such as a page that was loaded without TLS.
func (s *Server) isOtherScheme(origin string) bool {
	from, err := url.Parse(origin)
	return err == nil && s.PublicURL != nil && from.Scheme != "" && from.Scheme != s.PublicURL.Scheme && from.Host == s.PublicURL.Host
}

func peerOf(r *http.Request) netip.Addr {
	at, _ := netip.ParseAddrPort(r.RemoteAddr)
	return at.Addr().Unmap()
}

// unrouted returns the error of a request without a route.
func (s *Server) unrouted(w http.ResponseWriter, r *http.Request) error {
	var methods []string
	other := *r
	for _, route := range s.routes {
		other.Method = route.Method
		if _, pattern := s.mux.Handler(&other); pattern != "" && !slices.Contains(methods, route.Method) {
			methods = append(methods, route.Method)
		}
	}
	if len(methods) == 0 {
		return notFound
	}
	slices.Sort(methods)
	w.Header().Set("Allow", strings.Join(methods, ", "))
	return fail(http.StatusMethodNotAllowed, "method_not_allowed", "the method is not "+strings.Join(methods, " or "), "")
}
