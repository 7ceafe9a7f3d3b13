package oktasim

import (
	"errors"
	"strings"
	"testing"
)

func TestASeedsMistakesAreReportedWithTheirPlace(t *testing.T) {
	t.Parallel()
	keys := "now, users, groups, generate, tokens, limits, faults, latency, search_delay, async_lifecycle, log_delay, attributes"
	for _, r := range resources() {
		keys += ", " + r.key
	}
	for name, test := range map[string]struct{ seed, want string }{
		"unknown key":          {"users: []\nuser: []\n", "2:1: unknown key \"user\" in the seed\nhint: keys: " + keys},
		"unknown user key":     {"users:\n  - login: a@b.c\n    name: A\n", "3:5: unknown key \"name\" in users[0]\nhint: keys: id, login, email, firstName, lastName, status, created, activated, statusChanged, lastLogin, lastUpdated, passwordChanged, password, provider, providerName, question, realm, type, profile"},
		"key twice":            {"users: []\nusers: []\n", "2:1: key \"users\" of the seed is already on line 1"},
		"bad status":           {"users: [{login: a@b.c, status: GONE}]", "1:32: unknown status \"GONE\"\nhint: statuses: ACTIVE, STAGED, PROVISIONED, RECOVERY, LOCKED_OUT, PASSWORD_EXPIRED, SUSPENDED, DEPROVISIONED"},
		"no login":             {"users: [{firstName: A}]", "1:9: users[0] has no login"},
		"login twice":          {"users:\n  - login: a@b.c\n  - login: A@b.c\n", "3:5: login \"A@b.c\" is already listed, as users[0]"},
		"user id twice":        {"users:\n  - {id: x, login: a@b.c}\n  - {id: x, login: b@b.c}\n", "3:6: user id \"x\" is already listed"},
		"group name twice":     {"groups:\n  - name: A\n  - name: a\n", "3:11: group \"a\" is already listed"},
		"group id twice":       {"groups:\n  - {id: x, name: A}\n  - {id: x, name: B}\n", "3:10: group id \"x\" is already listed"},
		"id for no path":       {"users: [{id: a/b, login: a@b.c}]", "1:14: users[0].id cannot be \"a/b\"\nhint: an id has letters, digits, dots, dashes and underscores"},
		"unknown member":       {"groups:\n  - name: A\n    members:\n      - ghost@b.c\n", "4:9: unknown member \"ghost@b.c\"\nhint: members are logins or ids of people under users"},
		"member twice":         {"users: [{login: a@b.c}]\ngroups: [{name: A, members: [a@b.c, a@b.c]}]", "2:37: member \"a@b.c\" is already listed"},
		"members everyone":     {"users: [{login: a@b.c}]\ngroups: [{name: Everyone, members: [a@b.c]}]", "2:36: every user is in Everyone\nhint: leave members out"},
		"type of everyone":     {"groups: [{name: Everyone, type: OKTA_GROUP}]", "1:33: Everyone is of type BUILT_IN"},
		"unknown type":         {"groups: [{name: A, type: TEAM}]", "1:26: unknown group type \"TEAM\"\nhint: types: OKTA_GROUP, APP_GROUP, BUILT_IN"},
		"login in profile":     {"users: [{login: a@b.c, profile: {email: x}}]", "1:34: email is a key of the user itself: move it out of profile"},
		"bad time":             {"now: yesterday", "1:6: now must be a time, not \"yesterday\"\nhint: write it like 2026-03-01T09:30:00Z"},
		"bad duration":         {"latency: 5", "1:10: latency must be a duration, not \"5\"\nhint: write it like 5ms or 1.5s"},
		"a list for a map":     {"users: {a: b}", "1:8: users must be a list, not a mapping"},
		"a map for a list":     {"generate: [1]", "1:11: generate must be a mapping (key: value), not a list"},
		"alias":                {"users: [{login: a@b.c, profile: {x: &a 1, y: *a}}]", "1:46: users[0].profile.y must be a string, a number, a list or a mapping, not an alias (write the value out)"},
		"too big a group":      {"generate: {users: 3, groups: {A: 4}}", "1:31: group \"A\" is to have 4 members, but lists 0 and only 3 people are generated\nhint: raise generate.users, or lower the size"},
		"too small a group":    {"users: [{login: a@b.c}]\ngroups: [{name: A, members: [a@b.c]}]\ngenerate: {groups: {a: 0}}", "3:21: group \"a\" is to have 0 members, but lists 1 already"},
		"size of everyone":     {"generate: {users: 3, groups: {Everyone: 2}}", "1:31: every user is in Everyone\nhint: write Everyone: all, or leave it out"},
		"negative users":       {"generate: {users: -1}", "1:19: generate.users must be an integer from 0 to 2147483647, not \"-1\""},
		"too many users":       {"generate: {users: 10000001}", "1:19: generate.users must be at most 10000000, not 10000001"},
		"unknown owner":        {"tokens: {t: {owner: a@b.c}}", "1:21: unknown owner \"a@b.c\"\nhint: an owner is the login of somebody under users"},
		"unknown limit":        {"limits: {users: 5}", "1:10: unknown limit \"users\"\nhint: limits are path templates such as /api/v1/users/{id} or POST,PUT /api/v1/users/{id}, concurrent, and token"},
		"unknown method":       {"limits: {HEAD /x: 5}", "1:10: unknown limit \"HEAD /x\"\nhint: limits are path templates such as /api/v1/users/{id} or POST,PUT /api/v1/users/{id}, concurrent, and token"},
		"no percentage":        {"limits: {token: 50}", "1:17: limit \"token\" must be a percentage from 1% to 100%, not \"50\"\nhint: write it like 50%"},
		"no limit":             {"limits: {concurrent: 0}", "1:22: limit \"concurrent\" must be an integer from 1 to 2147483647, not \"0\""},
		"fault unmatched":      {"faults: [{match: /api, every: 1, status: 500}]", "1:18: faults[0].match must be a method and a path\nhint: write it like \"GET /api/v1/groups/*/users\""},
		"fault without":        {"faults: [{match: GET /api, status: 500}]", "1:10: faults[0] needs one of every, nth and share\nhint: every: 1 is each request, nth: 3 only the third, share: 20% a fifth of them, at random"},
		"fault with both":      {"faults: [{match: GET /api, nth: 1, status: 500, reset: true}]", "1:10: faults[0] needs either status or reset\nhint: status: 500 answers an error, reset: true cuts the connection"},
		"group twice":          {"generate:\n  groups:\n    A: 0\n    a: 0\n", "4:5: group \"a\" is already in generate.groups, as \"A\""},
		"group unnamed":        {"groups: [{type: OKTA_GROUP}]", "1:10: groups[0] has no name"},
		"text of a list":       {"users: [{login: [a]}]", "1:17: users[0].login must be a string, not a list\n1:9: users[0] has no login"},
		"an unnamed object":    {"zones: [{type: IP}]", "1:9: zones[0] has no name"},
		"an object's status":   {"zones: [{name: A, status: GONE}]", "1:27: unknown status \"GONE\"\nhint: statuses: ACTIVE, INACTIVE"},
		"an object's time":     {"zones: [{name: A, created: 2026-01-01}]", "1:28: zones[0].created must be a time, not \"2026-01-01\"\nhint: write it like 2026-03-01T09:30:00Z"},
		"an object's id twice": {"zones: [{id: x, name: A}, {id: x, name: B}]", "1:27: id \"x\" is already listed in zones"},
		"no such rule":         {"group_rules: []\nusers: [{login: a@b.c}]\ngroups: [{name: A, members: [a@b.c], rule_members: {R: [a@b.c]}}]", "3:53: groups[0].rule_members: \"R\" is not in group_rules\nhint: group_rules: the seed lists none"},
		"no such user type":    {"users: [{login: a@b.c, type: Boss}]\nuser_types: [{name: Temp, displayName: T}]", "1:30: users[0].type: \"Boss\" is not in user_types\nhint: user_types: Temp"},
		"a capital True":       {"users: [{login: a@b.c, profile: {x: True}}]", "1:37: users[0].profile.x: \"True\" is not how true is written here\nhint: write true; if it is a string, write it in quotes: \"True\""},
		"a tilde":              {"zones: [{name: A, type: ~}]", "1:25: zones[0]: \"~\" is not how null is written here\nhint: write null; if it is a string, write it in quotes: \"~\""},
		"an octal number":      {"users: [{login: a@b.c, profile: {x: [0123]}}]", "1:38: users[0].profile.x: the number \"0123\" is read differently by other programs\nhint: if it is a string, write it in quotes: \"0123\"; if it is a number, write it in decimal digits"},
		"a number with _":      {"users: [{login: a@b.c, profile: {x: 0.5_0}}]", "1:37: users[0].profile.x: the number \"0.5_0\" is read differently by other programs\nhint: if it is a string, write it in quotes: \"0.5_0\"; if it is a number, write it in decimal digits"},
		"a reserved attribute": {"attributes: {id: string}", "1:14: attribute \"id\" is reserved"},
		"a bad attribute":      {"attributes: [a-b]", "1:14: the name of an attribute must have letters, digits and underscores only, and not start with a digit, not \"a-b\""},
		"no such source":       {"apps: [{label: Docs, signOnMode: BOOKMARK}]\ngroups: [{name: A, type: APP_GROUP, source: Wiki}]", "2:45: groups[0].source: \"Wiki\" is not in apps\nhint: apps: Docs"},
		"a source without id":  {"apps: [{label: Wiki, signOnMode: BOOKMARK}]\ngroups: [{name: A, type: APP_GROUP, source: Wiki}]", "2:45: groups[0].source: \"Wiki\" has no id\nhint: give it an id in apps, and write that"},
		"no such realm":        {"users: [{login: a@b.c, realm: nope}]", "1:31: users[0].realm: \"nope\" is not in realms\nhint: realms: the seed lists none"},
		"a federated password": {"users: [{login: a@b.c, provider: FEDERATION, password: true}]", "1:56: a user whose provider is FEDERATION has no password"},
		"a federated question": {"users: [{login: a@b.c, provider: SOCIAL, question: Pet}]", "1:52: a user whose provider is SOCIAL has no recovery question"},
		"two documents":        {"users: []\n---\nusers: []\n", "2: a seed must be a single YAML document, but a second one starts here"},
		"no YAML":              {"users: [", "1:1: not valid YAML: did not find expected node content"},
		"no such anchor":       {"users:\n  - login: *x\n", "2:12: not valid YAML: unknown anchor \"&x\"\nhint: write a string that starts with * in quotes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := Load([]byte(test.seed)); err == nil || err.Error() != test.want {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

func TestAllMistakesAreReportedAtOnce(t *testing.T) {
	t.Parallel()
	_, err := Load([]byte("users:\n  - {login: a@b.c, status: GONE}\n  - {login: a@b.c, x: 1}\nlatency: soon\n"))
	several, ok := err.(interface{ Unwrap() []error })
	if !ok || len(several.Unwrap()) != 4 {
		t.Fatalf("got %v, want 4 mistakes", err)
	}
	var first *SeedError
	if !errors.As(err, &first) || first.Line != 2 || first.Column != 28 || first.Hint == "" {
		t.Errorf("the first is %+v", first)
	}
}

func TestEmptySeedIsAnOrgWithoutUsers(t *testing.T) {
	t.Parallel()
	for _, seed := range []string{"", "\n", "# nothing\n", "---\n", "null\n", "{}\n"} {
		c := serveSeed(t, seed, Options{})
		if got := c.get("/api/v1/users").body; got != "[]" {
			t.Errorf("%q: users %s", seed, got)
		}
		if got := c.get("/api/v1/groups").column("profile.name"); len(got) != 1 || got[0] != "Everyone" {
			t.Errorf("%q: groups %v", seed, got)
		}
	}
}

func TestPlainScalarsStayAsTheyAreWritten(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, `users: [{id: 00e1, login: 01234, firstName: 2026-01-01, lastName: "null"}]`, Options{})
	u := c.get("/api/v1/users/00e1").object()["profile"].(map[string]any)
	if u["login"] != "01234" || u["firstName"] != "2026-01-01" || u["lastName"] != "null" {
		t.Errorf("got %v", u)
	}
}

func TestIDThatTheOrgWouldGenerateIsAnError(t *testing.T) {
	t.Parallel()
	seed := mustLoad(t, "users: [{login: a@b.c}, {id: "+mintID("00u", 0, 0)+", login: b@b.c}]")
	if _, err := New(seed, Options{}); err == nil {
		t.Error("two people have one id")
	}
}

func TestNamesOfASeedAreFoundByTheirIDsToo(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, `
users: [{id: 00u1, login: ada@acme.example, realm: Cars}, {id: 00u2, login: bob@acme.example, realm: guounlisted}]
groups: [{id: 00g1, name: Wiki people, type: APP_GROUP, source: Wiki}]
apps: [{id: 0oawiki, label: Wiki, signOnMode: BOOKMARK}]
realms: [{id: guocars, profile: {name: Cars}}]
`, Options{})
	source := c.get("/api/v1/groups/00g1").object()["source"]
	if realm := c.get("/api/v1/users/00u1").object()["realmId"]; realm != "guocars" || objectIn(source)["id"] != "0oawiki" {
		t.Errorf("got the realm %v and the source %v", realm, source)
	}
}

func TestAnAttributeIsOfUsersOrGroups(t *testing.T) {
	t.Parallel()
	seed := mustLoad(t, "schema_attributes: [{of: users, name: badge, attribute: {title: Badge, type: string}}]")
	if _, err := New(seed, Options{}); err == nil || !strings.Contains(err.Error(), "of: must be user or group") {
		t.Errorf("got %v", err)
	}
}

func TestANumberOfASeedKeepsItsDigits(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, "users: [{id: 00u1, login: ada@acme.example, profile: {rate: 3.10, big: 9007199254740993, version: \"0123\", no: \"True\"}}]", Options{})
	for _, want := range []string{`"rate":3.10`, `"big":9007199254740993`, `"version":"0123"`, `"no":"True"`} {
		if got := c.get("/api/v1/users/00u1").body; !strings.Contains(got, want) {
			t.Errorf("%s is not in %s", want, got)
		}
	}
	if dump := c.get("/-/dump").body; string(mustNew(t, dump, Options{}).state.dump()) != dump {
		t.Errorf("the dump is another org:\n%s", dump)
	}
}

func TestTheTimesOfGroupsAndObjectsAreThoseOfTheSeed(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, `
groups:
  - {id: 00gold, name: Old, created: 2020-01-01T00:00:00Z, lastMembershipUpdated: 2021-01-01T00:00:00Z}
  - {id: 00gnew, name: New}
zones: [{id: nzo1, name: A, type: IP, created: 2020-01-01T00:00:00Z, lastUpdated: 2022-01-01T00:00:00Z}]
`, Options{})
	for path, want := range map[string]string{
		"groups/00gold": `"created":"2020-01-01T00:00:00.000Z","lastUpdated":"2020-01-01T00:00:00.000Z","lastMembershipUpdated":"2021-01-01T00:00:00.000Z"`,
		"zones/nzo1":    `"created":"2020-01-01T00:00:00.000Z","id":"nzo1","lastUpdated":"2022-01-01T00:00:00.000Z"`,
	} {
		if got := c.get("/api/v1/" + path).body; !strings.Contains(got, want) {
			t.Errorf("%s is %s", path, got)
		}
	}
	if at := c.get("/api/v1/groups/00gnew").object(); at["created"] != at["lastUpdated"] || at["created"] == "" {
		t.Errorf("a group without times is %v", at)
	}
}

// The stored changes of a simulated org are replayed only on a seed with the same digest: people would lose them if it changed.
func TestTheDigestOfASeedIsTheSameInEveryVersion(t *testing.T) {
	t.Parallel()
	const seed = `
now: 2026-03-01T00:00:00Z
users: [{login: ada@acme.example, lastName: "a\nb\n\n", profile: {title: "0123", n: 1.50}}, {login: bob@acme.example, created: 2025-01-01T00:00:00Z}]
groups: [{name: Staff, members: [ada@acme.example]}, {name: Empty, members: []}]
apps: [{label: Wiki, signOnMode: BOOKMARK, settings: {app: {url: "https://wiki.example/"}}}]
zones: []
policies: null
`
	for layout, text := range map[string]string{"as is": seed, "with a comment": seed + "# and no more\ntokens: {t: {owner: bob@acme.example}}"} {
		if got := mustLoad(t, text).Digest(); got != "92a8b44f55a94b2e2061c3d0eef9cb39034704e0f15474f97733d2d227c53e30" {
			t.Errorf("%s: the digest is %s", layout, got)
		}
	}
}
