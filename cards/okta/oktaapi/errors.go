package oktaapi

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"

	"github.com/flowdeck/flowdeck/engine/card"
)

// elsewhere is the hint for answers that cannot come from Okta.
const elsewhere = "is the domain right? Something between here and the org may have answered in its place"

// garbled returns the error of a success whose body the operation cannot have.
func (e *exchange) garbled(err error) *card.Error {
	return &card.Error{
		Kind: card.Unavailable, Status: e.status, Err: err,
		Message: fmt.Sprintf("%s: unexpected response from Okta (%s): %v", e.op.Name, contentType(e.header), err),
		Hint:    elsewhere,
	}
}

// unfollowed returns the error of a page whose next page cannot be read. It is final: the next attempt would get the same page.
func (e *exchange) unfollowed(err error) *card.Error {
	return &card.Error{
		Kind: card.Invalid, Code: card.CodeUnread, Status: e.status, Err: err,
		Message: fmt.Sprintf("%s: the rest of the list cannot be read: %v", e.op.Name, err),
		Hint:    "the domain of the connection must be that of the org itself, which sends its own links: the token goes to no other host",
	}
}

func contentType(h http.Header) string {
	if t := h.Get("Content-Type"); t != "" {
		return t
	}
	return "no content type"
}

// errCutOff is wrapped by the error of an answer of which only the start came.
var errCutOff = errors.New("the answer was cut off")

// unreachable returns the error of a request that got no complete answer. The code CodeRefused means that nothing was sent.
func (e *exchange) unreachable(err error) *card.Error {
	failure := &card.Error{Kind: card.Unavailable, Err: err}
	dns, noTLS, untrusted := (*net.DNSError)(nil), tls.RecordHeaderError{}, (*tls.CertificateVerificationError)(nil)
	dial, timeout := (*net.OpError)(nil), net.Error(nil)
	if errors.As(err, &timeout) && timeout.Timeout() {
		failure.Kind = card.Timeout
	}
	switch {
	case errors.As(err, &dns):
		failure.Code = card.CodeRefused
		failure.Message = fmt.Sprintf("cannot find %s: %s", dns.Name, dns.Err)
		failure.Hint = "is the domain right, and is there a network?"
	case errors.As(err, &dial) && (dial.Op == "dial" || dial.Op == "proxyconnect"):
		failure.Code = card.CodeRefused
		failure.Message = fmt.Sprintf("cannot reach %s: %s", e.host, reason(err))
		failure.Hint = "is the domain right, and is there a network?"
		if errors.Is(err, syscall.ECONNREFUSED) {
			failure.Hint = "nothing is listening there: is the domain right?"
		}
		if dial.Op == "proxyconnect" {
			failure.Message = fmt.Sprintf("cannot reach the proxy on the way to %s: %s", e.host, reason(err))
			failure.Hint = "the environment names the proxy, in HTTPS_PROXY or HTTP_PROXY"
		}
	case errors.As(err, &noTLS):
		failure.Code = card.CodeRefused
		failure.Message, failure.Hint = e.host+" does not answer in TLS", elsewhere
	case errors.As(err, &untrusted):
		failure.Code = card.CodeRefused
		failure.Message, failure.Hint = fmt.Sprintf("the certificate of %s is not trusted: %s", e.host, reason(untrusted.Err)), elsewhere
	case errors.Is(err, errCutOff):
		failure.Message = fmt.Sprintf("%s: the answer was cut off: %s", e.op.Name, reason(err))
	default:
		failure.Message = fmt.Sprintf("%s: no answer: %s", e.op.Name, reason(err))
	}
	return failure
}

// reason returns the cause of a failed connection in words for people, without the texts that Go adds to it.
func reason(err error) string {
	errno, timeout, alert := syscall.Errno(0), net.Error(nil), tls.AlertError(0)
	text := err.Error()
	switch {
	case errors.As(err, &errno):
		return errno.Error()
	case errors.As(err, &timeout) && timeout.Timeout():
		return "it took too long"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection was closed"
	case errors.As(err, &alert):
		return "TLS: " + strings.TrimPrefix(alert.Error(), "tls: ")
	case strings.Contains(text, "HTTP/1.x transport connection broken"): // the types of these errors are private to net/http
		return "it is not valid HTTP: a header may have a control character"
	case strings.Contains(text, "http2: "), strings.Contains(text, "stream error: "):
		return "the server ended the connection"
	}
	return strings.TrimPrefix(strings.TrimPrefix(text, errCutOff.Error()+": "), "x509: ")
}
