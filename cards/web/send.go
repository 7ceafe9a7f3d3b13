package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/flowdeck/flowdeck/engine/card"
)

// A Request is a request of a card of another service, below the base of the connection.
type Request struct {
	Method string
	Path   string // escaped, starts with /
	Query  url.Values
	Header http.Header // besides those of the connection; Accept names JSON
	Body   card.Value  // sent as JSON, of the type in Header; nil for none
}

// An Answer is a success. Its body is only valid until the function that got it returns.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte

	exchange *exchange
}

// JSON returns the value of the body; nil if it is empty. A body that is not JSON, such as a page to sign in, is a *card.Error that leaves a
// write in doubt.
func (a Answer) JSON() (card.Value, error) { return a.exchange.decode("json") }

// Unread returns the error of a success that does not have what it should have, which leaves a write in doubt. why follows "the answer".
func (a Answer) Unread(why string) error { return a.exchange.unread(why, nil) }

// Send sends a request once, and passes a success to read. A write counts as done when read returns nil. The error is a *card.Error, ctx's, or
// that of read. That of a refusal has the body in its details: {"status": 409, "body": …}.
func (s *Session) Send(ctx context.Context, r Request, read func(Answer) error) error {
	target, err := s.base.target(r.Method, r.Path)
	if err != nil {
		return err
	}
	sent := request{method: r.Method, target: target, query: r.Query, header: r.Header}
	if r.Body != nil {
		if sent.body, err = card.EncodeJSON(r.Body); err != nil {
			return &card.Error{Kind: card.Invalid, Message: fmt.Sprintf("%s: the body is not valid JSON: %v", sent.line(), err), Err: err}
		}
	}
	e, err := s.do(ctx, sent)
	defer e.end()
	if err != nil {
		return err
	}
	if err := read(Answer{e.status, e.header, e.body, e}); err != nil {
		return err
	}
	e.write.Confirmed()
	return nil
}
