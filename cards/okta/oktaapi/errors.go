package oktaapi

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
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

func contentType(h http.Header) string {
	if t := h.Get("Content-Type"); t != "" {
		return t
	}
	return "no content type"
}

// unreachable returns the error of a request that got no complete answer.
func unreachable(op Operation, err error) *card.Error {
	e := &card.Error{Kind: card.Unavailable, Message: fmt.Sprintf("%s: %v", op.Name, err), Err: err}
	dns, noTLS, untrusted, timeout := (*net.DNSError)(nil), tls.RecordHeaderError{}, (*tls.CertificateVerificationError)(nil), net.Error(nil)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		e.Code = card.CodeRefused
		e.Hint = "nothing is listening there: is the domain right?"
	case errors.As(err, &dns):
		e.Code = card.CodeRefused
		e.Hint = "is the domain right, and is there a network?"
	case errors.As(err, &noTLS), errors.As(err, &untrusted):
		e.Code = card.CodeRefused
		e.Hint = elsewhere
	case errors.As(err, &timeout) && timeout.Timeout():
		e.Kind = card.Timeout
	}
	return e
}
