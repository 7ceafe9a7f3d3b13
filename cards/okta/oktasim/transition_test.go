package oktasim

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// patient is an org whose lifecycle operations take two seconds.
const patient = small + "async_lifecycle: 2s\n"

// prefer sends a request with the header Prefer.
func (c *client) prefer(preference, method, path string) reply {
	c.t.Helper()
	c.header = http.Header{"Prefer": {preference}}
	defer func() { c.header = nil }()
	return c.do(method, path)
}

// way returns the status of a user and, during a transition, the new status.
func (c *client) way(id string) string {
	c.t.Helper()
	u := c.get("/api/v1/users/" + id).object()
	to, _ := u["transitioningToStatus"].(string)
	return strings.TrimSpace(u["status"].(string) + " " + to)
}

// Users API, "Activate a user": "The user's transitioningToStatus property has a value of ACTIVE during
// activation", and the status is that "when the activation process is complete".
func TestTransitioningToStatusIsSetWhileAnActivationIsUnderWay(t *testing.T) {
	t.Parallel()
	clock := &fakeClock{at: start}
	c := serveSeed(t, patient, Options{Clock: clock.now})
	c.send("POST", "/api/v1/users?activate=false", `{"profile":{"login":"eve@acme.example","email":"eve@acme.example","firstName":"E","lastName":"V"}`+withPassword+`}`).ok()
	clock.at = start.Add(time.Minute)
	for _, login := range []string{"eve@acme.example", "dot@acme.example"} {
		c.do("POST", "/api/v1/users/"+login+"/lifecycle/activate").ok()
	}
	clock.at = clock.at.Add(2*time.Second - time.Millisecond)
	if got := c.way("eve@acme.example") + ", " + c.way("dot@acme.example"); got != "STAGED ACTIVE, STAGED PROVISIONED" {
		t.Errorf("meanwhile: %s", got)
	}
	if u := c.get("/api/v1/users/00udot").object(); u["activated"] != nil || u["statusChanged"] != nil {
		t.Errorf("meanwhile: activated %v, statusChanged %v", u["activated"], u["statusChanged"])
	}
	clock.at = clock.at.Add(time.Millisecond)
	if got := c.way("eve@acme.example") + ", " + c.way("dot@acme.example"); got != "ACTIVE, PROVISIONED" {
		t.Errorf("after two seconds: %s", got)
	}
	clock.at = clock.at.Add(time.Hour)
	u := c.get("/api/v1/users/00udot").object()
	for _, key := range []string{"activated", "statusChanged", "lastUpdated"} {
		if u[key] != "2026-03-01T12:01:02.000Z" {
			t.Errorf("%s is %v, want the moment at which the activation was complete", key, u[key])
		}
	}
}

// Users API, "Deactivate a user": "To invoke asynchronous user deactivation, pass an HTTP header Prefer:
// respond-async"; "Delete a user": the header "is also supported by user deactivation, which is performed
// if the delete endpoint is invoked on a user that hasn't been deactivated".
func TestAnAsynchronousDeactivationTakesTime(t *testing.T) {
	t.Parallel()
	clock := &fakeClock{at: start}
	c := serveSeed(t, patient, Options{Clock: clock.now})
	if r := c.prefer("wait=5, Respond-Async", "POST", "/api/v1/users/00uada/lifecycle/deactivate"); r.status != 200 || r.body != "{}" {
		t.Errorf("got %d %s", r.status, r.body)
	}
	if r := c.prefer("respond-async", "DELETE", "/api/v1/users/00ubob"); r.status != 204 {
		t.Errorf("got %d %s", r.status, r.body)
	}
	if got := c.way("00uada") + ", " + c.way("00ubob"); got != "ACTIVE DEPROVISIONED, SUSPENDED DEPROVISIONED" {
		t.Errorf("meanwhile: %s", got)
	}
	if got := c.get("/api/v1/users/00uada").body; !strings.Contains(got, `"password":{}`) {
		t.Errorf("the password is gone before its time: %s", got)
	}
	c.do("POST", "/api/v1/users/00usla/lifecycle/deactivate").ok()
	if got := c.way("00usla"); got != "DEPROVISIONED" {
		t.Errorf("without the header: %s", got)
	}
	clock.at = start.Add(2 * time.Second)
	if got := c.way("00uada") + ", " + c.way("00ubob"); got != "DEPROVISIONED, DEPROVISIONED" {
		t.Errorf("after two seconds: %s", got)
	}
	if got := c.get("/api/v1/users/00uada").body; strings.Contains(got, `"password":{}`) {
		t.Errorf("the password is still there: %s", got)
	}
	c.do("DELETE", "/api/v1/users/00uada")
	c.get("/api/v1/users/00uada").refused(404, "E0000007")
}

func TestWithoutAsyncLifecycleChangesAreImmediate(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{Clock: (&fakeClock{at: start}).now})
	c.prefer("respond-async", "POST", "/api/v1/users/00uada/lifecycle/deactivate").ok()
	c.do("POST", "/api/v1/users/00udot/lifecycle/activate").ok()
	if got := c.way("00uada") + ", " + c.way("00udot"); got != "DEPROVISIONED, PROVISIONED" {
		t.Errorf("got %s", got)
	}
}

func TestListsShowTheNewStatusWhenATransitionEnds(t *testing.T) {
	t.Parallel()
	clock := &fakeClock{at: start}
	c := serveSeed(t, patient+"search_delay: 1s\n", Options{Clock: clock.now})
	c.do("PUT", "/api/v1/groups/00gcom/users/00udot")
	c.do("POST", "/api/v1/users/00udot/lifecycle/activate").ok()
	lists := func() string {
		var seen []string
		for _, query := range []string{
			`users?filter=` + find(`status eq "PROVISIONED"`),
			`users?sortBy=created&search=` + find(`status eq "PROVISIONED" and activated eq "2026-03-01T12:00:02.000Z"`),
		} {
			seen = append(seen, c.get("/api/v1/"+query).column("id")...)
		}
		return strings.Join(append(seen, c.get("/api/v1/groups/00gcom/users").column("status")...), " ")
	}
	if got := lists(); got != "STAGED" {
		t.Errorf("meanwhile: %s", got)
	}
	clock.at = start.Add(2 * time.Second)
	if got := lists(); got != "00udot 00udot PROVISIONED" {
		t.Errorf("after two seconds: %s", got)
	}
}

// Okta's error codes, E0000112: "Cannot update this user because they are still being activated". That other changes
// are refused with it too, and the refusal during a deactivation, are our guess.
func TestUsersInTransitionCannotBeChanged(t *testing.T) {
	t.Parallel()
	clock := &fakeClock{at: start}
	c := serveSeed(t, patient, Options{Clock: clock.now})
	c.do("POST", "/api/v1/users/00udot/lifecycle/activate").ok()
	c.prefer("respond-async", "POST", "/api/v1/users/00uada/lifecycle/deactivate").ok()
	const title = `{"profile":{"title":"x"}}`
	e := c.send("POST", "/api/v1/users/00udot", title).refused(409, "E0000112")
	if e.ErrorSummary != "Cannot update this user because they are still being activated. Please try again in a few minutes." {
		t.Errorf("summary %q", e.ErrorSummary)
	}
	for _, call := range []string{"activate", "deactivate", "suspend", "reset_password"} {
		c.do("POST", "/api/v1/users/00udot/lifecycle/"+call).refused(409, "E0000112")
		c.do("POST", "/api/v1/users/00uada/lifecycle/"+call).refused(403, "E0000038")
	}
	c.do("DELETE", "/api/v1/users/00uada").refused(403, "E0000038")
	clock.at = start.Add(2 * time.Second)
	c.send("POST", "/api/v1/users/00udot", title).ok()
	c.do("POST", "/api/v1/users/00uada/lifecycle/activate").ok()
	if got := c.way("00uada"); got != "DEPROVISIONED PROVISIONED" {
		t.Errorf("activated again: %s", got)
	}
}

func TestDumpShowsTransitionsAsFinished(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, patient, Options{Clock: (&fakeClock{at: start}).now})
	c.do("POST", "/api/v1/users/00udot/lifecycle/activate").ok()
	want := "status: PROVISIONED\n    created: 2026-03-01T12:00:00.000Z\n    activated: 2026-03-01T12:00:02.000Z"
	if got := c.get("/-/dump").body; !strings.Contains(got, want) {
		t.Errorf("got %s", got)
	}
}
