package oktasim

import (
	"net/http"
	"strings"
	"testing"
)

// Management API 2026.06, "Upsert the user's risk": 201 first, 200 later; the default reason is override.by.admin.
func TestTheRiskOfAUserIsSet(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	const path = "/api/v1/users/00uada/risk"
	if got := c.get(path).object(); got["riskLevel"] != "NONE" || got["reason"] != nil {
		t.Errorf("got %v", got)
	}
	for i, want := range []int{http.StatusCreated, http.StatusOK} {
		if got := c.send("PUT", path, `{"riskLevel":"`+[]string{"HIGH", "LOW"}[i]+`"}`); got.status != want {
			t.Errorf("got %d %s", got.status, got.body)
		}
	}
	if got := c.get(path).object(); got["riskLevel"] != "LOW" || got["reason"] != "override.by.admin" {
		t.Errorf("got %v", got)
	}
}

// Management API 2026.06, schema UserRiskRequest: HIGH, MEDIUM or LOW; at most 500 characters of a-z, A-Z, 0-9, spaces, - , and "."
func TestARiskIsValidated(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	for _, body := range []string{`{"riskLevel":"NONE"}`, `{"riskLevel":"HIGH","riskReason":"why?"}`, `{"riskLevel":"HIGH","riskReason":"` + strings.Repeat("a", 501) + `"}`} {
		c.send("PUT", "/api/v1/users/00uada/risk", body).refused(400, "E0000001")
	}
	c.get("/api/v1/users/nobody/risk").refused(404, "E0000007")
}

// Management API 2026.06, schema ClassificationType: LITE or STANDARD.
func TestAUserIsClassified(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	const path = "/api/v1/users/00uada/classification"
	dump := c.get("/-/dump").body
	for _, kind := range []string{"LITE", "STANDARD"} {
		if got := c.send("PUT", path, `{"type":"`+kind+`"}`).object(); got["type"] != kind {
			t.Errorf("got %v, want %s", got, kind)
		}
		embedded := c.get("/api/v1/users/00uada?expand=classification").object()["_embedded"].(map[string]any)
		if got := embedded["classification"].(map[string]any)["type"]; got != kind || c.get(path).object()["type"] != kind {
			t.Errorf("the user has %v, want %s", got, kind)
		}
	}
	c.send("PUT", path, `{"type":"HEAVY"}`).refused(400, "E0000001")
	if got := c.get("/-/dump").body; got != dump {
		t.Errorf("a change that was undone leaves a trace:\n%s", got)
	}
}
