package store

import (
	"slices"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/clock"
)

// T11: a token is kept as a hash, and can be revoked; two are valid at once.
func TestT11TokensAreKeptAsHashesAndEnd(t *testing.T) {
	t.Parallel()
	now := clock.NewJumping(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	s := open(t, Config{State: t.TempDir(), Clock: now})
	add := func(name, text string, expires time.Time) error {
		return s.AddToken(t.Context(), Token{Name: name, Role: "operator", Flows: []string{"a"}, Expires: expires}, text)
	}
	for name, text := range map[string]string{"old": "fd_first-secret", "new": "fd_second-secret"} {
		if err := add(name, text, now.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	if found := s.search(t, "first-secret", "second-secret"); len(found) > 0 {
		t.Errorf("found in the files: %s", found)
	}
	valid := func(text string) string {
		t.Helper()
		found, err := s.Token(t.Context(), text)
		if err != nil {
			t.Fatal(err)
		}
		if found == nil {
			return ""
		}
		if found.Role != "operator" || !slices.Equal(found.Flows, []string{"a"}) {
			t.Errorf("got %+v", found)
		}
		return found.Name
	}
	if valid("fd_first-secret") != "old" || valid("fd_second-secret") != "new" || valid("fd_first-secre") != "" || valid("") != "" {
		t.Error("both tokens, and only these, must be valid")
	}
	if err := add("old", "fd_third", time.Time{}); card.AsError(err).Kind != card.Conflict {
		t.Errorf("a second token of the same name: got %v", err)
	}
	if err := s.RevokeToken(t.Context(), "old"); err != nil {
		t.Fatal(err)
	}
	if err := s.RevokeToken(t.Context(), "old"); card.AsError(err).Kind != card.NotFound {
		t.Errorf("revoked again: got %v", err)
	}
	if valid("fd_first-secret") != "" || valid("fd_second-secret") != "new" {
		t.Error("only the other token must be valid")
	}
	if err := add("old", "fd_fourth", time.Time{}); card.AsError(err).Kind != card.Conflict {
		t.Errorf("the name of a token that was revoked: got %v", err)
	}
	if err := add("third", "fd_fourth", time.Time{}); err != nil {
		t.Error(err)
	}
	if err := now.Sleep(t.Context(), now.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if valid("fd_second-secret") != "" || valid("fd_fourth") != "third" {
		t.Error("a token must end when it expires, and otherwise not")
	}
	all, err := s.Tokens(t.Context())
	if err != nil || len(all) != 3 || all[0].Created.IsZero() {
		t.Errorf("got %+v, %v", all, err)
	}
}
