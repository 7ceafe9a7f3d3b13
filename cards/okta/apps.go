package okta

import (
	"context"
	"slices"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

// App is an application.
//
// Source: Okta, "Applications", https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Application/
type App struct {
	ID            string         `json:"id" jsonschema:"the application's id"`
	Name          string         `json:"name" jsonschema:"the name of its definition, such as bookmark or oidc_client; not unique"`
	Label         string         `json:"label" jsonschema:"the name that people see, unique in the org"`
	Status        string         `json:"status" jsonschema:"ACTIVE or INACTIVE"`
	SignOnMode    *string        `json:"signOnMode" jsonschema:"how users sign in, such as SAML_2_0; null for directories"`
	Features      []string       `json:"features,omitempty" jsonschema:"the enabled provisioning features, such as PUSH_NEW_USERS"`
	Created       string         `json:"created" jsonschema:"when the application was created"`
	LastUpdated   string         `json:"lastUpdated" jsonschema:"when the application last changed"`
	Visibility    map[string]any `json:"visibility,omitempty" jsonschema:"where users see the application"`
	Accessibility map[string]any `json:"accessibility,omitempty" jsonschema:"whether users can request it, and its error page"`
	Licensing     map[string]any `json:"licensing,omitempty" jsonschema:"the number of licenses"`
	Settings      map[string]any `json:"settings,omitempty" jsonschema:"the settings of its sign-on mode"`
	Credentials   map[string]any `json:"credentials,omitempty" jsonschema:"the template of user names, the signing key, and the OAuth client"`
	Profile       map[string]any `json:"profile,omitempty" jsonschema:"free attributes of an OAuth client"`
	Embedded      map[string]any `json:"_embedded,omitempty" jsonschema:"the data requested with expand"`
	Links         map[string]any `json:"_links,omitempty" jsonschema:"Okta's links to what belongs to the application"`
}

// AppLink is a link to an application on the dashboard of a user.
type AppLink struct {
	ID               string `json:"id" jsonschema:"the user's id"`
	Label            string `json:"label" jsonschema:"the name that people see"`
	LinkURL          string `json:"linkUrl" jsonschema:"the address that opens the application"`
	LogoURL          string `json:"logoUrl" jsonschema:"the address of its logo"`
	AppName          string `json:"appName" jsonschema:"the name of its definition"`
	AppInstanceID    string `json:"appInstanceId" jsonschema:"the application's id, for app_id"`
	AppAssignmentID  string `json:"appAssignmentId" jsonschema:"the id of the assignment"`
	CredentialsSetup bool   `json:"credentialsSetup" jsonschema:"whether the user has set a password for it"`
	Hidden           bool   `json:"hidden" jsonschema:"whether the dashboard hides it"`
	SortOrder        int    `json:"sortOrder" jsonschema:"its place on the dashboard"`
}

type appInput struct {
	AppID string `json:"app_id" jsonschema:"the application's id"`
}

func (in appInput) ids() []string { return []string{in.AppID} }

type getAppInput struct {
	appInput
	Expand string `json:"expand,omitempty" jsonschema:"more data for _embedded: user/ID, the assignment of a user"`
}

type listAppsInput struct {
	Q                 string `json:"q,omitempty" jsonschema:"the first characters of the name or the label" narrows:"true"`
	Filter            string `json:"filter,omitempty" jsonschema:"a filter expression on id, status, name, user.id, group.id or credentials.signing.kid" filter:"true"`
	Expand            string `json:"expand,omitempty" jsonschema:"more data for _embedded: user/ID, the assignment of a user; it needs the filter user.id eq the same id"`
	IncludeNonDeleted bool   `json:"include_non_deleted,omitempty" jsonschema:"whether to include inactive applications where Okta leaves them out"`
	UseOptimization   bool   `json:"use_optimization,omitempty" jsonschema:"whether Okta answers faster, with fewer fields"`
	Limit             int    `json:"limit,omitempty" jsonschema:"applications per page; by default and at most 200" minimum:"1" maximum:"200"`
	After             string `json:"after,omitempty" jsonschema:"the cursor to continue an earlier list from; by default the start"`
}

type listGroupAppsInput struct {
	GroupID string `json:"group_id" jsonschema:"the group's id"`
	Limit   int    `json:"limit,omitempty" jsonschema:"applications per page; by default Okta's, 20" minimum:"1" maximum:"200"`
	After   string `json:"after,omitempty" jsonschema:"the cursor to continue an earlier list from; by default the start"`
}

// apps describes applications.
var apps = kind{
	word: "application", input: "app_id", get: oktaapi.GetApplication, name: "label",
	fields: []string{"name", "label", "signOnMode", "features", "visibility", "accessibility", "licensing", "settings", "credentials"},
}

var appCards = slices.Concat(appReads, appWrites, ensureAppCards)

var appReads = []card.Card{
	card.NewList(card.Spec{
		Name:      "okta.app.list",
		Title:     "List Applications",
		Also:      []string{"Search Applications"},
		Summary:   "list all applications of the org, or some",
		Scopes:    []string{"okta.apps.read"},
		Effect:    card.Reads,
		Key:       "id",
		SecretsIn: clientSecrets,
		Filters:   filters{"filter": appFilter.mistake},
		Example:   "card: okta.app.list\nwith: {filter: status eq \"ACTIVE\"}",
	}, listApps),

	card.NewRead(card.Spec{
		Name:      "okta.app.get",
		Title:     "Get Application",
		Also:      []string{"Read Application"},
		Summary:   "read an application",
		Scopes:    []string{"okta.apps.read"},
		Effect:    card.Reads,
		SecretsIn: clientSecrets,
		Example:   "card: okta.app.get\nwith: {app_id: 0oa1}",
	}, getApp),

	card.NewList(card.Spec{
		Name:      "okta.group.app.list",
		Title:     "List Applications Assigned to Group",
		Summary:   "list the applications that are assigned to a group",
		Scopes:    []string{"okta.groups.read"},
		Effect:    card.Reads,
		Key:       "id",
		SecretsIn: clientSecrets,
		Example:   "card: okta.group.app.list\nwith: {group_id: 00g1}",
	}, listGroupApps),

	card.NewList(card.Spec{
		Name:    "okta.user.app.list",
		Title:   "List User Applications",
		Also:    []string{"List Applications Assigned to User"},
		Summary: "list the links to all applications of a user, assigned directly or by a group; an application can have several",
		Scopes:  []string{"okta.users.read"},
		Effect:  card.Reads,
		Key:     "linkUrl",
		Example: "card: okta.user.app.list\nwith: {user_id: ada@acme.example}",
	}, listUserApps),
}

func listApps(ctx context.Context, call card.Call, in listAppsInput, at card.Cursor) ([]card.Raw[App], card.Cursor, error) {
	limit := in.Limit
	if limit == 0 {
		limit = 200
	}
	parameters := query("q", in.Q, "filter", in.Filter, "expand", in.Expand, "limit", number(limit))
	if in.IncludeNonDeleted {
		parameters.Set("includeNonDeleted", "true")
	}
	if in.UseOptimization {
		parameters.Set("useOptimization", "true")
	}
	return page[App](ctx, call, oktaapi.ListApplications, oktaapi.Args{Query: parameters}, from(in.After, at))
}

func getApp(ctx context.Context, call card.Call, in getAppInput) (card.Raw[App], error) {
	org, err := session(call)
	if err != nil {
		return card.Raw[App]{}, err
	}
	app, err := org.Resource(ctx, oktaapi.GetApplication, oktaapi.Args{Path: in.ids(), Query: query("expand", in.Expand)})
	return card.Raw[App]{Value: app}, err
}

func listGroupApps(ctx context.Context, call card.Call, in listGroupAppsInput, at card.Cursor) ([]card.Raw[App], card.Cursor, error) {
	return page[App](ctx, call, oktaapi.ListAssignedApplicationsForGroup, oktaapi.Args{
		Path: []string{in.GroupID}, Query: query("limit", number(in.Limit)),
	}, from(in.After, at))
}

func listUserApps(ctx context.Context, call card.Call, in userInput, at card.Cursor) ([]card.Raw[AppLink], card.Cursor, error) {
	return page[AppLink](ctx, call, oktaapi.ListAppLinks, oktaapi.Args{Path: []string{in.UserID}}, at)
}

// clientSecrets returns the secret of an OAuth client, which Okta returns with the application in some cases.
func clientSecrets(app card.Value) []string {
	if secret, _ := oauthClient(app)["client_secret"].(string); secret != "" {
		return []string{secret}
	}
	return nil
}

// oauthClient returns the part of an application that describes its OAuth client; nil if it is not one.
func oauthClient(app card.Value) map[string]any {
	fields, _ := app.(map[string]any)
	credentials, _ := fields["credentials"].(map[string]any)
	client, _ := credentials["oauthClient"].(map[string]any)
	return client
}
