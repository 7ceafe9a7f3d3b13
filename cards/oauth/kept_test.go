package oauth_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/flowdeck/flowdeck/cards/grant"
	"github.com/flowdeck/flowdeck/cards/oauth"
	"github.com/flowdeck/flowdeck/engine/card"
)

// rotating is a server that rotates refresh tokens without leeway, but for a token whose successor was never used: as Okta does for an answer
// that is under way.
type rotating struct {
	*server
	valid  []string // refresh tokens: the newest, and before it the one that it replaced
	issued int
}

func serveRotating(t *testing.T) *rotating {
	t.Helper()
	r := &rotating{valid: []string{"refresh-1"}, issued: 1}
	r.server = serve(t, func(w http.ResponseWriter, req *http.Request) {
		i := slices.Index(r.valid, req.PostForm.Get("refresh_token"))
		if i < 0 {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"error": "invalid_grant", "error_description": "The refresh token is invalid or expired."}`)
			return
		}
		r.issued++
		r.valid = []string{r.valid[i], fmt.Sprintf("refresh-%d", r.issued)}
		issue(w, fmt.Sprintf("access-%d", r.issued), map[string]any{"refresh_token": r.valid[1], "scope": "read"})
	})
	return r
}

// granted is a store with the grant of the connection "okta" for the first refresh token of a server.
func granted(t *testing.T, s *server) grant.Store {
	t.Helper()
	store := empty(t)
	if err := store.Save(t.Context(), "okta", card.Grant{Issuer: s.URL, ClientID: "0oa1", Refresh: card.NewSecret("refresh-1"), Scopes: []string{"read"}}); err != nil {
		t.Fatal(err)
	}
	return store
}

// empty is a store without a grant.
func empty(t *testing.T) grant.Store {
	t.Helper()
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return grant.Store{State: t.TempDir(), Key: card.NewSecret(key.String())}
}

func keptSource(t *testing.T, s *server, grants card.Grants, change func(*oauth.Config, *oauth.Kept)) *oauth.Source {
	t.Helper()
	c, k := s.config(), oauth.Kept{Grants: grants, Connection: "okta", Issuer: s.URL, Again: "flowdeck connect okta"}
	if change != nil {
		change(&c, &k)
	}
	source, err := oauth.KeptGrant(c, k)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = source.Close() })
	return source
}

// A source stands for a process: it shares nothing with another one but the files.
func TestT25AHundredRunsMakeOneRefresh(t *testing.T) {
	t.Parallel()
	s := serveRotating(t)
	store := granted(t, s.server)
	var sources []*oauth.Source
	for range 100 {
		sources = append(sources, keptSource(t, s.server, store, nil))
	}
	for _, want := range []string{"access-2", "access-3"} {
		var all sync.WaitGroup
		for _, source := range sources {
			all.Go(func() {
				token, err := source.Token(t.Context())
				if err != nil || token.Access.Reveal() != want || !slices.Equal(token.Scopes, []string{"read"}) {
					t.Errorf("got %v, %v; want %s", token.Access.Reveal(), err, want)
				}
			})
		}
		all.Wait()
		for _, source := range sources { // all learn that the service refuses the token
			source.Refused(card.NewSecret(want))
		}
	}
	if len(s.forms) != 2 {
		t.Errorf("%d requests for two tokens", len(s.forms))
	}
}

// hooked calls save instead of saving.
type hooked struct {
	grant.Store
	save func(card.Grant) error
}

func (h hooked) Save(ctx context.Context, connection string, g card.Grant) error {
	if err := h.save(g); err != nil {
		return err
	}
	return h.Store.Save(ctx, connection, g)
}

func TestT25ARefreshTokenThatCouldNotBeKeptIsKeptLaterAndNothingIsUsedBefore(t *testing.T) {
	t.Parallel()
	s := serveRotating(t)
	full := atomic.Bool{}
	full.Store(true)
	store := granted(t, s.server)
	source := keptSource(t, s.server, hooked{store, func(card.Grant) error {
		if full.Load() {
			return &card.Error{Kind: card.Storage, Message: "the disk is full"}
		}
		return nil
	}}, nil)
	for range 3 {
		if token, err := source.Token(t.Context()); card.AsError(err) == nil || card.AsError(err).Kind != card.Storage || !token.Access.IsZero() {
			t.Errorf("got %v, %v", token, err)
		}
	}
	full.Store(false)
	token, err := source.Token(t.Context())
	kept, errLoad := store.Load(t.Context(), "okta")
	if err != nil || token.Access.Reveal() != "access-2" || errLoad != nil || kept.Refresh.Reveal() != "refresh-2" || kept.Previous.Reveal() != "refresh-1" || len(s.forms) != 1 {
		t.Errorf("got %v, %v, kept %v, %v after %d requests", token, err, kept, errLoad, len(s.forms))
	}
}

func TestT25AGrantThatEndedIsDeletedAndNeverTriedAgain(t *testing.T) {
	t.Parallel()
	s := serveRotating(t)
	store := granted(t, s.server)
	source := keptSource(t, s.server, store, nil)
	if _, err := source.Token(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	s.valid = nil
	s.mu.Unlock()
	for i := range 5 {
		token, err := source.Token(t.Context())
		source.Refused(token.Access)
		if i == 0 {
			continue // the access token is still valid
		}
		e := card.AsError(err)
		if e == nil || e.Kind != card.Unauthorized || !strings.Contains(e.Hint, "flowdeck connect okta") || i == 1 && e.Code != "invalid_grant" {
			t.Errorf("got %#v", e)
		}
	}
	if len(s.forms) != 3 || s.forms[1]["refresh_token"] != "refresh-2" || s.forms[2]["refresh_token"] != "refresh-1" {
		t.Errorf("got %v; want one attempt with the refresh token, and one with that before it", s.forms)
	}
	if kept, err := store.Load(t.Context(), "okta"); kept != nil || err != nil {
		t.Errorf("kept %v, %v", kept, err)
	}
}

// The server forgot the last answer, such as after a crash of its own.
func TestT25TheRefreshTokenBeforeIsTriedIfTheServerDoesNotKnowTheNewOne(t *testing.T) {
	t.Parallel()
	s := serveRotating(t)
	source := keptSource(t, s.server, granted(t, s.server), nil)
	token, err := source.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	s.valid = []string{"refresh-1"}
	s.mu.Unlock()
	source.Refused(token.Access)
	if token, err = source.Token(t.Context()); err != nil || token.Access.Reveal() != "access-3" {
		t.Errorf("got %v, %v", token, err)
	}
}

func TestT25ARefusalThatMayPassKeepsTheGrant(t *testing.T) {
	t.Parallel()
	for status, body := range map[int]string{
		503: `{}`, 429: `{"error": "invalid_grant", "error_description": "API call exceeded rate limit due to too many requests."}`,
		401: `{"error": "invalid_client"}`, 403: `{"error": "access_denied", "error_description": "User is not assigned to the client application."}`,
	} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		})
		store := granted(t, s)
		if _, err := keptSource(t, s, store, nil).Token(t.Context()); err == nil {
			t.Errorf("%d: no error", status)
		}
		if kept, err := store.Load(t.Context(), "okta"); kept == nil || err != nil || len(s.forms) != map[bool]int{true: 2, false: 1}[status == 503] {
			t.Errorf("%d: kept %v, %v after %d requests", status, kept, err, len(s.forms))
		}
	}
}

func TestT25ARefreshTokenIsSentToNoOtherServerAndForNoOtherApp(t *testing.T) {
	t.Parallel()
	s := serveRotating(t)
	store := granted(t, s.server)
	for name, change := range map[string]func(*oauth.Config, *oauth.Kept){
		"server":     func(_ *oauth.Config, k *oauth.Kept) { k.Issuer = "https://evil.example" },
		"app":        func(c *oauth.Config, _ *oauth.Kept) { c.Client.ID = "0oa2" },
		"connection": func(_ *oauth.Config, k *oauth.Kept) { k.Connection = "other" },
		"store":      func(_ *oauth.Config, k *oauth.Kept) { k.Grants = nil },
	} {
		_, err := keptSource(t, s.server, store, change).Token(t.Context())
		if e := card.AsError(err); e == nil || name != "store" && (e.Kind != card.Unauthorized || e.Hint != "flowdeck connect okta") {
			t.Errorf("%s: got %#v", name, err)
		}
	}
	if len(s.forms) > 0 {
		t.Errorf("sent %v", s.forms)
	}
}

func TestAWaitForTheLockEndsWithTheSource(t *testing.T) {
	t.Parallel()
	s := serveRotating(t)
	store := granted(t, s.server)
	unlock, err := store.Lock(t.Context(), "okta")
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	source := keptSource(t, s.server, store, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := source.Token(ctx); !errors.Is(err, card.ErrNotSent) {
		t.Errorf("got %v", err)
	}
	began := time.Now()
	if err := source.Close(); err != nil || time.Since(began) > 10*time.Second {
		t.Errorf("got %v after %s", err, time.Since(began))
	}
}
