package oktasim

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const populous = `
now: 2026-03-01T12:00:00Z
users: [{login: ada@acme.example}, {login: emma.lee@acme.example}]
groups: [{name: Contractors, members: [ada@acme.example]}]
generate:
  seed: %d
  users: 2000
  groups: {Contractors: 700, Staff: all, Few: 3, None: 0}
`

func TestTheSameSeedGeneratesTheSameUsers(t *testing.T) {
	t.Parallel()
	people := func(seed int) string {
		o := mustNew(t, fmt.Sprintf(populous, seed), Options{Clock: func() time.Time { return start }})
		var b strings.Builder
		for i := range o.state.users {
			b.Write(appendUser(nil, &o.state.users[i], userView{alone: true}))
		}
		b.Write(o.state.dump())
		return b.String()
	}
	first, again := people(7), people(7)
	if first != again {
		t.Error("one seed made two orgs")
	}
	if first == people(8) {
		t.Error("two seeds made one org")
	}
}

// An upgrade must not change the users of an existing seed.
func TestTheGeneratedUsersStayTheSame(t *testing.T) {
	t.Parallel()
	o := mustNew(t, fmt.Sprintf(populous, 7), Options{})
	got := string(appendUser(nil, &o.state.users[2], userView{base: "https://acme.example"}))
	want := `{"id":"00u0001ZSEdAHjjTz5d7","status":"RECOVERY","created":"2022-04-21T14:00:02.000Z","activated":"2022-04-21T14:41:02.000Z","statusChanged":"2026-02-03T23:25:31.000Z",` +
		`"lastLogin":"2026-01-22T11:34:27.000Z","lastUpdated":"2026-02-03T23:25:31.000Z","passwordChanged":"2022-04-21T14:41:02.000Z",` +
		`"type":{"id":"oty0000000default5d7"},"profile":{"firstName":"Elena","lastName":"Sharma","mobilePhone":null,"secondEmail":null,"login":"elena.sharma@acme.example","email":"elena.sharma@acme.example","department":"Customer Support","employeeNumber":"1000002","title":"Senior Support Agent"},` +
		`"credentials":{"password":{},"provider":{"type":"OKTA","name":"OKTA"}},"_links":{"self":{"href":"https://acme.example/api/v1/users/00u0001ZSEdAHjjTz5d7"}}}`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the first one made up (-want +got):\n%s", diff)
	}
}

func TestGeneratedUsersArePlausible(t *testing.T) {
	t.Parallel()
	o := mustNew(t, fmt.Sprintf(populous, 7), Options{})
	made := o.state.users[2:]
	if len(made) != 2000 {
		t.Fatalf("%d people", len(made))
	}
	login := regexp.MustCompile(`^[a-z]+\.[a-z]+[0-9]*@acme\.example$`)
	statuses := map[status]int{}
	dormant, absent := 0, 0
	now := instantOf(start)
	for i := range made {
		u := &made[i]
		statuses[u.status]++
		if !login.MatchString(u.login) || u.email != u.login || u.first == "" || u.last == "" {
			t.Errorf("login %q, email %q, name %q %q", u.login, u.email, u.first, u.last)
		}
		if len(u.id) != 20 || !strings.HasPrefix(u.id, "00u") || i > 0 && u.id <= made[i-1].id {
			t.Errorf("id %q", u.id)
		}
		if names := []string{u.attributes[0].name, u.attributes[1].name, u.attributes[2].name}; !cmp.Equal(names, []string{"department", "employeeNumber", "title"}) {
			t.Errorf("attributes %v", names)
		}
		for what, ok := range map[string]bool{
			"created before now":             u.created < now,
			"activated after created":        u.activated == never == (u.status == staged) && (u.activated == never || u.activated > u.created),
			"status changed after activated": u.statusChanged == never == (u.status == staged) && u.statusChanged >= u.activated,
			"signed in after activated":      u.lastLogin == never || u.lastLogin > u.activated,
			"all of it before now":           max(u.statusChanged, u.lastUpdated, u.lastLogin, u.passwordChanged) < now,
			"updated last":                   u.lastUpdated >= max(u.created, u.statusChanged),
			"a password where one can be":    (u.passwordChanged != never) == u.status.hasPassword(),
		} {
			if !ok {
				t.Errorf("not %s: %s", what, appendUser(nil, u, userView{}))
			}
		}
		if u.status == active {
			switch {
			case u.lastLogin == never:
				absent++
			case u.lastLogin < now.add(-90*24*time.Hour):
				dormant++
			}
		}
	}
	want := map[status]int{active: 1700, suspended: 60, deprovisioned: 60, staged: 40, provisioned: 40, lockedOut: 40, passwordExpired: 40, recovery: 20}
	if diff := cmp.Diff(want, statuses); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
	if dormant != 340 || absent != 60 {
		t.Errorf("of the ACTIVE, %d are dormant and %d never signed in; want 340 and 60", dormant, absent)
	}
}

func TestGroupsHaveTheSizesOfTheSeed(t *testing.T) {
	t.Parallel()
	o := mustNew(t, fmt.Sprintf(populous, 7), Options{})
	got := map[string]int{}
	for _, g := range o.state.groups {
		got[g.name] = len(g.members)
		if !slices.IsSorted(g.members) || len(slices.Compact(slices.Clone(g.members))) != len(g.members) {
			t.Errorf("members of %s are not ascending and different", g.name)
		}
	}
	if diff := cmp.Diff(map[string]int{"Everyone": 2002, "Contractors": 700, "Staff": 2002, "Few": 3, "None": 0}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if contractors := o.state.groups[1]; !contractors.has(0) || contractors.has(1) {
		t.Error("a listed person is lost, or one who was not listed has joined")
	}
}

func TestNamesAreUniqueAndFitLogins(t *testing.T) {
	t.Parallel()
	ascii := regexp.MustCompile(`^[a-z]+$`)
	for _, table := range [][]string{firstNames, lastNames} {
		if len(slices.Compact(slices.Sorted(slices.Values(table)))) != len(table) {
			t.Error("a name occurs twice")
		}
		for _, name := range table {
			if !ascii.MatchString(loginPart(name)) {
				t.Errorf("%s is %q in a login", name, loginPart(name))
			}
		}
	}
	shares := 0
	for _, f := range fates {
		shares += f.share
	}
	if shares != 100 {
		t.Errorf("fates are for %d people, want 100", shares)
	}
}
