package okta

import (
	"context"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

// Authenticator is a way to authenticate that the org has.
//
// Source: Okta, "Authenticators", https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Authenticator/
type Authenticator struct {
	ID          string         `json:"id" jsonschema:"the authenticator's id"`
	Key         string         `json:"key" jsonschema:"the kind of authenticator, such as okta_verify or webauthn"`
	Type        string         `json:"type" jsonschema:"the type: app, email, federated, password, phone, security_key or security_question"`
	Name        string         `json:"name" jsonschema:"the name"`
	Status      string         `json:"status" jsonschema:"ACTIVE or INACTIVE"`
	Settings    map[string]any `json:"settings,omitempty" jsonschema:"the settings, by the key"`
	Provider    map[string]any `json:"provider,omitempty" jsonschema:"the service behind it, by the key"`
	Created     string         `json:"created" jsonschema:"when it was created"`
	LastUpdated string         `json:"lastUpdated" jsonschema:"when it last changed"`
	Links       map[string]any `json:"_links,omitempty" jsonschema:"Okta's links to what can be done with it"`
}

var authenticatorCards = []card.Card{
	card.NewList(card.Spec{
		Name:    "okta.mfa.authenticator.list",
		Title:   "List Authenticators",
		Summary: "list the authenticators of the org; needs Okta Identity Engine",
		Scopes:  []string{"okta.authenticators.read"},
		Effect:  card.Reads,
		Key:     "id",
		Example: "card: okta.mfa.authenticator.list",
	}, listAuthenticators),
}

func listAuthenticators(ctx context.Context, call card.Call, _ struct{}, at card.Cursor) ([]card.Raw[Authenticator], card.Cursor, error) {
	return page[Authenticator](ctx, call, oktaapi.ListAuthenticators, oktaapi.Args{}, at)
}
