package okta

import (
	"cmp"
	"context"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

// UserType has the fields of a user type.
//
// Source: Okta, "User Types", https://developer.okta.com/docs/api/openapi/okta-management/management/tag/UserType/
type UserType struct {
	ID            string         `json:"id" jsonschema:"the id of the type"`
	Name          string         `json:"name" jsonschema:"the name, which never changes"`
	DisplayName   string         `json:"displayName" jsonschema:"the name for people"`
	Description   string         `json:"description,omitempty" jsonschema:"a description for people"`
	Default       bool           `json:"default" jsonschema:"whether new users have this type by default"`
	Created       string         `json:"created" jsonschema:"when the type was created"`
	CreatedBy     string         `json:"createdBy,omitempty" jsonschema:"the id of the user who created it"`
	LastUpdated   string         `json:"lastUpdated" jsonschema:"when the type last changed"`
	LastUpdatedBy string         `json:"lastUpdatedBy,omitempty" jsonschema:"the id of the user who last changed it"`
	Links         map[string]any `json:"_links,omitempty" jsonschema:"Okta's links; schema leads to the attributes of the type"`
}

// UserSchema is a JSON schema of a user's profile.
//
// Source: Okta, "Schemas", https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Schema/
type UserSchema struct {
	ID          string            `json:"id" jsonschema:"the address of the schema"`
	Schema      string            `json:"$schema" jsonschema:"the version of JSON Schema"`
	Name        string            `json:"name" jsonschema:"the name of the user type"`
	Title       string            `json:"title" jsonschema:"the name of the user type for people"`
	Type        string            `json:"type" jsonschema:"object"`
	Created     string            `json:"created,omitempty" jsonschema:"when the schema was created"`
	LastUpdated string            `json:"lastUpdated,omitempty" jsonschema:"when the schema last changed"`
	Definitions schemaDefinitions `json:"definitions" jsonschema:"the attributes"`
	Properties  map[string]any    `json:"properties,omitempty" jsonschema:"how the definitions form the profile"`
	Links       map[string]any    `json:"_links,omitempty" jsonschema:"Okta's links to the schema and the user type"`
}

type schemaDefinitions struct {
	Base   schemaPart `json:"base" jsonschema:"the attributes of every org"`
	Custom schemaPart `json:"custom" jsonschema:"the attributes that the org added"`
}

type schemaPart struct {
	ID         string         `json:"id" jsonschema:"#base or #custom"`
	Type       string         `json:"type" jsonschema:"object"`
	Properties map[string]any `json:"properties" jsonschema:"by attribute: title, type, required, minLength, maxLength, enum, permissions and more"`
	Required   []string       `json:"required,omitempty" jsonschema:"the attributes that every user must have"`
}

type userSchemaInput struct {
	SchemaID string `json:"schema_id,omitempty" jsonschema:"the id of the schema, as at the end of _links.schema of a user type" default:"default"`
}

var userSchemaCards = []card.Card{
	card.NewList(card.Spec{
		Name:    "okta.user_type.list",
		Title:   "List User Types",
		Summary: "list the user types of the org",
		Scopes:  []string{"okta.userTypes.read"},
		Effect:  card.Reads,
		Key:     "id",
		Example: "card: okta.user_type.list\nresult: all",
	}, listUserTypes),

	card.NewRead(card.Spec{
		Name:    "okta.user.schema.get",
		Title:   "Get User Schema",
		Summary: "read which attributes the profiles of a user type have",
		Scopes:  []string{"okta.schemas.read"},
		Effect:  card.Reads,
		Example: "card: okta.user.schema.get",
	}, getUserSchema),
}

func listUserTypes(ctx context.Context, call card.Call, _ struct{}, at card.Cursor) ([]card.Raw[UserType], card.Cursor, error) {
	return page[UserType](ctx, call, oktaapi.ListUserTypes, oktaapi.Args{}, at)
}

func getUserSchema(ctx context.Context, call card.Call, in userSchemaInput) (card.Raw[UserSchema], error) {
	org, err := session(call)
	if err != nil {
		return card.Raw[UserSchema]{}, err
	}
	schema, err := org.Resource(ctx, oktaapi.GetUserSchema, oktaapi.Args{Path: []string{cmp.Or(in.SchemaID, "default")}})
	return card.Raw[UserSchema]{Value: schema}, err
}
