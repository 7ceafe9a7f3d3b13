// Package web has the cards that call HTTP services, http.get and its sisters, and the service `http` that connects to one: any service
// with a base URL, one way to sign in, and paths. Other services over HTTP have its settings (Site) and its sessions (Session), and cards of
// their own. It knows no service in particular.
//
// The engine is responsible for retries, concurrency and dry runs.
package web

import (
	"context"
	"net/http"
	"slices"

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
	BaseURL string `json:"base_url" jsonschema:"the address of the service, such as https://api.example.com/v1; all requests go to its host, and below its path"`
	Site
	Test string `json:"test,omitempty" jsonschema:"a path to read, which shows that the credentials work, such as /me; without it, only the host is reached"`
}

// Check finds the mistakes of a configuration.
func (c config) Check(card.Settings) error {
	b, _, err := c.check(c.BaseURL)
	if err != nil || c.Test == "" {
		return err
	}
	if _, err := b.target(http.MethodGet, c.Test); err != nil {
		return misconfigured(card.AsError(err).Hint, "`test`: "+err.Error())
	}
	return nil
}

// Describe returns what the settings say about a connection.
func (c config) Describe() card.Description { return c.Site.Describe(c.BaseURL) }

// connection is an open connection.
type connection struct {
	*Session
	test string // a path; "" for none
}

func open(s card.Settings, c config) (card.Connection, error) {
	if err := c.Check(s); err != nil {
		return nil, err
	}
	session, err := c.Site.Open(s, c.BaseURL)
	if err != nil {
		return nil, err
	}
	return &connection{Session: session, test: c.Test}, nil
}

// Test reads the path of the setting test. Without it, it only reaches the host, without the headers and the credentials of the
// connection, and asks for an access token if the connection needs one. A service is simulated if the workspace declares it, which it
// can only for one on this machine.
func (c *connection) Test(ctx context.Context) (card.Identity, error) {
	id := c.Identity("service")
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
	if note := c.unkept(); note != "" {
		id.Note = note
	}
	return id, err
}
