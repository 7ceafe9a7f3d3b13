package oauth_test

import (
	"context"
	"os"
	"os/exec"
	"testing"

	"github.com/flowdeck/flowdeck/cards/grant"
	"github.com/flowdeck/flowdeck/cards/oauth"
	"github.com/flowdeck/flowdeck/engine/card"
)

// victim is the variable that makes this program request a token, and end itself: "before" or "after" the grant is saved.
const victim = "OAUTH_TEST_VICTIM"

func TestMain(m *testing.M) {
	when := os.Getenv(victim)
	if when == "" {
		os.Exit(m.Run())
	}
	die := func() {
		self, err := os.FindProcess(os.Getpid())
		if err == nil {
			err = self.Kill()
		}
		panic(err)
	}
	store := grant.Store{State: os.Getenv("STATE"), Key: card.NewSecret(os.Getenv("FLOWDECK_KEY"))}
	source, err := oauth.KeptGrant(
		oauth.Config{TokenURL: os.Getenv("URL") + "/token", Where: "domain", Client: oauth.Client{ID: "0oa1"}},
		oauth.Kept{Connection: "okta", Issuer: os.Getenv("URL"), Seed: card.NewSecret(os.Getenv("SEED")), Grants: hooked{store, func(card.Grant) error {
			if when == "before" {
				die()
			}
			return nil
		}}})
	if err == nil {
		_, err = source.Token(context.Background())
	}
	if err != nil {
		panic(err)
	}
	die()
}

// T25: kill -9 between the answer of the server and the next use loses no grant, within the grace of the server.
func TestT25AKilledProcessLosesNoGrant(t *testing.T) {
	t.Parallel()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		when, seed, token string
		requests          int
	}{{"before", "", "access-3", 2}, {"after", "", "access-2", 1}, {"before", "refresh-1", "access-3", 2}, {"after", "refresh-1", "access-2", 1}} {
		s := serveRotating(t)
		store := granted(t, s.server)
		if test.seed != "" {
			store = empty(t)
		}
		cmd := exec.CommandContext(t.Context(), program)
		cmd.Env = append(os.Environ(), victim+"="+test.when, "STATE="+store.State, "FLOWDECK_KEY="+store.Key.Reveal(), "URL="+s.URL, "SEED="+test.seed)
		if out, err := cmd.CombinedOutput(); err == nil || cmd.ProcessState.ExitCode() != -1 {
			t.Fatalf("%+v: it ended with %v: %s", test, err, out)
		}
		token, err := keptSource(t, s.server, store, seed(test.seed)).Token(t.Context())
		if err != nil || token.Access.Reveal() != test.token || len(s.forms) != test.requests {
			t.Errorf("%+v: got %v, %v after %d requests", test, token.Access.Reveal(), err, len(s.forms))
		}
	}
}
