package okta_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/cards/okta"
	"github.com/flowdeck/flowdeck/engine/card"
)

// memory keeps grants in memory.
type memory map[string]card.Grant

func (m memory) Load(_ context.Context, connection string) (*card.Grant, error) {
	g, ok := m[connection]
	if !ok {
		return nil, nil
	}
	return &g, nil
}
func (m memory) Lock(context.Context, string) (func(), error) { return func() {}, nil }
func (m memory) Ready(context.Context, string) error          { return nil }
func (m memory) Delete(_ context.Context, c string) error     { delete(m, c); return nil }
func (m memory) Save(_ context.Context, c string, g card.Grant) error {
	m[c] = g
	return nil
}

// personSettings returns the settings of a connection of a person who was granted scopes.
func personSettings(domain string, granted []string, more map[string]any) card.Settings {
	person := map[string]any{"client_id": "0oa1", "scopes": []any{"okta.users.read", "okta.groups.read"}}
	maps.Copy(person, more)
	return card.Settings{
		Name: "prod", Config: map[string]any{"domain": domain, "auth": map[string]any{"authorization_code": person}},
		Secret: func(card.Value) (card.Secret, error) { return card.NewSecret("client-sw0rdfish"), nil },
		Grants: memory{"prod": {
			Issuer: domain, ClientID: "0oa1", Scopes: granted, Refresh: card.NewSecret("refresh-sw0rdfish"), Access: card.NewSecret("access-sw0rdfish"),
			Expires: time.Now().Add(time.Hour), Renew: time.Now().Add(time.Hour),
		}},
	}
}

// orgWith is an org that answers paths with a status and a body, and other paths with 403.
func orgWith(t *testing.T, answers map[string]string) (org string, asked *[]string) {
	t.Helper()
	asked = new([]string)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*asked = append(*asked, r.URL.Path)
		body, ok := answers[r.URL.Path]
		w.Header().Set("Content-Type", "application/json")
		if strings.Contains(body, "E0000007") {
			w.WriteHeader(http.StatusNotFound)
		}
		if !ok {
			w.WriteHeader(http.StatusForbidden)
			body = `{"errorCode": "E0000006", "errorSummary": "You do not have permission to perform the requested action"}`
		}
		_, _ = fmt.Fprint(w, body)
	}))
	t.Cleanup(server.Close)
	return server.URL, asked
}

func TestAPersonIsShownWithWhatIsMissing(t *testing.T) {
	t.Parallel()
	const me, none = `{"id": "00u1", "profile": {"login": "ada@acme.example"}}`, `[]`
	all := []string{"okta.users.read", "okta.groups.read", "offline_access"}
	for name, test := range map[string]struct {
		granted []string
		answers map[string]string
		as      string
		note    string // a part of it; "" for no note
	}{
		"all is well":      {all, map[string]string{"/api/v1/users/me": me, "/api/v1/users": none}, "ada@acme.example", ""},
		"a scope missing":  {all[:1], map[string]string{"/api/v1/users/me": me, "/api/v1/users": none}, "ada@acme.example", "not granted: okta.groups.read offline_access; after it is granted to the app, run flowdeck connect prod"},
		"a read refused":   {all, map[string]string{"/api/v1/users/me": me}, "ada@acme.example", "may need an admin role"},
		"no role":          {append(all, "okta.roles.read"), map[string]string{"/api/v1/users/me": me, "/api/v1/users/me/roles": none}, "ada@acme.example", "the person has no admin role"},
		"a role":           {append(all, "okta.roles.read"), map[string]string{"/api/v1/users/me": me, "/api/v1/users/me/roles": `[{"type": "HELP_DESK_ADMIN"}]`}, "ada@acme.example", ""},
		"roles refused":    {append(all, "okta.roles.read"), map[string]string{"/api/v1/users/me": me, "/api/v1/users": none}, "ada@acme.example", ""},
		"not a user scope": {all, map[string]string{"/oauth2/v1/introspect": `{"active": true, "username": "bob@acme.example"}`, "/api/v1/users": none}, "bob@acme.example", ""},
		"nobody knows":     {all, map[string]string{"/api/v1/users": none}, "0oa1", ""},
	} {
		org, _ := orgWith(t, test.answers)
		conn := openSim(t, personSettings(org, test.granted, nil))
		id, err := conn.Test(t.Context())
		if err != nil || id.As != test.as || !strings.Contains(id.Note, test.note) || (id.Note == "") != (test.note == "") {
			t.Errorf("%s: got %+v, %v", name, id, err)
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	}
}

// T24: no document of a server is read; each endpoint is on the host of the domain.
func TestT24TheEndpointsFollowFromTheDomain(t *testing.T) {
	t.Parallel()
	org, asked := orgWith(t, nil)
	s := personSettings(org, nil, map[string]any{"redirect_port": 0})
	interrupted, cancel := context.WithCancel(t.Context())
	question := ""
	_, err := okta.Service().Connect(interrupted, withPort(t, s), func(c card.Consent) error {
		question = c.URL
		cancel()
		return nil
	})
	if err == nil || !strings.HasPrefix(question, org+"/oauth2/v1/authorize?") || len(*asked) > 0 {
		t.Errorf("asked at %s and sent %v, %v", question, *asked, err)
	}
	s.Config["domain"] = "http://acme.okta.com"
	if _, err := okta.Service().Connect(t.Context(), s, func(card.Consent) error { t.Error("asked"); return nil }); err == nil {
		t.Error("secrets would be sent in plain text")
	}
}

// withPort gives a connection a port that is free.
func withPort(t *testing.T, s card.Settings) card.Settings {
	t.Helper()
	server := httptest.NewServer(nil)
	defer server.Close()
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	port := 0
	if _, err := fmt.Sscan(u.Port(), &port); err != nil {
		t.Fatal(err)
	}
	s.Config["auth"].(map[string]any)["authorization_code"].(map[string]any)["redirect_port"] = port
	return s
}

func TestT27APersonIsAskedForTheScopesOfTheConnectionAndNoMore(t *testing.T) {
	t.Parallel()
	for _, scopes := range [][]any{{"okta.users.read", "okta.groups.read"}, {"okta.users.read", "offline_access", "okta.groups.read"}} {
		s := withPort(t, personSettings("https://acme.okta.com", nil, map[string]any{"scopes": scopes}))
		ctx, cancel := context.WithCancel(t.Context())
		_, err := okta.Service().Connect(ctx, s, func(c card.Consent) error {
			cancel()
			u, err := url.Parse(c.URL)
			got := strings.Fields(u.Query().Get("scope"))
			slices.Sort(got)
			if err != nil || !slices.Equal(got, []string{"offline_access", "okta.groups.read", "okta.users.read"}) {
				t.Errorf("asked for %v, %v", got, err)
			}
			return nil
		})
		if err == nil {
			t.Error("nobody answered")
		}
	}
}

func once(try func() error) error { return try() }

func TestT25DisconnectRevokesEachTokenAtItsOwnServer(t *testing.T) {
	t.Parallel()
	org, asked := orgWith(t, map[string]string{"/oauth2/v1/revoke": ""})
	s := personSettings(org, nil, nil)
	if was, err := okta.Service().Disconnect(t.Context(), s, once); !was || err != nil || !slices.Equal(*asked, []string{"/oauth2/v1/revoke", "/oauth2/v1/revoke"}) {
		t.Errorf("got %t, %v after %v", was, err, *asked)
	}
	if was, err := okta.Service().Disconnect(t.Context(), s, once); was || err != nil || len(*asked) != 2 {
		t.Errorf("got %t, %v after %v", was, err, *asked)
	}
}

func TestAGrantThatIsNotRevokedIsKeptUnlessThePersonOnlyDeletesItOrTheOrgIsOutOfReach(t *testing.T) {
	t.Parallel()
	org, asked := orgWith(t, nil)
	page, _ := orgWith(t, map[string]string{"/oauth2/v1/revoke": "<!doctype html><title>Wi-Fi</title>"})
	down := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }))
	t.Cleanup(down.Close)
	moved := func(domain string) func(*card.Settings) {
		return func(s *card.Settings) {
			g := s.Grants.(memory)["prod"]
			g.Issuer, s.Config["domain"] = domain, domain
			s.Grants.(memory)["prod"] = g
		}
	}
	person := func(s *card.Settings) map[string]any {
		return s.Config["auth"].(map[string]any)["authorization_code"].(map[string]any)
	}
	for name, test := range map[string]struct {
		change                func(*card.Settings)
		silent, gone, deletes bool
	}{
		"refused":     {change: func(*card.Settings) {}},
		"another org": {change: func(s *card.Settings) { s.Config["domain"] = "https://evil.example" }, silent: true},
		"another app": {change: func(s *card.Settings) { person(s)["client_id"] = "0oa2" }, silent: true},
		"no client secret": {silent: true, change: func(s *card.Settings) {
			person(s)["client_secret"] = map[string]any{"env": "MISSING"}
			s.Secret = func(card.Value) (card.Secret, error) {
				return card.Secret{}, &card.Error{Kind: card.Invalid, Message: "MISSING is not set", Hint: "set it"}
			}
		}},
		"no key":          {silent: true, change: func(s *card.Settings) { s.Grants = lockedMemory{s.Grants.(memory)} }},
		"another page":    {change: moved(page)},
		"503":             {change: moved(down.URL), gone: true},
		"nobody there":    {change: moved("http://127.0.0.1:1"), gone: true},
		"only deleted":    {change: func(s *card.Settings) { s.Grants = lockedMemory{s.Grants.(memory)} }, silent: true, gone: true, deletes: true},
		"deleted at once": {change: func(*card.Settings) {}, silent: true, gone: true, deletes: true},
	} {
		s, before, again := personSettings(org, nil, nil), len(*asked), once
		kept := s.Grants.(memory)
		test.change(&s)
		if test.deletes {
			again = nil
		}
		was, err := okta.Service().Disconnect(t.Context(), s, again)
		e := card.AsError(err)
		switch {
		case !was || (len(kept) == 0) != test.gone || (e == nil) != test.deletes:
			t.Errorf("%s: got %t, %v, kept %v", name, was, err, kept)
		case test.deletes:
		case test.gone && (!strings.Contains(e.Message, "deleted here, and not revoked") || !strings.Contains(e.Hint, "Admin Console")):
			t.Errorf("%s: got %q, hint %q", name, e.Message, e.Hint)
		case !test.gone && (!strings.Contains(e.Message, "the grant was not revoked, and is kept: ") || strings.Count(e.Hint, "--no-revoke") != 1):
			t.Errorf("%s: got %q, hint %q", name, e.Message, e.Hint)
		}
		if test.silent && len(*asked) > before {
			t.Errorf("%s: sent %v", name, *asked)
		}
	}
}

// lockedMemory has a grant that cannot be read.
type lockedMemory struct{ memory }

func (lockedMemory) Load(context.Context, string) (*card.Grant, error) {
	return nil, &card.Error{Kind: card.Unauthorized, Message: "another key", Hint: "set it"}
}

// Okta's error codes for OAuth 2.0, those that the authorization code and its refresh can meet.
func TestEachRefusalOfAPersonsTokenHasAHint(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		status                  int
		code, description, hint string
	}{
		{400, "invalid_grant", "The refresh token is invalid or expired.", "the grant has ended: flowdeck connect prod"},
		{401, "invalid_client", "The client secret supplied for a confidential client is invalid.", "`client_secret`"},
		{401, "invalid_client", "Client authentication failed. Either the client or the client credentials are invalid.", "`client_secret`"},
		{401, "invalid_client", "No client credentials found.", "`client_secret`"},
		{401, "invalid_client", "Invalid value for 'client_id' parameter.", "`client_id`"},
		{400, "unauthorized_client", "The client is not authorized to use the provided grant type. Configured grant types: [authorization_code].", "Refresh Token"},
		{400, "invalid_scope", "One or more scopes are not configured for the authorization server resource.", "Okta API Scopes"},
		{400, "consent_required", "You are not allowed any of the requested scopes.", "Okta API Scopes"},
		{400, "access_denied", "User is not assigned to the client application.", "assign the person"},
		{403, "access_denied", "User status is invalid.", "must be active"},
		{403, "access_denied", "The user's password is expired.", "new password"},
		{403, "access_denied", "The request is made from outside the client's permitted network zones.", "network zones"},
		{400, "access_denied", "Policy evaluation failed for this request.", "policy"},
		{400, "invalid_dpop_proof", "The DPoP proof JWT header is missing.", "must not require DPoP"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(test.status)
			_ = json.NewEncoder(w).Encode(map[string]string{"error": test.code, "error_description": test.description})
		}))
		s := personSettings(server.URL, nil, nil)
		g := s.Grants.(memory)["prod"]
		g.Renew = time.Time{}
		s.Grants.(memory)["prod"] = g
		conn := openSim(t, s)
		_, err := conn.Test(t.Context())
		if e := card.AsError(err); e == nil || e.Kind != card.Unauthorized || e.Code != test.code || !strings.Contains(e.Hint, test.hint) {
			t.Errorf("%s, %s: got %#v", test.code, test.description, e)
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
		server.Close()
	}
}
