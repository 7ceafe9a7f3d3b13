package okta_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/cards/okta"
	"github.com/flowdeck/flowdeck/engine/card"
)

const appOrg = `
users:
  - {id: 00u1, login: ada@acme.example, firstName: Ada, lastName: Lovelace}
  - {id: 00u2, login: bob@acme.example, firstName: Bob, lastName: Marsh}
groups:
  - {id: 00g1, name: Contractors, members: [bob@acme.example]}
  - {id: 00g2, name: Night shift}
apps:
  - {id: 0oa1, label: Wiki, signOnMode: SAML_2_0, settings: {app: {acsUrl: "https://wiki.example"}}}
  - {id: 0oa2, label: Reports, signOnMode: OPENID_CONNECT}
app_users:
  - {app: Wiki, user: ada@acme.example, profile: {team: Search, floor: 2}}
app_groups:
  - {app: Wiki, group: Contractors, profile: {team: Guests}}
schema_attributes:
  - {app: Wiki, name: desk, attribute: {title: Desk, type: string}}
`

func TestAnApplicationKeepsWhatAnUpdateDoesNotGive(t *testing.T) {
	t.Parallel()
	s := simulate(t, appOrg)
	out := s.run("okta.app.update", map[string]any{"app_id": "0oa1", "visibility": map[string]any{"hide": map[string]any{"iOS": true}}, "extra": map[string]any{"licensing": map[string]any{"seatCount": 9}}})
	want := map[string]any{"autoSubmitToolbar": false, "hide": map[string]any{"iOS": true, "web": false}, "appLinks": map[string]any{"acme_wiki_1_link": true}, "autoLaunch": false}
	if diff := cmp.Diff(want, out["visibility"]); diff != "" || out["changed"] != true {
		t.Errorf("%v (-want +got)\n%s", out, diff)
	}
	out = s.run("okta.app.update", map[string]any{"app_id": "0oa1", "extra": map[string]any{"licensing": nil}})
	if out["licensing"] != nil || out["settings"].(map[string]any)["app"] == nil {
		t.Errorf("got %v", out)
	}
	s.forget()
	if out = s.run("okta.app.update", map[string]any{"app_id": "0oa1", "label": "Wiki"}); out["changed"] != false || len(s.forget()) != 1 {
		t.Errorf("got %v", out)
	}
}

func TestTheSecretOfAnOAuthClientIsASecretOfTheAnswer(t *testing.T) {
	t.Parallel()
	app := map[string]any{"id": "0oa2", "credentials": map[string]any{"oauthClient": map[string]any{"client_id": "0oa2", "client_secret": "s3cret-s3cret"}}}
	cards := card.NewSet(okta.Cards()...)
	for _, name := range []string{"okta.app.get", "okta.app.list", "okta.app.create", "okta.app.update", "okta.app.ensure", "okta.group.app.list"} {
		if got := cards[name].SecretsIn(app); !slices.Equal(got, []string{"s3cret-s3cret"}) {
			t.Errorf("%s: got %q", name, got)
		}
	}
}

func TestSecretsOfAnApplicationAreSentWithItsCredentials(t *testing.T) {
	t.Parallel()
	s := simulate(t, appOrg)
	s.run("okta.app.create", map[string]any{
		"label": "Shared", "sign_on_mode": "BROWSER_PLUGIN", "name": "template_swa", "settings": map[string]any{}, "password": secretWord, "activate": false,
		"credentials": map[string]any{"scheme": "SHARED_USERNAME_AND_PASSWORD", "userName": "team"},
	})
	s.run("okta.app.update", map[string]any{"app_id": "0oa2", "client_secret": secretWord})
	if got := s.sent[0]; !strings.Contains(got, `"credentials":{"password":{"value":"`+secretWord+`"},"scheme":"SHARED_USERNAME_AND_PASSWORD","userName":"team"}`) {
		t.Errorf("got %s", got)
	}
	if got := s.sent[2]; !strings.Contains(got, `"client_secret":"`+secretWord+`"`) {
		t.Errorf("got %s", got)
	}
}

func TestListsOfApplicationsSendEveryParameter(t *testing.T) {
	t.Parallel()
	s := simulate(t, appOrg)
	s.list("okta.app.list", map[string]any{"q": "W", "filter": `user.id eq "00u1"`, "expand": "user/00u1", "include_non_deleted": true, "use_optimization": true}, 1)
	s.list("okta.app.list", map[string]any{"limit": 1}, 2)
	s.list("okta.app.user.list", map[string]any{"app_id": "0oa1", "q": "a", "expand": "user", "limit": 500}, 1)
	s.list("okta.app.group.list", map[string]any{"app_id": "0oa1", "q": "C", "expand": "metadata", "limit": 20}, 1)
	got := strings.Join(s.forget(), "\n")
	for _, want := range []string{
		"GET /api/v1/apps?expand=user%2F00u1&filter=user.id+eq+%2200u1%22&includeNonDeleted=true&limit=200&q=W&useOptimization=true",
		"GET /api/v1/apps/0oa1/users?expand=user&limit=500&q=a", "GET /api/v1/apps/0oa1/groups?expand=metadata&limit=20&q=C",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s was not sent:\n%s", want, got)
		}
	}
}

func TestAssignRefusesToChangeAnAssignment(t *testing.T) {
	t.Parallel()
	s := simulate(t, appOrg)
	ada, bob := map[string]any{"app_id": "0oa1", "user_id": "00u1"}, map[string]any{"app_id": "0oa1", "user_id": "00u2"}
	for _, in := range []map[string]any{ada, bob, with(ada, "scope", "USER"), with(ada, "username", "ada@acme.example"), with(ada, "profile", map[string]any{"team": "Search"})} {
		if out := s.run("okta.app.user.assign", in); out["changed"] != false {
			t.Errorf("%v: got %v", in, out)
		}
	}
	for _, in := range []map[string]any{with(bob, "scope", "USER"), with(ada, "username", "ada"), with(ada, "profile", map[string]any{"team": "Ads"})} {
		_, err := s.try("okta.app.user.assign", in)
		refused(t, err, card.Conflict, "okta.app.user.ensure")
	}
	_, err := s.try("okta.app.user.assign", map[string]any{"app_id": "0oa1", "user_id": "nobody"})
	refused(t, err, card.NotFound, "nobody")
}

func TestEnsureCreatesAnAssignmentOrUpdatesWhatDiffers(t *testing.T) {
	t.Parallel()
	s := simulate(t, appOrg)
	for _, test := range []struct {
		in               map[string]any
		created, changed bool
		scope            string
	}{
		{map[string]any{"app_id": "0oa2", "user_id": "00u1"}, true, true, "USER"},
		{map[string]any{"app_id": "0oa2", "user_id": "00u1"}, false, false, "USER"},
		{map[string]any{"app_id": "0oa1", "user_id": "00u1", "profile": map[string]any{"team": "Ads"}, "username": "ada"}, false, true, "USER"},
		{map[string]any{"app_id": "0oa1", "user_id": "00u1", "profile": map[string]any{"team": "Ads"}, "username": "ada"}, false, false, "USER"},
		{map[string]any{"app_id": "0oa1", "user_id": "00u2"}, false, false, "GROUP"},
		{map[string]any{"app_id": "0oa1", "user_id": "00u2", "scope": "GROUP"}, false, false, "GROUP"},
		{map[string]any{"app_id": "0oa1", "user_id": "00u2", "scope": "USER"}, false, true, "USER"},
	} {
		out := s.run("okta.app.user.ensure", test.in)
		if out["created"] != test.created || out["changed"] != test.changed || out["scope"] != test.scope {
			t.Errorf("%v: got %v", test.in, out)
		}
	}
	profile := s.run("okta.app.user.get", map[string]any{"app_id": "0oa1", "user_id": "00u1"})["profile"]
	if diff := cmp.Diff(map[string]any{"team": "Ads", "floor": 2}, profile); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// Okta has no way to turn a direct assignment into one by a group. To remove it would lose its credentials and profile.
func TestADirectAssignmentIsNotTurnedIntoOneByAGroup(t *testing.T) {
	t.Parallel()
	s := simulate(t, appOrg)
	bob := map[string]any{"app_id": "0oa1", "user_id": "00u2"}
	s.run("okta.app.user.ensure", with(with(bob, "username", "robert"), "profile", map[string]any{"team": "Ads"}))
	before := s.run("okta.app.user.get", bob)
	for _, name := range []string{"okta.app.user.ensure", "okta.app.user.assign"} {
		_, err := s.try(name, with(bob, "scope", "GROUP"))
		refused(t, err, card.Conflict, "cannot turn it into one by a group")
	}
	s.run("okta.request", map[string]any{"method": "POST", "path": "/apps/0oa1/users", "body": map[string]any{"id": "00u2", "scope": "GROUP"}})
	if diff := cmp.Diff(before["credentials"], s.run("okta.app.user.get", bob)["credentials"]); diff != "" || before["scope"] != "USER" {
		t.Errorf("%v (-before +after)\n%s", before, diff)
	}
}

func TestAnAssignmentIsUpdatedByOneRequestForEachKind(t *testing.T) {
	t.Parallel()
	s := simulate(t, appOrg)
	s.run("okta.app.user.update", map[string]any{"app_id": "0oa1", "user_id": "00u1", "username": "ada", "password": secretWord, "profile": map[string]any{"team": nil, "desk": "4"}})
	want := []string{"", `{"credentials":{"password":{"value":"` + secretWord + `"},"userName":"ada"}}`, `{"profile":{"desk":"4","floor":2,"team":null}}`}
	if diff := cmp.Diff(want, s.sent); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	_, err := s.try("okta.app.user.update", map[string]any{"app_id": "0oa1", "user_id": "00u1"})
	refused(t, err, card.Invalid, "missing")
}

func TestTheGroupsOfAnApplicationAreSetOnlyOnce(t *testing.T) {
	t.Parallel()
	s := simulate(t, appOrg)
	night := map[string]any{"app_id": "0oa1", "group_id": "00g2"}
	for _, test := range []struct {
		in               map[string]any
		created, changed bool
	}{
		{night, true, true},
		{night, false, false},
		{with(night, "profile", map[string]any{"team": "Night"}), false, true},
		{with(night, "priority", 5), false, true},
		{with(night, "priority", 5), false, false},
	} {
		if out := s.run("okta.app.group.assign", test.in); out["created"] != test.created || out["changed"] != test.changed {
			t.Errorf("%v: got %v", test.in, out)
		}
	}
	groups, _ := s.list("okta.app.group.list", map[string]any{"app_id": "0oa1", "q": "Night"}, 1)
	if groups[0]["priority"] != 5 || groups[0]["profile"].(map[string]any)["team"] != "Night" {
		t.Errorf("got %v", groups)
	}
	for _, changed := range []bool{true, false} {
		if out := s.run("okta.app.group.remove", night); out["changed"] != changed {
			t.Errorf("got %v, want %t", out, changed)
		}
	}
	_, err := s.try("okta.app.group.remove", map[string]any{"app_id": "0oa9", "group_id": "00g2"})
	refused(t, err, card.NotFound, "0oa9")
}

func TestAnAssignmentByAGroupIsNotRemoved(t *testing.T) {
	t.Parallel()
	_, err := simulate(t, appOrg).try("okta.app.user.remove", map[string]any{"app_id": "0oa1", "user_id": "00u2", "send_email": true})
	refused(t, err, card.Invalid, "group memberships grant them access")
	refused(t, err, card.Invalid, "remove the user from the groups")
}

func TestAScopeIsGrantedOnlyOnce(t *testing.T) {
	t.Parallel()
	s := simulate(t, appOrg)
	in := map[string]any{"app_id": "0oa2", "scope_id": "okta.groups.read"}
	first, second := s.run("okta.app.grant.add", in), s.run("okta.app.grant.add", in)
	if first["changed"] != true || second["changed"] != false || first["id"] != second["id"] {
		t.Errorf("got %v and %v", first, second)
	}
	if grants, _ := s.list("okta.app.grant.list", map[string]any{"app_id": "0oa2", "expand": "scope"}, 1); len(grants) != 1 {
		t.Errorf("got %v", grants)
	}
}

// with returns an input with one more value.
func with(in map[string]any, name string, value any) map[string]any {
	more := map[string]any{name: value}
	for name, value := range in {
		more[name] = value
	}
	return more
}
