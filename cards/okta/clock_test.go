package okta_test

import (
	"testing"
	"testing/fstest"
	"time"

	"github.com/flowdeck/flowdeck/cards/okta"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/clock"
)

// A test of flows controls one clock. The connection waits by it, and the simulated org counts its rate limits by it.
func TestAConnectionAndItsSimulatedOrgGoByTheClockOfTheSettings(t *testing.T) {
	t.Parallel()
	began := time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC)
	jumping := clock.NewJumping(began)
	conn, err := okta.Service().Open(card.Settings{
		Name: "okta", Config: map[string]any{"simulate": map[string]any{"seed": "org.yaml"}}, Clock: jumping,
		Files: fstest.MapFS{"org.yaml": {Data: []byte("users: [{login: ada@acme.example, firstName: Ada, lastName: Lovelace}]\nlimits: {/api/v1/users: 4}\n")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	for range 4 { // the org allows this many requests in two minutes
		user, err := do(t.Context(), conn, "okta.user.get", map[string]any{"user_id": "ada@acme.example"})
		if err != nil {
			t.Fatal(err)
		}
		if created, err := time.Parse(time.RFC3339, user["created"].(string)); err != nil || !created.Equal(began) {
			t.Errorf("created at %v (%v), want the start of the org: %v", created, err, began)
		}
	}
	if took := jumping.Now().Sub(began); took < time.Minute || took > 2*time.Minute {
		t.Errorf("the clock moved by %v, want the minute after which the org takes two more requests", took)
	}
}
