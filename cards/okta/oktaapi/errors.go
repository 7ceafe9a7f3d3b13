package oktaapi

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"

	"github.com/flowdeck/flowdeck/cards/pace"
	"github.com/flowdeck/flowdeck/engine/card"
)

// concurrencyWait is how long to wait after a refusal of concurrency, whose reset header misleads: it
// is of a window that has nothing to do with it.
const concurrencyWait = time.Second

// defaultWait is how long to wait after a 429 that does not say.
const defaultWait = 5 * time.Second

// refused is the error of an answer that is no success.
func (e *exchange) refused() *card.Error {
	if e.foreign() {
		return &card.Error{
			Kind: card.Unavailable, Status: e.status, Hint: elsewhere,
			Message: fmt.Sprintf("%s: the answer is not Okta's: %d %s, %s", e.op.Name, e.status, http.StatusText(e.status), contentType(e.header)),
		}
	}
	err := &card.Error{Kind: kind(e.status), Status: e.status, Message: fmt.Sprintf("Okta answered %d %s", e.status, http.StatusText(e.status))}
	if said, ok := parseError(e.body); ok {
		err.Code = said.Code
		err.Message = said.Summary
		var causes []string
		for _, cause := range said.Causes {
			causes = append(causes, cause.Summary)
		}
		if len(causes) > 0 {
			err.Message = fmt.Sprintf("%s: %s", said.Summary, strings.Join(causes, "; "))
		}
	}
	if id := e.header.Get("X-Okta-Request-Id"); id != "" {
		err.Details = map[string]any{"request_id": id}
	}
	switch {
	case e.status/100 == 3:
		err.Hint = elsewhere
	case err.Kind == card.Unauthorized:
		err.Hint = "the API token is wrong, expired or revoked"
	case err.Kind == card.RateLimit:
		err.Wait = defaultWait
		if e.header.Get("X-Rate-Limit-Limit") == "0" {
			err.Wait = concurrencyWait
		} else if wait, ok := pace.UntilReset(e.header); ok {
			err.Wait = wait
		}
	}
	return err
}

// elsewhere is the hint for what no org answers.
const elsewhere = "is the domain right? Something between here and the org may have answered in its place"

// foreign reports whether a refusal is a page for people, which the API never answers with: a 404 of a proxy
// must not pass for Okta's word that somebody is gone. Okta's own gateway may answer so when it is in trouble.
func (e *exchange) foreign() bool {
	return e.status/100 == 4 && e.status != http.StatusTooManyRequests && strings.HasPrefix(contentType(e.header), "text/html")
}

func kind(status int) card.Kind {
	switch {
	case status == http.StatusUnauthorized:
		return card.Unauthorized
	case status == http.StatusForbidden:
		return card.Forbidden
	case status == http.StatusNotFound:
		return card.NotFound
	case status == http.StatusConflict:
		return card.Conflict
	case status == http.StatusTooManyRequests:
		return card.RateLimit
	case status == http.StatusRequestTimeout:
		return card.Timeout
	case status == http.StatusNotImplemented:
		return card.Invalid // E0000060, "Unsupported operation": no other attempt will fare better
	case status >= 500:
		return card.Unavailable
	}
	return card.Invalid // other 4xx, and a redirect, which no API answers with
}

// garbled is the error of a success whose body is not what the operation answers.
func (e *exchange) garbled(err error) *card.Error {
	return &card.Error{
		Kind: card.Unavailable, Status: e.status, Err: err,
		Message: fmt.Sprintf("%s: Okta's answer makes no sense (%s): %v", e.op.Name, contentType(e.header), err),
		Hint:    elsewhere,
	}
}

func contentType(h http.Header) string {
	if t := h.Get("Content-Type"); t != "" {
		return t
	}
	return "no content type"
}

// unreachable is the error of a request to which no whole answer came.
func unreachable(op Operation, err error) *card.Error {
	e := &card.Error{Kind: card.Unavailable, Message: fmt.Sprintf("%s: %v", op.Name, err), Err: err}
	dns, noTLS, untrusted, timeout := (*net.DNSError)(nil), tls.RecordHeaderError{}, (*tls.CertificateVerificationError)(nil), net.Error(nil)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		e.Code = card.CodeRefused
		e.Hint = "nothing listens there: is the domain right?"
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
