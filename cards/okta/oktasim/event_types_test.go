package oktasim

import (
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const auditSeed = `
now: 2026-03-01T12:00:00Z
users:
  - {id: 00uada, login: ada@acme.example, firstName: Ada, lastName: Lovelace}
  - {id: 00ubob, login: bob@acme.example, firstName: Bob, lastName: Marsh, password: true}
  - {id: 00uout, login: out@acme.example, firstName: Out, lastName: Locked, status: LOCKED_OUT}
groups: [{id: 00gcon, name: Contractors}]
sessions: [{user: bob@acme.example}]
factors:
  - {id: ufs1, user: bob@acme.example, factorType: sms, profile: {phoneNumber: "+49301"}}
  - {id: ufs2, user: bob@acme.example, factorType: email, profile: {email: bob@acme.example}}
apps:
  - {id: 0oawiki, label: Wiki, signOnMode: BOOKMARK}
  - {id: 0oawork, label: Worker, signOnMode: OPENID_CONNECT, credentials: {oauthClient: {token_endpoint_auth_method: client_secret_basic}}, settings: {oauthClient: {application_type: service, grant_types: [client_credentials]}}}
user_types: [{id: otycon, name: contractor, displayName: Contractor}]
devices: [{id: guo1, profile: {displayName: Laptop, platform: MACOS}}]
`

// audited are changes, each with the events that it writes: the type, and the types of the targets. {} in a path is the id in the last
// answer to a creation, {org} the org's URL.
var audited = []struct{ method, path, body, events string }{
	{"POST", "/api/v1/users?activate=false", person("eve@acme.example", `,"credentials":{"password":{"value":"Correct Horse 1"}},"groupIds":["00gcon"]`), "user.lifecycle.create User; group.user_membership.add User UserGroup"},
	{"POST", "/api/v1/users/{}/lifecycle/activate", "", "user.lifecycle.activate User"},
	{"POST", "/api/v1/users/{}/lifecycle/suspend", "", "user.lifecycle.suspend User"},
	{"POST", "/api/v1/users/{}/lifecycle/unsuspend", "", "user.lifecycle.unsuspend User"},
	{"POST", "/api/v1/users/{}", `{"profile":{"title":"x"}}`, "user.account.update_profile User"},
	{"PUT", "/api/v1/users/{}", person("eve@acme.example", `,"type":{"id":"otycon"}`), "user.account.update_profile User; user.account.update_user_type User"},
	{"POST", "/api/v1/users/{}", `{"credentials":{"password":{"value":"Correct Horse 2"}}}`, "user.account.update_password User"},
	{"POST", "/api/v1/users/{}/credentials/change_password", `{"oldPassword":{"value":"Correct Horse 2"},"newPassword":{"value":"Correct Horse 3"}}`, "user.account.update_password User"},
	{"POST", "/api/v1/users/{}/lifecycle/expire_password", "", "user.account.expire_password User"},
	{"POST", "/api/v1/users/{}/lifecycle/reset_password?sendEmail=false", "", "user.account.reset_password User"},
	{"POST", "/api/v1/users/{}/lifecycle/reactivate", "", "user.lifecycle.activate User"},
	{"POST", "/api/v1/users/00uout/lifecycle/unlock", "", "user.account.unlock_by_admin User"},
	{"PUT", "/api/v1/users/{}/risk", `{"riskLevel":"HIGH"}`, "user.risk.change User"},
	{"PUT", "/api/v1/users/{}/classification", `{"type":"LITE"}`, "account.user.classify User"},
	{"POST", "/api/v1/users/{}/lifecycle/deactivate", "", "user.lifecycle.deactivate User"},
	{"DELETE", "/api/v1/users/{}", "", "user.lifecycle.delete.initiated User; user.lifecycle.delete.completed User"},
	{"DELETE", "/api/v1/users/00ubob/sessions", "", "user.session.clear User"},
	{"DELETE", "/api/v1/users/00ubob/factors/ufs1", "", "user.mfa.factor.deactivate User"},
	{"POST", "/api/v1/users/00ubob/lifecycle/reset_factors", "", "user.mfa.factor.reset_all User"},

	{"POST", "/api/v1/groups", `{"profile":{"name":"New"}}`, "group.lifecycle.create UserGroup"},
	{"PUT", "/api/v1/groups/{}", `{"profile":{"name":"Newer"}}`, "group.profile.update UserGroup"},
	{"PUT", "/api/v1/groups/{}/users/00ubob", "", "group.user_membership.add User UserGroup"},
	{"PUT", "/api/v1/apps/0oawiki/groups/{}", `{}`, "group.application_assignment.add UserGroup AppInstance; application.user_membership.add AppUser AppInstance User"},
	{"PUT", "/api/v1/apps/0oawiki/groups/{}", `{"priority":1}`, "group.application_assignment.update UserGroup AppInstance"},
	{"DELETE", "/api/v1/groups/{}/users/00ubob", "", "group.user_membership.remove User UserGroup; application.user_membership.remove AppUser AppInstance User"},
	{"DELETE", "/api/v1/apps/0oawiki/groups/{}", "", "group.application_assignment.remove UserGroup AppInstance"},
	{"DELETE", "/api/v1/groups/{}", "", "group.lifecycle.delete UserGroup"},
	{"POST", "/api/v1/groups/00gcon/roles", `{"type":"ORG_ADMIN"}`, "group.privilege.grant UserGroup"},
	{"DELETE", "/api/v1/groups/00gcon/roles/{}", "", "group.privilege.revoke UserGroup"},
	{"POST", "/api/v1/users/00ubob/roles", `{"type":"ORG_ADMIN"}`, "user.account.privilege.grant User"},
	{"DELETE", "/api/v1/users/00ubob/roles/{}", "", "user.account.privilege.revoke User"},
	{"POST", "/oauth2/v1/clients/0oawork/roles", `{"type":"ORG_ADMIN"}`, "app.oauth2.client.privilege.grant AppInstance"},
	{"DELETE", "/oauth2/v1/clients/0oawork/roles/{}", "", "app.oauth2.client.privilege.revoke AppInstance"},

	{"POST", "/api/v1/groups/rules", `{"type":"group_rule","name":"All","conditions":{"expression":{"type":"urn:okta:expression:1.0","value":"user.lastName == \"Marsh\""}},"actions":{"assignUserToGroups":{"groupIds":["00gcon"]}}}`, "policy.rule.add GroupRule"},
	{"PUT", "/api/v1/groups/rules/{}", `{"type":"group_rule","name":"Marsh","conditions":{"expression":{"type":"urn:okta:expression:1.0","value":"user.lastName == \"Marsh\""}},"actions":{"assignUserToGroups":{"groupIds":["00gcon"]}}}`, "policy.rule.update GroupRule"},
	{"POST", "/api/v1/groups/rules/{}/lifecycle/activate", "", "policy.rule.activate GroupRule; group.user_membership.add User UserGroup"},
	{"DELETE", "/api/v1/groups/00gcon/users/00ubob", "", "group.user_membership.remove User UserGroup; group.user_membership.rule.add_exclusion GroupRule User"},
	{"POST", "/api/v1/groups/rules/{}/lifecycle/deactivate", "", "policy.rule.deactivate GroupRule"},
	{"DELETE", "/api/v1/groups/00gcon", "", "group.lifecycle.delete UserGroup; group.user_membership.rule.invalidate GroupRule"},
	{"DELETE", "/api/v1/groups/rules/{}", "", "policy.rule.delete GroupRule"},

	{"POST", "/api/v1/apps", `{"name":"bookmark","label":"News","signOnMode":"BOOKMARK","settings":{"app":{"url":"https://news.example"}}}`, "application.lifecycle.create AppInstance"},
	{"PUT", "/api/v1/apps/{}", `{"name":"bookmark","label":"Newspaper","signOnMode":"BOOKMARK","settings":{"app":{"url":"https://news.example"}}}`, "application.lifecycle.update AppInstance"},
	{"POST", "/api/v1/apps/{}/lifecycle/deactivate", "", "application.lifecycle.deactivate AppInstance"},
	{"POST", "/api/v1/apps/{}/lifecycle/activate", "", "application.lifecycle.activate AppInstance"},
	{"POST", "/api/v1/apps/{}/lifecycle/deactivate", "", "application.lifecycle.deactivate AppInstance"},
	{"DELETE", "/api/v1/apps/{}", "", "application.lifecycle.delete AppInstance"},
	{"POST", "/api/v1/apps/0oawiki/users", `{"id":"00uada"}`, "application.user_membership.add AppUser AppInstance User"},
	{"POST", "/api/v1/apps/0oawiki/users/00uada", `{"credentials":{"userName":"ada"}}`, "application.user_membership.update AppUser AppInstance User"},
	{"DELETE", "/api/v1/apps/0oawiki/users/00uada", "", "application.user_membership.remove AppUser AppInstance User"},
	{"POST", "/api/v1/apps/0oawork/grants", `{"scopeId":"okta.users.read","issuer":"{org}"}`, "app.oauth2.admin.consent.grant OAuth2ScopeConsentGrant AppInstance"},
	{"DELETE", "/api/v1/apps/0oawork/grants/{}", "", "app.oauth2.admin.consent.revoke OAuth2ScopeConsentGrant AppInstance"},

	{"POST", "/api/v1/devices/guo1/lifecycle/suspend", "", "device.lifecycle.suspend Device"},
	{"POST", "/api/v1/devices/guo1/lifecycle/unsuspend", "", "device.lifecycle.unsuspend Device"},
	{"POST", "/api/v1/devices/guo1/lifecycle/deactivate", "", "device.lifecycle.deactivate Device"},
	{"POST", "/api/v1/devices/guo1/lifecycle/activate", "", "device.lifecycle.activate Device"},
	{"POST", "/api/v1/devices/guo1/lifecycle/deactivate", "", "device.lifecycle.deactivate Device"},
	{"DELETE", "/api/v1/devices/guo1", "", "device.lifecycle.delete Device"},

	{"POST", "/api/v1/zones", `{"type":"IP","name":"Office","gateways":[{"type":"CIDR","value":"192.0.2.0/24"}]}`, "zone.create NetworkZone"},
	{"PUT", "/api/v1/zones/{}", `{"type":"IP","name":"Offices","gateways":[{"type":"CIDR","value":"192.0.2.0/24"}]}`, "zone.update NetworkZone"},
	{"POST", "/api/v1/zones/{}/lifecycle/deactivate", "", "zone.deactivate NetworkZone"},
	{"POST", "/api/v1/zones/{}/lifecycle/activate", "", "zone.activate NetworkZone"},
	{"POST", "/api/v1/zones/{}/lifecycle/deactivate", "", "zone.deactivate NetworkZone"},
	{"DELETE", "/api/v1/zones/{}", "", "zone.delete NetworkZone"},

	{"POST", "/api/v1/realms", `{"profile":{"name":"Partners","realmType":"PARTNER"}}`, "directory.realm.lifecycle.create Realm"},
	{"PUT", "/api/v1/realms/{}", `{"profile":{"name":"Friends","realmType":"PARTNER"}}`, "directory.realm.lifecycle.update Realm"},
	{"DELETE", "/api/v1/realms/{}", "", "directory.realm.lifecycle.delete Realm"},

	{"POST", "/api/v1/eventHooks", leavers, "event_hook.created EventHook"},
	{"PUT", "/api/v1/eventHooks/{}", leavers, "event_hook.updated EventHook"},
	{"POST", "/api/v1/eventHooks/{}/lifecycle/verify", "", "event_hook.verified EventHook"},
	{"POST", "/api/v1/eventHooks/{}/lifecycle/deactivate", "", "event_hook.deactivated EventHook"},
	{"POST", "/api/v1/eventHooks/{}/lifecycle/activate", "", "event_hook.activated EventHook"},
	{"POST", "/api/v1/eventHooks/{}/lifecycle/deactivate", "", "event_hook.deactivated EventHook"},
	{"DELETE", "/api/v1/eventHooks/{}", "", "event_hook.deleted EventHook"},

	{"POST", "/api/v1/meta/types/user", `{"name":"guest","displayName":"Guest"}`, "directory.non_default_user_profile.create CVDType"},
	{"POST", "/api/v1/meta/schemas/user/default", `{"definitions":{"custom":{"properties":{"badge":{"title":"Badge","type":"string"}}}}}`, "directory.user_profile.update Schema"},
	{"POST", "/api/v1/meta/schemas/apps/0oawiki/default", `{"definitions":{"custom":{"properties":{"desk":{"title":"Desk","type":"string"}}}}}`, "directory.app_user_profile.update Schema"},
	{"POST", "/api/v1/meta/schemas/user/linkedObjects", `{"primary":{"name":"manager","title":"Manager","type":"USER"},"associated":{"name":"report","title":"Report","type":"USER"}}`, "directory.linked_object.create LinkedObjectDefinition"},
	{"DELETE", "/api/v1/meta/schemas/user/linkedObjects/manager", "", "directory.linked_object.delete LinkedObjectDefinition"},

	{"POST", "/api/v1/identity-sources/0oawiki/sessions", "", ""},
	{"POST", "/api/v1/identity-sources/0oawiki/sessions/{}/bulk-upsert", `{"entityType":"USERS","profiles":[{"externalId":"e1","profile":{"userName":"x@acme.example"}}]}`, "system.identity_sources.bulk_upsert IdentitySourceSession"},
	{"POST", "/api/v1/identity-sources/0oawiki/sessions/{}/bulk-delete", `{"entityType":"USERS","profiles":[{"externalId":"e1"}]}`, "system.identity_sources.bulk_delete IdentitySourceSession"},
}

// auditedElsewhere are the types of events that no change writes: those of tokens (oauth_kept_test.go,
// oauth_refresh_test.go) and of deliveries that failed (outbox_failure_test.go).
var auditedElsewhere = []string{
	"app.oauth2.authorize.code", "app.oauth2.token.detect_reuse", "app.oauth2.token.grant.access_token", "app.oauth2.token.grant.refresh_token", "app.oauth2.token.revoke",
	"event_hook.delivery",
}

func TestEachChangeWritesTheEventsOfItsTypeAboutItsTargets(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, auditSeed, Options{Hooks: receiver(verifying)})
	written := slices.Clone(auditedElsewhere)
	id, since := "", 0
	for _, tt := range audited {
		path := strings.ReplaceAll(tt.path, "{}", id)
		r := c.send(tt.method, path, strings.ReplaceAll(tt.body, "{org}", c.url))
		if r.status > 299 {
			t.Errorf("%s %s: %d %s", tt.method, path, r.status, r.body)
		}
		var answered struct{ ID string }
		if tt.method == http.MethodPost && !strings.Contains(tt.path, "{}") && json.Unmarshal([]byte(r.body), &answered) == nil && answered.ID != "" {
			id = answered.ID
		}
		events := c.get("/api/v1/logs?limit=1000").ok().([]any)
		var got []string
		for _, e := range events[since:] {
			e := e.(map[string]any)
			text := e["eventType"].(string)
			written = append(written, text)
			for _, target := range e["target"].([]any) {
				text += " " + target.(map[string]any)["type"].(string)
			}
			got = append(got, text)
			if e["displayMessage"] == nil || e["outcome"].(map[string]any)["result"] != "SUCCESS" {
				t.Errorf("got %v", e)
			}
			if actor := e["actor"].(map[string]any); actor["id"] != "00uada" && !strings.Contains(path, "/rules/") {
				t.Errorf("%s: its actor is %v", text, actor)
			}
		}
		since = len(events)
		if diff := cmp.Diff(tt.events, strings.Join(got, "; ")); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", tt.method, path, diff)
		}
	}
	slices.Sort(written)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(displayMessages)), slices.Compact(written)); diff != "" {
		t.Errorf("types with a message, and types that were written (-want +got):\n%s", diff)
	}
}

func TestTheDocsListTheTypesOfEventsThatTheOrgWrites(t *testing.T) {
	t.Parallel()
	docs, err := os.ReadFile("../../../docs/seeds.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(docs), "\n## Events\n")
	if !found {
		t.Fatal("docs/seeds.md has no section Events")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	listed := regexp.MustCompile("`([a-z_0-9]+(?:\\.[a-z_0-9]+)+)`").FindAllStringSubmatch(section, -1)
	var got []string
	for _, match := range listed {
		got = append(got, match[1])
	}
	slices.Sort(got)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(displayMessages)), got); diff != "" {
		t.Errorf("docs/seeds.md (-want +got):\n%s", diff)
	}
}
