package oktasim

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/cards/okta/oktaspec"
)

// crowd has 26 users and a group of all but the first.
const crowd = `
users: [{login: root@acme.example}]
groups: [{id: 00gcrowd, name: Crowd}]
generate: {users: 25, groups: {Crowd: 25}}
`

func TestLinkHeadersAreSeparateAndAbsolute(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, crowd, Options{})
	r := c.get("/api/v1/groups/00gcrowd/users?limit=10&sortOrder=%61sc")
	if got := r.header.Values("Link"); len(got) != 2 {
		t.Fatalf("Link headers %q, want two", got)
	}
	links := r.links()
	if want := c.url + "/api/v1/groups/00gcrowd/users?limit=10&sortOrder=%61sc"; links["self"] != want {
		t.Errorf("self %s, want %s", links["self"], want)
	}
	next, err := url.Parse(links["next"])
	if err != nil || !strings.HasPrefix(links["next"], c.url+"/api/v1/groups/00gcrowd/users?") {
		t.Fatalf("next %s (%v)", links["next"], err)
	}
	if q := next.Query(); q.Get("limit") != "10" || q.Get("sortOrder") != "asc" || q.Get("after") == "" {
		t.Errorf("next does not keep the parameters: %s", links["next"])
	}
	if last := r.column("id")[9]; strings.Contains(links["next"], last) {
		t.Errorf("after is the bare id: %s", links["next"])
	}
}

func TestLinksAreOnTheSchemeAndHostOfTheRequest(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(oktaspec.Answers(t, mustNew(t, crowd, Options{})))
	t.Cleanup(server.Close)
	req, err := http.NewRequest("GET", server.URL+"/api/v1/users?limit=1", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "acme.okta.example"
	req.Header.Set("Authorization", "SSWS demo-token")
	res, err := server.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	r := reply{t: t, status: res.StatusCode, header: res.Header, body: string(body)}
	if next := r.links()["next"]; err != nil || !strings.HasPrefix(next, "https://acme.okta.example/api/v1/users?") {
		t.Errorf("next %q (%v)", next, err)
	}
	if !strings.Contains(r.body, `{"self":{"href":"https://acme.okta.example/api/v1/users/00u`) {
		t.Errorf("body %s", r.body)
	}
}

func TestTheLastPageHasNoNext(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, crowd, Options{})
	for _, path := range []string{"/api/v1/groups/00gcrowd/users?limit=25", "/api/v1/users?limit=26", "/api/v1/groups?limit=2"} {
		if links := c.get(path).links(); links["next"] != "" || links["self"] == "" {
			t.Errorf("%s: links %v", path, links)
		}
	}
	for _, path := range []string{"/api/v1/groups/00gcrowd/users?limit=24", "/api/v1/groups?limit=1"} {
		if links := c.get(path).links(); links["next"] == "" {
			t.Errorf("%s: links %v", path, links)
		}
	}
}

func TestPagesReturnEachUserOnce(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, crowd, Options{})
	for _, path := range []string{"/api/v1/groups/00gcrowd/users", "/api/v1/users", "/api/v1/groups", "/api/v1/users?search=" + find(`status eq "ACTIVE"`)} {
		whole := c.walk(path, "id")
		question := "?"
		if strings.Contains(path, "?") {
			question = "&"
		}
		for _, limit := range []string{"1", "7", "25"} {
			if got := c.walk(path+question+"limit="+limit, "id"); !cmp.Equal(got, whole) {
				t.Errorf("%s by %s: got %d, want %d\n%s", path, limit, len(got), len(whole), cmp.Diff(whole, got))
			}
		}
	}
}

func TestPagingDoesNotSkipMembersWhenOthersAreRemoved(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, crowd, Options{})
	whole := c.walk("/api/v1/groups/00gcrowd/users", "id")
	var read []string
	for path := "/api/v1/groups/00gcrowd/users?limit=4"; path != ""; {
		r := c.get(path)
		page := r.column("id")
		read = append(read, page...)
		for i, id := range page { // including the last one, which the cursor names
			if i%2 == 0 {
				c.do("POST", "/api/v1/users/"+id+"/lifecycle/suspend")
			}
			c.org.removeMember("00gcrowd", id)
		}
		path = r.links()["next"]
	}
	if !cmp.Equal(read, whole) {
		t.Errorf("(-want +got):\n%s", cmp.Diff(whole, read))
	}
}

// Okta, "Pagination": the cursor points to the start of the next page. That changes of the list do not matter, and
// that a user who is added before the cursor is not returned, is our guess.
func TestNewMembersDoNotMoveOthersToAnotherPage(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, crowd, Options{})
	whole := c.walk("/api/v1/groups/00gcrowd/users", "id")
	root := c.get("/api/v1/users/root").object()["id"].(string) // the first user of the org, not a member yet
	first := c.get("/api/v1/groups/00gcrowd/users?limit=10")
	c.do("PUT", "/api/v1/groups/00gcrowd/users/"+root)
	late := c.send("POST", "/api/v1/users", person("eve@acme.example", `,"groupIds":["00gcrowd"]`)).object()["id"].(string)
	got := slices.Concat(first.column("id"), c.walk(first.links()["next"], "id"))
	if want := slices.Concat(whole, []string{late}); !cmp.Equal(got, want) {
		t.Errorf("(-want +got):\n%s", cmp.Diff(want, got))
	}
}

func TestPagesOfUsersAndGroupsDoNotSkipWhenTheirItemsAreDeleted(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, "groups: [{name: A}, {name: B}, {name: C}, {name: D}]\ngenerate: {users: 5}\n", Options{})
	for _, list := range []string{"/api/v1/users", "/api/v1/groups"} {
		whole, read := c.walk(list, "id"), []string{}
		for path := list + "?limit=2"; path != ""; {
			r := c.get(path)
			for _, id := range r.column("id") {
				read = append(read, id)
				for range 2 { // the first request only deactivates a user
					c.do("DELETE", list+"/"+id)
				}
			}
			path = r.links()["next"]
		}
		if !cmp.Equal(read, whole) {
			t.Errorf("%s (-want +got):\n%s", list, cmp.Diff(whole, read))
		}
		if left := c.walk(list, "id"); len(left) > 1 { // Everyone cannot be deleted
			t.Errorf("%s: %d are left", list, len(left))
		}
	}
}

func TestPagingUsersDoesNotSkipWhenTheFilterStopsHolding(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, crowd, Options{})
	path := "/api/v1/users?limit=3&filter=" + find(`status eq "ACTIVE"`)
	whole := c.walk(path, "id")
	var read []string
	for path != "" {
		r := c.get(path)
		for _, id := range r.column("id") {
			read = append(read, id)
			c.do("POST", "/api/v1/users/"+id+"/lifecycle/suspend").ok()
		}
		path = r.links()["next"]
	}
	if !cmp.Equal(read, whole) {
		t.Errorf("(-want +got):\n%s", cmp.Diff(whole, read))
	}
}

// Users API and Groups API, parameter limit. That a higher limit is reduced to the maximum is our guess.
func TestDefaultAndMaximalLimits(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, "groups: [{id: 00gall, name: All}]\ngenerate: {users: 1300, groups: {All: all}}\n", Options{})
	for path, want := range map[string]int{
		"/api/v1/users":                          200,
		"/api/v1/users?limit=500":                200,
		"/api/v1/groups/00gall/users":            1000,
		"/api/v1/groups/00gall/users?limit=9999": 1000,
		"/api/v1/groups/00gall/users?limit=17":   17,
	} {
		if got := len(c.get(path).column("id")); got != want {
			t.Errorf("%s gives %d, want %d", path, got, want)
		}
	}
}

// Groups API, "List all groups", limit: the default is 10,000. That it is also the maximum, to which a higher limit
// is reduced, is our guess.
func TestAPageOfGroupsHasTenThousand(t *testing.T) {
	t.Parallel()
	var seed strings.Builder
	seed.WriteString("groups:\n")
	for i := range 10_001 {
		fmt.Fprintf(&seed, "  - {name: g%d}\n", i)
	}
	c := serveSeed(t, seed.String(), Options{})
	for _, query := range []string{"", "?limit=10000", "?limit=20000"} {
		r := c.get("/api/v1/groups" + query)
		if got := strings.Count(r.body, `"objectClass"`); got != 10_000 || r.links()["next"] == "" {
			t.Errorf("%q: %d groups, links %v", query, got, r.links())
		}
	}
}

func TestAQueryForGroupsCannotBePaged(t *testing.T) {
	t.Parallel()
	var seed strings.Builder
	seed.WriteString("generate:\n  groups:\n")
	for i := range 350 {
		seed.WriteString("    team " + strings.Repeat("i", i+1) + ": 0\n")
	}
	c := serveSeed(t, seed.String(), Options{})
	r := c.get("/api/v1/groups?q=team")
	if got, links := len(r.column("id")), r.links(); got != 300 || links["next"] != "" {
		t.Errorf("%d groups, links %v", got, links)
	}
	if got := len(c.get("/api/v1/groups").column("id")); got != 351 {
		t.Errorf("%d groups without a query, want all 351", got)
	}
}

func TestGroupsOfAUserHavePagesOfTwoHundred(t *testing.T) {
	t.Parallel()
	var seed strings.Builder
	seed.WriteString("users: [{id: 00uada, login: ada@acme.example}]\ngenerate:\n  groups:\n")
	for i := range 250 {
		seed.WriteString("    team " + strings.Repeat("i", i+1) + ": all\n")
	}
	c := serveSeed(t, seed.String(), Options{})
	r := c.get("/api/v1/users/ada@acme.example/groups")
	if got := len(r.column("id")); got != 200 || r.links()["next"] == "" {
		t.Errorf("first page has %d, links %v", got, r.links())
	}
	if got := c.walk("/api/v1/users/00uada/groups", "id"); len(got) != 251 || len(slices.Compact(slices.Sorted(slices.Values(got)))) != 251 {
		t.Errorf("%d groups in all, want 251 different ones", len(got))
	}
}

func TestABadCursorOrLimitIs400(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, crowd, Options{})
	elsewhere, err := url.Parse(c.get("/api/v1/users?limit=2").links()["next"])
	if err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{"limit=0", "limit=-1", "limit=ten", "after=00u1", "after=AAAAAAAAAAA", "after=" + elsewhere.Query().Get("after")} {
		e := c.get("/api/v1/groups/00gcrowd/users?"+query).refused(400, "E0000001")
		name, _, _ := strings.Cut(query, "=")
		if e.ErrorSummary != "Api validation failed: "+name || len(e.ErrorCauses) != 1 {
			t.Errorf("%s: %+v", query, e)
		}
	}
}
