package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/cards/oauth"
	"github.com/flowdeck/flowdeck/cards/pace"
	"github.com/flowdeck/flowdeck/cards/wire"
	"github.com/flowdeck/flowdeck/engine/card"
)

// requestTimeout bounds one request, its whole answer included, but not its waiting at the door. The transfer of a file may take longer, up
// to transferTimeout, as long as parts of it come and go in time.
const (
	requestTimeout  = 2 * time.Minute
	transferTimeout = time.Hour
)

// Session sends the requests of a connection. Site.Open makes one. It is safe for concurrent use.
type Session struct {
	wire.Turns

	name    string // of the connection, for hints
	product string
	base    base
	headers []header      // of the connection, the one of a secret that does not change included
	tokens  *oauth.Source // nil for a connection without OAuth

	as        string // the account, if the configuration names it
	simulated bool   // the configuration declares it

	excerpt   card.Excerpt
	transport *http.Transport
	door      *pace.Governor
	trace     wire.Trace
	room      wire.Room
}

// request is a request below the base of a connection.
type request struct {
	method string
	target *url.URL // without a query
	query  url.Values
	header http.Header
	body   []byte    // nil for none
	upload *upload   // a body of files, instead of body; nil for none
	save   io.Writer // gets the body of a success, without the secrets of the connection; nil: the exchange has it
	bare   bool      // without the headers and the credentials of the connection
}

// transfers reports whether a file is sent or received.
func (r request) transfers() bool { return r.upload != nil || r.save != nil }

// line is the request for people.
func (r request) line() string { return r.method + " " + r.target.EscapedPath() }

func (r request) reads() bool { return r.method == http.MethodGet || r.method == http.MethodHead }

// writes returns the request for people if it may change something, as card.Sending needs it.
func (r request) writes() string {
	if r.reads() {
		return ""
	}
	return r.line()
}

// exchange is a request and its answer. It must be ended.
type exchange struct {
	request request
	status  int
	header  http.Header
	body    []byte // in held; nil after end
	held    wire.Body
	came    time.Time  // when the answer came
	write   *card.Sent // nil if the request changes nothing
}

// end releases the memory of the answer. It is called when the answer has been decoded.
func (e *exchange) end() {
	e.body = nil
	e.held.End()
}

// do sends a request once. It sends it a second time only with a fresh access token, after the service refused the first one with
// 401, which is certainly before it did anything. The exchange is never nil, and must be ended. Its write is confirmed by the caller, when
// the answer is one that the service may give. The error is a *card.Error, or ctx's.
func (s *Session) do(ctx context.Context, r request) (*exchange, error) {
	for again := false; ; again = true {
		e := &exchange{request: r}
		sent, refused, err := s.credentials(ctx, r)
		if err != nil {
			return e, err
		}
		err = s.result(ctx, e, s.send(ctx, e, sent))
		if failure := (*card.Error)(nil); errors.As(err, &failure) && !failure.MayBeDone() {
			e.write.Refused()
		}
		if e.status == http.StatusUnauthorized && refused != nil && !again && refused() {
			e.end()
			continue
		}
		return e, err
	}
}

// result returns the error of a request; nil for a success.
func (s *Session) result(ctx context.Context, e *exchange, err error) error {
	switch {
	case err != nil:
		return s.failed(ctx, e.request, err)
	case e.status < 200 || e.status > 299:
		return s.refused(e)
	}
	return nil
}

// credentials returns the headers that a request gets from the connection, and a function to call if the service refuses its access
// token, which reports whether another attempt makes sense; nil if it has none.
func (s *Session) credentials(ctx context.Context, r request) (sent []header, refused func() (again bool), err error) {
	switch {
	case r.bare:
		return nil, nil, nil
	case s.tokens == nil:
		return s.headers, nil, nil
	}
	token, err := s.tokens.Token(ctx)
	if err != nil {
		return nil, nil, err
	}
	h := header{name: "Authorization", scheme: token.Type + " ", secret: token.Access}
	return append(slices.Clone(s.headers), h), func() bool { return s.tokens.Refused(token.Access) }, nil
}

func (s *Session) send(ctx context.Context, e *exchange, sent []header) error {
	limit := bucket(e.request.method, strings.TrimPrefix(e.request.target.Path, s.base.path))
	pass, err := s.door.Enter(ctx, limit)
	if err != nil {
		return fmt.Errorf("%w: %w", card.ErrNotSent, err)
	}
	defer pass.Done(nil) // for a request that panics or gets no answer
	ctx, going, cancel := e.request.timed(ctx)
	defer cancel()
	req, err := e.request.build(ctx, going)
	if err != nil {
		return err
	}
	req.Header.Set("User-Agent", s.product)
	for _, h := range sent {
		h.set(req.Header)
	}
	wire.SendOnce(req.Header)
	e.write = card.Sending(ctx, e.request.writes())
	req, came := s.trace.Sends(req, limit, s.door.Now)
	answer, err := s.transport.RoundTrip(req) // which follows no redirect
	came(answer)
	if err != nil {
		return wire.Late(ctx, hidden(err, sent)) // the error may quote a line of the answer
	}
	defer answer.Body.Close()
	pass.Done(wire.ForPace(answer))
	e.came = s.door.Now()
	if e.request.save != nil && answer.StatusCode/100 == 2 {
		e.status, e.header = answer.StatusCode, hideIn(answer.Header, sent)
		if answer.ContentLength > largestSaved {
			return errSavedTooLong
		}
		if err := e.copy(progress{answer.Body, going}, sent, largestSaved); err != nil {
			return wire.Late(ctx, err)
		}
		return nil
	}
	body, err := e.held.Read(ctx, s.room, answer.Body)
	if err != nil {
		return wire.Late(ctx, fmt.Errorf("%w: %w", wire.ErrCutOff, hidden(err, sent)))
	}
	if len(body) > wire.LongestAnswer {
		return wire.ErrAnswerTooLong
	}
	e.status, e.header, e.body = answer.StatusCode, hideIn(answer.Header, sent), hide(body, sent)
	return nil
}

// timed returns a context that ends if the request takes too long. The transfer of a file calls going whenever there is progress.
func (r request) timed(ctx context.Context) (_ context.Context, going, cancel func()) {
	if !r.transfers() {
		ctx, cancel := context.WithTimeoutCause(ctx, requestTimeout, wire.ErrTooLong)
		return ctx, nil, cancel
	}
	ctx, end := context.WithTimeoutCause(ctx, transferTimeout, wire.ErrTooLong)
	ctx, stop := context.WithCancelCause(ctx)
	timer := time.AfterFunc(requestTimeout, func() { stop(wire.ErrTooLong) })
	return ctx, func() { timer.Reset(requestTimeout) }, func() { timer.Stop(); stop(nil); end() }
}

// progress is a reader that calls going after each part.
type progress struct {
	from  io.Reader
	going func()
}

func (p progress) Read(to []byte) (int, error) {
	n, err := p.from.Read(to)
	p.going()
	return n, err
}

func (r request) build(ctx context.Context, going func()) (*http.Request, error) {
	var body io.Reader
	if r.body != nil {
		body = bytes.NewReader(r.body)
	}
	target := *r.target
	if len(r.query) > 0 {
		target.RawQuery = r.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, r.method, target.String(), body)
	if err != nil {
		return nil, &card.Error{Kind: card.Invalid, Message: fmt.Sprintf("%s: %v", r.line(), err), Err: err}
	}
	if r.header != nil {
		req.Header = r.header.Clone()
	}
	if r.upload != nil {
		r.upload.on(req, going)
	}
	req.Close = r.method == http.MethodHead // a body after its answer, which some services send, is not the start of the next one
	return req, nil
}

// failed returns the error of a request that got no answer.
func (s *Session) failed(ctx context.Context, r request, err error) error {
	known := (*card.Error)(nil)
	switch {
	case ctx.Err() != nil && errors.Is(err, card.ErrNotSent):
		return fmt.Errorf("%w: %w", card.ErrNotSent, context.Cause(ctx))
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.As(err, &known):
		return known
	case errors.Is(err, wire.ErrAnswerTooLong), errors.Is(err, errSavedTooLong):
		return tooLong(r, err)
	case errors.Is(err, wire.ErrTooLong) && r.transfers():
		return &card.Error{Kind: card.Timeout, Message: fmt.Sprintf("%s: the transfer stopped for %s, or took longer than %s", r.line(), requestTimeout, transferTimeout), Err: err}
	case errors.Is(err, wire.ErrTooLong):
		return &card.Error{Kind: card.Timeout, Message: fmt.Sprintf("%s: no complete answer within %s", r.line(), requestTimeout), Err: err}
	}
	return wire.Site{Host: s.base.host, Where: "base_url", Other: elsewhere}.Unreachable(r.line(), err)
}

// elsewhere is the hint for answers that cannot come from the service.
const elsewhere = "is base_url right? Something between here and the service may have answered in its place"

// tooLong returns the error of an answer that is too large to be used.
func tooLong(r request, err error) *card.Error {
	unread := &card.Error{Kind: card.Invalid, Code: card.CodeUnread, Message: fmt.Sprintf("%s: %v", r.line(), err), Err: err}
	if r.reads() && r.save == nil {
		unread.Hint = "does the service have a parameter for shorter pages?"
	}
	return unread
}

// uninformative matches the segments of a path that come before the name of a resource.
var uninformative = regexp.MustCompile(`^(api|rest|v?[0-9][0-9.]*|v[0-9][a-z0-9]*)$`)

// bucket is the key of a rate limit until the answers show a better one: the method and the first segment that names a resource. More
// of the path may be ids, of which there are many.
func bucket(method, path string) string {
	resource := ""
	for segment := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		resource += "/" + segment
		if !uninformative.MatchString(segment) {
			break
		}
	}
	return method + " " + resource
}
