// Package oktaapi is the way to an Okta org: the only importer of Okta's SDK.
//
// The SDK builds the requests: paths, escaping, methods, headers. Everything after that is done here,
// because the SDK's own ways lose data or hide errors: answers are taken raw from the transport (its typed
// decoding drops nulls, reformats times and rounds integers), paging follows the Link header with a check
// of the host (its Next ends a list early on a 500), and a request is sent once (its retry repeats a POST
// without end when a connection closes). Retries are the interpreter's.
//
// It knows Okta's HTTP API and card.Error; it knows no card and no flow.
package oktaapi

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/okta/okta-sdk-golang/v5/okta"

	"github.com/flowdeck/flowdeck/cards/pace"
	"github.com/flowdeck/flowdeck/cards/wire"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/words"
)

// Config configures a session.
type Config struct {
	Domain  string         // "acme.okta.com"; "http://127.0.0.1:8642" for an org on this machine
	Product string         // "flowdeck/1.2.3", for the org's own log
	Door    *pace.Governor // what paces the requests; sessions to one org by one token may share it

	Credentials Credentials
	Trace       wire.Trace // zero: requests are not reported

	// Dial makes the connections of the network. Nil is the usual way to Domain.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	// Unused is for how long a connection may be unused before it is closed. Zero is the usual time.
	Unused time.Duration
}

// Session is an authorized connection to one org. It is safe for concurrent use.
type Session struct {
	wire.Turns
	org       *url.URL
	client    *okta.APIClient
	transport *http.Transport
	door      *pace.Governor
}

// requestTimeout bounds one request, its whole answer included, but not its waiting at the door. Okta itself
// gives up after a minute.
const requestTimeout = 2 * time.Minute

// Open makes a session. It sends nothing yet. Its errors are *card.Error of kind invalid.
func Open(c Config) (*Session, error) {
	org, err := orgURL(c.Domain)
	if err != nil {
		return nil, err
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if c.Dial != nil {
		transport.DialContext = c.Dial
	}
	if c.Unused > 0 {
		transport.IdleConnTimeout = c.Unused
	}
	transport.MaxIdleConnsPerHost = 128 // as many as the widest stream: a connection a record would cost a handshake each
	sends := newCapture(org, c.Credentials, c.Door, transport)
	sends.trace = c.Trace
	client := okta.NewAPIClient(configured(org, c.Product, &http.Client{
		Transport: sends,
		// A redirect would carry the token to wherever it points.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}))
	return &Session{org: org, client: client, transport: transport, door: c.Door}, nil
}

// configured is a configuration of the SDK. Its own NewConfiguration reads ~/.okta/okta.yaml, .okta.yaml and each variable of
// the environment with OKTA_: a debug switch there would print the token, a proxy would replace the transport, and of a
// value that it does not understand it complains on standard output.
func configured(org *url.URL, product string, client *http.Client) *okta.Configuration {
	cfg := &okta.Configuration{
		Host: org.Host, Scheme: org.Scheme, HTTPClient: client, UserAgent: product, UserAgentExtra: product,
		Servers: okta.ServerConfigurations{{URL: org.String()}}, DefaultHeader: map[string]string{},
		Context: context.Background(),
	}
	cfg.Okta.Client.AuthorizationMode = "SSWS" // without a token: the transport sets it
	return cfg
}

// Org is the org's host.
func (s *Session) Org() string { return s.org.Host }

// URL is the address of the org, such as https://acme.okta.com: the issuer of its tokens.
func (s *Session) URL() string { return s.org.Scheme + "://" + s.org.Host }

// Local reports whether the org's domain is of this machine.
func (s *Session) Local() bool { return wire.Loopback(s.org.Hostname()) }

// Me returns the login of the user whom the token belongs to, and the headers of the answer, which name the software of a
// simulated org, and the limits. An object that is not such a user was not sent by Okta, which requires a login.
func (s *Session) Me(ctx context.Context) (login string, answer http.Header, err error) {
	e, err := s.exchange(ctx, GetUser, Args{Path: []string{"me"}})
	defer e.end()
	if err != nil {
		return "", nil, err
	}
	user, err := e.resource()
	if err != nil {
		return "", nil, err
	}
	profile, _ := user["profile"].(map[string]any)
	if login, _ = profile["login"].(string); login == "" {
		return "", nil, e.garbled(errors.New("not a user: it has no login"))
	}
	return login, e.header, nil
}

// Quota sends a request, and returns the rate limit that it counted against, and the body of the answer as a value. A
// limit that is used up is not an error. The error is a *card.Error, or ctx's.
func (s *Session) Quota(ctx context.Context, op Operation, args Args) (q pace.Quota, body card.Value, err error) {
	e, err := s.exchange(ctx, op, args)
	defer e.end()
	q, known := pace.ReadQuota(e.header, e.came)
	switch {
	case known && e.status == http.StatusTooManyRequests:
		return q, nil, nil
	case err != nil:
		return q, nil, err
	case !known:
		return q, nil, &card.Error{Kind: card.Unavailable, Status: e.status, Message: "the answer has no rate limit headers"}
	}
	body, err = e.value()
	return q, body, err
}

// Waited is for how long requests of the session waited on rate limits; see pace.Governor.Waited.
func (s *Session) Waited() (total time.Duration, byBucket map[string]time.Duration) {
	return s.door.Waited()
}

// Close frees the idle connections.
func (s *Session) Close() error {
	s.transport.CloseIdleConnections()
	return nil
}

// Do sends one request and returns the body of the answer as a value: nil if it is empty. An answer that the operation does
// not have is an error. The error is a *card.Error, or ctx's.
func (s *Session) Do(ctx context.Context, op Operation, args Args) (card.Value, error) {
	v, _, err := s.DatedDo(ctx, op, args)
	return v, err
}

// DatedDo is Do with the time of the answer by the clock of Okta, in whole seconds: the zero time if the answer has none.
func (s *Session) DatedDo(ctx context.Context, op Operation, args Args) (v card.Value, date time.Time, err error) {
	e, err := s.exchange(ctx, op, args)
	defer e.end()
	if err != nil {
		return nil, date, err
	}
	if v, err = e.done(); err == nil {
		e.request.Confirmed()
	}
	return v, e.date(), err
}

// Resource is Do for an operation that answers a thing of the org, such as a user: an object with an id. Anything else is
// an error: what answers in the org's place must not pass for a user without a status.
func (s *Session) Resource(ctx context.Context, op Operation, args Args) (map[string]any, error) {
	e, err := s.exchange(ctx, op, args)
	defer e.end()
	if err != nil {
		return nil, err
	}
	object, err := e.resource()
	if err == nil {
		e.request.Confirmed()
	}
	return object, err
}

// Tagged is Resource with the entity tag of the thing; "" if Okta sends none.
func (s *Session) Tagged(ctx context.Context, op Operation, args Args) (object map[string]any, tag string, err error) {
	e, err := s.exchange(ctx, op, args)
	defer e.end()
	if err != nil {
		return nil, "", err
	}
	object, err = e.resource()
	return object, e.header.Get("ETag"), err
}

// Page reads the page of a list at a cursor. The cursor is the `after` of Okta's next link.
func (s *Session) Page(ctx context.Context, op Operation, args Args, at card.Cursor) ([]card.Value, card.Cursor, error) {
	items, next, _, err := s.DatedPage(ctx, op, args, at)
	return items, next, err
}

// DatedPage is Page with the time of the answer by the clock of Okta: the zero time if the answer has none.
func (s *Session) DatedPage(ctx context.Context, op Operation, args Args, at card.Cursor) (items []card.Value, next card.Cursor, date time.Time, err error) {
	args.Query = cloned(args.Query)
	if at != "" {
		args.Query.Set("after", string(at))
	}
	e, err := s.exchange(ctx, op, args)
	defer e.end()
	if err != nil {
		return nil, "", date, err
	}
	items, err = e.items()
	if err != nil {
		return nil, "", date, err
	}
	for _, item := range items {
		if _, ok := item.(map[string]any); !ok {
			return nil, "", date, e.garbled(fmt.Errorf("%w of objects: one is %s", ErrNoList, words.A(words.Kind(item))))
		}
	}
	if next, err = nextCursor(e.header, s.org); err != nil {
		return nil, "", date, e.unfollowed(err)
	}
	return items, next, e.date(), nil
}

// date returns the time of the answer by the clock of Okta; the zero time if it has none, which is fine.
func (e *exchange) date() time.Time {
	date, _ := http.ParseTime(e.header.Get("Date"))
	return date
}

// exchange sends a request. The exchange is never nil, and must be ended.
func (s *Session) exchange(ctx context.Context, op Operation, args Args) (*exchange, error) {
	e := &exchange{op: op, host: s.org.Host, query: args.Query, sent: args.Body, sentType: args.Type, match: args.Match}
	if err := op.check(args); err != nil {
		return e, err
	}
	err := e.result(ctx, op.send(context.WithValue(ctx, exchangeKey{}, e), s.client, args.Path))
	if failure := (*card.Error)(nil); errors.As(err, &failure) && !failure.MayBeDone() {
		e.request.Refused()
	}
	return e, err
}

// result returns the error of the request; nil for a success. sdkErr is the SDK's own error.
func (e *exchange) result(ctx context.Context, sdkErr error) error {
	switch {
	case e.err != nil:
		return e.failed(ctx, e.err)
	case e.status == 0: // the SDK refused before anything was sent
		return &card.Error{Kind: card.Invalid, Message: fmt.Sprintf("%s: %v", e.op.Name, sdkErr), Err: sdkErr}
	case e.status < 200 || e.status > 299:
		return e.refused()
	}
	return nil
}

func cloned(query url.Values) url.Values {
	c := url.Values{}
	for name, values := range query {
		c[name] = append([]string(nil), values...)
	}
	return c
}
