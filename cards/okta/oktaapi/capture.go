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
	"sync"

	"github.com/flowdeck/flowdeck/cards/pace"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/words"
)

// exchange is one request and its answer, carried through the SDK in the request's context.
type exchange struct {
	op       Operation
	query    url.Values
	sent     []byte // the request's body; nil for none
	sentType string // its type; "" is JSON
	status   int    // 0: no answer came
	header   http.Header
	body     []byte        // in buffer, so until end
	buffer   *bytes.Buffer // nil: nothing was read
	err      error         // why no whole answer came
	release  func()        // gives back the room of a large answer; nil: it has none
}

// buffers are kept for their memory: answers are large, and soon made into values.
const keptBuffer = 64 << 10 // bytes; a page of a list is not kept

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// end gives back what the exchange holds, once its answer is a value. The body is gone then.
func (e *exchange) end() {
	e.body = nil
	if e.buffer != nil && e.buffer.Cap() <= keptBuffer {
		buffers.Put(e.buffer)
	}
	e.buffer = nil
	if e.release != nil {
		e.release()
	}
}

type exchangeKey struct{}

// errCaptured is all that the SDK ever gets for a request: it must not read, decode, cache or repeat anything. The error
// must not be io.EOF, nor wrap it: the SDK would send the request again and again.
var errCaptured = errors.New("the answer was captured")

// longestAnswer is how many bytes an answer may have, since it is held in memory whole. A page of a thousand
// users has some megabytes.
const longestAnswer = 32 << 20

// A stream may have a hundred requests at a time. Their answers are small, and of larger ones only a few are read and
// decoded at once; the others wait.
const (
	smallAnswer  = 1 << 20 // bytes
	largeAnswers = 4
)

var errAnswerTooLong = fmt.Errorf("the answer is longer than %d MB", longestAnswer>>20)

// capture is the transport under the SDK. It adds what the SDK's builders cannot (the token, any query
// parameter, a body as it is), sends once, keeps the answer in the exchange, and gives the SDK errCaptured.
type capture struct {
	org   *url.URL
	token card.Secret
	door  *pace.Governor
	inner http.RoundTripper
	large chan struct{} // holds one for each large answer that is read or decoded
}

func newCapture(org *url.URL, token card.Secret, door *pace.Governor, inner http.RoundTripper) *capture {
	return &capture{org: org, token: token, door: door, inner: inner, large: make(chan struct{}, largeAnswers)}
}

func (t *capture) RoundTrip(req *http.Request) (*http.Response, error) {
	e, ok := req.Context().Value(exchangeKey{}).(*exchange)
	if !ok {
		return nil, errors.New("oktaapi: a request that no exchange asked for")
	}
	e.err = t.send(req, e)
	return nil, errCaptured
}

func (t *capture) send(req *http.Request, e *exchange) error {
	if req.URL.Host != t.org.Host || req.URL.Scheme != t.org.Scheme {
		return fmt.Errorf("a request to %s, which is not the org", req.URL.Host)
	}
	pass, err := t.door.Enter(req.Context(), e.op.Bucket)
	if err != nil {
		return fmt.Errorf("%w: %w", card.ErrNotSent, err)
	}
	defer pass.Done(nil) // for a request without an answer, or that panics
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
	answer, err := t.inner.RoundTrip(req)
	if err != nil {
		return late(ctx, t.hidden(err)) // it may quote a line of the answer
	}
	defer answer.Body.Close()
	pass.Done(forPace(answer))
	body, err := t.read(ctx, answer.Body, e)
	if err != nil {
		return late(ctx, fmt.Errorf("the answer was cut off: %w", t.hidden(err)))
	}
	if len(body) > longestAnswer {
		return errAnswerTooLong
	}
	e.status, e.header, e.body = answer.StatusCode, t.withoutToken(answer.Header), t.hide(body)
	return nil
}

// read reads a body up to one byte more than an answer may have. Of a large one it waits for the room, which the exchange
// then holds.
func (t *capture) read(ctx context.Context, from io.Reader, e *exchange) ([]byte, error) {
	e.buffer = buffers.Get().(*bytes.Buffer)
	e.buffer.Reset()
	_, err := e.buffer.ReadFrom(io.LimitReader(from, smallAnswer))
	if err != nil || e.buffer.Len() < smallAnswer {
		return e.buffer.Bytes(), err
	}
	select {
	case t.large <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	e.release = func() { <-t.large }
	_, err = e.buffer.ReadFrom(io.LimitReader(from, longestAnswer+1-smallAnswer))
	return e.buffer.Bytes(), err
}

// forPace is the headers of an answer that show how fast requests may follow: Retry-After means that only with the
// statuses of a service that is busy, and something else with a redirect or a job that was accepted.
func forPace(answer *http.Response) http.Header {
	busy := answer.StatusCode == http.StatusTooManyRequests || answer.StatusCode == http.StatusServiceUnavailable
	if busy || answer.Header.Get("Retry-After") == "" {
		return answer.Header
	}
	h := answer.Header.Clone()
	h.Del("Retry-After")
	return h
}

// putBody puts our body in the place of the SDK's, which is a filler, or null.
func (e *exchange) putBody(req *http.Request) {
	if e.sent == nil {
		req.Body, req.ContentLength, req.GetBody = nil, 0, nil
		req.Header.Del("Content-Type")
		return
	}
	req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(e.sent)), int64(len(e.sent))
	// The pool takes GetBody when it sends on a fresh connection; the SDK's would bring back the SDK's body.
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(e.sent)), nil }
	switch {
	case e.sentType != "":
		req.Header.Set("Content-Type", e.sentType)
	case req.Header.Get("Content-Type") == "":
		req.Header.Set("Content-Type", "application/json")
	}
}

// hide takes the token out of an answer: what repeats the request, as a proxy's page about an error may, would
// bring it into messages, logs and results. A token that is shorter than Okta's may be any word, and counts only as
// it was sent.
func (t *capture) hide(answer []byte) []byte {
	sent := t.token.Reveal()
	if len(sent) < shortestToken {
		sent = scheme + sent
	}
	if !bytes.Contains(answer, []byte(sent)) { // as ever, and nothing is copied
		return answer
	}
	return bytes.ReplaceAll(answer, []byte(sent), []byte("[hidden]"))
}

// hidden is an error whose message does not have the token; it still wraps its causes.
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

// scheme precedes the token in the header.
const scheme = "SSWS "

// shortestToken is well below the length of Okta's tokens, 42 characters.
const shortestToken = 16

// value is the answer's body as a value.
func (e *exchange) value() (card.Value, error) {
	v, err := card.DecodeJSON(e.body)
	if err != nil {
		return nil, e.garbled(err)
	}
	return v, nil
}

// resource is the answer of an operation that answers a user, a group or another thing of the org: an object with an id.
func (e *exchange) resource() (map[string]any, error) {
	v, err := e.value()
	if err != nil {
		return nil, err
	}
	object, ok := v.(map[string]any)
	if !ok {
		return nil, e.garbled(fmt.Errorf("not an object with an id but %s", words.A(words.Kind(v))))
	}
	if id, _ := object["id"].(string); id == "" {
		return nil, e.garbled(errors.New("not an object with an id: it has none"))
	}
	return object, nil
}

// sendable reports whether a token has only characters that a header value can have.
func sendable(token card.Secret) bool {
	return !strings.ContainsFunc(token.Reveal(), func(c rune) bool { return c <= ' ' || c >= 0x7f })
}

// late marks the error of a request whose time was up, which is not its caller's context ending.
func late(ctx context.Context, err error) error {
	if errors.Is(context.Cause(ctx), errTooLong) {
		return fmt.Errorf("%w: %w", errTooLong, err)
	}
	return err
}

// failed is the error of a request that got no answer.
func (e *exchange) failed(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil && errors.Is(err, card.ErrNotSent):
		return fmt.Errorf("%w: %w", card.ErrNotSent, context.Cause(ctx))
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, errAnswerTooLong):
		return &card.Error{
			Kind: card.Invalid, Message: fmt.Sprintf("%s: %v", e.op.Name, err), Err: err, Hint: "use a smaller `limit` for shorter pages",
		}
	case errors.Is(err, errTooLong):
		return &card.Error{Kind: card.Timeout, Message: fmt.Sprintf("%s: no complete answer within %s", e.op.Name, requestTimeout), Err: err}
	}
	return unreachable(e.op, err)
}
