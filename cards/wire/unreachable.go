package wire

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Site has the words for the errors of a request that got no answer.
type Site struct {
	Host  string // of the service
	Where string // the setting that has it, such as "domain"
	Other string // the hint for an answer that cannot come from the service
}

// Unreachable returns the error of a request that got no complete answer. request is for people, such as "GET /users". The code
// card.CodeRefused means that nothing was sent. A *card.Error of the function that made the connection explains itself.
func (s Site) Unreachable(request string, err error) *card.Error {
	if known := (*card.Error)(nil); errors.As(err, &known) {
		explained := *known
		return &explained
	}
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
		failure.Hint = "is the " + s.Where + " right, and is there a network?"
	case errors.As(err, &dial) && (dial.Op == "dial" || dial.Op == "proxyconnect"):
		failure.Code = card.CodeRefused
		failure.Message = fmt.Sprintf("cannot reach %s: %s", s.Host, reason(err))
		failure.Hint = "is the " + s.Where + " right, and is there a network?"
		if errors.Is(err, syscall.ECONNREFUSED) {
			failure.Hint = "nothing is listening there: is the " + s.Where + " right?"
		}
		if dial.Op == "proxyconnect" {
			failure.Message = fmt.Sprintf("cannot reach the proxy on the way to %s: %s", s.Host, reason(err))
			failure.Hint = "the environment names the proxy, in HTTPS_PROXY or HTTP_PROXY"
		}
	case errors.As(err, &noTLS):
		failure.Code = card.CodeRefused
		failure.Message, failure.Hint = s.Host+" does not answer in TLS", s.Other
	case errors.As(err, &untrusted):
		failure.Code = card.CodeRefused
		failure.Message, failure.Hint = fmt.Sprintf("the certificate of %s is not trusted: %s", s.Host, reason(untrusted.Err)), s.Other
	case errors.Is(err, ErrCutOff):
		failure.Message = fmt.Sprintf("%s: the answer was cut off: %s", request, reason(err))
	default:
		failure.Message = fmt.Sprintf("%s: no answer: %s", request, reason(err))
		switch why := malformed(err); {
		case why != "" && why != noStart: // the next attempt would get the same
			failure.Kind, failure.Code, failure.Hint = card.Invalid, card.CodeUnread, s.Other
		case why != "", notHTTP(err):
			failure.Hint = s.Other
		}
	}
	return failure
}

// notHTTP reports whether a server answered something other than HTTP. The types of these errors are private to net/http.
func notHTTP(err error) bool {
	return strings.Contains(err.Error(), "HTTP/1.x transport connection broken")
}

// noStart is the reason for an answer that may be the rest of the one before: some services send a body with a 204, for example. Another
// attempt is on another connection.
const noStart = "it is not valid HTTP: it does not start as an answer of HTTP does"

// malformed returns why an answer is not valid HTTP; "" if no answer came, or for another reason. The types of these errors are private to
// net/http, too.
func malformed(err error) string {
	if strings.Contains(err.Error(), "malformed HTTP") {
		return noStart
	}
	for _, fault := range [...]struct{ text, why string }{
		{"response headers exceeded", "its headers are too long"},
		{"multiple Content-Length", "it has several lengths"},
		{"bad Content-Length", "its length is not a number"},
		{"malformed MIME header", "a header may have a control character"},
		{"transfer encoding", "its encoding is not known"},
	} {
		if strings.Contains(err.Error(), fault.text) {
			return "it is not valid HTTP: " + fault.why
		}
	}
	return ""
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
	case malformed(err) != "":
		return malformed(err)
	case notHTTP(err):
		return "it is not valid HTTP"
	case strings.Contains(text, "http2: "), strings.Contains(text, "stream error: "):
		return "the server ended the connection"
	}
	return strings.TrimPrefix(strings.TrimPrefix(text, ErrCutOff.Error()+": "), "x509: ")
}
