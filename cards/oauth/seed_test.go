package oauth_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/flowdeck/flowdeck/cards/grant"
	"github.com/flowdeck/flowdeck/cards/oauth"
	"github.com/flowdeck/flowdeck/engine/card"
)

// seed makes a grant start with a refresh token of the configuration; "" makes it that of a person.
func seed(token string) func(*oauth.Config, *oauth.Kept) {
	return func(_ *oauth.Config, k *oauth.Kept) {
		k.Seed, k.Scopes = card.NewSecret(token), []string{"read"}
		k.Again = "get a new refresh token"
	}
}

// sentTokens returns the refresh tokens that a server received.
func sentTokens(s *server) (all []string) {
	for _, form := range s.forms {
		all = append(all, form["refresh_token"])
	}
	return all
}

func TestT25AHundredRunsMakeOneRefreshOfARefreshTokenOfTheConfiguration(t *testing.T) {
	t.Parallel()
	s := serveRotating(t)
	store := empty(t)
	var sources []*oauth.Source
	for range 100 {
		sources = append(sources, keptSource(t, s.server, store, seed("refresh-1")))
	}
	for _, want := range []string{"access-2", "access-3"} {
		var all sync.WaitGroup
		for _, source := range sources {
			all.Go(func() {
				if token, err := source.Token(t.Context()); err != nil || token.Access.Reveal() != want || !slices.Equal(token.Scopes, []string{"read"}) || source.Unkept() {
					t.Errorf("got %v, %v; want %s", token.Access.Reveal(), err, want)
				}
			})
		}
		all.Wait()
		for _, source := range sources {
			source.Refused(card.NewSecret(want))
		}
	}
	if sent := sentTokens(s.server); !slices.Equal(sent, []string{"refresh-1", "refresh-2"}) {
		t.Errorf("sent %v", sent)
	}
}

func TestT25ANewRefreshTokenOfTheConfigurationReplacesTheOneThatIsKept(t *testing.T) {
	t.Parallel()
	s := serveRotating(t)
	store := empty(t)
	for _, step := range []struct {
		change func(*oauth.Config, *oauth.Kept)
		valid  string // the refresh token that the server accepts from now on; "" for that of its last answer
		sent   string // "" for none
	}{
		{seed("refresh-1"), "", "refresh-1"},
		{seed("refresh-1"), "", ""}, // a further run has the access token
		{seed("other"), "other", "other"},
		{seed("other"), "", ""},
		{seed("refresh-1"), "refresh-1", "refresh-1"}, // back again: the new value is what somebody meant
		{func(c *oauth.Config, k *oauth.Kept) { seed("refresh-1")(c, k); c.Client.ID = "0oa2" }, "refresh-1", "refresh-1"},
		{func(c *oauth.Config, k *oauth.Kept) { seed("refresh-1")(c, k); k.Issuer = "https://elsewhere.example" }, "refresh-1", "refresh-1"},
	} {
		if step.valid != "" {
			s.valid = []string{step.valid}
		}
		before := len(s.forms)
		if _, err := keptSource(t, s.server, store, step.change).Token(t.Context()); err != nil {
			t.Fatal(err)
		}
		if sent := strings.Join(sentTokens(s.server)[before:], " "); sent != step.sent {
			t.Errorf("sent %q, want %q", sent, step.sent)
		}
	}
}

// noKey is a store on a machine without a keyring and without FLOWDECK_KEY.
type noKey struct{ grant.Store }

func (noKey) Ready(context.Context, string) error {
	return &card.Error{Kind: card.Invalid, Message: "a grant can only be kept encrypted", Err: fmt.Errorf("%w: locked", card.ErrNoKey)}
}

func (noKey) Save(context.Context, string, card.Grant) error { panic("it was saved") }

func TestARefreshTokenThatCannotBeKeptIsInMemoryAndReportedIfTheServerReplacesIt(t *testing.T) {
	t.Parallel()
	for name, grants := range map[string]card.Grants{"no key": noKey{empty(t)}, "nothing": nil} {
		s := serveRotating(t)
		source := keptSource(t, s.server, grants, seed("refresh-1"))
		if source.Unkept() {
			t.Errorf("%s: reported before anything was sent", name)
		}
		for _, want := range []string{"access-2", "access-3", "access-4"} {
			token, err := source.Token(t.Context())
			if err != nil || token.Access.Reveal() != want || !source.Unkept() {
				t.Errorf("%s: %v, %v; want %s", name, token.Access.Reveal(), err, want)
			}
			source.Refused(token.Access)
		}
		if sent := sentTokens(s.server); !slices.Equal(sent, []string{"refresh-1", "refresh-2", "refresh-3"}) {
			t.Errorf("%s: sent %v", name, sent)
		}
		same := serve(t, func(w http.ResponseWriter, _ *http.Request) { issue(w, "access-1", nil) })
		source = keptSource(t, same, grants, seed("refresh-1"))
		if _, err := source.Token(t.Context()); err != nil || source.Unkept() {
			t.Errorf("%s: a server that does not replace it: %v, %t", name, err, source.Unkept())
		}
	}
}

// A grant that was replaced by the server is not given up for the old refresh token, whatever happens to it.
func TestT25TheRefreshTokenOfTheConfigurationDoesNotReplaceAGrantThatFails(t *testing.T) {
	t.Parallel()
	s := serveRotating(t)
	store := empty(t)
	source := keptSource(t, s.server, store, seed("refresh-1"))
	token, err := source.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	other := empty(t)
	other.State = store.State
	_, err = keptSource(t, s.server, other, seed("refresh-1")).Token(t.Context())
	if e := card.AsError(err); e == nil || e.Kind != card.Unauthorized || !strings.Contains(e.Hint, "delete the file, and get a new refresh token") || len(s.forms) != 1 {
		t.Errorf("under another key: %#v, %d requests", e, len(s.forms))
	}
	s.valid = nil
	source.Refused(token.Access)
	_, err = source.Token(t.Context())
	if e := card.AsError(err); e == nil || e.Code != "invalid_grant" || !strings.Contains(e.Hint, "get a new refresh token") {
		t.Errorf("revoked: %#v", e)
	}
	if g, err := store.Load(t.Context(), "okta"); err != nil || g == nil || g.Refresh.Reveal() != "refresh-2" {
		t.Errorf("the grant was not kept: %v, %v", g, err)
	}
	files, err := filepath.Glob(filepath.Join(store.State, "grants", "*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		if text, err := os.ReadFile(file); err != nil || strings.Contains(string(text), "refresh-") || strings.Contains(string(text), "access-") {
			t.Errorf("%s has a token in plain text, %v", file, err)
		}
	}
}
