package cardstest_test

import (
	"maps"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/cards/cardstest"
	"github.com/flowdeck/flowdeck/engine/card"
)

// oktaApps is the part of the seed about applications.
const oktaApps = `
apps:
  - {id: 0oa1, label: Wiki, signOnMode: SAML_2_0, visibility: {autoSubmitToolbar: true, hide: {web: false}, appLinks: {login: true}}}
  - {id: 0oa2, label: Old wiki, signOnMode: BOOKMARK, settings: {app: {url: "https://old.acme.example"}}, status: INACTIVE}
  - {id: 0oa3, label: Reports, signOnMode: OPENID_CONNECT}
app_users:
  - {app: Wiki, user: bob@acme.example, profile: {team: Search, floor: 2}}
app_groups:
  - {app: Wiki, group: Contractors, priority: 3, profile: {team: Guests}}
app_grants:
  - {id: oag1, app: Reports, scopeId: okta.users.read}
`

// createdAppStays is the rest of the application that the example of okta.app.create creates.
var createdAppStays = cardstest.Diff{
	"apps Handbook label": "∅ → Handbook", "apps Handbook name": "∅ → bookmark", "apps Handbook signOnMode": "∅ → BOOKMARK",
	"apps Handbook status": "∅ → INACTIVE", "apps Handbook features": "∅ → []", "apps Handbook settings.app": "∅ → map[url:https://handbook.acme.example]",
	"apps Handbook accessibility.selfService": "∅ → false", "apps Handbook credentials.userNameTemplate": "∅ → map[template:${source.login} type:BUILT_IN]",
	"apps Handbook visibility.autoSubmitToolbar": "∅ → false", "apps Handbook visibility.hide": "∅ → map[iOS:false web:false]",
	"apps Handbook visibility.appLinks": "∅ → map[login:true]", "apps Handbook visibility.autoLaunch": "∅ → false",
	"apps Handbook credentials.signing": "∅ → map[]", "apps Handbook settings.implicitAssignment": "∅ → false",
	"apps Handbook settings.notes":         "∅ → map[admin:<nil> enduser:<nil>]",
	"apps Handbook settings.notifications": "∅ → map[vpn:map[helpUrl:<nil> message:<nil> network:map[connection:DISABLED]]]",
}

// convertedAssignment updates an assignment by a group, which becomes a direct one.
var convertedAssignment = cardstest.Case{
	In: map[string]any{"app_id": "0oa1", "user_id": "00u1", "profile": map[string]any{"team": "Core"}},
	Rest: cardstest.Diff{
		"app_users Wiki/ada@acme.example app": "∅ → Wiki", "app_users Wiki/ada@acme.example user": "∅ → ada@acme.example",
		"app_users Wiki/ada@acme.example profile.team": "∅ → Guests",
	},
}

// appState returns the state of the application, assignment or grant that a call is about.
func (d orgDump) appState(name string, in map[string]any) card.State {
	app := find(d.Objects["apps"], "id", in["app_id"])
	switch {
	case name == "okta.app.create", name == "okta.app.ensure":
		if app = find(d.Objects["apps"], "label", in["label"]); app == nil {
			return card.State{Missing: true}
		}
		return card.State{Fields: app}
	case strings.HasPrefix(name, "okta.app.user."):
		return d.appUserState(app, in)
	case strings.HasPrefix(name, "okta.app.group."):
		group := find(d.Groups, "id", in["group_id"])
		return assignmentState(d.assigned("app_groups", app, "group", group["name"]), group["id"], "group_id", group["name"].(string), "priority")
	case name == "okta.app.grant.add":
		return unnamed(assignmentState(d.assigned("app_grants", app, "scopeId", in["scope_id"]), nil, "", "", "id", "scopeId", "status"))
	case name == "okta.app.grant.revoke":
		grant := find(d.Objects["app_grants"], "id", in["grant_id"])
		return assignmentState(grant, in["grant_id"], "grant_id", objectText(grant, "scopeId"), "scopeId", "status")
	case app == nil:
		return card.State{Missing: true}
	}
	return card.State{Fields: app, Names: map[string]string{"app_id": app["label"].(string)}}
}

// assigned returns the assignment of an application to something; nil if there is none.
func (d orgDump) assigned(key string, app map[string]any, field string, name any) map[string]any {
	for _, object := range d.Objects[key] {
		if object["app"] == app["label"] && object[field] == name {
			return object
		}
	}
	return nil
}

func assignmentState(object map[string]any, id any, input, name string, fields ...string) card.State {
	if object == nil {
		return card.State{Missing: true}
	}
	state := card.State{Fields: map[string]any{}, Names: map[string]string{input: name}}
	for _, field := range fields {
		if object[field] != nil {
			state.Fields[field] = object[field]
		}
	}
	if id != nil {
		state.Fields["id"] = id
	}
	if input == "group_id" {
		state.Fields["profile"] = objectFields(object, "profile")
	}
	return state
}

// appUserState returns the state of a direct assignment, or of one by the first group that has the user.
func (d orgDump) appUserState(app, in map[string]any) card.State {
	user := find(d.Users, "id", in["user_id"])
	login := user["login"].(string)
	state := func(scope string, from map[string]any) card.State {
		credentials := map[string]any{"userName": login}
		maps.Copy(credentials, objectFields(from, "credentials"))
		return card.State{
			Fields: map[string]any{"id": user["id"], "scope": scope, "status": "ACTIVE", "credentials": credentials, "profile": objectFields(from, "profile")},
			Names:  map[string]string{"user_id": login},
		}
	}
	if own := d.assigned("app_users", app, "user", login); own != nil {
		return state("USER", own)
	}
	for _, group := range d.Groups {
		members, _ := group["members"].([]any)
		if by := d.assigned("app_groups", app, "group", group["name"]); by != nil && slices.Contains(members, any(login)) {
			return state("GROUP", map[string]any{"profile": by["profile"]})
		}
	}
	return card.State{Missing: true}
}

func objectFields(object map[string]any, field string) map[string]any {
	fields, _ := object[field].(map[string]any)
	if fields == nil {
		return map[string]any{}
	}
	return fields
}

func objectText(object map[string]any, field string) string {
	text, _ := object[field].(string)
	return text
}
