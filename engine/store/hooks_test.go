package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/clock"
)

func TestHooksAreKeptWithoutTheirSecret(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.Local)
	dir := t.TempDir()
	s := open(t, Config{State: dir, Clock: clock.NewJumping(now)})
	proof, err := s.HookProof(card.NewSecret("first-secret"), map[string]string{"X-Who": "header-value"})
	if err != nil {
		t.Fatal(err)
	}
	h := Hook{Connection: "okta", Flow: "joiners", Trigger: "event okta.user.created", URL: "https://flows.acme.example/events/joiners", Headers: []string{"X-Who"}, Proof: proof}
	other := Hook{Connection: "okta", Flow: "leavers", Headers: []string{}}
	for _, one := range []*Hook{&h, &other} {
		if err := s.SetHook(t.Context(), nil, one); err != nil {
			t.Fatal(err)
		}
	}
	h.Hook, h.Org, h.Status, h.Problem, h.Retired = "who1", "acme.okta.com", card.HookUnverified, "nobody answered", now.Add(time.Minute)
	if err := s.SetHook(t.Context(), nil, &h); err != nil {
		t.Fatal(err)
	}
	if err := s.RemoveHook(t.Context(), nil, other.ID); err != nil {
		t.Fatal(err)
	}
	all, err := s.Hooks(t.Context())
	if diff := cmp.Diff([]Hook{h}, all); diff != "" || err != nil || h.ID == 0 || !h.Seen.Equal(now) {
		t.Errorf("%+v, %v, (-want +got)\n%s", h, err, diff)
	}
	if found := s.search(t, "first-secret", "header-value"); len(found) > 0 {
		t.Errorf("found in the files: %s", found)
	}
}

func TestTheProofOfAHookIsThatOfItsSecretAndItsHeaders(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, Config{State: dir})
	proof := func(s *Store, secret string, headers map[string]string) string {
		t.Helper()
		text, err := s.HookProof(card.NewSecret(secret), headers)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	first := proof(s, "secret", map[string]string{"A": "1", "b": "2"})
	if same := proof(open(t, Config{State: dir}), "secret", map[string]string{"a": "1", "B": "2"}); same != first {
		t.Error("another process, or headers in another case, give another proof")
	}
	for _, other := range []string{
		proof(s, "secret", nil), proof(s, "secret", map[string]string{"a": "1", "b": "3"}), proof(s, "secrets", map[string]string{"a": "1", "b": "2"}),
		proof(open(t, Config{State: t.TempDir()}), "secret", map[string]string{"A": "1", "b": "2"}),
		proof(open(t, Config{State: dir, Key: func() ([]byte, error) { return []byte("key"), nil }}), "secret", map[string]string{"A": "1", "b": "2"}),
	} {
		if other == first {
			t.Error("other values give the same proof")
		}
	}
}

func TestAServerThatDoesNotLeadChangesNoHook(t *testing.T) {
	t.Parallel()
	s := open(t, Config{State: t.TempDir()})
	old, err := s.Lead(t.Context(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	h := Hook{Headers: []string{}}
	if err := s.SetHook(t.Context(), old, &h); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Lead(t.Context(), time.Time{}); err != nil {
		t.Fatal(err)
	}
	if err := s.SetHook(t.Context(), old, &Hook{Headers: []string{}}); card.AsError(err).Code != "not_leading" {
		t.Errorf("got %v", err)
	}
	if err := s.RemoveHook(t.Context(), old, h.ID); card.AsError(err).Code != "not_leading" {
		t.Errorf("got %v", err)
	}
	if all, err := s.Hooks(t.Context()); len(all) != 1 || err != nil {
		t.Errorf("got %v, %v", all, err)
	}
}
