package okta

import (
	"context"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

// AppUser is the assignment of an application to a user.
//
// Source: Okta, "Application Users", https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ApplicationUsers/
type AppUser struct {
	ID              string         `json:"id" jsonschema:"the user's id"`
	Scope           string         `json:"scope" jsonschema:"USER if the user is assigned directly, GROUP if by a group"`
	Status          string         `json:"status" jsonschema:"ACTIVE, or a status of provisioning such as STAGED and PROVISIONED"`
	SyncState       string         `json:"syncState,omitempty" jsonschema:"DISABLED, OUT_OF_SYNC, SYNCING, SYNCHRONIZED or ERROR"`
	ExternalID      *string        `json:"externalId,omitempty" jsonschema:"the user's id in the application; null without provisioning"`
	Created         string         `json:"created" jsonschema:"when the user was assigned"`
	LastUpdated     string         `json:"lastUpdated" jsonschema:"when the assignment last changed"`
	StatusChanged   string         `json:"statusChanged,omitempty" jsonschema:"when the status last changed"`
	PasswordChanged *string        `json:"passwordChanged,omitempty" jsonschema:"when the password in the application last changed; null if never"`
	LastSync        *string        `json:"lastSync,omitempty" jsonschema:"when the profile was last synchronized"`
	Credentials     map[string]any `json:"credentials,omitempty" jsonschema:"userName, and an empty password if there is one"`
	Profile         map[string]any `json:"profile,omitempty" jsonschema:"the attributes in the application"`
	Embedded        map[string]any `json:"_embedded,omitempty" jsonschema:"the data requested with expand"`
	Links           map[string]any `json:"_links,omitempty" jsonschema:"Okta's links to the application, the user and the group"`
}

// WrittenAppUser is an assignment after a write.
type WrittenAppUser struct {
	Changed bool `json:"changed" jsonschema:"false if nothing had to be changed"`
	AppUser
}

// EnsuredAppUser is an assignment that was created or updated.
type EnsuredAppUser struct {
	Created bool `json:"created" jsonschema:"whether the user did not have the application before"`
	WrittenAppUser
}

type appUserInput struct {
	AppID  string `json:"app_id" jsonschema:"the application's id"`
	UserID string `json:"user_id" jsonschema:"the user's id, not the login"`
}

func (in appUserInput) ids() []string { return []string{in.AppID, in.UserID} }

type getAppUserInput struct {
	appUserInput
	Expand string `json:"expand,omitempty" jsonschema:"more data for _embedded: user"`
}

type listAppUsersInput struct {
	AppID  string `json:"app_id" jsonschema:"the application's id"`
	Q      string `json:"q,omitempty" jsonschema:"the first characters of userName, firstName, lastName or email in the application" narrows:"true"`
	Expand string `json:"expand,omitempty" jsonschema:"more data for _embedded: user"`
	Limit  int    `json:"limit,omitempty" jsonschema:"users per page; Okta's default is 50" minimum:"1" maximum:"500"`
	After  string `json:"after,omitempty" jsonschema:"the cursor to continue an earlier list from; by default the start"`
}

// appUserFields are the inputs with which an assignment is made or updated.
type appUserFields struct {
	Username string         `json:"username,omitempty" jsonschema:"the user's name in the application; by default that of the application's template"`
	Password string         `json:"password,omitempty" jsonschema:"the user's password in the application" secret:"true"`
	Profile  map[string]any `json:"profile,omitempty" jsonschema:"the attributes in the application; null removes one" clears:"true"`
}

type assignAppUserInput struct {
	appUserInput
	Scope string `json:"scope,omitempty" jsonschema:"USER for a direct assignment, GROUP for one by a group, which a direct one cannot become; by default any" enum:"USER,GROUP"`
	appUserFields
}

type updateAppUserInput struct {
	appUserInput
	appUserFields
}

type removeAppUserInput struct {
	appUserInput
	SendEmail bool `json:"send_email,omitempty" jsonschema:"whether Okta sends an email to the administrator"`
}

var appUserCards = []card.Card{
	card.NewList(card.Spec{
		Name:    "okta.app.user.list",
		Title:   "List Users Assigned to Application",
		Summary: "list the users of an application, assigned directly or by a group",
		Scopes:  []string{"okta.apps.read"},
		Effect:  card.Reads,
		Key:     "id",
		Example: "card: okta.app.user.list\nwith: {app_id: 0oa1}",
	}, listAppUsers),

	card.NewRead(card.Spec{
		Name:    "okta.app.user.get",
		Title:   "Get Application User Assignment",
		Also:    []string{"Get Assigned User for Application"},
		Summary: "read the assignment of an application to a user",
		Scopes:  []string{"okta.apps.read"},
		Effect:  card.Reads,
		Example: "card: okta.app.user.get\nwith: {app_id: 0oa1, user_id: 00u2}",
	}, getAppUser),

	card.NewWrite(card.Spec{
		Name:    "okta.app.user.assign",
		Title:   "Assign Application to User",
		Also:    []string{"Assign User to Application for SSO", "Assign User to Application for SSO and Provisioning"},
		Summary: "assign an application to a user; fails if the user has it with another scope, username or profile",
		Scopes:  []string{"okta.apps.manage"},
		Target:  "{app_id} ← {user_id}",
		Effect:  card.Idempotent,
		Undo:    card.Undo{Extent: card.Exact, Card: "okta.app.user.remove"},
		Example: "card: okta.app.user.assign\nwith: {app_id: 0oa1, user_id: 00u4, profile: {team: Search}}",
	}, card.Write[assignAppUserInput, card.Raw[WrittenAppUser]]{Do: assignAppUser, Before: beforeAppUser[assignAppUserInput], After: afterAssignAppUser, Back: assignedAppUser}),

	card.NewWrite(card.Spec{
		Name:    "okta.app.user.ensure",
		Title:   "Ensure Application User Assignment",
		Summary: "assign an application to a user, or update what differs if the user has it",
		Scopes:  []string{"okta.apps.manage"},
		Target:  "{app_id} ← {user_id}",
		Effect:  card.Idempotent,
		Undo:    card.Undo{Extent: card.Partial, Card: "okta.app.user.remove", Rest: "an assignment that existed before keeps its new values"},
		Example: "card: okta.app.user.ensure\nwith: {app_id: 0oa1, user_id: 00u4, username: sue}",
	}, card.Write[assignAppUserInput, card.Raw[EnsuredAppUser]]{Do: ensureAppUser, Before: beforeAppUser[assignAppUserInput], After: afterEnsureAppUser, Back: ensuredAppUser}),

	card.NewWrite(card.Spec{
		Name:    "okta.app.user.update",
		Title:   "Update Application User Assignment",
		Also:    []string{"Update Application Profile for Assigned User"},
		Summary: "change the profile, username or password of a user in an application; the profile is read and sent whole, as Okta recommends, so that attributes that are not given stay",
		Scopes:  []string{"okta.apps.manage"},
		Target:  "{app_id} ← {user_id}",
		Effect:  card.Idempotent,
		Undo: card.Undo{
			Extent: card.Partial, Card: "okta.app.user.update", NeedsBefore: true,
			Rest: "a new password stays, and a user to whom a group assigned the application can keep a direct assignment",
		},
		Example: "card: okta.app.user.update\nwith: {app_id: 0oa1, user_id: 00u2, profile: {team: Ads, floor: null}, username: robert}",
	}, card.Write[updateAppUserInput, card.Raw[WrittenAppUser]]{Do: updateAppUser, Before: beforeAppUser[updateAppUserInput], After: afterUpdateAppUser, Back: restoreAppUser}),

	card.NewWrite(card.Spec{
		Name:    "okta.app.user.remove",
		Title:   "Remove Application User Assignment",
		Also:    []string{"Remove User from Application"},
		Summary: "remove the direct assignment of an application to a user; Okta refuses it while a group grants the application",
		Scopes:  []string{"okta.apps.manage"},
		Target:  "{app_id} ← {user_id}",
		Effect:  card.Destroys,
		Undo: card.Undo{
			Extent: card.Partial, Card: "okta.app.user.assign", NeedsBefore: true,
			Rest: "the user is assigned again with the profile; the password in the application is lost",
		},
		Example: "card: okta.app.user.remove\nwith: {app_id: 0oa1, user_id: 00u2}",
	}, card.Write[removeAppUserInput, Changed]{Do: removeAppUser, Before: beforeAppUser[removeAppUserInput], After: gone[removeAppUserInput], Back: reassignAppUser, Did: didRemove[removeAppUserInput](appUsers)}),
}

func listAppUsers(ctx context.Context, call card.Call, in listAppUsersInput, at card.Cursor) ([]card.Raw[AppUser], card.Cursor, error) {
	return page[AppUser](ctx, call, oktaapi.ListApplicationUsers, oktaapi.Args{
		Path: []string{in.AppID}, Query: query("q", in.Q, "expand", in.Expand, "limit", number(in.Limit)),
	}, from(in.After, at))
}

func getAppUser(ctx context.Context, call card.Call, in getAppUserInput) (card.Raw[AppUser], error) {
	org, err := session(call)
	if err != nil {
		return card.Raw[AppUser]{}, err
	}
	user, err := org.Resource(ctx, oktaapi.GetApplicationUser, oktaapi.Args{Path: in.ids(), Query: query("expand", in.Expand)})
	return card.Raw[AppUser]{Value: user}, err
}
