package okta_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/flowdeck/flowdeck/cards/okta"
	"github.com/flowdeck/flowdeck/cards/simhost"
	"github.com/flowdeck/flowdeck/engine/card"
)

const remembered = `
users: [{login: ada@acme.example, firstName: Ada, lastName: Lovelace}]
generate: {seed: 3, users: 60}
groups: [{id: 00g1, name: One}]
`

// settings returns the settings of a simulated connection that keeps its state in the folder state.
func settings(state, seed string) card.Settings {
	return card.Settings{
		Name: "okta", State: state, Files: fstest.MapFS{"org.yaml": {Data: []byte(seed)}},
		Config: map[string]any{"simulate": map[string]any{"seed": "org.yaml"}},
	}
}

func openSim(t *testing.T, s card.Settings) card.Connection {
	t.Helper()
	conn, err := okta.Service().Open(s)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

func do(ctx context.Context, conn card.Connection, name string, in map[string]any) (map[string]any, error) {
	out, err := card.NewSet(okta.Cards()...)[name].Run(ctx, card.Call{Conn: conn, ConnName: "okta"}, in)
	answer, _ := out.(map[string]any)
	return answer, err
}

func status(t *testing.T, conn card.Connection) any {
	t.Helper()
	user, err := do(t.Context(), conn, "okta.user.get", map[string]any{"user_id": "ada@acme.example"})
	if err != nil {
		t.Fatal(err)
	}
	return user["status"]
}

func identity(t *testing.T, conn card.Connection) card.Identity {
	t.Helper()
	id, err := conn.Test(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestAnotherProcessUsesTheOrgOfTheProcessThatServesIt(t *testing.T) {
	t.Parallel()
	s := settings(t.TempDir(), remembered)
	host, guest := openSim(t, s), openSim(t, s)
	if got, want := identity(t, guest), "shared with another process, from org.yaml"; got.Note != want || got.Org != identity(t, host).Org {
		t.Errorf("the guest is at %s, %s; the host at %s", got.Org, got.Note, identity(t, host).Org)
	}
	if _, err := do(t.Context(), guest, "okta.user.suspend", map[string]any{"user_id": "ada@acme.example"}); err != nil {
		t.Fatal(err)
	}
	if got := status(t, host); got != "SUSPENDED" {
		t.Errorf("the host finds ada %v", got)
	}
	if err := simhost.ResetSimulation(s, "org"); card.AsError(err).Kind != card.Conflict {
		t.Errorf("reset while the org is in use: %v", err)
	}

	// After the host has closed, the guest serves the org in its last state.
	if err := host.Close(); err != nil {
		t.Fatal(err)
	}
	if err := simhost.ResetSimulation(s, "org"); card.AsError(err).Kind != card.Conflict {
		t.Errorf("reset while no process serves the org and a guest uses it: %v", err)
	}
	if got := status(t, guest); got != "SUSPENDED" {
		t.Errorf("after the host has ended, ada is %v", got)
	}
	if got := identity(t, guest).Note; got != "1 change since org.yaml" {
		t.Errorf("the guest that took over reports %q", got)
	}
	if err := guest.Close(); err != nil {
		t.Fatal(err)
	}
	if err := simhost.ResetSimulation(s, "org"); err != nil {
		t.Fatal(err)
	}
	again := openSim(t, s)
	defer again.Close()
	if got := identity(t, again).Note; got != "fresh, from org.yaml" || status(t, again) != "ACTIVE" {
		t.Errorf("after the reset: %q, ada is %v", got, status(t, again))
	}
}

// Guests continue to work while one host after another closes, and no request is lost.
func TestChangesSurviveWhenAnotherProcessServesTheOrg(t *testing.T) {
	t.Parallel()
	s := settings(t.TempDir(), remembered)
	host := openSim(t, s)
	var guests []card.Connection
	for range 4 {
		guests = append(guests, openSim(t, s))
	}
	var all sync.WaitGroup
	for n, guest := range guests {
		all.Go(func() {
			for i := range 25 {
				in := map[string]any{"name": fmt.Sprintf("Group %d of %d", i, n)}
				if _, err := do(t.Context(), guest, "okta.group.create", in); err != nil {
					t.Errorf("create %v: %v", in, err)
				}
				if i == 10+3*n { // close this connection, host or guest, and open it again
					if err := guest.Close(); err != nil {
						t.Error(err)
					}
					guest = openSim(t, s)
				}
			}
			if err := guest.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	if err := host.Close(); err != nil {
		t.Error(err)
	}
	all.Wait()
	last := openSim(t, s)
	defer last.Close()
	if got := identity(t, last).Note; got != "100 changes since org.yaml" {
		t.Errorf("100 groups were made, and the org reports %q", got)
	}
}

func TestAConnectionWithoutAStateFolderKeepsNothing(t *testing.T) {
	t.Parallel()
	s := settings("", remembered)
	one, other := openSim(t, s), openSim(t, s)
	defer one.Close()
	defer other.Close()
	if _, err := do(t.Context(), one, "okta.user.suspend", map[string]any{"user_id": "ada@acme.example"}); err != nil {
		t.Fatal(err)
	}
	if got := status(t, other); got != "ACTIVE" {
		t.Errorf("ada is %v for a connection of its own", got)
	}
}

func TestResetDoesNotNeedTheStateFolder(t *testing.T) {
	t.Parallel()
	state := filepath.Join(t.TempDir(), "state")
	if err := os.WriteFile(state, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := okta.Service().Open(settings(state, remembered))
	if hint := card.AsError(err).Hint; hint == "" || strings.Contains(hint, "reset") {
		t.Errorf("%v, with the hint %q", err, hint)
	}
}

func TestConnectionReportsThatTheTokensOwnerWasDeleted(t *testing.T) {
	t.Parallel()
	conn := openSim(t, settings(t.TempDir(), remembered))
	defer conn.Close()
	if _, err := do(t.Context(), conn, "okta.user.delete", map[string]any{"user_id": "ada@acme.example", "force": true}); err != nil {
		t.Fatal(err)
	}
	_, err := conn.Test(t.Context())
	if got := card.AsError(err); got.Kind != card.Unauthorized || !strings.Contains(got.Hint, "flowdeck org reset okta") {
		t.Errorf("%v, with the hint %q", err, got.Hint)
	}
}

func TestConnectionNameThatLeavesTheStateFolderIsRefused(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"..", ".", "../okta", "a/b", "/tmp/okta", ""} {
		s := settings(t.TempDir(), remembered)
		s.Name = name
		if conn, err := okta.Service().Open(s); err == nil || card.AsError(err).Kind != card.Invalid {
			t.Errorf("%q: Open: %v, %v", name, conn, err)
		}
		if err := simhost.ResetSimulation(s, "org"); err == nil || card.AsError(err).Kind != card.Invalid {
			t.Errorf("%q: ResetSimulation: %v", name, err)
		}
	}
}
