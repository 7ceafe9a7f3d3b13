package oktasim

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// crew is the seed of an org with users to search for.
const crew = `
now: 2026-03-01T12:00:00Z
users:
  - {id: u1, login: ada@acme.example, firstName: Ada, lastName: Lovelace, created: 2024-05-01T08:00:00Z, profile: {department: R&D, badge: 9, remote: true, tags: [chess, Go]}}
  - {id: u2, login: bob@acme.example, firstName: Bob, lastName: marsh, created: 2025-05-01T08:00:00Z, profile: {department: IT, badge: 10, remote: false, tags: []}}
  - {id: u3, login: cyd@acme.example, email: c@home.example, firstName: Cyd, lastName: Lamb, status: DEPROVISIONED, created: 2025-06-01T08:00:00Z, profile: {department: null, badge: 9007199254740993}}
  - {id: u4, login: dot@acme.example, firstName: Dot, lastName: Marsh, status: STAGED, created: 2026-01-01T08:00:00.500Z}
`

func ids(list ...string) []string { return append([]string{}, list...) }

func TestSearchKnowsTheWholeProfileAndEightOperators(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, crew, Options{})
	for expression, want := range map[string][]string{
		`profile.department eq "r&d"`:                                ids("u1"),
		`profile.department pr`:                                      ids("u1", "u2"),
		`profile.nothing pr`:                                         ids(),
		`profile.lastName sw "l"`:                                    ids("u1", "u3"),
		`profile.lastName ge "marsh"`:                                ids("u2", "u4"),
		`profile.lastName gt "Lamb" and profile.lastName lt "MARSH"`: ids("u1"),
		`profile.login co "acme"`:                                    ids("u1", "u2", "u3", "u4"),
		`profile.badge gt 9`:                                         ids("u2", "u3"),
		`profile.badge le 9`:                                         ids("u1"),
		`profile.badge eq 9007199254740993`:                          ids("u3"),
		`profile.badge eq 9007199254740992`:                          ids(),
		`profile.remote eq true`:                                     ids("u1"),
		`profile.tags eq "go"`:                                       ids("u1"),
		`profile.tags pr`:                                            ids("u1"),
		`created gt "2025-05-01T08:00:00.000Z"`:                      ids("u3", "u4"),
		`created ge "2025-05-01T10:00:00+02:00" and created lt "2026-01-01T08:00:00.500Z"`: ids("u2", "u3"),
		`activated lt "2030-01-01T00:00:00Z"`:                                              ids("u1", "u2", "u3"),
		`type.id eq "` + userTypeID + `"`:                                                  ids("u1", "u2", "u3", "u4"),
	} {
		if got := c.get("/api/v1/users?search=" + find(expression)).column("id"); !cmp.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", expression, got, want)
		}
	}
}

// Users API, "List users with search": "Property names in the search parameter are case sensitive, whereas
// operators … and string values are case insensitive".
func TestPropertyNamesOfASearchAreCaseSensitive(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, crew, Options{})
	for expression, want := range map[string][]string{
		`profile.lastName EQ "LOVELACE"`: ids("u1"),
		`profile.lastname eq "Lovelace"`: ids(),
		`profile.Department pr`:          ids(),
	} {
		if got := c.get("/api/v1/users?search=" + find(expression)).column("id"); !cmp.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", expression, got, want)
		}
	}
	for _, query := range []string{"search=" + find(`Status eq "ACTIVE"`), "sortBy=Created&search=" + find(`id pr`)} {
		c.get("/api/v1/users?"+query).refused(400, "E0000031")
	}
}

// A flow that polls for users created or updated since a time must expect equal times.
func TestUsersUpdatedTogetherHaveEqualTimes(t *testing.T) {
	t.Parallel()
	clock := &fakeClock{at: start}
	c := serveSeed(t, crew, Options{Clock: clock.now})
	clock.at = start.Add(time.Minute)
	for _, id := range ids("u4", "u1") {
		c.send("POST", "/api/v1/users/"+id, `{"profile":{"title":"x"}}`).ok()
	}
	if got := c.get("/api/v1/users?filter=" + find(`lastUpdated eq "2026-03-01T12:01:00.000Z"`)).column("id"); !cmp.Equal(got, ids("u1", "u4")) {
		t.Errorf("got %v", got)
	}
}

func TestFilterKnowsLastUpdatedByOrder(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, crew, Options{})
	for expression, want := range map[string][]string{
		`lastUpdated gt "2025-05-01T08:00:00.000Z"`: ids("u3", "u4"),
		`lastUpdated ge "2025-05-01T08:00:00.000Z"`: ids("u2", "u3", "u4"),
		`lastUpdated lt "2025-05-01T08:00:00.000Z"`: ids("u1"),
		`lastUpdated le "2025-05-01T08:00:00.000Z"`: ids("u1", "u2"),
		`lastUpdated eq "2025-05-01T08:00:00.000Z"`: ids("u2"),
	} {
		if got := c.get("/api/v1/users?filter=" + find(expression)).column("id"); !cmp.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", expression, got, want)
		}
	}
}

func TestQFindsTheStartOfNamesAndAddresses(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, crew, Options{})
	for q, want := range map[string][]string{
		"ad": ids("u1"), "MARSH": ids("u2", "u4"), "dot@": ids("u4"), "ovelace": ids(), "R&D": ids(),
		"c@home": ids(), // she is DEPROVISIONED
	} {
		if got := c.get("/api/v1/users?q=" + find(q)).column("id"); !cmp.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", q, got, want)
		}
	}
}

func TestQReturnsTenAndNoSecondPage(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, "users: [{login: ada@acme.example}]\ngenerate: {users: 900}\n", Options{})
	r := c.get("/api/v1/users?q=a")
	if got := len(r.column("id")); got != 10 || r.links()["next"] != "" {
		t.Errorf("%d, and the next page %q", got, r.links()["next"])
	}
	if got := len(c.get("/api/v1/users?q=a&limit=30").column("id")); got != 30 {
		t.Errorf("with a limit of 30, %d", got)
	}
}

func TestASearchIsSortedWithoutCaseAndThenByID(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, crew, Options{})
	for query, want := range map[string][]string{
		"sortBy=profile.lastName":                ids("u3", "u1", "u2", "u4"),
		"sortBy=profile.lastName&sortOrder=desc": ids("u2", "u4", "u1", "u3"),
		"sortBy=profile.department":              ids("u3", "u4", "u2", "u1"),
		"sortBy=created&sortOrder=desc":          ids("u4", "u3", "u2", "u1"),
		"sortOrder=desc":                         ids("u1", "u2", "u3", "u4"),
	} {
		got := c.walk("/api/v1/users?limit=1&search="+find(`id pr`)+"&"+query, "id")
		if !cmp.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", query, got, want)
		}
	}
}

func TestUsersRemovedFromASortedListDoNotMoveOthers(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, crew, Options{})
	r := c.get("/api/v1/users?limit=2&sortBy=profile.lastName&search=" + find(`id pr`))
	for range 2 {
		c.do("DELETE", "/api/v1/users/u1") // the last user of the first page
	}
	if got := c.get(r.links()["next"]).column("id"); !cmp.Equal(got, ids("u2", "u4")) {
		t.Errorf("got %v", got)
	}
}

func TestOnlySearchLags(t *testing.T) {
	t.Parallel()
	clock := &fakeClock{at: start}
	c := serveSeed(t, crew+"search_delay: 2s\n", Options{Clock: clock.now})
	c.send("POST", "/api/v1/users", person("eve@acme.example", "")).ok()
	c.send("POST", "/api/v1/users/u1", `{"profile":{"department":"Sales"}}`).ok()
	c.do("DELETE", "/api/v1/users/u3")

	search := func(expression string) reply { return c.get("/api/v1/users?search=" + find(expression)) }
	filter := func(expression string) []string {
		return c.get("/api/v1/users?filter=" + find(expression)).column("id")
	}
	if got := search(`profile.login eq "eve@acme.example"`).column("id"); len(got) != 0 {
		t.Errorf("the index has a new person at once: %v", got)
	}
	if old := search(`profile.department eq "R&D"`); !cmp.Equal(old.column("id"), ids("u1")) || !strings.Contains(old.body, `"department":"R&D"`) {
		t.Errorf("the index does not show the old record: %s", old.body)
	}
	if got := search(`profile.department eq "Sales"`).column("id"); len(got) != 0 {
		t.Errorf("the index has a change at once: %v", got)
	}
	if got := search(`id eq "u3"`).column("id"); !cmp.Equal(got, ids("u3")) {
		t.Errorf("the index lost somebody at once: %v", got)
	}
	if got := filter(`profile.login eq "eve@acme.example"`); len(got) != 1 {
		t.Errorf("a filter lags: %v", got)
	}
	if got := c.get("/api/v1/users/u1").body; !strings.Contains(got, `"department":"Sales"`) {
		t.Errorf("a read lags: %s", got)
	}

	clock.at = clock.at.Add(time.Second)
	c.send("POST", "/api/v1/users/u1", `{"profile":{"department":"Law"}}`).ok()
	clock.at = clock.at.Add(1500 * time.Millisecond)
	if got := search(`profile.department eq "Sales"`).column("id"); !cmp.Equal(got, ids("u1")) {
		t.Errorf("after the first delay the index has not the first change: %v", got)
	}
	clock.at = clock.at.Add(time.Second)
	if got := search(`profile.department eq "Law"`).column("id"); !cmp.Equal(got, ids("u1")) {
		t.Errorf("after both delays the index has not the second change: %v", got)
	}
	if got := search(`profile.login eq "eve@acme.example"`).column("id"); len(got) != 1 {
		t.Errorf("after the delay the index has no new person: %v", got)
	}
}

func FuzzUserSearch(f *testing.F) {
	for _, text := range []string{
		`profile.badge gt 5 and profile.tags pr`, `profile.a eq true`, `profile.b lt -1.5e3`, `status eq "ACTIVE" or type.id pr`,
		`lastUpdated lt "2026-03-01T12:00:00+02:00"`, `profile. eq "x"`, `profile.x eq tru`,
	} {
		f.Add(text)
	}
	of := (&user{login: "ada@acme.example", attributes: []attribute{{"badge", "7"}, {"tags", `["a",1]`}}}).value
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parseFilter(text, userSearch)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "at character ") {
				t.Fatalf("an error without a place: %v", err)
			}
			return
		}
		c.holds(of)
		again, err := parseFilter(spell(c), userSearch)
		if err != nil {
			t.Fatalf("%q is spelled %q, which does not parse: %v", text, spell(c), err)
		}
		if spell(c) != spell(again) {
			t.Fatalf("%q: once %s, twice %s", text, spell(c), spell(again))
		}
	})
}
