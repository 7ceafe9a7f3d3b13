package okta

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/cards/oauth"
	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/cards/wire"
	"github.com/flowdeck/flowdeck/engine/card"
)

// person is the authorization code grant: a person signs in to an app, and allows it to act as they may.
type person struct {
	ClientID     string   `json:"client_id" jsonschema:"the client ID of the app, such as 0oa1b2c3d4e5f6g7h8i9"`
	ClientSecret any      `json:"client_secret,omitempty" jsonschema:"the client secret, as a reference such as {env: OKTA_CLIENT_SECRET}; left out if the app does not have one" secret:"true"`
	RedirectPort int      `json:"redirect_port,omitempty" jsonschema:"the port of this machine to which the browser comes back; the app must have http://127.0.0.1:PORT/callback as a sign-in redirect URI" default:"8765"`
	Scopes       []string `json:"scopes,omitempty" jsonschema:"the scopes to ask for, such as okta.users.read; the app must have them granted. offline_access is added" null:"false"`
}

// offlineAccess is the scope of a refresh token.
const offlineAccess = "offline_access"

func (p *person) check() error {
	switch {
	case strings.TrimSpace(p.ClientID) == "":
		return misconfigured("the app's page in the Admin Console shows its client ID on the tab General", "`authorization_code` needs `client_id`")
	case p.RedirectPort < 0 || p.RedirectPort > 65535 || p.RedirectPort != 0 && p.RedirectPort < 1024:
		return misconfigured("leave it out for 8765", "`redirect_port` must be a port from 1024 to 65535")
	}
	return checkScopes("authorization_code", p.Scopes)
}

// asked returns the scopes that a person is asked for.
func (p *person) asked() []string {
	asked := slices.Clone(p.Scopes)
	if !slices.Contains(asked, offlineAccess) {
		asked = append(asked, offlineAccess)
	}
	return asked
}

// oauth returns what requests to the authorization server of the org need. Its endpoints follow from the domain: no document is trusted
// to name another host.
func (p *person) oauth(s card.Settings, domain string) (c oauth.Config, org string, err error) {
	if org, err = oktaapi.OrgURL(domain); err != nil {
		return c, "", err
	}
	c = oauth.Config{
		TokenURL: org + "/oauth2/v1/token", Client: oauth.Client{ID: p.ClientID}, Product: s.Product, Clock: s.Clock, Hide: s.Hide, Where: "domain",
		Hint:    func(code, description string) string { return personHint(code, description, s.Name) },
		Refusal: tokenRefusal, Trace: wire.TraceOf(s),
	}
	if p.ClientSecret != nil {
		c.Client.Secret, err = s.Secret(p.ClientSecret)
	}
	return c, org, err
}

// again returns the hint how a person signs in again.
func again(connection string) string { return "flowdeck connect " + connection }

// personApp is an app to which a person signed in.
type personApp struct {
	*oauth.Source
	config oauth.Config
	org    string
	*person
	connection string
}

func (p *person) client(s card.Settings, domain string) (*personApp, error) {
	c, org, err := p.oauth(s, domain)
	if err != nil {
		return nil, err
	}
	source, err := oauth.KeptGrant(c, oauth.Kept{Grants: s.Grants, Connection: s.Name, Issuer: org, Again: again(s.Name)})
	return &personApp{Source: source, config: c, org: org, person: p, connection: s.Name}, err
}

func (a *personApp) howToGrant(connection string) string {
	return fmt.Sprintf("grant it to the app on its tab Okta API Scopes, add it to `scopes` of connection %q, and sign in again with 'flowdeck connect %[1]s'; the person also needs an admin role that allows it", connection)
}

// who returns the login of the person. With a scope for users, Okta shows it; without one, its authorization server knows it.
func (a *personApp) who(ctx context.Context, org *oktaapi.Session) (as, note string, answer http.Header, err error) {
	token, err := a.Token(ctx)
	if err != nil {
		return "", "", nil, err
	}
	as, answer, err = org.Me(ctx)
	if e := card.AsError(err); e != nil && e.Kind != card.Forbidden {
		return "", "", nil, err
	}
	if err != nil {
		name, _ := oauth.Username(ctx, a.config, a.org+"/oauth2/v1/introspect", token.Access) // an app may lack the right to ask
		as = cmp.Or(name, a.ClientID)
	}
	notes := []string{a.missing(token.Scopes)}
	roles, known := a.roles(ctx, org, token.Scopes)
	switch {
	case known && roles == 0:
		notes = append(notes, withoutRole)
	case !known:
		tried, refused, err := tryRead(ctx, org, token.Scopes)
		if err != nil {
			return "", "", nil, err
		}
		if answer = tried; refused {
			notes = append(notes, "Okta refuses a read that its scopes include: the person may need an admin role")
		}
	}
	return as, strings.Join(slices.DeleteFunc(notes, func(text string) bool { return text == "" }), "; "), answer, nil
}

// withoutRole warns about a person whose scopes allow nothing.
const withoutRole = "the person has no admin role: Okta refuses most calls"

// missing returns the note about scopes that were asked for and not granted.
func (a *personApp) missing(granted []string) string {
	missing := slices.DeleteFunc(a.asked(), func(scope string) bool { return slices.Contains(granted, scope) })
	if len(missing) == 0 {
		return ""
	}
	return fmt.Sprintf("not granted: %s; after it is granted to the app, run %s", strings.Join(missing, " "), again(a.connection))
}

// roles returns the number of the person's admin roles. known is false if they cannot be read.
func (a *personApp) roles(ctx context.Context, org *oktaapi.Session, scopes []string) (n int, known bool) {
	if !slices.Contains(scopes, "okta.roles.read") && !slices.Contains(scopes, "okta.roles.manage") {
		return 0, false
	}
	got, err := org.Raw(ctx, oktaapi.Request{Method: http.MethodGet, Path: "/users/me/roles"})
	if err != nil {
		return 0, false
	}
	roles, err := got.Items()
	return len(roles), err == nil
}

// Connect asks a person to sign in, and keeps the grant.
func (c config) Connect(ctx context.Context, s card.Settings, show func(card.Consent) error) (granted []string, err error) {
	p, err := c.person()
	if err != nil {
		return nil, err
	}
	if s.Grants == nil {
		return nil, misconfigured("", "grants of people cannot be kept here")
	}
	config, org, err := p.oauth(s, c.Domain)
	if err != nil {
		return nil, err
	}
	if err := ready(ctx, s); err != nil { // before a person is asked
		return nil, err
	}
	g, err := oauth.Authorize(ctx, config, oauth.Authorization{
		URL: org + "/oauth2/v1/authorize", Issuer: org, Port: cmp.Or(p.RedirectPort, 8765), Scopes: p.asked(), Again: again(s.Name),
	}, show)
	if err != nil {
		return nil, err
	}
	unlock, err := s.Grants.Lock(ctx, s.Name)
	if err != nil {
		return nil, err
	}
	defer unlock()
	return g.Scopes, s.Grants.Save(ctx, s.Name, g)
}

// ready returns an error if a grant could not be kept. A grant that cannot be read is not replaced: it may be that of another key.
func ready(ctx context.Context, s card.Settings) error {
	unlock, err := s.Grants.Lock(ctx, s.Name)
	if err != nil {
		return err
	}
	defer unlock()
	if _, err := s.Grants.Load(ctx, s.Name); err != nil {
		return err
	}
	return s.Grants.Ready(ctx, s.Name)
}

// Disconnect revokes the tokens of a grant, unless again is nil, and deletes it. If they cannot be revoked, it deletes the grant only if
// the org cannot be reached.
func (c config) Disconnect(ctx context.Context, s card.Settings, again func(func() error) error) (was bool, err error) {
	p, err := c.person()
	if err != nil {
		return false, err
	}
	if s.Grants == nil {
		return false, nil
	}
	unlock, err := s.Grants.Lock(ctx, s.Name)
	if err != nil {
		return false, err
	}
	defer unlock()
	g, problem := s.Grants.Load(ctx, s.Name)
	switch {
	case problem == nil && g == nil:
		return false, nil
	case again == nil:
		return true, s.Grants.Delete(ctx, s.Name)
	case problem == nil:
		problem = p.revoke(ctx, s, c.Domain, *g, again)
	}
	if problem != nil && (ctx.Err() != nil || !outOfReach(problem)) {
		return true, keptGrant(problem, s.Name)
	}
	if err := s.Grants.Delete(ctx, s.Name); err != nil {
		return true, err
	}
	if problem != nil {
		e := *card.AsError(problem)
		e.Message = "the grant was deleted here, and not revoked at the org: " + e.Message
		e.Hint = "its tokens may still be valid: revoke them in the Admin Console, on the page of the person: More Actions, Clear User Sessions, with OAuth tokens"
		return true, &e
	}
	return true, nil
}

// outOfReach reports whether an error means that the org does not answer.
func outOfReach(err error) bool {
	e := card.AsError(err)
	return (e.Kind == card.Unavailable || e.Kind == card.Timeout) && (e.Status == 0 || e.Status >= 500)
}

// keptGrant returns the error of a grant that was not revoked.
func keptGrant(problem error, connection string) error {
	e := *card.AsError(problem)
	e.Message = "the grant was not revoked, and is kept: " + e.Message
	const without = "--no-revoke"
	if !strings.Contains(e.Hint, without) {
		e.Hint = strings.TrimPrefix(e.Hint+"; or ", "; or ") + fmt.Sprintf("flowdeck disconnect %s %s  deletes it without that", connection, without)
	}
	return &e
}

// revoke ends the tokens of a grant at the org that issued them.
func (p *person) revoke(ctx context.Context, s card.Settings, domain string, g card.Grant, again func(func() error) error) error {
	config, org, err := p.oauth(s, domain)
	if err != nil {
		return err
	}
	if org != g.Issuer || p.ClientID != g.ClientID {
		return misconfigured("", fmt.Sprintf("it is of the app %s at %s, which the connection no longer names", g.ClientID, g.Issuer))
	}
	return again(func() error { return revoke(ctx, config, org, g) })
}

// revoke ends the tokens of a grant. Okta ends each token by itself.
//
// Source: Okta, "Revoke tokens", https://developer.okta.com/docs/guides/revoke-tokens/
func revoke(ctx context.Context, c oauth.Config, org string, g card.Grant) error {
	for _, token := range []card.Secret{g.Refresh, g.Previous, g.Access} {
		if token.IsZero() {
			continue
		}
		if err := oauth.Revoke(ctx, c, org+"/oauth2/v1/revoke", token); err != nil {
			return err
		}
	}
	return nil
}

func (c config) person() (*person, error) {
	if c.Auth == nil || c.Auth.Person == nil {
		return nil, misconfigured("only a connection with `auth: {authorization_code: …}` acts for a person who signs in", "it has no grant of a person")
	}
	return c.Auth.Person, c.check()
}
