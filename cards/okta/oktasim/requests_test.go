package oktasim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// requested returns the lines of GET /-/requests.
func (c *client) requested(query string) []request {
	c.t.Helper()
	r := c.get("/-/requests" + query)
	if r.status != 200 || r.header.Get("Content-Type") != "application/jsonl" {
		c.t.Fatalf("got %d %s %s", r.status, r.header.Get("Content-Type"), r.body)
	}
	var list []request
	for line := range strings.Lines(r.body) {
		var one request
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			c.t.Fatalf("%q: %v", line, err)
		}
		list = append(list, one)
	}
	return list
}

func TestRequestsAreListedWithTheirStatusAndID(t *testing.T) {
	t.Parallel()
	clock := &fakeClock{at: start}
	c := serveSeed(t, small+`faults: [{match: "POST /api/v1/groups", nth: 1, reset: true}]`, Options{Clock: clock.now})
	ids := []string{
		c.get("/api/v1/users/ada%40acme.example?expand=<b>").header.Get("X-Okta-Request-Id"),
		c.do("POST", "/api/v1/users/nobody/lifecycle/suspend").header.Get("X-Okta-Request-Id"),
	}
	if _, err := c.try("POST", "/api/v1/groups"); err == nil {
		t.Fatal("the fault did not strike")
	}
	c.get("/-/stats")
	got := c.requested("")
	if len(got) == 3 {
		ids = append(ids, got[2].ID) // there was no answer to compare with
	}
	want := []request{
		{1, start, "GET", "/api/v1/users/ada%40acme.example?expand=<b>", 200, ids[0]},
		{2, start, "POST", "/api/v1/users/nobody/lifecycle/suspend", 404, ids[1]},
		{3, start, "POST", "/api/v1/groups", 0, ids[len(ids)-1]},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if body := c.get("/-/requests?since=2").body; strings.Count(body, "\n") != 1 || !strings.HasPrefix(body, `{"number":3,`) {
		t.Errorf("after the second: %s", body)
	}
	if body := c.get("/-/requests?since=3").body; body != "" {
		t.Errorf("after the last: %s", body)
	}
	if r := c.get("/-/requests?since=two"); r.status != 400 || !strings.Contains(r.body, `"two"`) {
		t.Errorf("got %d %s", r.status, r.body)
	}
}

func TestTheRequestsShowNeitherTokensNorBodies(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	c.send("POST", "/api/v1/users", person("eve@acme.example", `,"credentials":{"password":{"value":"Plugh xyzzy 7"}}`)).ok()
	c.auth = "SSWS wrong-token"
	c.get("/api/v1/users").refused(401, "E0000011")
	body := c.get("/-/requests").body
	for _, secret := range []string{"demo-token", "wrong-token", "xyzzy", "eve@"} {
		if strings.Contains(body, secret) {
			t.Errorf("%q is in\n%s", secret, body)
		}
	}
	if lines := strings.Count(body, "\n"); lines != 2 {
		t.Errorf("%d lines, want 2: what is refused is listed too", lines)
	}
}

func TestTheLastTenThousandRequestsAreRemembered(t *testing.T) {
	t.Parallel()
	var l requestLog
	r := httptest.NewRequest("GET", "/"+strings.Repeat("x", 3000), nil)
	for n := range lineCapacity + 2 {
		l.note(&call{r: r, id: fmt.Sprint(n)}, answer{status: http.StatusOK}, start)
	}
	got := l.since(1)
	if len(got) != lineCapacity || got[0].Number != 3 || got[0].ID != "2" || got[len(got)-1].Number != lineCapacity+2 {
		t.Errorf("%d requests, the first %+v, the last %+v", len(got), got[0], got[len(got)-1])
	}
	if len(got[0].Path) != requestPath {
		t.Errorf("a path of %d bytes, want it cut to %d", len(got[0].Path), requestPath)
	}
}
