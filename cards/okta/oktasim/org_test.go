package oktasim

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/cards/okta/oktaspec"
)

// start is the time of the data clock in most tests.
var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// small is the seed of most tests.
const small = `
now: 2026-03-01T12:00:00Z
attributes: {badge: integer, huge: number, rate: number, tags: array, none: string}
users:
  - {id: 00uada, login: ada@acme.example, firstName: Ada, lastName: Lovelace, created: 2024-05-01T08:00:00Z, lastLogin: 2026-02-27T09:12:00.5Z}
  - {id: 00ubob, login: bob@acme.example, firstName: Bob, lastName: Marsh, status: SUSPENDED}
  - {id: 00ucyd, login: cyd@acme.example, status: DEPROVISIONED}
  - {id: 00udot, login: dot@acme.example, status: STAGED}
  - {id: 00usla, login: ops/night@acme.example}
  - {id: 00utw1, login: twin@acme.example}
  - {id: 00utw2, login: twin@other.example}
groups:
  - {id: 00gcon, name: Contractors, description: From outside, members: [bob@acme.example, 00uada, cyd@acme.example]}
  - {id: 00gcom, name: 'Com"mittee', members: []}
  - {id: 00gad, name: AD Users, type: APP_GROUP, description: 'C:\users'}
`

func mustLoad(t testing.TB, seed string) Seed {
	t.Helper()
	s, err := Load([]byte(seed))
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	return s
}

func mustNew(t testing.TB, seed string, options Options) *Org {
	t.Helper()
	o, err := New(mustLoad(t, seed), options)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return o
}

// A client calls an org over real HTTP with a token.
type client struct {
	t    testing.TB
	org  *Org
	url  string
	auth string

	header http.Header // additional headers; may be nil
}

func serveSeed(t testing.TB, seed string, options Options) *client {
	t.Helper()
	o := mustNew(t, seed, options)
	server := httptest.NewServer(oktaspec.Answers(t, o))
	t.Cleanup(server.Close)
	return &client{t: t, org: o, url: server.URL, auth: "SSWS demo-token"}
}

// A reply is an answer whose body has been read.
type reply struct {
	t      testing.TB
	status int
	header http.Header
	body   string
}

// do sends a request to a path of the org or to an absolute URL.
func (c *client) do(method, path string) reply {
	c.t.Helper()
	r, err := c.try(method, path)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	return r
}

func (c *client) try(method, path string) (reply, error) {
	c.t.Helper()
	if strings.HasPrefix(path, "/") {
		path = c.url + path
	}
	req, err := http.NewRequest(method, path, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	for name, values := range c.header {
		req.Header[name] = values
	}
	if c.auth != "" {
		req.Header.Set("Authorization", c.auth)
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return reply{}, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return reply{t: c.t, status: res.StatusCode, header: res.Header, body: string(body)}, err
}

func (c *client) get(path string) reply { c.t.Helper(); return c.do("GET", path) }

// ok checks that an answer is a 200, and returns its JSON body.
func (r reply) ok() any {
	r.t.Helper()
	if r.status != 200 {
		r.t.Fatalf("got %d %s, want 200", r.status, r.body)
	}
	d := json.NewDecoder(strings.NewReader(r.body))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		r.t.Fatalf("body is not JSON: %v\n%s", err, r.body)
	}
	return v
}

func (r reply) object() map[string]any { r.t.Helper(); return r.ok().(map[string]any) }

// column returns one property of each item of a list. A path such as profile.login reaches nested properties.
func (r reply) column(path string) []string {
	r.t.Helper()
	list := []string{}
	for _, item := range r.ok().([]any) {
		for _, key := range strings.Split(path, ".") {
			item = item.(map[string]any)[key]
		}
		list = append(list, item.(string))
	}
	return list
}

// refused checks the status and the error code of an answer, and returns the body.
func (r reply) refused(status int, code string) oktaError {
	r.t.Helper()
	var e oktaError
	if err := json.Unmarshal([]byte(r.body), &e); err != nil || r.status != status || e.ErrorCode != code {
		r.t.Fatalf("got %d %s, want %d %s", r.status, r.body, status, code)
	}
	return e
}

type oktaError struct {
	ErrorCode    string
	ErrorSummary string
	ErrorLink    string
	ErrorID      string
	ErrorCauses  []struct{ ErrorSummary string }
}

var linkForm = regexp.MustCompile(`^<([^>]+)>; rel="([a-z]+)"$`)

// links returns the Link headers by relation.
func (r reply) links() map[string]string {
	r.t.Helper()
	found := map[string]string{}
	for _, header := range r.header.Values("Link") {
		m := linkForm.FindStringSubmatch(header)
		if m == nil {
			r.t.Fatalf("Link header %q", header)
		}
		found[m[2]] = m[1]
	}
	return found
}

// walk reads all pages of a list and returns one property of each item.
func (c *client) walk(path, property string) []string {
	c.t.Helper()
	var all []string
	for path != "" {
		r := c.get(path)
		all = append(all, r.column(property)...)
		path = r.links()["next"]
	}
	return all
}

func find(expression string) string { return url.QueryEscape(expression) }

// fakeClock is a clock that tests set. It is not safe for concurrent use.
type fakeClock struct{ at time.Time }

func (f *fakeClock) now() time.Time { return f.at }

func TestEveryAnswerHasOktasHeadersAndTheSimulatorsName(t *testing.T) {
	t.Parallel()
	clock := &fakeClock{at: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)}
	c := serveSeed(t, small, Options{Clock: clock.now})
	seen := map[string]bool{}
	for _, path := range []string{"/api/v1/users", "/api/v1/users/nobody", "/api/v1/nowhere"} {
		r := c.get(path)
		for header, want := range map[string]string{
			"Server":                 "oktasim",
			"Content-Type":           "application/json",
			"Date":                   "Wed, 04 Mar 2026 05:06:07 GMT",
			"X-Rate-Limit-Limit":     "1000000",
			"X-Rate-Limit-Remaining": "999999",
			"X-Rate-Limit-Reset":     "1772600827",
		} {
			if got := r.header.Get(header); got != want {
				t.Errorf("%s: %s is %q, want %q", path, header, got, want)
			}
		}
		id := r.header.Get("X-Okta-Request-Id")
		if len(id) != 20 || seen[id] {
			t.Errorf("%s: X-Okta-Request-Id %q is empty or not new", path, id)
		}
		seen[id] = true
	}
}

func TestErrorsHaveOktasShape(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	r := c.get("/api/v1/users/nobody@acme.example")
	e := r.refused(404, "E0000007")
	if e.ErrorSummary != "Not found: Resource not found: nobody@acme.example (User)" {
		t.Errorf("summary %q", e.ErrorSummary)
	}
	if e.ErrorLink != "E0000007" || !strings.HasPrefix(e.ErrorID, "oae") || !strings.Contains(r.body, `"errorCauses":[]`) {
		t.Errorf("body %s", r.body)
	}
	if e := c.get("/api/v1/groups/00gnone").refused(404, "E0000007"); e.ErrorSummary != "Not found: Resource not found: 00gnone (UserGroup)" {
		t.Errorf("summary %q", e.ErrorSummary)
	}
}

func TestAMethodThatAPathDoesNotHaveIs405(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	e := c.do("PATCH", "/api/v1/users/00uada").refused(405, "E0000022")
	if e.ErrorSummary != "The endpoint does not support the provided HTTP method" {
		t.Errorf("summary %q", e.ErrorSummary)
	}
}

func TestAPathThatDoesNotExistIs404(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	e := c.get("/api/v1/nowhere").refused(404, "E0000008")
	if e.ErrorCauses[0].ErrorSummary != "this simulated org does not support GET /api/v1/nowhere" {
		t.Errorf("causes %v", e.ErrorCauses)
	}
}

func TestAQueryThatCannotBeReadIs400(t *testing.T) {
	t.Parallel()
	serveSeed(t, small, Options{}).get("/api/v1/users?limit=%zz").refused(400, "E0000001")
}

func TestRootNamesTheSimulatedOrg(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	c.auth = ""
	if r := c.get("/"); r.status != 200 || !strings.Contains(r.body, "simulated Okta org") {
		t.Errorf("got %d %q", r.status, r.body)
	}
}

func TestTheDataClockGoesOnFromWhereTheSeedSetsIt(t *testing.T) {
	t.Parallel()
	clock := &fakeClock{at: time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)}
	c := serveSeed(t, small, Options{Clock: clock.now})
	clock.at = clock.at.Add(90 * time.Minute)
	c.do("POST", "/api/v1/users/00uada/lifecycle/suspend").ok()
	if got := c.get("/api/v1/users/00uada").object()["statusChanged"]; got != "2026-03-01T13:30:00.000Z" {
		t.Errorf("statusChanged %v, want an hour and a half after the seed's now", got)
	}
}

func TestOneSeedMakesManyOrgs(t *testing.T) {
	t.Parallel()
	seed := mustLoad(t, small)
	first, err := New(seed, Options{})
	if err != nil {
		t.Fatal(err)
	}
	before := string(first.state.dump())
	u, _ := first.state.user("00uada")
	u.enter(suspended, instantOf(start))
	first.removeMember("00gcon", "00ubob")

	second, err := New(seed, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := string(second.state.dump()); got != before {
		t.Errorf("the second org starts with\n%s\nwant\n%s", got, before)
	}
}
