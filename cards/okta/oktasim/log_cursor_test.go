package oktasim

import (
	"net/http"
	"strings"
	"testing"
)

// The cursor of a polling query is a place in the log. One of another log, such as that of an org before it was reset, would hide events.
func TestACursorBeyondTheEndOfTheLogIsRefused(t *testing.T) {
	t.Parallel()
	c, _ := eventful(t)
	_, cursor, _ := strings.Cut(c.get("/api/v1/logs").links()["next"], "?") // the link has the host of the org
	last := "/api/v1/logs?" + cursor
	if r := c.get(last); r.body != "[]" {
		t.Fatalf("got %s, want an empty page at the end", r.body)
	}
	fresh := serveSeed(t, small, Options{Clock: (&fakeClock{at: start}).now})
	fresh.do("POST", "/api/v1/users/00uada/lifecycle/suspend").ok()
	if r := fresh.get(last); r.status != http.StatusBadRequest {
		t.Errorf("got %d %s, want 400", r.status, r.body)
	}
}
