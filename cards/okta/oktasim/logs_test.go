package oktasim

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// eventful returns an org with five events, a minute apart.
func eventful(t *testing.T) (*client, *fakeClock) {
	t.Helper()
	return eventfulSeed(t, small)
}

func eventfulSeed(t *testing.T, seed string) (*client, *fakeClock) {
	t.Helper()
	clock := &fakeClock{at: start}
	c := serveSeed(t, seed, Options{Clock: clock.now})
	for _, request := range []string{
		"POST /api/v1/users/00uada/lifecycle/suspend", "POST /api/v1/users/00uada/lifecycle/unsuspend",
		"PUT /api/v1/groups/00gcon/users/00udot", "DELETE /api/v1/groups/00gcon/users/00udot", "DELETE /api/v1/groups/00gcom",
	} {
		clock.at = clock.at.Add(time.Minute)
		method, path, _ := strings.Cut(request, " ")
		if r := c.do(method, path); r.status > 204 {
			t.Fatalf("%s: %d", request, r.status)
		}
	}
	clock.at = clock.at.Add(time.Minute)
	return c, clock
}

var five = []string{
	"user.lifecycle.suspend", "user.lifecycle.unsuspend", "group.user_membership.add", "group.user_membership.remove", "group.lifecycle.delete",
}

func TestEveryChangeWritesItsEventTypeWithActorAndTargets(t *testing.T) {
	t.Parallel()
	c, _ := eventful(t)
	g := c.send("POST", "/api/v1/groups", `{"profile":{"name":"New"}}`).object()
	c.send("PUT", "/api/v1/groups/"+g["id"].(string), `{"profile":{"name":"Newer"}}`).ok()
	r := c.get("/api/v1/logs")
	if got, want := r.column("eventType"), append(slices.Clone(five), "group.lifecycle.create", "group.profile.update"); !cmp.Equal(got, want) {
		t.Errorf("event types %v, want %v", got, want)
	}
	events := r.ok().([]any)
	add := events[2].(map[string]any)
	ada := `{"alternateId":"ada@acme.example","detailEntry":null,"displayName":"Ada Lovelace","id":"00uada","type":"User"}`
	for property, want := range map[string]string{
		"actor":          ada,
		"outcome":        `{"reason":null,"result":"SUCCESS"}`,
		"published":      `"2026-03-01T12:03:00.000Z"`,
		"displayMessage": `"Add user to group membership"`,
		"target": `[{"alternateId":"dot@acme.example","detailEntry":null,"displayName":"dot@acme.example","id":"00udot","type":"User"},` +
			`{"alternateId":"unknown","detailEntry":null,"displayName":"Contractors","id":"00gcon","type":"UserGroup"}]`,
	} {
		if got := jsonOf(t, add[property]); got != want {
			t.Errorf("%s is %s, want %s", property, got, want)
		}
	}
	ids := map[string]bool{}
	for _, id := range r.column("uuid") {
		if len(id) != 36 || ids[id] {
			t.Errorf("uuid %q", id)
		}
		ids[id] = true
	}
}

func TestARefusedChangeWritesNoEvent(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	c.do("POST", "/api/v1/users/00ubob/lifecycle/suspend").refused(400, "E0000001")
	c.send("POST", "/api/v1/groups", `{"profile":{"name":"Contractors"}}`).refused(400, "E0000001")
	if got := c.get("/api/v1/logs").body; got != "[]" {
		t.Errorf("got %s", got)
	}
}

func TestALogQueryWithoutUntilAlwaysHasANextPageAndMissesNothing(t *testing.T) {
	t.Parallel()
	c, clock := eventful(t)
	var seen []string
	next := "/api/v1/logs?limit=2"
	for range 5 {
		r := c.get(next)
		seen = append(seen, r.column("eventType")...)
		if next = r.links()["next"]; next == "" {
			t.Fatalf("after %v there is no next link", seen)
		}
	}
	clock.at = clock.at.Add(time.Minute)
	c.do("POST", "/api/v1/users/00uada/lifecycle/suspend").ok()
	seen = append(seen, c.get(next).column("eventType")...)
	if want := append(slices.Clone(five), "user.lifecycle.suspend"); !cmp.Equal(seen, want) {
		t.Errorf("got %v, want %v", seen, want)
	}
}

func TestLogQueryOfAnEmptyLogCanBeContinued(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	r := c.get("/api/v1/logs?filter=" + find(`eventType sw "user."`))
	c.do("POST", "/api/v1/users/00uada/lifecycle/suspend").ok()
	if got := c.get(r.links()["next"]).column("eventType"); !cmp.Equal(got, []string{"user.lifecycle.suspend"}) {
		t.Errorf("got %v", got)
	}
}

func TestABoundedLogQueryEnds(t *testing.T) {
	t.Parallel()
	c, _ := eventful(t)
	down := slices.Clone(five)
	slices.Reverse(down)
	for query, want := range map[string][]string{
		"until=2026-03-01T12:03:00Z":                                          five[:2],
		"since=2026-03-01T12:03:00Z&until=2026-03-01T12:04:00.001Z":           five[2:4],
		"sortOrder=DESCENDING":                                                down,
		"sortOrder=DESCENDING&until=2026-03-01T12:05:00Z":                     down[1:],
		"since=2026-03-01T12:04:00Z&until=2027-01-01T00:00:00Z":               five[3:],
		"since=2026-03-01T13:00:00%2B01:00&until=2026-03-01T13:01:01%2B01:00": five[:1],
	} {
		for _, limit := range []string{"1", "2", "5", "100"} {
			var got []string
			for next := "/api/v1/logs?limit=" + limit + "&" + query; next != "" && len(got) < 10; {
				r := c.get(next)
				got = append(got, r.column("eventType")...)
				next = r.links()["next"]
			}
			if !cmp.Equal(got, want) {
				t.Errorf("%s by %s: got %v, want %v", query, limit, got, want)
			}
		}
	}
}

func TestSinceIsSevenDaysBeforeUntilAndNothingIsOlderThanNinety(t *testing.T) {
	t.Parallel()
	c, clock := eventful(t)
	clock.at = start.Add(7*24*time.Hour + 90*time.Second)
	if got := c.get("/api/v1/logs").column("eventType"); !cmp.Equal(got, five[1:]) {
		t.Errorf("without since: %v", got)
	}
	if got := c.get("/api/v1/logs?until=2026-03-02T00:00:00Z").column("eventType"); !cmp.Equal(got, five) {
		t.Errorf("before an until of the past: %v", got)
	}
	clock.at = start.Add(90*24*time.Hour + 150*time.Second)
	if got := c.get("/api/v1/logs?since=2026-01-01T00:00:00Z").column("eventType"); !cmp.Equal(got, five[2:]) {
		t.Errorf("after 90 days: %v", got)
	}
}

func TestTheLogIsFilteredByTypeActorTargetAndOutcome(t *testing.T) {
	t.Parallel()
	c, _ := eventful(t)
	for expression, want := range map[string][]string{
		`eventType eq "group.lifecycle.delete"`: five[4:],
		`eventType sw "group.user_membership"`:  five[2:4],
		`actor.id eq "00uada"`:                  five,
		`actor.id ne "00uada"`:                  {},
		`target.id eq "00gcon"`:                 five[2:4],
		`target.id eq "00gcon" and target.id eq "00udot" and target.type eq "User"`: five[2:4],
		`target.id eq "00uada" and target.type eq "UserGroup"`:                      {},
		`target.displayName co "mit" or eventType eq "user.lifecycle.suspend"`:      {five[0], five[4]},
		`outcome.result eq "success" and eventType ew ".DELETE"`:                    five[4:],
		`outcome.result ne "SUCCESS"`:                                               {},
	} {
		if got := c.get("/api/v1/logs?filter=" + find(expression)).column("eventType"); !cmp.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", expression, got, want)
		}
	}
	for _, query := range []string{"since=yesterday", "until=1", "sortOrder=up", "limit=0"} {
		c.get("/api/v1/logs?"+query).refused(400, "E0000001")
	}
}

func TestKeywordsOfTheLogMustAllMatchWholeInAnyCase(t *testing.T) {
	t.Parallel()
	c, _ := eventful(t)
	for q, want := range map[string][]string{
		"CONTRACTORS":            five[2:4],
		"contractors add":        five[2:4][:1],
		"contractor":             {},
		"dot@acme.example":       five[2:4],
		"null":                   {},
		"user.lifecycle.suspend": five[:1],
		"suspend contractors":    {},
		"WEB system":             {},
	} {
		if got := c.get("/api/v1/logs?q=" + find(q)).column("eventType"); !cmp.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", q, got, want)
		}
	}
}

// System Log API, "Request parameters", limit: the default is 100, the maximum 1000. That a higher limit is reduced
// to the maximum is our guess.
func TestThePageOfTheLogIsAHundredAndAtMostAThousand(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{Clock: (&fakeClock{at: start}).now})
	for range 1100 {
		c.org.events.add(something("user.lifecycle.suspend", instantOf(start)))
	}
	for query, want := range map[string]int{"": 100, "?limit=7": 7, "?limit=1000": 1000, "?limit=5000": 1000} {
		if got := len(c.get("/api/v1/logs" + query).column("uuid")); got != want {
			t.Errorf("%s: %d events, want %d", query, got, want)
		}
	}
}

// System Log API, "Polling requests": "a next link relation header is always present, even if there are no new
// events (the event list may be empty)".
func TestAnEmptyPageOfThePolledLogHasANext(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	r := c.get("/api/v1/logs")
	again := c.get(r.links()["next"])
	if r.body != "[]" || again.body != "[]" || again.links()["next"] == "" {
		t.Errorf("got %s, then %s with %v", r.body, again.body, again.links())
	}
	if links := c.get("/api/v1/logs?since=2026-03-01T00:00:00Z&until=2026-03-02T00:00:00Z").links(); links["next"] != "" {
		t.Errorf("an empty bounded query: %v", links)
	}
}

func TestTheLogKeepsItsLastHundredThousandEvents(t *testing.T) {
	t.Parallel()
	var l eventLog
	for n := range logCapacity + 3 {
		l.append(event{uuid: fmt.Sprint(n)})
	}
	if len(l.ring) != logCapacity || l.first() != 3 || l.at(3).uuid != "3" || l.at(l.next-1).uuid != fmt.Sprint(logCapacity+2) {
		t.Errorf("%d events from %d to %d", len(l.ring), l.first(), l.next)
	}
}
