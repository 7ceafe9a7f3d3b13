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

// 502, 503 and 504 come from a proxy in front of Okta's servers, so they are not internal errors of Okta (RFC 9110,
// section 15.6).
func TestAFaultOfAGatewayHasTheTextOfItsStatus(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small+`faults: [{match: "GET /api/v1/groups", every: 1, status: 503}]`, Options{})
	if e := c.get("/api/v1/groups").refused(503, "E0000009"); e.ErrorSummary != "Service Unavailable" {
		t.Errorf("summary %q", e.ErrorSummary)
	}
}

func TestAFaultStrikesOnlyTheNthRequest(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small+`faults: [{match: "GET /api/v1/groups/*/users", nth: 2, status: 503}]`, Options{})
	var got []int
	for range 4 {
		got = append(got, c.get("/api/v1/groups/00gcon/users").status)
		c.get("/api/v1/groups/00gcon").ok()
		c.auth = "SSWS wrong" // a refused request is not counted
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
		if e := c.get("/api/v1/users"); e.refused(e.status, code).ErrorCauses[0].ErrorSummary != "a fault that this simulated org is configured to have" {
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

func TestFaultsAreReplacedWhileTheOrgRuns(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, `faults: [{match: "GET /api/v1/users", every: 1, status: 500}]`, Options{})
	c.get("/api/v1/users").refused(500, "E0000009")
	for _, list := range []string{
		`[{"match": "GET /api/v1/groups", "nth": 1, "status": 503}]`,
		"- match: GET /api/v1/groups\n  nth: 1\n  status: 503\n",
	} {
		if r := c.send("POST", "/-/faults", list); r.status != 204 {
			t.Fatalf("got %d %s", r.status, r.body)
		}
		c.get("/api/v1/users").ok()
		if e := c.get("/api/v1/groups").refused(503, "E0000009"); e.ErrorSummary != "Service Unavailable" {
			t.Errorf("summary %q", e.ErrorSummary)
		}
		c.get("/api/v1/groups").ok()
	}
	for body, want := range map[string]string{
		`[{match: "GET /api/v1/users", status: 500}]`: "1:2: faults[0] needs one of every, nth and share\nhint: every: 1 is each request, nth: 3 only the third, share: 20% a fifth of them, at random\n",
		`{match: 1}`:  "1:1: faults must be a list, not a mapping\n",
		``:            "an empty body is not a list of faults\nhint: write [] for an empty list\n",
		"[]\n---\n[]": "2: a list of faults must be a single YAML document, but a second one starts here\n",
		`[`:           "1:1: not valid YAML: did not find expected node content\n",
	} {
		if r := c.send("POST", "/-/faults", body); r.status != 400 || r.body != want {
			t.Errorf("%q: %d %q, want 400 %q", body, r.status, r.body, want)
		}
	}
	c.send("POST", "/-/faults", `[{match: "GET /api/v1/users", every: 1, status: 502}]`)
	c.send("POST", "/-/faults", `[{}]`) // a refused list changes nothing
	c.get("/api/v1/users").refused(502, "E0000009")
	c.send("POST", "/-/faults", `[]`)
	c.get("/api/v1/users").ok()
}
