package web

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/flowdeck/flowdeck/cards/pace"
	"github.com/flowdeck/flowdeck/cards/wire"
	"github.com/flowdeck/flowdeck/engine/card"
)

// A Site has the settings of a connection to a service over HTTP, besides its address. Services with cards of their own embed it in their
// configuration.
type Site struct {
	Headers        map[string]any `json:"headers,omitempty" jsonschema:"headers of every request: texts, or references to secrets such as {env: API_KEY}"`
	Auth           *auth          `json:"auth,omitempty" jsonschema:"how to authenticate, in one of several ways; without it, requests are sent without credentials"`
	RateLimit      *pace.Fraction `json:"rate_limit,omitempty" jsonschema:"how much of the service's rate limits to use, such as {share: 50%}"`
	PrivateNetwork bool           `json:"private_network,omitempty" jsonschema:"the service may have an address of a private network"`
	Simulated      bool           `json:"simulated,omitempty" jsonschema:"the service is on this machine and only for trying out: nobody is asked before a write"`
}

// Check finds the mistakes of the settings for a service with this base URL, without a secret and without a request. Its errors are
// *card.Error of kind invalid.
func (c Site) Check(baseURL string) error {
	_, _, err := c.check(baseURL)
	return err
}

// check also returns where requests go, and how they authenticate.
func (c Site) check(baseURL string) (base, way, error) {
	b, err := parseBase(baseURL)
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
func (c Site) checkRest(b base) error {
	if err := b.checkLiteral(c.PrivateNetwork); err != nil {
		return err
	}
	if c.Simulated && !wire.Loopback(b.hostname()) {
		return misconfigured("remove `simulated`", "`simulated` is only for a service on this machine, and "+b.host+" is not on this machine")
	}
	if _, err := c.RateLimit.Part(); err != nil {
		return misconfigured(`write it as "50%", or as a number from 1 to 100`, err.Error())
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

// Open makes a session with the service at a base URL. It sends nothing yet. Its errors are *card.Error.
func (c Site) Open(s card.Settings, baseURL string) (*Session, error) {
	b, way, err := c.check(baseURL)
	if err != nil {
		return nil, err
	}
	transport, err := newTransport(b, c.PrivateNetwork)
	if err != nil {
		return nil, err
	}
	session, err := c.session(s, b, transport)
	if err != nil {
		return nil, err
	}
	session.as, session.simulated = way.account(), c.Simulated
	if err := session.addHeaders(s, c.Headers); err != nil {
		return nil, err
	}
	if err := way.open(s, c.PrivateNetwork, session); err != nil {
		return nil, err
	}
	for _, h := range session.headers {
		if err := h.check(); err != nil {
			return nil, err
		}
	}
	return session, nil
}

// A Line leads to a simulated service, whatever its address.
type Line struct {
	Dial   func(ctx context.Context, network, address string) (net.Conn, error)
	Unused time.Duration // after which an idle connection is closed
}

// OpenSimulated makes a session with a simulated service: its requests go to the line, with a bearer token. Of the settings, it uses RateLimit only.
func (c Site) OpenSimulated(s card.Settings, baseURL string, token card.Secret, to Line) (*Session, error) {
	b, err := parseBase(baseURL)
	if err != nil {
		return nil, err
	}
	transport := cloneTransport()
	transport.Proxy, transport.DialContext, transport.IdleConnTimeout = nil, to.Dial, to.Unused
	session, err := c.session(s, b, transport)
	if err != nil {
		return nil, err
	}
	session.simulated = true
	session.headers = []header{{name: "Authorization", scheme: bearer, secret: token}}
	return session, nil
}

func (c Site) session(s card.Settings, b base, transport *http.Transport) (*Session, error) {
	share, err := c.RateLimit.Part()
	if err != nil {
		return nil, err
	}
	return &Session{
		name: s.Name, product: s.Product, base: b, excerpt: s.Excerpt, transport: transport, door: pace.New(s.Clock, share), room: wire.NewRoom(),
		trace: wire.TraceOf(s),
	}, nil
}

// addHeaders adds the headers of the configuration.
func (s *Session) addHeaders(settings card.Settings, given map[string]any) error {
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if text, literal := given[name].(string); literal {
			s.headers = append(s.headers, header{name: http.CanonicalHeaderKey(name), plain: text})
			continue
		}
		secret, err := settings.Secret(given[name])
		if err != nil {
			return err
		}
		s.headers = append(s.headers, secretHeader(name, secret, settings.Hide))
	}
	return nil
}

// Identity returns what is known of the service and of the account without a request. what is the service for people.
func (s *Session) Identity(what string) card.Identity {
	return card.Identity{Org: s.base.host, Key: s.base.String(), What: what, As: s.as, Simulated: s.simulated, Note: s.unkept()}
}

// unkept warns of a refresh token that is lost at the end; "" if there is none.
func (s *Session) unkept() string {
	if s.tokens == nil || !s.tokens.Unkept() {
		return ""
	}
	return "the service replaced the refresh token, and the new one cannot be kept: unlock the keyring, or set FLOWDECK_KEY"
}

// Waited is for how long requests waited on rate limits; see pace.Governor.Waited.
func (s *Session) Waited() (total time.Duration, byBucket map[string]time.Duration) {
	return s.door.Waited()
}

// Close frees the idle connections, and ends the renewal of tokens.
func (s *Session) Close() error {
	s.transport.CloseIdleConnections()
	if s.tokens == nil {
		return nil
	}
	return s.tokens.Close()
}
