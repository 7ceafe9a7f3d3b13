package orgcopy_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/cards/okta/oktasim"
	"github.com/flowdeck/flowdeck/cards/okta/orgcopy"
	"github.com/flowdeck/flowdeck/cards/pace"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/clock"
)

// start serves the simulated org of a seed, and returns its URL.
func start(t *testing.T, seed []byte) string {
	t.Helper()
	loaded, err := oktasim.Load(seed)
	if err != nil {
		t.Fatal(err)
	}
	org, err := oktasim.New(loaded, oktasim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(org)
	t.Cleanup(func() { server.Close(); org.Close() })
	return server.URL
}

// session returns a session to an org by a token.
func session(t *testing.T, url, token string) *oktaapi.Session {
	t.Helper()
	credentials, err := oktaapi.APIToken(card.NewSecret(token))
	if err != nil {
		t.Fatal(err)
	}
	s, err := oktaapi.Open(oktaapi.Config{Domain: url, Credentials: credentials, Product: "test", Door: pace.New(clock.System{}, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func once(try func() error) error { return try() }

func quiet(orgcopy.Progress) {}

// open opens a copy in a new folder.
func open(t *testing.T, o orgcopy.Options) *orgcopy.Copy {
	t.Helper()
	c, err := orgcopy.Open(t.TempDir(), "copy", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// copied returns the seed of a copy of the org at a URL.
func copied(t *testing.T, url string, o orgcopy.Options) (string, orgcopy.Summary) {
	t.Helper()
	if o.Kinds == nil {
		o.Kinds = orgcopy.Kinds()
	}
	c := open(t, o)
	if err := c.Read(t.Context(), session(t, url, "demo-token"), once, quiet); err != nil {
		t.Fatal(err)
	}
	var seed bytes.Buffer
	sum, err := c.Write(&seed, time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), nil)
	if err != nil {
		t.Fatal(err)
	}
	return seed.String(), sum
}

// dumpOf returns the state of the org at a URL.
func dumpOf(t *testing.T, url string) string {
	t.Helper()
	answer, err := http.Get(url + "/-/dump")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// wholeOrg is a seed with all that is copied.
func wholeOrg(t *testing.T) []byte {
	t.Helper()
	seed, err := os.ReadFile("testdata/whole.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return seed
}

func TestACopyOfACopyIsEqual(t *testing.T) {
	t.Parallel()
	first, _ := copied(t, start(t, wholeOrg(t)), orgcopy.Options{Org: "acme"})
	second, _ := copied(t, start(t, []byte(first)), orgcopy.Options{Org: "acme"})
	if diff := cmp.Diff(strings.Split(first, "\n"), strings.Split(second, "\n")); diff != "" {
		t.Errorf("the copy of the copy differs:\n%s", diff)
	}
}

// named are the differences of an org and its copy that docs/org-copy.md names.
var named = []struct{ pattern, instead string }{
	{`(?m)^(  - )id: .*\n    `, "$1"}, {`"id":"[^"]*",`, ""},
	{`(?m)^.*"system":true.*\n`, ""},
	{`(?m)^.*"policy":"(Default Policy|Any two factors)".*\n`, ""},
	{`("key":"[^"]*"),("type":"HEADER",)?"value":"x*"`, "$1"},
}

func unnamed(dump string) []string {
	for _, n := range named {
		dump = regexp.MustCompile(n.pattern).ReplaceAllString(dump, n.instead)
	}
	return strings.Split(dump, "\n")
}

// TestTheOrgOfACopyHasTheDumpOfTheOrg copies an org of 1,000 users. `make copy` does it with 50,000.
func TestTheOrgOfACopyHasTheDumpOfTheOrg(t *testing.T) {
	t.Parallel()
	users := 1000
	if text := os.Getenv("COPY_USERS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 20 {
			t.Fatalf("COPY_USERS must be 20 or more, not %q", text)
		}
		users = n
	}
	const few = "  users: 20\n  groups: {Contractors: 9}\n"
	many := fmt.Sprintf("  users: %d\n  groups: {Contractors: %d, Staff: all}\n", users, users/3)
	whole := bytes.Replace(wholeOrg(t), []byte(few), []byte(many), 1)
	org := start(t, whole)
	seed, sum := copied(t, org, orgcopy.Options{Org: "acme"})
	if listed := bytes.Count(whole, []byte("login: ")); sum.Copied["users"] != listed+users {
		t.Errorf("%d users are copied", sum.Copied["users"])
	}
	before, after := unnamed(dumpOf(t, org)), unnamed(dumpOf(t, start(t, []byte(seed))))
	if slices.Equal(before, after) { // cmp takes long to find this out
		return
	}
	const most = 20 // lines
	for i := range before {
		if i >= len(after) || before[i] != after[i] {
			t.Fatalf("the dump differs from line %d on:\n%s", i+1, cmp.Diff(before[i:min(i+most, len(before))], after[min(i, len(after)):min(i+most, len(after))]))
		}
	}
	t.Errorf("the dump of the copy has %d lines more", len(after)-len(before))
}

// A dump has no times of groups and objects.
func TestTimesOfGroupsAndObjectsAreCopied(t *testing.T) {
	t.Parallel()
	org := strings.NewReplacer("- TIMES", "- created: 2020-01-01T00:00:00Z\n    lastUpdated: 2021-01-01T00:00:00Z",
		"TIMES", "created: 2020-01-01T00:00:00Z, lastUpdated: 2021-01-01T00:00:00Z").Replace(`
users: [{login: ada@acme.example}]
groups: [{TIMES, name: Staff, lastMembershipUpdated: 2022-01-01T00:00:00Z, members: [ada@acme.example]}]
user_types: [{TIMES, name: contractor, displayName: Contractor}]
apps: [{TIMES, label: Wiki, signOnMode: BOOKMARK, settings: {app: {url: "https://wiki.example/"}}}]
app_users: [{TIMES, app: Wiki, user: ada@acme.example}]
policies: [{TIMES, name: P, type: OKTA_SIGN_ON}]
policy_rules: [{TIMES, name: R, policy: P}]
group_rules:
  - TIMES
    name: G
    conditions: {expression: {type: "urn:okta:expression:1.0", value: 'user.department == "IT"'}}
    actions: {assignUserToGroups: {groupIds: [Staff]}}
event_hooks:
  - TIMES
    name: H
    events: {type: EVENT_TYPE, items: [user.session.start]}
    channel: {type: HTTP, version: 1.0.0, config: {uri: "https://h.example/"}}
`)
	seed, _ := copied(t, start(t, []byte(org)), orgcopy.Options{})
	for _, key := range []string{"created", "lastUpdated"} {
		if n := len(regexp.MustCompile(`(?m)^    `+key+`: 202[01]-`).FindAllString(seed, -1)); n != 8 {
			t.Errorf("%d objects have the time of %s:\n%s", n, key, seed)
		}
	}
	if !strings.Contains(seed, "lastMembershipUpdated: 2022-01-01T00:00:00.000Z") {
		t.Error("the time of the last change of members is lost")
	}
	start(t, []byte(seed))
}
