package oktasim

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// delivered makes 10,000 events in an org with these faults, and returns the ids of the deliveries in the order in which the receiver
// gets them.
func delivered(t *testing.T, seed, faults string) (ids []string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		org := mustNew(t, strings.ReplaceAll(subscribedSeed, "user.lifecycle.create", "user.lifecycle.unsuspend")+"generate: {seed: "+seed+"}\nfaults: "+faults, Options{
			Hooks: receiver(func(r *http.Request) (*http.Response, error) {
				body, _ := io.ReadAll(r.Body)
				_, id, _ := strings.Cut(string(body), `"eventId":"`)
				ids = append(ids, id[:36]) // one delivery at a time
				return hookAnswer(http.StatusNoContent, ""), nil
			}),
		})
		m := &mailbox{t: t, org: org}
		for range 5_000 {
			m.suspend("00ubob")
			m.send("POST", "/api/v1/users/00ubob/lifecycle/unsuspend", "")
		}
		time.Sleep(2 * time.Hour) // for those that are late, or that nothing overtakes
		synctest.Wait()
		org.Close()
		if got := org.outbox.log.since(0); slices.ContainsFunc(got, func(r hookRequest) bool { return r.Status != http.StatusNoContent }) {
			t.Errorf("some deliveries failed")
		}
	})
	return ids
}

// once returns the ids without those that came before.
func once(ids []string) (first []string) {
	seen := map[string]bool{}
	for _, id := range ids {
		if !seen[id] {
			seen[id], first = true, append(first, id)
		}
	}
	return first
}

func TestTenThousandEventsAreShuffledAndAFifthOfThemDuplicated(t *testing.T) {
	t.Parallel()
	inOrder := delivered(t, "1", "[]")
	if len(inOrder) != 10_000 || len(once(inOrder)) != 10_000 {
		t.Fatalf("%d deliveries, %d of them different", len(inOrder), len(once(inOrder)))
	}
	const faults = "[{delivery: duplicate, share: 20%}, {delivery: swap, by: 100, share: 100%}, {delivery: late, by: 1h, share: 1%}]"
	got := delivered(t, "1", faults)
	if n := len(got) - 10_000; n < 1_800 || n > 2_200 {
		t.Errorf("%d duplicates", n)
	}
	place := map[string]int{}
	for i, id := range inOrder {
		place[id] = i
	}
	moved, late, first := 0, 0, once(got)
	for i, id := range first {
		if place[id] != i {
			moved++
		}
		if i-place[id] > 500 {
			late++
		}
	}
	if len(first) != 10_000 || moved < 9_000 || late < 50 || late > 150 {
		t.Errorf("%d different deliveries, %d of them in another place, %d of them late", len(first), moved, late)
	}
	if !slices.Equal(got, delivered(t, "1", faults)) {
		t.Error("the same number in the seed has another order")
	}
	if slices.Equal(got, delivered(t, "2", faults)) {
		t.Error("another number in the seed has the same order")
	}
}

// The swap with by moves a delivery past later ones, and loses none of the last ones, which nothing overtakes.
func TestASwapMovesADeliveryPastAtMostSoManyLaterOnes(t *testing.T) {
	t.Parallel()
	inOrder, got := delivered(t, "1", "[]"), delivered(t, "1", "[{delivery: swap, by: 5, share: 30%}]")
	place := map[string]int{}
	for i, id := range inOrder {
		place[id] = i
	}
	furthest := 0
	for i, id := range got {
		furthest = max(furthest, i-place[id])
	}
	if len(got) != 10_000 || len(once(got)) != 10_000 || furthest != 5 {
		t.Errorf("%d deliveries, %d of them different; the furthest moved by %d", len(got), len(once(got)), furthest)
	}
}

func TestAShareOfRequestsFails(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small+`faults: [{match: "GET /api/v1/groups", share: 30%, status: 503}]`, Options{})
	failed := 0
	for range 500 {
		if c.get("/api/v1/groups").status == http.StatusServiceUnavailable {
			failed++
		}
	}
	if failed < 110 || failed > 190 {
		t.Errorf("%d of 500 failed", failed)
	}
}
