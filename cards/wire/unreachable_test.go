package wire

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"testing"

	"github.com/flowdeck/flowdeck/engine/card"
)

func TestErrorsOfTheNetworkAreInWords(t *testing.T) {
	t.Parallel()
	dial := func(err error) error {
		return &net.OpError{Op: "dial", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 443}, Err: err}
	}
	broken := func(text string) error {
		return fmt.Errorf("net/http: HTTP/1.x transport connection broken: %w", errors.New(text))
	}
	call := func(name string, errno syscall.Errno) error { return os.NewSyscallError(name, errno) }
	for _, test := range []struct {
		err     error
		message string
		kind    card.Kind
		sent    bool
		hint    bool
	}{
		{dial(call("connect", syscall.ECONNREFUSED)), "cannot reach acme.okta.com: connection refused", card.Unavailable, false, true},
		{dial(call("connect", syscall.ENETUNREACH)), "cannot reach acme.okta.com: network is unreachable", card.Unavailable, false, true},
		{dial(os.ErrDeadlineExceeded), "cannot reach acme.okta.com: it took too long", card.Timeout, false, true},
		{dial(&net.DNSError{Err: "no such host", Name: "acme.okta.com", IsNotFound: true}), "cannot find acme.okta.com: no such host", card.Unavailable, false, true},
		{&net.OpError{Op: "proxyconnect", Net: "tcp", Err: dial(call("connect", syscall.ECONNREFUSED))}, "cannot reach the proxy on the way to acme.okta.com: connection refused", card.Unavailable, false, true},
		{tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}, "acme.okta.com does not answer in TLS", card.Unavailable, false, true},
		{&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}, "the certificate of acme.okta.com is not trusted: certificate signed by unknown authority", card.Unavailable, false, true},
		{&net.OpError{Op: "read", Net: "tcp", Err: call("read", syscall.ECONNRESET)}, "getUser: no answer: connection reset by peer", card.Unavailable, true, false},
		{&net.OpError{Op: "read", Net: "tcp", Err: os.ErrDeadlineExceeded}, "getUser: no answer: it took too long", card.Timeout, true, false},
		{io.EOF, "getUser: no answer: the connection was closed", card.Unavailable, true, false},
		{fmt.Errorf("%w: %w", ErrCutOff, io.ErrUnexpectedEOF), "getUser: the answer was cut off: the connection was closed", card.Unavailable, true, false},
		{fmt.Errorf("%w: %w", ErrCutOff, errors.New("stream error: stream ID 5; INTERNAL_ERROR")), "getUser: the answer was cut off: the server ended the connection", card.Unavailable, true, false},
		{errors.New("net/http: server response headers exceeded 1048576 bytes; aborted"), "getUser: no answer: it is not valid HTTP: its headers are too long", card.Invalid, true, true},
		{broken("http: message cannot contain multiple Content-Length headers; got [\"3\" \"4\"]"), "getUser: no answer: it is not valid HTTP: it has several lengths", card.Invalid, true, true},
		{broken("malformed HTTP status code \"99\""), "getUser: no answer: it is not valid HTTP: it does not start as an answer of HTTP does", card.Unavailable, true, true},
		{broken("malformed HTTP response \"hello\""), "getUser: no answer: it is not valid HTTP: it does not start as an answer of HTTP does", card.Unavailable, true, true},
		{broken("malformed MIME header line: \"X\\x00\""), "getUser: no answer: it is not valid HTTP: a header may have a control character", card.Invalid, true, true},
		{broken("unsupported transfer encoding: \"x\""), "getUser: no answer: it is not valid HTTP: its encoding is not known", card.Invalid, true, true},
		{broken("something else"), "getUser: no answer: it is not valid HTTP", card.Unavailable, true, true},
		{&net.OpError{Op: "remote error", Err: tls.AlertError(40)}, "getUser: no answer: TLS: handshake failure", card.Unavailable, true, false},
	} {
		e := Site{Host: "acme.okta.com", Where: "domain", Other: "is it there?"}.Unreachable("getUser", test.err)
		if e.Message != test.message || e.Kind != test.kind || (e.Code == card.CodeRefused) == test.sent || (e.Hint != "") != test.hint || !errors.Is(e, test.err) {
			t.Errorf("%v:\ngot  %q, kind %s, code %q, hint %q\nwant %q, kind %s", test.err, e.Message, e.Kind, e.Code, e.Hint, test.message, test.kind)
		}
	}
}

func TestAnErrorThatExplainsItselfIsNotExplainedAgain(t *testing.T) {
	t.Parallel()
	own := &card.Error{Kind: card.Invalid, Message: "a private address", Hint: "use another one"}
	err := &net.OpError{Op: "dial", Net: "tcp", Err: own}
	got := Site{Host: "acme.okta.com", Where: "domain"}.Unreachable("getUser", err)
	if got == own || got.Kind != own.Kind || got.Message != own.Message || got.Hint != own.Hint {
		t.Errorf("got %#v", got)
	}
}
