package oktasim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestStatsCountByPathTemplateAndStatus(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	c.get("/api/v1/users/00uada")
	c.get("/api/v1/users/ops%2Fnight@acme.example")
	c.get("/api/v1/users/nobody")
	c.do("POST", "/api/v1/users")
	c.do("BREW", "/api/v1/users")
	c.get("/api/v1/nowhere/1")
	c.get("/-/dump")
	c.get("/")
	want := map[string]any{
		"total": json.Number("6"), "rate_limited": json.Number("0"), "max_in_flight": json.Number("1"),
		"requests": map[string]any{
			"GET /api/v1/users/{id}": json.Number("3"), "POST /api/v1/users": json.Number("1"),
			"OTHER /api/v1/users": json.Number("1"), "GET (unknown)": json.Number("1"),
		},
		"statuses": map[string]any{"200": json.Number("1"), "404": json.Number("3"), "400": json.Number("1"), "405": json.Number("1")},
	}
	if diff := cmp.Diff(want, c.get("/-/stats").ok()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestControlEndpointsAreOnlyForThisMachine(t *testing.T) {
	t.Parallel()
	o := mustNew(t, small, Options{})
	for remote, here := range map[string]bool{
		"127.0.0.1:4711": true, "[::1]:4711": true, "": true,
		"192.0.2.1:4711": false, "[2001:db8::1]:4711": false, "@": false,
	} {
		for _, door := range []string{"GET /-/dump", "GET /-/stats", "GET /-/requests", "POST /-/faults"} {
			method, path, _ := strings.Cut(door, " ")
			r := httptest.NewRequest(method, path, strings.NewReader("[]"))
			r.RemoteAddr = remote
			w := httptest.NewRecorder()
			o.ServeHTTP(w, r)
			if open := w.Code != http.StatusForbidden; open != here || here && w.Code >= 300 {
				t.Errorf("%s from %q: got %d", door, remote, w.Code)
			}
		}
	}
	if got := serveSeed(t, small, Options{}).get("/-/nowhere").status; got != http.StatusNotFound {
		t.Errorf("/-/nowhere: %d", got)
	}
}

func TestReadersAndWritersCanRunConcurrently(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, "groups: [{id: 00gall, name: All}]\ngenerate: {users: 400, groups: {All: all}}\nlimits: {/api/v1: 1000000}\nlog_delay: 1ms\nasync_lifecycle: 1ms\n"+
		`faults: [{match: "GET /api/v1/groups/*", every: 3, status: 500}]`, Options{})
	people := c.walk("/api/v1/groups/00gall/users", "id")
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := worker; i < len(people); i += 8 {
				first, err := c.try("POST", "/api/v1/users/"+people[i]+"/lifecycle/suspend")
				if err == nil && first.status == 200 {
					first, err = c.try("POST", "/api/v1/users/"+people[i]+"/lifecycle/unsuspend")
				}
				if err != nil || first.status != 200 && first.status != 400 {
					t.Errorf("%s: %v %+v", people[i], err, first)
				}
				for _, path := range []string{"/api/v1/users?limit=5", "/api/v1/groups/00gall/users?limit=5", "/api/v1/groups/00gall", "/api/v1/logs?limit=5", "/-/stats"} {
					if _, err := c.try("GET", path); err != nil {
						t.Errorf("%s: %v", path, err)
					}
				}
			}
			for _, path := range []string{"/-/dump", "/-/requests"} {
				if _, err := c.try("GET", path); err != nil {
					t.Error(err)
				}
			}
			c.org.arm([]fault{{method: "GET", path: segments("/api/v1/groups/*"), every: 2, status: 500}})
		})
	}
	wg.Wait()
	if c.org.stats.underWay != 0 {
		t.Errorf("%d requests are still under way", c.org.stats.underWay)
	}
}

func TestOnlyOneOfManyConcurrentSuspendsSucceeds(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	outcomes := make(chan int, 16)
	var wg sync.WaitGroup
	for range cap(outcomes) {
		wg.Go(func() {
			r, err := c.try("POST", "/api/v1/users/00uada/lifecycle/suspend")
			if err != nil {
				t.Error(err)
			}
			outcomes <- r.status
		})
	}
	wg.Wait()
	close(outcomes)
	count := map[int]int{}
	for status := range outcomes {
		count[status]++
	}
	if got, want := fmt.Sprint(count), "map[200:1 400:15]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
