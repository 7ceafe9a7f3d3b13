// Package web has the cards that call HTTP services, http.get and its sisters, and the service `http` that connects to one: any service
// with a base URL, one way to sign in, and paths. It knows no service in particular.
//
// The engine is responsible for retries, concurrency and dry runs.
package web

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/flowdeck/flowdeck/cards/pace"
	"github.com/flowdeck/flowdeck/cards/wire"
	"github.com/flowdeck/flowdeck/engine/card"
)

// Cards returns every card of this package.
func Cards() []card.Card {
	all := slices.Concat(requests, downloads, lists)
	for i, c := range all {
		all[i] = refusing(c)
	}
	return all
}

// Service returns the service for `type: http`.
func Service() card.Service { return card.NewService("http", open) }

// config has the settings of a connection of type http.
type config struct {
	BaseURL        string         `json:"base_url" jsonschema:"the address of the service, such as https://api.example.com/v1; all requests go to its host, and below its path"`
	Headers        map[string]any `json:"headers,omitempty" jsonschema:"headers of every request: texts, or references to secrets such as {env: API_KEY}"`
	Auth           *auth          `json:"auth,omitempty" jsonschema:"how to authenticate, in one of several ways; without it, requests are sent without credentials"`
	Test           string         `json:"test,omitempty" jsonschema:"a path to read, which shows that the credentials work, such as /me; without it, only the host is reached"`
	RateLimit      *pace.Fraction `json:"rate_limit,omitempty" jsonschema:"how much of the service's rate limits to use, such as {share: 50%}"`
	PrivateNetwork bool           `json:"private_network,omitempty" jsonschema:"the service may have an address of a private network"`
	Simulated      bool           `json:"simulated,omitempty" jsonschema:"the service is on this machine and only for trying out: nobody is asked before a write"`
}

// Check finds the mistakes of a configuration.
func (c config) Check(card.Settings) error {
	_, _, err := c.check()
	return err
}

// check finds the mistakes of a configuration, and returns where its requests go, and how they authenticate.
func (c config) check() (base, way, error) {
	b, err := parseBase(c.BaseURL)
	if err != nil {
		return b, nil, err
	}
	w, err := c.Auth.way()
	if err != nil {
		return b, nil, err
	}
	return b, w, cmp.Or(c.checkRest(b), w.check(c.PrivateNetwork))
}

// checkRest finds the mistakes of the settings but base_url and auth.
func (c config) checkRest(b base) error {
	if err := b.checkLiteral(c.PrivateNetwork); err != nil {
		return err
	}
	if c.Simulated && !wire.Loopback(b.hostname()) {
		return misconfigured("remove `simulated`", "`simulated` is only for a service on this machine, and "+b.host+" is not on this machine")
	}
	if _, err := c.RateLimit.Part(); err != nil {
		return misconfigured(`write it as "50%", or as a number from 1 to 100`, err.Error())
	}
	if c.Test != "" {
		if _, err := b.target(http.MethodGet, c.Test); err != nil {
			return misconfigured(card.AsError(err).Hint, "`test`: "+err.Error())
		}
	}
	written := map[string]string{} // by the name that is sent
	for _, name := range slices.Sorted(maps.Keys(c.Headers)) {
		if err := checkOwnHeader(name, c.Headers[name]); err != nil {
			return err
		}
		sent := http.CanonicalHeaderKey(name)
		if other, twice := written[sent]; twice {
			return misconfigured("the case of a name does not matter: keep one of them", fmt.Sprintf("`headers` has %q and %q, which are one header", other, name))
		}
		written[sent] = name
	}
	if c.Auth != nil && c.Auth.Header != nil {
		if other, twice := written[http.CanonicalHeaderKey(c.Auth.Header.Name)]; twice {
			return misconfigured("keep one of them", fmt.Sprintf("`headers` and `auth` both have the header %q", other))
		}
	}
	return nil
}

// checkOwnHeader checks a header of the configuration.
func checkOwnHeader(name string, value any) error {
	text, literal := value.(string)
	if _, reference := value.(map[string]any); !literal && !reference {
		return misconfigured("write numbers and booleans in quotes", fmt.Sprintf("header %q is not a text or a reference to a secret", name))
	}
	if err := wire.CheckHeader(http.Header{name: {text}}); err != nil {
		hint := card.AsError(err).Hint
		if http.CanonicalHeaderKey(name) == "Authorization" {
			hint = "use `auth`"
		}
		return misconfigured(hint, err.Error())
	}
	if literal && secretNames.Has(name) {
		return misconfigured("write a reference: {env: NAME}, {file: PATH} or {command: [PROGRAM, ARGUMENT]}", fmt.Sprintf("header %q is a secret, which must not be written in a file", name))
	}
	return nil
}

func misconfigured(hint, message string) error {
	return &card.Error{Kind: card.Invalid, Message: message, Hint: hint}
}

// connection is an open connection.
type connection struct {
	*session
	as        string // the account, if the configuration names it
	test      string // a path; "" for none
	simulated bool
}

func open(s card.Settings, c config) (card.Connection, error) {
	b, way, err := c.check()
	if err != nil {
		return nil, err
	}
	share, err := c.RateLimit.Part()
	if err != nil {
		return nil, err
	}
	transport, err := newTransport(b, c.PrivateNetwork)
	if err != nil {
		return nil, err
	}
	conn := &connection{as: way.account(), test: c.Test, simulated: c.Simulated}
	conn.session = &session{
		name: s.Name, product: s.Product, base: b, excerpt: s.Excerpt, transport: transport, door: pace.New(s.Clock, share), room: wire.NewRoom(),
	}
	for _, name := range slices.Sorted(maps.Keys(c.Headers)) {
		if text, literal := c.Headers[name].(string); literal {
			conn.headers = append(conn.headers, header{name: http.CanonicalHeaderKey(name), plain: text})
			continue
		}
		secret, err := s.Secret(c.Headers[name])
		if err != nil {
			return nil, err
		}
		conn.headers = append(conn.headers, secretHeader(name, secret, s.Hide))
	}
	if err := way.open(s, c.PrivateNetwork, conn.session); err != nil {
		return nil, err
	}
	for _, h := range conn.headers {
		if err := h.check(); err != nil {
			return nil, err
		}
	}
	return conn, nil
}

// Test reads the path of the setting test. Without it, it only reaches the host, without the headers and the credentials of the
// connection, and asks for an access token if the connection needs one. A service is simulated if the workspace declares it, which it
// can only for one on this machine.
func (c *connection) Test(ctx context.Context) (card.Identity, error) {
	id := card.Identity{Org: c.base.host, Key: c.base.String(), What: "service", As: c.as, Simulated: c.simulated}
	r := request{method: http.MethodHead, target: c.base.url("/"), bare: true}
	if c.test != "" {
		target, err := c.base.target(http.MethodGet, c.test)
		if err != nil {
			return id, err
		}
		r = request{method: http.MethodGet, target: target, header: http.Header{"Accept": {acceptJSON}}}
	} else if c.tokens != nil {
		if _, err := c.tokens.Token(ctx); err != nil {
			return id, err
		}
	}
	e, err := c.do(ctx, r)
	defer e.end()
	if err == nil && !r.bare {
		err = e.accepted()
	}
	if r.bare && e.status != 0 { // it answered, whatever
		err = nil
		if c.tokens == nil && len(c.headers) > 0 {
			id.Note = "without `test`, the credentials are not tested"
		}
	}
	if c.tokens != nil && c.tokens.Unkept() {
		id.Note = "the service replaced the refresh token, and the new one cannot be kept: unlock the keyring, or set FLOWDECK_KEY"
	}
	return id, err
}

// Waited is for how long requests waited on rate limits; see pace.Governor.Waited.
func (c *connection) Waited() (total time.Duration, byBucket map[string]time.Duration) {
	return c.door.Waited()
}

// Close frees the idle connections, and ends the renewal of tokens.
func (c *connection) Close() error {
	c.transport.CloseIdleConnections()
	if c.tokens == nil {
		return nil
	}
	return c.tokens.Close()
}
