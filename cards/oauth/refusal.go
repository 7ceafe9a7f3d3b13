package oauth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/flowdeck/flowdeck/cards/pace"
	"github.com/flowdeck/flowdeck/cards/wire"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/veil"
)

// These are the errors that a request can be repeated after.
const (
	badProof   = "invalid_dpop_proof"
	needsNonce = "use_dpop_nonce"
)

// hints are the usual hints for the errors of a token endpoint.
//
// Source: RFC 6749, section 5.2; RFC 9449, sections 5 and 8
var hints = map[string]string{
	"invalid_client":         "are the client id and its secret or key right, and is the client active?",
	"invalid_grant":          "what the token is requested for was refused: it may have expired, or been revoked or used already",
	"invalid_scope":          "ask only for scopes that the service has, and that it has granted",
	"unauthorized_client":    "allow the client this grant type at the service",
	"unsupported_grant_type": "the service does not have this way to sign in",
	"access_denied":          "the service or its owner does not allow it",
	"consent_required":       "somebody must consent to the scopes at the service",
	badProof:                 "the service asks for a proof of possession (DPoP): `dpop` must not be false",
	needsNonce:               "the service asks for a new nonce again and again",
}

// noNonce is the hint if the service asks for a nonce that it did not send.
const noNonce = "the service asked for a nonce, but sent none in the header DPoP-Nonce: something between here and the service may remove headers"

// oauthCode matches the codes of errors.
var oauthCode = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)

// longestDescription bounds the description of an error, in bytes. Okta's longest one has about 200.
const longestDescription = 1000

// refused returns the error of an answer that is not a success. It is of kind unauthorized for all errors of OAuth: without a token,
// nothing can be sent.
func (e *endpoint) refused(r *oauth2.RetrieveError, d *delivery) error {
	code := r.ErrorCode
	if !oauthCode.MatchString(code) {
		if err := e.own(r.Body, d); err != nil {
			return err
		}
		return e.unexpected(d)
	}
	description := d.clean(r.ErrorDescription)
	err := &card.Error{Kind: card.Unauthorized, Code: code, Status: d.status, Message: fmt.Sprintf("%s issues no access token: %s", e.host, code)}
	if description != "" {
		err.Message += ": " + description
	}
	switch {
	case d.status == http.StatusTooManyRequests:
		return e.busy(d)
	case d.status >= 500, code == "server_error", code == "temporarily_unavailable":
		err.Kind, err.Code, err.Wait = card.Unavailable, card.CodeRefused, e.wait(d)
		return err
	}
	switch {
	case code == needsNonce && d.proof == "":
		err.Hint = hints[badProof]
	case code == needsNonce && e.nonce == "":
		err.Hint = noNonce
	case e.Hint != nil:
		err.Hint = e.Hint(code, description)
	}
	if err.Hint == "" {
		err.Hint = hints[code]
	}
	return err
}

// own returns the error of a refusal in the service's own form; nil if the body has no such form.
func (e *endpoint) own(body []byte, d *delivery) error {
	if e.Refusal == nil {
		return nil
	}
	err := e.Refusal(d.status, d.header, body)
	if err == nil {
		return nil
	}
	description := d.clean(err.Message)
	err.Message = e.host + " issues no access token: "
	if err.Code != "" {
		err.Message += err.Code + ": "
	}
	err.Message += description
	switch err.Kind {
	case card.Unauthorized:
		if e.Hint != nil {
			err.Hint = e.Hint(err.Code, description)
		}
		err.Hint = cmp.Or(err.Hint, hints["invalid_client"])
	case card.RateLimit:
		err.Wait = max(e.wait(d), time.Second)
	case card.Unavailable, card.Timeout:
		err.Code, err.Wait = card.CodeRefused, e.wait(d)
	}
	return err
}

// clean returns a text of the server on one line, without the secrets of the request, and with a bounded length.
func (d *delivery) clean(text string) string {
	return strings.Join(strings.Fields(veil.New().Excerpt(text, longestDescription, d.secrets...)), " ") // joined lines would split a secret
}

// failed returns the error of a request that was not refused by an error of OAuth. The code card.CodeRefused means that the request
// that needed the token was not sent.
func (e *endpoint) failed(ctx context.Context, d *delivery, err error) error {
	bad := garbled("")
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%w: %w", card.ErrNotSent, context.Cause(ctx))
	case errors.Is(err, wire.ErrTooLong):
		return &card.Error{
			Kind: card.Timeout, Code: card.CodeRefused, Err: err,
			Message: fmt.Sprintf("%s issues no access token: no complete answer within %s", e.host, requestTimeout),
		}
	case errors.Is(err, errAnswerTooLong):
		return e.notAToken(d, errAnswerTooLong.Error())
	case d.status == 0:
		failure := wire.Site{Host: e.host, Where: e.Where, Other: e.elsewhere()}.Unreachable("the request for an access token", err)
		failure.Err = nil
		if failure.Code != card.CodeRefused { // the endpoint was reached, so that another attempt makes sense
			failure.Writes = card.Answered
		}
		return failure
	case errors.Is(err, errNotBound):
		return &card.Error{
			Kind: card.Unauthorized, Status: d.status, Message: fmt.Sprintf("%s issues no access token that can be used: %s", e.host, errNotBound),
			Hint: "write `dpop: auto`, or turn on DPoP for the client at the service",
		}
	case errors.As(err, &bad):
		return e.notAToken(d, string(bad))
	}
	if why := d.fault(); why != "" {
		return e.notAToken(d, why)
	}
	return e.unexpected(d)
}

// unexpected returns the error of an answer that is neither a token nor an error of OAuth. Nothing of its body is shown.
func (e *endpoint) unexpected(d *delivery) error {
	if d.status == http.StatusTooManyRequests {
		return e.busy(d)
	}
	kind := d.clean(d.header.Get("Content-Type"))
	if kind == "" {
		kind = "no content type"
	}
	err := e.notAToken(d, fmt.Sprintf("it answered %d %s, %.80s", d.status, http.StatusText(d.status), kind))
	if d.status/100 == 3 {
		err.Kind, err.Code = card.Invalid, ""
		if to, parsed := url.Parse(d.header.Get("Location")); parsed == nil && to.Host != "" {
			err.Message += fmt.Sprintf(", a redirect to %.80s, which is not followed", d.clean(to.Host))
		}
	}
	if d.status >= 500 {
		err.Hint, err.Wait = "", e.wait(d)
	}
	return err
}

func (e *endpoint) notAToken(d *delivery, why string) *card.Error {
	return &card.Error{
		Kind: card.Unavailable, Code: card.CodeRefused, Status: d.status, Hint: e.elsewhere(),
		Message: fmt.Sprintf("%s issues no access token: %s", e.host, why),
	}
}

func (e *endpoint) elsewhere() string {
	return "is the " + e.Where + " right? Something between here and the service may have answered in its place"
}

// busy returns the error of a server that has received too many requests.
func (e *endpoint) busy(d *delivery) error {
	return &card.Error{
		Kind: card.RateLimit, Status: d.status, Wait: max(e.wait(d), time.Second),
		Message: fmt.Sprintf("%s issues no access token: it has received too many requests for one", e.host),
		Hint:    "other programs may request tokens for the same client",
	}
}

// wait returns the time that an answer asks to wait; 0 if it does not. A rate limit with requests left has nothing to do with a failure, and
// that of Okta for requests at the same time, which is 0, has the reset of another window.
func (e *endpoint) wait(d *delivery) time.Duration {
	now := e.clock.Now()
	if wait, ok := pace.RetryAfter(d.header, now); ok {
		return wait
	}
	quota, known := pace.ReadQuota(d.header, now)
	used := known && quota.Remaining == 0 || d.status == http.StatusTooManyRequests && d.header.Get("X-Rate-Limit-Limit") != "0"
	if wait, ok := pace.UntilReset(d.header, now); ok && used {
		return wait
	}
	return 0
}
