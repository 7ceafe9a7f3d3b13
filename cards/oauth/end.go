package oauth

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/cards/wire"
	"github.com/flowdeck/flowdeck/engine/card"
)

// Revoke ends a token at its server (RFC 7009). A token that has ended already is not an error. The answer of a server has no meaning but its
// status; a page is that of something else, such as a network that asks for a password.
func Revoke(ctx context.Context, c Config, at string, token card.Secret) error {
	body, err := ask(ctx, c, at, token)
	if err == nil && bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")) {
		return &card.Error{
			Kind: card.Unavailable, Status: http.StatusOK, Message: "a page came in place of the answer to a revocation",
			Hint: "is the " + c.Where + " right? Something between here and the service may have answered in its place",
		}
	}
	return err
}

// Username asks the server whose access token it is (RFC 7662). It is empty if the token has ended, or is not that of a person.
func Username(ctx context.Context, c Config, at string, token card.Secret) (string, error) {
	body, err := ask(ctx, c, at, token)
	if err != nil {
		return "", err
	}
	var shown struct {
		Active   bool
		Username string
	}
	if err := json.Unmarshal(body, &shown); err != nil || !shown.Active {
		return "", nil // what is not understood is not known
	}
	return shown.Username, nil
}

// ask sends a token to another endpoint of the server than that of tokens.
func ask(ctx context.Context, c Config, at string, token card.Secret) ([]byte, error) {
	c.DPoP = DPoPNever
	e, err := newEndpoint(c)
	if err != nil {
		return nil, err
	}
	defer e.close()
	if target, err := checkTokenURL(at); err != nil || wire.HostOf(target) != e.host {
		return nil, &card.Error{Kind: card.Invalid, Message: "the endpoint is not on the host of the token endpoint", Err: err}
	}
	d, err := e.prepare(func(time.Time) (url.Values, error) { return url.Values{"token": {token.Reveal()}}, nil })
	if err != nil {
		return nil, &card.Error{Kind: card.Internal, Message: err.Error(), Err: err}
	}
	learn(c.Hide, token.Reveal())
	d.secrets = append(d.secrets, token.Reveal())
	ctx, cancel := context.WithTimeoutCause(ctx, requestTimeout, wire.ErrTooLong)
	defer cancel()
	if e.Client.Secret.IsZero() || e.Client.Post {
		d.form.Set("client_id", e.Client.ID)
		if !e.Client.Secret.IsZero() {
			d.form.Set("client_secret", e.Client.Secret.Reveal())
		}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, at, strings.NewReader(d.form.Encode()))
	if err != nil {
		return nil, &card.Error{Kind: card.Internal, Message: err.Error(), Err: err}
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if !e.Client.Secret.IsZero() && !e.Client.Post {
		req.SetBasicAuth(url.QueryEscape(e.Client.ID), url.QueryEscape(e.Client.Secret.Reveal()))
	}
	res, err := d.RoundTrip(req)
	switch {
	case err == nil:
	case errors.Is(context.Cause(ctx), wire.ErrTooLong):
		return nil, &card.Error{Kind: card.Timeout, Message: fmt.Sprintf("%s does not answer within %s", e.host, requestTimeout), Err: wire.ErrTooLong}
	case ctx.Err() != nil:
		return nil, fmt.Errorf("%w: %w", card.ErrNotSent, context.Cause(ctx))
	default:
		return nil, wire.Site{Host: e.host, Where: e.Where, Other: e.elsewhere()}.Unreachable("POST "+req.URL.Path, err)
	}
	body, err := io.ReadAll(res.Body) // of memory
	if err == nil && res.StatusCode != http.StatusOK {
		return nil, e.unanswered(d, body)
	}
	return body, err
}

// unanswered returns the error of an answer that is not a success.
func (e *endpoint) unanswered(d *delivery, body []byte) error {
	var refusal struct {
		Code        string `json:"error"`
		Description string `json:"error_description"`
	}
	err := &card.Error{Kind: card.Unavailable, Status: d.status, Message: fmt.Sprintf("%s answered %d %s", e.host, d.status, http.StatusText(d.status))}
	switch {
	case d.status == http.StatusTooManyRequests:
		err.Kind, err.Wait = card.RateLimit, max(e.wait(d), time.Second)
	case d.status >= 500:
		err.Wait = e.wait(d)
	case json.Unmarshal(body, &refusal) == nil && oauthCode.MatchString(refusal.Code):
		err.Kind, err.Code = card.Unauthorized, refusal.Code
		err.Message += ": " + refusal.Code + ": " + d.clean(refusal.Description)
		if e.Hint != nil {
			err.Hint = e.Hint(refusal.Code, refusal.Description)
		}
	}
	return err
}
