package oktasim

import (
	"fmt"
	"strings"
	"testing"
)

func TestEveryListOfASeedRefusesAnUnknownKey(t *testing.T) {
	t.Parallel()
	for _, r := range resources() {
		_, err := Load([]byte(r.key + ":\n  - nope: 1\n"))
		want := fmt.Sprintf("2:5: unknown key \"nope\" in %s[0]\nhint: keys: ", r.key)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestAnObjectOfASeedIsCheckedWithItsPlace(t *testing.T) {
	t.Parallel()
	const org = "users: [{login: ada@acme.example, id: 00uada}]\n" +
		"groups: [{name: Night}]\n" +
		"apps: [{id: 0oa1, label: Wiki, signOnMode: BOOKMARK}]\n"
	for name, test := range map[string]struct{ objects, want string }{
		"an id of a pair":        {"app_users: [{app: 0oa1, id: 00uada}]", "4:25: unknown key \"id\" in app_users[0]\nhint: keys: app, user, scope, credentials, profile, created, lastUpdated\n4:13: app_users[0] has no user"},
		"a key inside":           {"zones: [{name: A, type: IP, gateways: [{typ: CIDR}]}]", "4:41: unknown key \"typ\" in zones[0].gateways[0]\nhint: keys: type, value"},
		"a key far inside":       {"policies: [{name: A, type: PASSWORD, conditions: {people: {groups: {only: []}}}}]", "4:69: unknown key \"only\" in policies[0].conditions.people.groups\nhint: keys: include, exclude"},
		"no status":              {"sessions: [{user: 00uada, status: ACTIVE}]", "4:27: unknown key \"status\" in sessions[0]\nhint: keys: id, user, created, lastUpdated"},
		"a list for a name":      {"app_groups: [{app: 0oa1, group: [Night]}]", "4:33: app_groups[0].group must be a string, not a list"},
		"nobody":                 {"sessions: [{user: bob}]", "4:19: sessions[0].user: \"bob\" is not in users\nhint: users: ada@acme.example"},
		"no such group":          {"app_groups: [{app: 0oa1, group: Day}]", "4:33: app_groups[0].group: \"Day\" is not in groups\nhint: groups: Everyone, Night"},
		"no such app":            {"app_users: [{app: Wike, user: 00uada}]", "4:19: app_users[0].app: \"Wike\" is not in apps\nhint: apps: Wiki"},
		"no such device":         {"device_users: [{device: guo1, user: 00uada}]", "4:25: device_users[0].device: \"guo1\" is not in devices\nhint: devices: the seed lists none"},
		"nobody in a list":       {"policies: [{name: A, type: PASSWORD, conditions: {people: {users: {include: [ada@acme.example, bob]}}}}]", "4:96: policies[0].conditions.people.users.include: \"bob\" is not in users\nhint: users: ada@acme.example"},
		"two mistakes":           {"sessions: [{user: a}, {user: b}]", "4:19: sessions[0].user: \"a\" is not in users\nhint: users: ada@acme.example\n4:30: sessions[1].user: \"b\" is not in users\nhint: users: ada@acme.example"},
		"what Okta would refuse": {"roles: [{user: 00uada, type: KING}]", "4:30: roles[0]: type: there is no such standard role"},
		"listed twice":           {"app_groups: [{app: 0oa1, group: Night}, {group: Night, app: Wiki}]", "4:41: app_groups[1]: the same app and group are already listed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seed, err := Load([]byte(org + test.objects))
			if err == nil {
				_, err = New(seed, Options{})
			}
			if err == nil || err.Error() != test.want {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}
