package okta_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/flowdeck/flowdeck/engine/card"
)

// An answer with a success status but without a record is an error. Otherwise a write would be reported as done, and
// a read as found.
func TestASuccessWithoutARecordIsAnError(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", "null", "[]", `"done"`, "<html>"} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) }))
		t.Cleanup(server.Close)
		conn := connect(t, server.URL)
		for name, in := range map[string]map[string]any{
			"okta.user.get":     {"user_id": "00u1"},
			"okta.user.create":  {"login": "ada@acme.example"},
			"okta.user.update":  {"user_id": "00u1", "department": "IT"},
			"okta.group.get":    {"group_id": "00g1"},
			"okta.group.create": {"name": "Night shift"},
			"okta.group.update": {"group_id": "00g1", "name": "Night shift"},
		} {
			if out, err := do(t.Context(), conn, name, in); err == nil || card.AsError(err).Kind != card.Unavailable {
				t.Errorf("%s, answered %q: %v, %v, want an error", name, body, out, err)
			}
		}
	}
}
