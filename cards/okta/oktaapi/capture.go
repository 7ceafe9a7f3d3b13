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
// token, any query parameter, and the body unchanged. It sends the request once, stores the answer in the exchange, and
// returns errCaptured to the SDK.
type capture struct {
	org   *url.URL
	token card.Secret
	door  *pace.Governor
	inner http.RoundTripper
	room  wire.Room
}

func newCapture(org *url.URL, token card.Secret, door *pace.Governor, inner http.RoundTripper) *capture {
	return &capture{org: org, token: token, door: door, inner: inner, room: wire.NewRoom()}
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
	pass, err := t.door.Enter(req.Context(), e.op.Bucket)
	if err != nil {
		return fmt.Errorf("%w: %w", card.ErrNotSent, err)
	}
	defer pass.Done(nil) // for a request that panics or gets no answer
	ctx, cancel := context.WithTimeoutCause(req.Context(), requestTimeout, errTooLong)
	defer cancel()
	req = req.WithContext(ctx)
	req.Header = maps.Clone(req.Header)
	if len(e.query) > 0 {
		query := req.URL.Query()
		maps.Copy(query, e.query)
		target := *req.URL
		target.RawQuery = query.Encode()
		req.URL = &target
	}
	e.putBody(req)
	req.Header.Set("Authorization", scheme+t.token.Reveal())
	if e.match != "" {
		req.Header.Set("If-Match", e.match)
	}
	e.request = card.Sending(ctx, e.write())
	answer, err := t.inner.RoundTrip(req)
	if err != nil {
		return late(ctx, t.hidden(err)) // the error may quote a line of the answer
	}
	defer answer.Body.Close()
	pass.Done(wire.ForPace(answer))
	e.came = t.door.Now()
	body, err := e.held.Read(ctx, t.room, answer.Body)
	if err != nil {
		return late(ctx, fmt.Errorf("%w: %w", wire.ErrCutOff, t.hidden(err)))
	}
	if len(body) > wire.LongestAnswer {
		return wire.ErrAnswerTooLong
	}
	e.status, e.header, e.body = answer.StatusCode, t.withoutToken(answer.Header), t.hide(body)
	return nil
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

// hide removes the token from an answer. An answer that repeats the request, such as the error page of a proxy, would
// otherwise bring the token into messages, logs and results. A token that is much shorter than Okta's tokens could be
// any word, so that hide looks for it only with the scheme, as it was sent.
func (t *capture) hide(answer []byte) []byte {
	sent := t.token.Reveal()
	if len(sent) < shortestToken {
		sent = scheme + sent
	}
	if !bytes.Contains(answer, []byte(sent)) { // the usual case, without a copy
		return answer
	}
	return bytes.ReplaceAll(answer, []byte(sent), []byte("[hidden]"))
}

// hidden returns an error whose message does not have the token. It wraps err.
func (t *capture) hidden(err error) error {
	message := string(t.hide([]byte(err.Error())))
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

func (t *capture) withoutToken(h http.Header) http.Header {
	for _, values := range h {
		for i, value := range values {
			if strings.Contains(value, t.token.Reveal()) {
				values[i] = string(t.hide([]byte(value)))
			}
		}
	}
	return h
}

// scheme is the text before the token in the header.
const scheme = "SSWS "

// shortestToken is well below the length of Okta's tokens, 42 characters.
const shortestToken = 16

// sendable reports whether a token has only characters that are valid in a header.
func sendable(token card.Secret) bool {
	return !strings.ContainsFunc(token.Reveal(), func(c rune) bool { return c <= ' ' || c >= 0x7f })
}

// late adds errTooLong to an error if the request exceeded its time limit, to distinguish this from the end of the
// caller's context.
func late(ctx context.Context, err error) error {
	if errors.Is(context.Cause(ctx), errTooLong) {
		return fmt.Errorf("%w: %w", errTooLong, err)
	}
	return err
}

// failed returns the error of a request that got no answer.
func (e *exchange) failed(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil && errors.Is(err, card.ErrNotSent):
		return fmt.Errorf("%w: %w", card.ErrNotSent, context.Cause(ctx))
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, wire.ErrAnswerTooLong):
		return e.unread(err)
	case errors.Is(err, errTooLong):
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
