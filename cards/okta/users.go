package okta

import (
	"context"
	"slices"
	"time"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

// User has the fields of a user in every org. The profile also has custom attributes.
//
// Source: Okta, "Users", https://developer.okta.com/docs/api/openapi/okta-management/management/tag/User/
type User struct {
	ID                    string         `json:"id" jsonschema:"the user's id, which never changes"`
	Status                string         `json:"status" jsonschema:"STAGED, PROVISIONED, ACTIVE, RECOVERY, LOCKED_OUT, PASSWORD_EXPIRED, SUSPENDED or DEPROVISIONED" values:"STAGED,PROVISIONED,ACTIVE,RECOVERY,LOCKED_OUT,PASSWORD_EXPIRED,SUSPENDED,DEPROVISIONED"`
	Created               string         `json:"created" jsonschema:"when the user was created"`
	Activated             *string        `json:"activated" jsonschema:"when the user was activated; null if never"`
	StatusChanged         *string        `json:"statusChanged" jsonschema:"when the status last changed; null if never"`
	LastLogin             *string        `json:"lastLogin" jsonschema:"when the user last signed in; null if never"`
	LastUpdated           string         `json:"lastUpdated" jsonschema:"when the profile or the status last changed"`
	PasswordChanged       *string        `json:"passwordChanged" jsonschema:"when the password last changed; null if never"`
	TransitioningToStatus *string        `json:"transitioningToStatus,omitempty" jsonschema:"the status at the end of a transition in progress"`
	Type                  map[string]any `json:"type" jsonschema:"the user type, with its id"`
	Profile               Profile        `json:"profile" jsonschema:"the attributes, including custom ones" open:"true"`
	RealmID               string         `json:"realmId,omitempty" jsonschema:"the id of the user's realm"`
	Credentials           map[string]any `json:"credentials,omitempty" jsonschema:"the password's provider and the recovery question, without secrets"`
	Embedded              map[string]any `json:"_embedded,omitempty" jsonschema:"the data requested with expand"`
	Links                 map[string]any `json:"_links,omitempty" jsonschema:"Okta's links to actions on the user"`
}

// Profile has the attributes of every user.
type Profile struct {
	Login       string  `json:"login" jsonschema:"the name for signing in, unique in the org"`
	Email       string  `json:"email" jsonschema:"the primary email address"`
	FirstName   *string `json:"firstName" jsonschema:"given name"`
	LastName    *string `json:"lastName" jsonschema:"family name"`
	SecondEmail *string `json:"secondEmail,omitempty" jsonschema:"a second email address, for recovery"`
	MobilePhone *string `json:"mobilePhone,omitempty" jsonschema:"mobile phone number"`
}

// Changed is the answer of a write that only reports whether something changed.
type Changed struct {
	Changed bool `json:"changed" jsonschema:"false if nothing had to be changed"`
}

// Moved is the answer of a card that moves a user to another status.
type Moved struct {
	Changed   bool   `json:"changed" jsonschema:"false if nothing had to be changed"`
	ChangedAt string `json:"changed_at,omitempty" jsonschema:"when Okta changed it, by its clock, to the second"`
}

// movedAt returns the answer for a change at a time; the zero time if Okta did not report it.
func movedAt(date time.Time) Moved {
	return Moved{true, oktaTime(date)}
}

type userInput struct {
	UserID string `json:"user_id" jsonschema:"the user's id or login"`
}

// who returns the id or login of the user. Inputs that embed a userInput have it too.
func (in userInput) who() string { return in.UserID }

// userIDInput is for operations that find a user only by id.
type userIDInput struct {
	UserID string `json:"user_id" jsonschema:"the user's id"`
}

type getUserInput struct {
	UserID string `json:"user_id" jsonschema:"the user's id or login, or me for the owner of the connection's token"`
	Expand string `json:"expand,omitempty" jsonschema:"more data for _embedded: blocks"`
}

type listUsersInput struct {
	Search          string            `json:"search,omitempty" jsonschema:"a search expression on any attribute, such as profile.department eq \"IT\"; its index lags behind writes by seconds" filter:"true"`
	Filter          string            `json:"filter,omitempty" jsonschema:"a filter expression on id, status, lastUpdated, profile.login, profile.email, profile.firstName or profile.lastName" filter:"true"`
	Q               string            `json:"q,omitempty" jsonschema:"the first characters of the first name, last name or email address; Okta returns a single page, of 10 users without limit" narrows:"true"`
	SortBy          string            `json:"sort_by,omitempty" jsonschema:"the attribute to sort by, such as profile.lastName, with search only"`
	SortOrder       string            `json:"sort_order,omitempty" jsonschema:"the direction of sort_by" enum:"asc,desc"`
	Limit           int               `json:"limit,omitempty" jsonschema:"users per page; Okta's default and maximum is 200" minimum:"1" maximum:"200"`
	After           string            `json:"after,omitempty" jsonschema:"the cursor to continue an earlier list from; by default the start"`
	Expand          string            `json:"expand,omitempty" jsonschema:"more data about each user: classification"`
	Fields          string            `json:"fields,omitempty" jsonschema:"the fields to return, such as id,status,profile:(login,email); by default all"`
	ExtraParameters map[string]string `json:"extra_parameters,omitempty" jsonschema:"more query parameters, sent unchanged" filter:"search,filter" narrows:"q"`
}

var users = slices.Concat(
	userReads, userWrites, ensureUserCards, userLifecycle, reactivateCards, passwordCards, sessionCards,
	factorCards, userRoleCards, linkedCards, riskCards, userSchemaCards,
)

var userReads = []card.Card{
	card.NewRead(card.Spec{
		Name:    "okta.user.get",
		Title:   "Get User",
		Also:    []string{"Get a user", "Read User"},
		Summary: "read a user by id or login",
		Scopes:  []string{"okta.users.read"},
		Effect:  card.Reads,
		Example: "card: okta.user.get\nwith: {user_id: ada@acme.example}",
	}, getUser),

	card.NewList(card.Spec{
		Name:    "okta.user.list",
		Title:   "List Users",
		Also:    []string{"List Users with Filter", "List Users with Search", "Find Users", "Search Users"},
		Summary: "list all users of the org, or find some by search, filter or q; deactivated users only with search or filter",
		Scopes:  []string{"okta.users.read"},
		Effect:  card.Reads,
		Key:     "id",
		Filters: userFilters,
		Cut:     usersByQ.cut,
		Example: "card: okta.user.list\nwith: {search: profile.lastName sw \"Love\" and status eq \"ACTIVE\", sort_by: profile.login}",
	}, listUsers),
}

func getUser(ctx context.Context, call card.Call, in getUserInput) (card.Raw[User], error) {
	org, err := session(call)
	if err != nil {
		return card.Raw[User]{}, err
	}
	user, err := org.Resource(ctx, oktaapi.GetUser, oktaapi.Args{Path: []string{in.UserID}, Query: query("expand", in.Expand)})
	return card.Raw[User]{Value: user}, err
}

func listUsers(ctx context.Context, call card.Call, in listUsersInput, at card.Cursor) ([]card.Raw[User], card.Cursor, error) {
	parameters := query(
		"search", in.Search, "filter", in.Filter, "q", in.Q, "sortBy", in.SortBy, "sortOrder", in.SortOrder,
		"limit", number(in.Limit), "after", in.After, "expand", in.Expand, "fields", in.Fields,
	)
	for name, value := range in.ExtraParameters {
		parameters.Set(name, value)
	}
	return page[User](ctx, call, oktaapi.ListUsers, oktaapi.Args{Query: parameters}, at)
}
