package oktaapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/cards/pace"
	"github.com/flowdeck/flowdeck/cards/wire"
	"github.com/flowdeck/flowdeck/engine/card"
)

// exchange is one request and its answer. The request's context carries it through the SDK.
type exchange struct {
	op       Operation
	host     string // of the org
	query    url.Values
	sent     []byte // the request's body; nil for none
	sentType string // its media type; "" means JSON
	match    string // the entity tag of If-Match; "" for none
	status   int    // 0 if there was no answer
	header   http.Header
	came     time.Time  // when the answer came
	body     []byte     // in held; nil after end
	err      error      // why the answer is missing or incomplete; nil if it is complete
	line     string     // method and path, for people
	secrets  []string   // that hide removes from the answer
	twice    bool       // sent again with another secret
	reads    bool       // the request changes nothing
	request  *card.Sent // nil if it changes nothing
	held     wire.Body
}

// end releases the buffer and the room of a large answer. It is called when the answer has been decoded.
func (e *exchange) end() {
	e.body = nil
	e.held.End()
}

type exchangeKey struct{}

// errCaptured is the only result that the SDK ever receives for a request: it must not read, decode, cache or repeat
// anything. It must not be or wrap io.EOF: the SDK would repeat the request without end.
var errCaptured = errors.New("the answer was captured")

// capture is the transport of the SDK's HTTP client. It adds to the request what the SDK's builders cannot set: the
// credentials, any query parameter, and the body unchanged. It sends the request once, or once more if the org refused a token that
// could be renewed, stores the answer in the exchange, and returns errCaptured to the SDK.
type capture struct {
	org         *url.URL
	credentials Credentials
	door        *pace.Governor
	inner       http.RoundTripper
	room        wire.Room
	trace       wire.Trace
}

func newCapture(org *url.URL, credentials Credentials, door *pace.Governor, inner http.RoundTripper) *capture {
	return &capture{org: org, credentials: credentials, door: door, inner: inner, room: wire.NewRoom()}
}

func (t *capture) RoundTrip(req *http.Request) (*http.Response, error) {
	e, ok := req.Context().Value(exchangeKey{}).(*exchange)
	if !ok {
		return nil, errors.New("oktaapi: the request has no exchange")
	}
	e.line = req.Method + " " + req.URL.Path
	e.reads = req.Method == http.MethodGet || req.Method == http.MethodHead
	e.err = t.send(req, e)
	return nil, errCaptured
}

// write returns the request for people, as card.Sending needs it.
func (e *exchange) write() string {
	if e.reads {
		return ""
	}
	return e.line
}

func (t *capture) send(req *http.Request, e *exchange) error {
	if req.URL.Host != t.org.Host || req.URL.Scheme != t.org.Scheme {
		return fmt.Errorf("a request to %s, which is not the org", req.URL.Host)
	}
	sent, err := t.attempt(req, e)
	if err != nil || !e.unauthorized() || !t.credentials.Refused(sent) {
		return err
	}
	e.request.Refused()
	e.held.End()
	e.status, e.header, e.body, e.request, e.twice = 0, nil, nil, nil, true
	_, err = t.attempt(req, e)
	return err
}

// unauthorized reports whether the org refused the secret of the request, so that it certainly did nothing.
func (e *exchange) unauthorized() bool {
	if e.status < 400 || e.status > 499 {
		return false
	}
	r, ok := e.refusal()
	return ok && r.kind(e.status) == card.Unauthorized
}

// attempt sends the request once.
func (t *capture) attempt(req *http.Request, e *exchange) (sent card.Secret, err error) {
	pass, err := t.door.Enter(req.Context(), e.op.Bucket)
	if err != nil {
		return sent, fmt.Errorf("%w: %w", card.ErrNotSent, err)
	}
	defer pass.Done(nil) // for a request that panics or gets no answer
	header := maps.Clone(req.Header)
	if sent, err = t.credentials.Authorize(req.Context(), req.Method, req.URL, header); err != nil {
		return sent, err
	}
	wire.SendOnce(header)
	e.hides(sent, header)
	ctx, cancel := context.WithTimeoutCause(req.Context(), requestTimeout, wire.ErrTooLong)
	defer cancel()
	req = req.WithContext(ctx)
	req.Header = header
	if len(e.query) > 0 {
		query := req.URL.Query()
		maps.Copy(query, e.query)
		target := *req.URL
		target.RawQuery = query.Encode()
		req.URL = &target
	}
	e.putBody(req)
	if e.match != "" {
		req.Header.Set("If-Match", e.match)
	}
	e.request = card.Sending(ctx, e.write())
	req, came := t.trace.Sends(req, e.op.Bucket, t.door.Now)
	answer, err := t.inner.RoundTrip(req)
	came(answer)
	if err != nil {
		return sent, wire.Late(ctx, e.hidden(err)) // the error may quote a line of the answer
	}
	defer answer.Body.Close()
	pass.Done(wire.ForPace(answer))
	e.came = t.door.Now()
	body, err := e.held.Read(ctx, t.room, answer.Body)
	if err != nil {
		return sent, wire.Late(ctx, fmt.Errorf("%w: %w", wire.ErrCutOff, e.hidden(err)))
	}
	if len(body) > wire.LongestAnswer {
		return sent, wire.ErrAnswerTooLong
	}
	e.status, e.header, e.body = answer.StatusCode, e.withoutSecret(answer.Header), e.hide(body)
	return sent, nil
}

// putBody replaces the body of the SDK, which is a filler or null, with the body of the exchange.
func (e *exchange) putBody(req *http.Request) {
	if e.sent == nil {
		req.Body, req.ContentLength, req.GetBody = nil, 0, nil
		req.Header.Del("Content-Type")
		return
	}
	req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(e.sent)), int64(len(e.sent))
	// The connection pool calls GetBody to send on another connection. The SDK's GetBody would return the SDK's body.
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(e.sent)), nil }
	switch {
	case e.sentType != "":
		req.Header.Set("Content-Type", e.sentType)
	case req.Header.Get("Content-Type") == "":
		req.Header.Set("Content-Type", jsonType)
	}
}

// hide removes the secrets of the request from an answer. An answer that repeats the request, such as the error page of a proxy, would
// otherwise bring them into messages, logs and results.
func (e *exchange) hide(answer []byte) []byte {
	for _, secret := range e.secrets {
		if bytes.Contains(answer, []byte(secret)) { // the usual case has none, and needs no copy
			answer = bytes.ReplaceAll(answer, []byte(secret), []byte("[hidden]"))
		}
	}
	return answer
}

// hidden returns an error whose message does not have the secret. It wraps err.
func (e *exchange) hidden(err error) error {
	message := string(e.hide([]byte(err.Error())))
	if message == err.Error() {
		return err
	}
	return &hiddenError{message, err}
}

type hiddenError struct {
	message string
	err     error
}

func (e *hiddenError) Error() string { return e.message }

func (e *hiddenError) Unwrap() error { return e.err }

func (e *exchange) withoutSecret(h http.Header) http.Header {
	for _, values := range h {
		for i, value := range values {
			values[i] = strings.ToValidUTF8(string(e.hide([]byte(value))), "\uFFFD")
		}
	}
	return h
}

// failed returns the error of a request that got no answer.
func (e *exchange) failed(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil && errors.Is(err, card.ErrNotSent):
		return fmt.Errorf("%w: %w", card.ErrNotSent, context.Cause(ctx))
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.As(err, new(*card.Error)): // of the credentials
		return err
	case errors.Is(err, wire.ErrAnswerTooLong):
		return e.unread(err)
	case errors.Is(err, wire.ErrTooLong):
		return &card.Error{Kind: card.Timeout, Message: fmt.Sprintf("%s: no complete answer within %s", e.op.Name, requestTimeout), Err: err}
	}
	return wire.Site{Host: e.host, Where: "domain", Other: elsewhere}.Unreachable(e.op.Name, err)
}

// unread returns the error of an answer that is too large to be used.
func (e *exchange) unread(err error) *card.Error {
	unread := &card.Error{Kind: card.Invalid, Code: card.CodeUnread, Message: fmt.Sprintf("%s: %v", e.op.Name, err), Err: err}
	if e.reads {
		unread.Hint = "use a smaller `limit` for shorter pages"
	}
	return unread
}
