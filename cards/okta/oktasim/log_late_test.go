package oktasim

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// tardy returns an org with five events, a minute apart. Every second event is stored 90 seconds late: the second one
// between the third and the fourth, and the fourth after all others.
func tardy(t *testing.T) (*client, *fakeClock) {
	t.Helper()
	return eventfulSeed(t, small+"log_delay: 90s\n")
}

const bounded = "/api/v1/logs?since=2026-03-01T12:00:00Z&until=2026-03-01T13:00:00Z&limit="

// logWalk reads all pages of a log query, at most ten, and returns the event types.
func (c *client) logWalk(path string) []string {
	c.t.Helper()
	got := []string{}
	for pages := 0; path != "" && pages < 10; pages++ {
		r := c.get(path)
		got = append(got, r.column("eventType")...)
		path = r.links()["next"]
	}
	return got
}

// System Log API, "Bounded requests": "Not all events for the specified time range may be present — events
// may be delayed".
func TestABoundedLogQueryRepeatedLaterReturnsMore(t *testing.T) {
	t.Parallel()
	c, clock := tardy(t)
	for _, limit := range []string{"1", "2", "5"} {
		clock.at = start.Add(5*time.Minute + 29*time.Second)
		if got, want := c.logWalk(bounded+limit), []string{five[0], five[1], five[2], five[4]}; !cmp.Equal(got, want) {
			t.Errorf("before the fourth is stored, by %s: %v, want %v", limit, got, want)
		}
		clock.at = start.Add(5*time.Minute + 30*time.Second)
		if got := c.logWalk(bounded + limit); !cmp.Equal(got, five) {
			t.Errorf("once it is, by %s: %v, want %v", limit, got, five)
		}
		down := slices.Clone(five)
		slices.Reverse(down)
		if got := c.logWalk(bounded + limit + "&sortOrder=DESCENDING"); !cmp.Equal(got, down) {
			t.Errorf("descending, by %s: %v, want %v", limit, got, down)
		}
	}
}

// System Log API, "Polling requests": "They return every event that occurs in your organization. The returned
// events are time filtered by their internal persistence time … They may return events out of order according
// to the published field".
func TestAPollingLogQueryGivesLateEventsWhenTheyAreStored(t *testing.T) {
	t.Parallel()
	c, clock := tardy(t)
	stored := []string{five[0], five[2], five[1], five[4], five[3]}
	for _, limit := range []string{"1", "2", "100"} {
		clock.at = start.Add(5*time.Minute + 29*time.Second)
		seen, next := []string{}, "/api/v1/logs?limit="+limit
		for range 10 {
			r := c.get(next)
			seen, next = append(seen, r.column("eventType")...), r.links()["next"]
			if len(seen) == 4 {
				clock.at = start.Add(5*time.Minute + 30*time.Second)
			}
		}
		if !cmp.Equal(seen, stored) {
			t.Errorf("by %s: %v, want %v", limit, seen, stored)
		}
	}
	if got := c.get("/api/v1/logs?since=2026-03-01T12:05:15Z").column("eventType"); !cmp.Equal(got, stored[4:]) {
		t.Errorf("since goes by when events are published: %v", got)
	}
}

func TestLaterEventsDoNotMoveDelayedOnes(t *testing.T) {
	t.Parallel()
	c, clock := tardy(t)
	clock.at = start.Add(5*time.Minute + 30*time.Second)
	next := c.get("/api/v1/logs").links()["next"] // the page has the fourth event, which is not in the ring yet
	c.do("POST", "/api/v1/users/00uada/lifecycle/suspend").ok()
	c.do("POST", "/api/v1/users/00uada/lifecycle/unsuspend").ok()
	if got := c.logWalk(next); len(got) != 1 {
		t.Errorf("at once: %v", got)
	}
	clock.at = clock.at.Add(2 * time.Minute)
	got := c.logWalk(next)
	slices.Sort(got)
	if want := []string{"user.lifecycle.suspend", "user.lifecycle.unsuspend"}; !cmp.Equal(got, want) {
		t.Errorf("later: %v, want %v", got, want)
	}
	ids := c.get("/api/v1/logs").column("uuid")
	slices.Sort(ids)
	if len(slices.Compact(ids)) != 7 {
		t.Errorf("%d uuids, want 7 different ones", len(ids))
	}
}

func TestBoundedQueryContinuesAfterItsPlaceLeftTheRing(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{Clock: (&fakeClock{at: start}).now})
	for range 2 {
		c.org.events.add(something("user.lifecycle.suspend", instantOf(start)))
	}
	const query = "/api/v1/logs?limit=1&since=2026-03-01T12:00:00Z&until=2026-03-01T13:00:00Z"
	up := c.get(query).links()["next"]
	down := c.get(query + "&sortOrder=DESCENDING").links()["next"]
	for n := range logCapacity {
		c.org.events.add(something("user.lifecycle.unsuspend", instantOf(start)+instant(n)))
	}
	if got := c.get(up).column("eventType"); !cmp.Equal(got, []string{"user.lifecycle.unsuspend"}) {
		t.Errorf("ascending: %v, want the oldest that is left", got)
	}
	if r := c.get(down); r.body != "[]" || r.links()["next"] != "" {
		t.Errorf("descending: %s %v, want the end: what is older is gone", r.body, r.links())
	}
}

// something returns an event in the form of operations.
func something(kind string, published instant) event {
	who := target{id: "00uada", kind: "User", alternate: "ada@acme.example", display: "Ada Lovelace"}
	return event{kind: kind, published: published, actor: who, targets: []target{who}, result: "SUCCESS"}
}
