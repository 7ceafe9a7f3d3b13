package oktasim

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/cards/okta/oktaspec"
	"github.com/flowdeck/flowdeck/cards/simhost"
)

// remembering serves an org that stores its changes in dir.
func remembering(t *testing.T, dir, seed string, options Options) *client {
	t.Helper()
	c, err := open(t, dir, seed, options)
	if err != nil {
		t.Fatalf("open the org: %v", err)
	}
	return c
}

// open serves an org that stores its changes in dir until the test ends.
func open(t *testing.T, dir, source string, options Options) (*client, error) {
	t.Helper()
	c, seed := &client{t: t, auth: "SSWS demo-token"}, mustLoad(t, source)
	access, err := simhost.Open(simhost.Simulator{
		Format: Format, Digest: seed.Digest(), Headers: []string{KeptHeader}, Secrets: SecretKeys(), URI: MaskedURI,
		New: func(began time.Time, keep simhost.Keep) (simhost.Server, error) {
			options.Began, options.Keep = began, keep
			var err error
			c.org, err = New(seed, options)
			return checked{c.org, oktaspec.Answers(t, c.org)}, err
		},
	}, dir)
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections() // the host waits until they are closed
		if err := access.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	address, err := access.Address()
	c.url = "http://" + address
	return c, err
}

// checked is an org whose answers are checked against Okta's description.
type checked struct {
	*Org
	answers http.Handler
}

func (c checked) ServeHTTP(w http.ResponseWriter, r *http.Request) { c.answers.ServeHTTP(w, r) }

// killed returns a copy of a state folder: the state that the next process finds if this one is killed now.
func killed(t *testing.T, dir string) string {
	t.Helper()
	left := t.TempDir()
	if err := os.CopyFS(left, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return left
}

// everything returns all that an org shows, including times and the log. It leaves out the parts that differ between
// two processes: the address of the org, and the ids of errors.
func everything(c *client) string {
	c.t.Helper()
	var all strings.Builder
	for _, path := range []string{"/-/dump", "/api/v1/users?search=status+pr", "/api/v1/groups?expand=stats", "/api/v1/logs?since=2026-01-01T00:00:00Z&limit=1000"} {
		all.WriteString(strings.ReplaceAll(c.get(path).body, c.url, "") + "\n")
	}
	return all.String()
}

// changeMuch makes one change of each kind.
func changeMuch(c *client) {
	c.t.Helper()
	for _, r := range []struct{ method, path, body string }{
		{"POST", "/api/v1/users/00uada/lifecycle/suspend", ""},
		{"POST", "/api/v1/users?activate=true", `{"profile":{"login":"eve@acme.example","email":"eve@acme.example","firstName":"Eve","lastName":"Stone","badge":9007199254740993},"credentials":{"password":{"value":"Correct Horse 1"},"recovery_question":{"question":"Who?","answer":"Battery-Staple-22"}},"groupIds":["00gcon"]}`},
		{"POST", "/api/v1/users?activate=false", `{"profile":{"login":"fay@acme.example","email":"fay@acme.example","firstName":"Fay","lastName":"Stone"},"credentials":{"password":{"hash":{"algorithm":"BCRYPT","workFactor":10,"salt":"rwh1vH2p3s4t5u6v7w8x9y","value":"tGb3dMz4BUAR"}}}}`},
		{"POST", "/api/v1/users/00utw1", `{"profile":{"department":"R&D","email":"one@acme.example"}}`},
		{"PUT", "/api/v1/users/00utw2", `{"profile":{"login":"two@acme.example","email":"two@acme.example","firstName":"Two","lastName":"Twin"}}`},
		{"POST", "/api/v1/users/00ubob/lifecycle/unsuspend", ""},
		{"POST", "/api/v1/users/00udot/lifecycle/activate?sendEmail=false", ""},
		{"POST", "/api/v1/users/00usla/lifecycle/deactivate", ""},
		{"DELETE", "/api/v1/users/00ucyd", ""},
		{"POST", "/api/v1/groups", `{"profile":{"name":"Night shift","description":"After ten"}}`},
		{"PUT", "/api/v1/groups/00gcom", `{"profile":{"name":"Committee"}}`},
		{"PUT", "/api/v1/groups/00gcom/users/00uada", ""},
		{"DELETE", "/api/v1/groups/00gcon/users/00ubob", ""},
		{"POST", "/-/clock", `{"advance":"90m"}`},
		{"PUT", "/api/v1/groups/00gcom/users/00udot", ""},
		{"POST", "/api/v1/meta/schemas/user/default", attributes(`"desk":{"title":"Desk","type":"string"}`)},
		{"POST", "/api/v1/users/00uada", `{"profile":{"desk":"4a"}}`},
		{"POST", "/api/v1/meta/types/user", `{"name":"guest","displayName":"Guest","description":"Visitors"}`},
	} {
		if got := c.send(r.method, r.path, r.body); got.status > 299 {
			c.t.Fatalf("%s %s: %d %s", r.method, r.path, got.status, got.body)
		}
	}
}

func TestOrgIsTheSameAfterItsProcessWasKilled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := remembering(t, dir, small, Options{})
	changeMuch(first)
	second := remembering(t, killed(t, dir), small, Options{})
	if got, want := everything(second), everything(first); got != want {
		t.Errorf("the second org is\n%s\nwant\n%s", got, want)
	}

	// Both orgs then continue in the same way.
	for _, c := range []*client{first, second} {
		if got := c.send("POST", "/api/v1/groups", `{"profile":{"name":"Later"}}`); got.status != 200 {
			t.Fatalf("after all that: %d %s", got.status, got.body)
		}
	}
	if got, want := second.get("/-/dump").body, first.get("/-/dump").body; got != want {
		t.Errorf("the second org goes on as\n%s\nwant\n%s", got, want)
	}
	for i := range 10 {
		second.send("POST", "/api/v1/groups", fmt.Sprintf(`{"profile":{"name":"Later still %d"}}`, i))
	}
	requests := map[string]string{} // by id; no two requests have the same id
	for _, e := range second.get("/api/v1/logs?since=2026-01-01T00:00:00Z&limit=1000").ok().([]any) {
		debug := e.(map[string]any)["debugContext"].(map[string]any)["debugData"].(map[string]any)
		id, uri := debug["requestId"].(string), debug["requestUri"].(string)
		if other, twice := requests[id]; twice && other != uri {
			t.Errorf("%s and %s have one request id, %s", other, uri, id)
		}
		requests[id] = uri
	}
}

func TestSeedWithoutATimeStartsWhenTheFirstProcessDid(t *testing.T) {
	t.Parallel()
	const seed = "generate: {seed: 3, users: 20, groups: {Contractors: 5}}"
	dir, clock := t.TempDir(), &fakeClock{at: start}
	first := remembering(t, dir, seed, Options{Clock: clock.now})
	if got := first.send("POST", "/api/v1/groups", `{"profile":{"name":"New"}}`); got.status != 200 {
		t.Fatal(got.body)
	}
	want := first.get("/-/dump").body
	clock.at = clock.at.AddDate(0, 2, 0)
	if got := remembering(t, killed(t, dir), seed, Options{Clock: clock.now}).get("/-/dump").body; got != want {
		t.Errorf("two months later people have other dates:\n%s\nwant\n%s", got, want)
	}
}

func TestLimitsAndFaultsOfASeedMayChangeAtAnyTime(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := remembering(t, dir, small, Options{})
	c.do("POST", "/api/v1/users/00uada/lifecycle/suspend")
	limited := small + "limits: {/api/v1/users: 600}\nlatency: 1ms\ntokens: {other: {}}\n# a comment\n"
	later := remembering(t, killed(t, dir), limited, Options{})
	later.auth = "SSWS other"
	if got := later.get("/api/v1/users/00uada").object()["status"]; got != "SUSPENDED" {
		t.Errorf("the status is %v", got)
	}
}

func TestReadsAndRefusalsKeepNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := remembering(t, dir, small, Options{})
	c.get("/api/v1/users")
	c.do("POST", "/api/v1/users/00ubob/lifecycle/suspend").refused(400, "E0000001")
	c.do("POST", "/api/v1/users/nobody/lifecycle/suspend").refused(404, "E0000007")
	if _, err := os.Stat(filepath.Join(dir, "journal.jsonl")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("there is a journal (%v), and nothing has changed", err)
	}
}

func TestConcurrentChangesAreStoredInTheirOrder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := remembering(t, dir, "generate: {seed: 1, users: 8}\ngroups: [{id: 00g1, name: One}]\n", Options{})
	people := c.walk("/api/v1/users", "id")
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for turn := range 20 {
				method := []string{"PUT", "DELETE"}[(worker+turn)%2]
				if r, err := c.try(method, "/api/v1/groups/00g1/users/"+people[turn%8]); err != nil || r.status != http.StatusNoContent {
					t.Errorf("%s: %v %v", method, r.status, err)
				}
				if r, err := c.try("PUT", fmt.Sprintf("/api/v1/groups/00g1/users/%s", people[worker])); err != nil || r.status != http.StatusNoContent {
					t.Errorf("PUT: %v %v", r.status, err)
				}
			}
		})
	}
	all.Wait()
	second := remembering(t, killed(t, dir), "generate: {seed: 1, users: 8}\ngroups: [{id: 00g1, name: One}]\n", Options{})
	if got, want := everything(second), everything(c); got != want {
		t.Errorf("the second org is\n%s\nwant\n%s", got, want)
	}
}

func TestOrgRefusesChangesThatCannotBeKept(t *testing.T) {
	t.Parallel()
	full := func(*http.Request, any, func() (time.Time, bool)) error { return errors.New("no space left on device") }
	c := serveSeed(t, small, Options{Keep: full, Clock: (&fakeClock{at: start}).now})
	before := c.get("/-/dump").body
	refusal := c.do("DELETE", "/api/v1/groups/00gcom")
	refusal.refused(500, "E0000009")
	if !strings.Contains(refusal.body, "no space left on device") || c.get("/-/dump").body != before {
		t.Errorf("the answer is %s", refusal.body)
	}
	if got := c.send("POST", "/-/clock", `{"advance":"2h"}`); got.status != 500 {
		t.Errorf("the clock answers %d", got.status)
	}
}

func TestReplayOfARefusedRequestIsAnError(t *testing.T) {
	t.Parallel()
	o := mustNew(t, small, Options{})
	for _, path := range []string{"/api/v1/users/00ubob/lifecycle/suspend", "/api/v1/users/00uada/lifecycle/sing", "/api/v1/users?%zz"} {
		r := httptest.NewRequest("POST", path, nil)
		if err := o.Replay(r, start, []byte(`{}`)); err == nil {
			t.Errorf("%s is replayed", path)
		}
	}
}

func TestTheDataClockGoesForwardOnly(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{Clock: (&fakeClock{at: start}).now})
	if got := c.send("POST", "/-/clock", `{"advance":"2h"}`); got.body != "2026-03-01T14:00:00.000Z\n" {
		t.Errorf("the clock answers %q", got.body)
	}
	c.do("POST", "/api/v1/users/00uada/lifecycle/suspend").ok()
	if got := c.get("/api/v1/users/00uada").object()["statusChanged"]; got != "2026-03-01T14:00:00.000Z" {
		t.Errorf("statusChanged %v", got)
	}
	for _, body := range []string{`{"advance":"-1h"}`, `{"advance":"soon"}`, `{}`, `?`} {
		if got := c.send("POST", "/-/clock", body); got.status != 400 {
			t.Errorf("%s: %d %s", body, got.status, got.body)
		}
	}
}

func stateFile(t *testing.T, dir string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "journal.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	return text
}
