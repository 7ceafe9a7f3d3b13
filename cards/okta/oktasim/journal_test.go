package oktasim

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/flowdeck/flowdeck/cards/okta/oktaspec"
)

// remembering serves an org that keeps its state in dir.
func remembering(t *testing.T, dir, seed string, options Options) *client {
	t.Helper()
	o, err := Open(dir, mustLoad(t, seed), options)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	server := httptest.NewServer(oktaspec.Answers(t, o))
	t.Cleanup(func() {
		server.Close()
		if err := o.Close(); err != nil && !errors.Is(err, os.ErrClosed) { // some tests close it before
			t.Errorf("Close: %v", err)
		}
	})
	return &client{t: t, org: o, url: server.URL, auth: "SSWS demo-token"}
}

// killed is a copy of a state folder: what the next process finds when this one is killed right now.
func killed(t *testing.T, dir string) string {
	t.Helper()
	left := t.TempDir()
	if err := os.CopyFS(left, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return left
}

// everything is all that an org tells of itself, times and the log included, but for what differs between any
// two processes: where it is reached, and the ids of errors.
func everything(c *client) string {
	c.t.Helper()
	var all strings.Builder
	for _, path := range []string{"/-/dump", "/api/v1/users?search=status+pr", "/api/v1/groups?expand=stats", "/api/v1/logs?since=2026-01-01T00:00:00Z&limit=1000"} {
		all.WriteString(strings.ReplaceAll(c.get(path).body, c.url, "") + "\n")
	}
	return all.String()
}

// changeMuch makes one change of every kind.
func changeMuch(c *client) {
	c.t.Helper()
	for _, r := range []struct{ method, path, body string }{
		{"POST", "/api/v1/users/00uada/lifecycle/suspend", ""},
		{"POST", "/api/v1/users?activate=true", `{"profile":{"login":"eve@acme.example","email":"eve@acme.example","firstName":"Eve","lastName":"Stone","badge":9007199254740993},"credentials":{"password":{"value":"correct horse"},"recovery_question":{"question":"Who?","answer":"battery staple"}},"groupIds":["00gcon"]}`},
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
	} {
		if got := c.send(r.method, r.path, r.body); got.status > 299 {
			c.t.Fatalf("%s %s: %d %s", r.method, r.path, got.status, got.body)
		}
	}
}

func TestAnOrgThatRemembersIsTheSameAfterItsProcessIsKilled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := remembering(t, dir, small, Options{})
	changeMuch(first)
	second := remembering(t, killed(t, dir), small, Options{})
	if got, want := everything(second), everything(first); got != want {
		t.Errorf("the second org is\n%s\nwant\n%s", got, want)
	}
	if second.org.Kept() != first.org.Kept() || first.org.Kept() == 0 {
		t.Errorf("the first keeps %d changes, the second %d", first.org.Kept(), second.org.Kept())
	}

	// … and goes on from there, as the first does.
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
	requests := map[string]string{} // by id: no other request has it
	for _, e := range second.get("/api/v1/logs?since=2026-01-01T00:00:00Z&limit=1000").ok().([]any) {
		debug := e.(map[string]any)["debugContext"].(map[string]any)["debugData"].(map[string]any)
		id, uri := debug["requestId"].(string), debug["requestUri"].(string)
		if other, twice := requests[id]; twice && other != uri {
			t.Errorf("%s and %s have one request id, %s", other, uri, id)
		}
		requests[id] = uri
	}
}

func TestASeedWithoutATimeOfItsOwnBeginsWhereTheFirstProcessBegan(t *testing.T) {
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

func TestALineThatIsTornAtAnyPlaceIsOfARequestThatWasNeverAnswered(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := remembering(t, dir, small, Options{})
	c.do("PUT", "/api/v1/groups/00gcom/users/00uada")
	before, want := stateFile(t, dir), c.get("/-/dump").body
	c.do("POST", "/api/v1/users/00uada/lifecycle/suspend")
	whole := stateFile(t, dir)
	for at := len(before); at < len(whole); at++ {
		torn := killed(t, dir)
		if err := os.WriteFile(filepath.Join(torn, "journal.jsonl"), whole[:at], 0o600); err != nil {
			t.Fatal(err)
		}
		o, err := Open(torn, mustLoad(t, small), Options{})
		if err != nil {
			t.Fatalf("torn at byte %d: %v", at, err)
		}
		if got := string(o.state.dump()); got != want {
			t.Fatalf("torn at byte %d:\n%s\nwant\n%s", at, got, want)
		}
		if err := o.Close(); err != nil {
			t.Fatal(err)
		}
		if got := stateFile(t, torn); !bytes.Equal(got, before) {
			t.Fatalf("torn at byte %d: the next change would follow %q", at, got[len(before):])
		}
	}
}

func TestAnOrgThatIsKilledOverItsFirstChangeIsFresh(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := remembering(t, dir, small, Options{})
	fresh := c.get("/-/dump").body
	c.do("POST", "/api/v1/users/00uada/lifecycle/suspend")
	heading, _, _ := bytes.Cut(stateFile(t, dir), []byte("\n"))
	for at := range len(heading) + 1 {
		torn := t.TempDir()
		if err := os.WriteFile(filepath.Join(torn, "journal.jsonl"), heading[:at], 0o600); err != nil {
			t.Fatal(err)
		}
		o, err := Open(torn, mustLoad(t, small), Options{})
		if err != nil {
			t.Fatalf("torn at byte %d: %v", at, err)
		}
		if got := string(o.state.dump()); got != fresh || o.Kept() != 0 {
			t.Fatalf("torn at byte %d, with %d changes:\n%s\nwant\n%s", at, o.Kept(), got, fresh)
		}
		if err := o.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join(torn, "journal.jsonl")); !errors.Is(err, os.ErrNotExist) {
			t.Fatalf("torn at byte %d: the next change would follow half a heading (%v)", at, err)
		}
	}
}

func TestAStateFolderThatCannotBeReadSaysSo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := remembering(t, dir, small, Options{})
	c.do("POST", "/api/v1/users/00uada/lifecycle/suspend")
	good := string(stateFile(t, dir))
	head, line, _ := strings.Cut(strings.TrimSpace(good), "\n")
	for what, cas := range map[string]struct{ seed, text, want string }{
		"a damaged line":       {small, head + "\n{\"at\":\n" + line + "\n", "journal.jsonl, line 2"},
		"a damaged heading":    {small, "?\n" + line + "\n", "journal.jsonl, line 1"},
		"another version":      {small, strings.Replace(good, `"oktasim":1`, `"oktasim":9`, 1), "another version of the simulated org"},
		"another seed":         {small + "  - {name: More}\n", good, "another version of the seed"},
		"a request refused":    {small, head + "\n" + line + "\n" + line + "\n", "line 3: this version of the simulated org refuses POST /api/v1/users/00uada/lifecycle/suspend"},
		"a path nobody serves": {small, head + "\n" + strings.Replace(line, "suspend", "sing", 1) + "\n", "line 2: this version"},
	} {
		broken := t.TempDir()
		if err := os.WriteFile(filepath.Join(broken, "journal.jsonl"), []byte(cas.text), 0o600); err != nil {
			t.Fatal(err)
		}
		o, err := Open(broken, mustLoad(t, cas.seed), Options{})
		if err == nil || !strings.Contains(err.Error(), cas.want) {
			t.Errorf("%s: the error is %v, want one with %q", what, err, cas.want)
		}
		if err == nil {
			o.Close()
		} else if err := Reset(broken); err != nil {
			t.Errorf("%s: Reset afterwards: %v", what, err)
		}
	}
}

func TestWhatASeedSaysOfLimitsAndFaultsMayChangeAtAnyTime(t *testing.T) {
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

func TestOneOrgHasAStateFolderAtATime(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := remembering(t, dir, small, Options{})
	c.do("POST", "/api/v1/users/00uada/lifecycle/suspend")
	if _, err := Open(dir, mustLoad(t, small), Options{}); !errors.Is(err, ErrInUse) {
		t.Errorf("Open of a folder in use: %v", err)
	}
	if err := Reset(dir); !errors.Is(err, ErrInUse) {
		t.Errorf("Reset of a folder in use: %v", err)
	}
	if err := c.org.Close(); err != nil {
		t.Fatal(err)
	}
	if err := Reset(dir); err != nil {
		t.Fatal(err)
	}
	fresh, err := Open(dir, mustLoad(t, small), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer fresh.Close()
	if got, want := string(fresh.state.dump()), string(mustNew(t, small, Options{}).state.dump()); got != want || fresh.Kept() != 0 {
		t.Errorf("after Reset the org keeps %d changes and is\n%s", fresh.Kept(), got)
	}
	if err := Reset(filepath.Join(dir, "nothing", "here")); err != nil {
		t.Errorf("Reset of nothing: %v", err)
	}
}

func TestNothingIsDoneThatCannotBeKept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := remembering(t, dir, small, Options{})
	c.do("PUT", "/api/v1/groups/00gcom/users/00uada")
	file := c.org.journal.file
	if err := file.Close(); err != nil { // as a full disk would: every write fails
		t.Fatal(err)
	}
	c.do("POST", "/api/v1/users/00uada/lifecycle/suspend").refused(500, "E0000009")
	before := c.get("/-/dump").body
	c.do("DELETE", "/api/v1/groups/00gcom").refused(500, "E0000009")
	if got := c.get("/-/dump").body; got != before {
		t.Errorf("a change that cannot be kept was made:\n%s\nbefore:\n%s", got, before)
	}
	if left := remembering(t, killed(t, dir), small, Options{}); left.org.Kept() != 1 {
		t.Errorf("%d changes are kept, want the one that was answered", left.org.Kept())
	}
}

func TestChangesMadeAtOnceAreKeptInTheirOrder(t *testing.T) {
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

func TestTheDataClockGoesForwardOnly(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{Clock: (&fakeClock{at: start}).now})
	if got := c.send("POST", "/-/clock", `{"advance":"2h"}`); got.body != "2026-03-01T14:00:00.000Z\n" {
		t.Errorf("the clock says %q", got.body)
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
