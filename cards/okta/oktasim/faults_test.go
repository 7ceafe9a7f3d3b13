package oktasim

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
)

func TestAFaultStrikesEveryNthRequestInsteadOfTheOperation(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small+`faults: [{match: "POST /api/v1/users/*/lifecycle/suspend", every: 2, status: 500}]`, Options{})
	c.do("POST", "/api/v1/users/nobody/lifecycle/suspend").refused(404, "E0000007")
	if e := c.do("POST", "/api/v1/users/00uada/lifecycle/suspend").refused(500, "E0000009"); e.ErrorSummary != "Internal Server Error" {
		t.Errorf("summary %q", e.ErrorSummary)
	}
	if got := c.get("/api/v1/users/00uada").object()["status"]; got != "ACTIVE" {
		t.Errorf("status %v after a fault", got)
	}
	c.do("POST", "/api/v1/users/00uada/lifecycle/suspend").ok()
	c.do("POST", "/api/v1/users/00uada/lifecycle/suspend").refused(500, "E0000009")
}

func TestAFaultStrikesTheNthRequestAlone(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small+`faults: [{match: "GET /api/v1/groups/*/users", nth: 2, status: 503}]`, Options{})
	var got []int
	for range 4 {
		got = append(got, c.get("/api/v1/groups/00gcon/users").status)
		c.get("/api/v1/groups/00gcon").ok()
		c.auth = "SSWS wrong" // refused before it counts
		c.get("/api/v1/groups/00gcon/users").refused(401, "E0000011")
		c.auth = "SSWS demo-token"
	}
	if want := []int{200, 503, 200, 200}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestAFaultsStatusComesWithOktasCode(t *testing.T) {
	t.Parallel()
	for status, code := range map[string]string{"400": "E0000001", "401": "E0000011", "403": "E0000006", "404": "E0000007", "429": "E0000047", "502": "E0000009"} {
		c := serveSeed(t, `faults: [{match: "GET /api/v1/users", every: 1, status: `+status+`}]`, Options{})
		if e := c.get("/api/v1/users"); e.refused(e.status, code).ErrorCauses[0].ErrorSummary != "a fault of this simulated org's seed" {
			t.Errorf("%s: %s", status, e.body)
		}
	}
}

func TestAResetCutsTheConnection(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small+`faults: [{match: "POST /api/v1/users/*/lifecycle/suspend", nth: 1, reset: true}]`, Options{})
	if r, err := c.try("POST", "/api/v1/users/00uada/lifecycle/suspend"); err == nil {
		t.Errorf("got %d %s, want no answer", r.status, r.body)
	}
	if got := c.get("/api/v1/users/00uada").object()["status"]; got != "ACTIVE" {
		t.Errorf("status %v after a cut", got)
	}
	statuses := c.get("/-/stats").object()["statuses"].(map[string]any)
	if statuses["reset"] == nil {
		t.Errorf("statuses %v", statuses)
	}
}

func TestAResetThatCannotHijackAborts(t *testing.T) {
	t.Parallel()
	o := mustNew(t, `faults: [{match: "GET /api/v1/users", nth: 1, reset: true}]`, Options{})
	r := httptest.NewRequest("GET", "/api/v1/users", nil)
	r.Header.Set("Authorization", "SSWS demo-token")
	defer func() {
		if got := recover(); got != http.ErrAbortHandler {
			t.Errorf("panicked with %v, want http.ErrAbortHandler", got)
		}
	}()
	o.ServeHTTP(httptest.NewRecorder(), r)
}
