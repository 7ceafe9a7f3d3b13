package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/clock"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/host"
)

func TestAScopeWhoseAnswerWasLostIsLookedUp(t *testing.T) {
	t.Parallel()
	lost := &card.Error{Kind: card.Unavailable, Message: "no answer: connection reset by peer"}
	unread := &card.Error{Kind: card.Unavailable, Writes: card.Answered, Message: "the list cannot be read"}
	refused := &card.Error{Kind: card.Forbidden, Message: "no"}
	for name, test := range map[string]struct {
		attempts []error // nil: nothing to change
		changed  bool
		message  string // "" for none
		calls    int
	}{
		"the answer":             {[]error{lost, nil}, true, "", 2},
		"two answers":            {[]error{lost, lost, nil}, true, "", 3},
		"a read before":          {[]error{unread, nil}, false, "", 2},
		"refused":                {[]error{refused}, false, "no", 1},
		"refused after a loss":   {[]error{lost, refused}, false, "no; it may have been granted: run the command again", 2},
		"lost again and again":   {[]error{lost, lost, lost, lost, lost, lost, lost, lost}, false, "reset by peer; it may have been granted: run the command again", 8},
		"unread again and again": {[]error{unread, unread, unread, unread, unread, unread, unread, unread}, false, "the list cannot be read", 8},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, flow.WorkspaceFile), []byte("connections: {}\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		w, err := host.Open(dir, host.Config{Clock: clock.NewJumping(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))})
		if err != nil {
			t.Fatal(err)
		}
		calls, c := 0, granting
		c.do = func(context.Context, card.Connection, string, string) (bool, error) {
			calls++
			return false, test.attempts[calls-1]
		}
		changed, err := c.surely(t.Context(), w, nil, "okta", "0oa1", "okta.users.read")
		if changed != test.changed || calls != test.calls || (err == nil) != (test.message == "") || err != nil && !strings.HasSuffix(err.Error(), test.message) {
			t.Errorf("%s: got %t, %v after %d calls", name, changed, err, calls)
		}
	}
}
