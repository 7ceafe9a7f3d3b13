// Package scim has the cards for people and groups in applications that speak SCIM 2.0, and the service that connects to one, the target. Package web
// sends the requests.
//
// A target may lack what the standard has: PATCH, filters, versions. The cards ask it what it offers, and do without the rest. It must not know
// any application, or Okta.
//
// Source: RFC 7643 (schema), RFC 7644 (protocol)
package scim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/flowdeck/flowdeck/cards/scim/scimsim"
	"github.com/flowdeck/flowdeck/cards/simhost"
	"github.com/flowdeck/flowdeck/cards/web"
	"github.com/flowdeck/flowdeck/engine/card"
)

// Cards returns every card of this package.
func Cards() []card.Card {
	all := slices.Concat(testCards, userReads, userWrites, groupReads, groupWrites, pushCards)
	for i, c := range all {
		if c.Out.Properties["schemas"] != nil { // a resource, which may have attributes of any extension
			open := *c.Out
			open.AdditionalProperties = &jsonschema.Schema{}
			c.Out = &open
		}
		all[i] = refusing(c)
		if c.Effect != card.Reads {
			all[i] = alone(all[i])
		}
	}
	return all
}

// alone makes a card that writes wait until no other call works on the same resource: most cards read before they write.
func alone(c card.Card) card.Card {
	return c.Around(func(ctx context.Context, call card.Call, in card.Value, next func() (card.Value, error)) (card.Value, error) {
		which := identity(c, in)
		if which == "" {
			return next()
		}
		t, err := targetOf(call)
		if err != nil {
			return nil, err
		}
		end, err := t.Alone(ctx, which)
		if err != nil {
			return nil, err
		}
		defer end()
		return next()
	})
}

// identity returns a text for the resource that a call works on: its id or, for a group without one, its name; "" if neither is given.
func identity(c card.Card, in card.Value) string {
	given, _ := in.(map[string]any)
	inputs := []string{users.input}
	if strings.HasPrefix(c.Name, "scim.group.") {
		inputs = []string{groups.input, "display_name"}
	}
	for _, input := range inputs {
		if which, _ := given[input].(string); which != "" {
			return input + "=" + strings.ToLower(which)
		}
	}
	return ""
}

// Service returns the service for `type: scim`.
func Service() card.Service {
	service := card.NewService("scim", open)
	service.Seed = &card.Seed{Keys: scimsim.SeedKeys(), Beside: []string{"authority", "rate_limit"}, MaxSize: scimsim.MaxSeedSize, Check: func(source []byte) []card.FileMistake {
		_, err := scimsim.Load(source)
		return simhost.Mistakes(err)
	}}
	return service
}

// config has the settings of a connection of type scim: the target and how to authenticate, or a simulated target instead.
type config struct {
	BaseURL string `json:"base_url,omitempty" jsonschema:"the target's base URL, such as https://app.example.com/scim/v2; all requests go to its host, and below its path"`
	web.Site
	TokenIssued string    `json:"token_issued,omitempty" jsonschema:"the day on which the token was made, such as 2026-01-31, to warn before it expires; a JWT has it itself" pattern:"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"`
	TokenDays   int       `json:"token_days,omitempty" jsonschema:"for how many days a token is valid" default:"365" minimum:"1" maximum:"3650"`
	Authority   string    `json:"authority,omitempty" jsonschema:"where the target's people sign in, if its owner gave you an address for that, such as https://login.example.com/tenant; nothing is sent there" pattern:"^https://[^ ]+$"`
	Simulate    *simulate `json:"simulate,omitempty" jsonschema:"a simulated target instead of a real one; needs no account"`
}

// base is the base URL without the slash that it may end with: paths of SCIM never do.
func (c config) base() string { return strings.TrimRight(c.BaseURL, "/") }

// Check finds the mistakes of a configuration and its seed.
func (c config) Check(s card.Settings) error {
	if _, err := c.tokenAge(); err != nil {
		return err
	}
	if err := c.checkAuthority(); err != nil {
		return err
	}
	site := c.Headers != nil || c.Auth != nil || c.PrivateNetwork || c.Simulated || c.TokenIssued != ""
	switch {
	case c.Simulate != nil && (c.BaseURL != "" || site):
		return misconfigured("", "`simulate` replaces `base_url` and all other settings but `rate_limit` and `authority`, and cannot be combined with them")
	case c.Simulate != nil:
		_, err := c.Simulate.load(s)
		return err
	case c.BaseURL == "":
		return misconfigured("or `simulate: {seed: FILE}` for a simulated target", "a scim connection needs `base_url`")
	}
	return c.Site.Check(c.base())
}

// checkAuthority refuses an address to which no person should be sent: it becomes a redirect URI.
func (c config) checkAuthority() error {
	if c.Authority == "" {
		return nil
	}
	u, err := url.Parse(c.Authority)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return misconfigured("copy it as its owner gave it to you, without a query", fmt.Sprintf("`authority` %q is not an address such as https://login.example.com/tenant", c.Authority))
	}
	return nil
}

// Describe returns what the settings say about a connection.
func (c config) Describe() card.Description {
	if c.Simulate != nil {
		return card.Description{To: c.Simulate.Seed, Simulated: true}
	}
	return c.Site.Describe(c.base())
}

func misconfigured(hint, message string) error {
	return &card.Error{Kind: card.Invalid, Message: message, Hint: hint}
}

// target is an open connection to a target.
type target struct {
	*web.Session
	simulation *simhost.Simulation // nil for a real target
	token      tokenAge
	authority  string // "" if it is not known
	settings   card.Settings

	mu      sync.Mutex
	offered *offer // nil until the target was asked
}

func open(s card.Settings, c config) (card.Connection, error) {
	if err := c.Check(s); err != nil {
		return nil, err
	}
	age, err := c.tokenAge()
	if err != nil {
		return nil, err
	}
	if c.Simulate != nil {
		return openSimulated(s, c)
	}
	if s.Offline {
		return nil, misconfigured("", c.base()+" is not simulated, and nothing may be sent")
	}
	session, err := c.Site.Open(s, c.base())
	if err != nil {
		return nil, err
	}
	if issued, expires := session.TokenTimes(); !expires.IsZero() {
		age.issued, age.expires = issued, expires
	}
	return &target{Session: session, token: age, authority: c.Authority, settings: s}, nil
}

// Test reads one user, as Okta's "Test API Credentials" does, and what the target offers.
func (t *target) Test(ctx context.Context) (card.Identity, error) {
	id := t.Identity("target")
	if err := t.tryCredentials(ctx); err != nil {
		return id, err
	}
	o, err := t.offers(ctx)
	if err != nil {
		return id, err
	}
	notes := append([]string{id.Note, o.lacks(), t.signIn()}, t.token.warnings(t.settings.Clock.Now())...)
	if t.simulation != nil {
		if err := t.simulation.Identify(&id); err != nil {
			return id, err
		}
		notes = append(notes, id.Note)
	}
	id.Note = strings.Join(slices.DeleteFunc(notes, func(note string) bool { return note == "" }), ", ")
	return id, nil
}

// tryCredentials reads one user. A target that accepts the credentials answers with a list, which may be empty.
func (t *target) tryCredentials(ctx context.Context) error {
	_, err := t.page(ctx, users, listing{count: 1}, position{start: 1})
	return err
}

// signIn describes where people sign in; "" if that is not known.
func (t *target) signIn() string {
	if t.authority == "" {
		return ""
	}
	return "authority " + t.authority
}

// Access returns the warnings about the token.
func (t *target) Access(context.Context) (card.Access, error) {
	return card.Access{Warnings: t.token.warnings(t.settings.Clock.Now())}, nil
}

// Dump writes the state of a simulated target as a seed. For a real one it returns an error of kind invalid.
func (t *target) Dump(ctx context.Context, w io.Writer) error {
	if t.simulation == nil {
		return misconfigured("only a connection with `simulate` can be dumped", "it does not have `simulate`")
	}
	return t.simulation.Dump(ctx, w)
}

// Inspect writes to w what the simulated target shows of itself: at dump its state, at faults a JSON list that says which of the faults of its seed
// have struck. Without `simulate` it writes nothing.
func (t *target) Inspect(ctx context.Context, what string, w io.Writer) error {
	if t.simulation == nil {
		return nil
	}
	return t.simulation.Get(ctx, "/-/"+what, w)
}

// Close closes the session and the simulated target.
func (t *target) Close() error {
	err := t.Session.Close()
	if t.simulation != nil {
		err = errors.Join(err, t.simulation.Close())
	}
	return err
}

// targetOf returns the target of a call.
func targetOf(call card.Call) (*target, error) {
	t, ok := call.Conn.(*target)
	if !ok {
		return nil, &card.Error{Kind: card.Internal, Message: fmt.Sprintf("connection %q is not a scim connection", call.ConnName)}
	}
	return t, nil
}
