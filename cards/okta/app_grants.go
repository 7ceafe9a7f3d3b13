package okta

import (
	"cmp"
	"context"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

// Grant is a scope that is granted to an application.
//
// Source: Okta, "Application Grants", https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ApplicationGrants/
type Grant struct {
	ID          string         `json:"id" jsonschema:"the grant's id"`
	ScopeID     string         `json:"scopeId" jsonschema:"the scope, such as okta.users.read"`
	Issuer      string         `json:"issuer" jsonschema:"the org authorization server"`
	Status      string         `json:"status" jsonschema:"ACTIVE or REVOKED"`
	Source      string         `json:"source,omitempty" jsonschema:"ADMIN or END_USER"`
	ClientID    string         `json:"clientId,omitempty" jsonschema:"the client id of the application"`
	UserID      *string        `json:"userId,omitempty" jsonschema:"the user who granted the scope"`
	CreatedBy   map[string]any `json:"createdBy,omitempty" jsonschema:"who created the grant"`
	Created     string         `json:"created" jsonschema:"when the scope was granted"`
	LastUpdated string         `json:"lastUpdated" jsonschema:"when the grant last changed"`
	Embedded    map[string]any `json:"_embedded,omitempty" jsonschema:"the data requested with expand"`
	Links       map[string]any `json:"_links,omitempty" jsonschema:"Okta's links to the application and the client"`
}

// WrittenGrant is a grant after a write.
type WrittenGrant struct {
	Changed bool `json:"changed" jsonschema:"false if the scope was granted already"`
	Grant
}

type grantInput struct {
	AppID   string `json:"app_id" jsonschema:"the application's id"`
	GrantID string `json:"grant_id" jsonschema:"the grant's id"`
}

func (in grantInput) ids() []string { return []string{in.AppID, in.GrantID} }

type listGrantsInput struct {
	AppID  string `json:"app_id" jsonschema:"the application's id"`
	Expand string `json:"expand,omitempty" jsonschema:"more data for _embedded" enum:"scope"`
}

type addGrantInput struct {
	AppID   string `json:"app_id" jsonschema:"the application's id"`
	ScopeID string `json:"scope_id" jsonschema:"the scope, such as okta.users.read"`
	Issuer  string `json:"issuer,omitempty" jsonschema:"the org authorization server; by default the org's URL"`
}

// appGrants describes the scopes that are granted to applications.
var appGrants = kind{word: "grant", input: "grant_id", get: oktaapi.GetScopeConsentGrant, name: "scopeId", fields: []string{"scopeId"}}

var appGrantCards = []card.Card{
	card.NewList(card.Spec{
		Name:    "okta.app.grant.list",
		Title:   "List Application Grants",
		Summary: "list the scopes that are granted to an OAuth client",
		Scopes:  []string{"okta.appGrants.read"},
		Effect:  card.Reads,
		Key:     "id",
		Example: "card: okta.app.grant.list\nwith: {app_id: 0oa3}",
	}, listGrants),

	card.NewWrite(card.Spec{
		Name:    "okta.app.grant.add",
		Title:   "Grant Scope to Application",
		Summary: "grant a scope to an OAuth client; only super administrators may",
		Scopes:  []string{"okta.appGrants.manage"},
		Target:  "{app_id} ← {scope_id}",
		Effect:  card.Idempotent,
		Undo:    card.Undo{Extent: card.Exact, Card: "okta.app.grant.revoke"},
		Example: "card: okta.app.grant.add\nwith: {app_id: 0oa3, scope_id: okta.groups.read}",
	}, card.Write[addGrantInput, card.Raw[WrittenGrant]]{Do: addGrant, Before: beforeAddGrant, After: afterAddGrant, Back: addedGrant}),

	card.NewWrite(card.Spec{
		Name:    "okta.app.grant.revoke",
		Title:   "Revoke Scope of Application",
		Summary: "revoke a scope of an OAuth client",
		Scopes:  []string{"okta.appGrants.manage"},
		Target:  "{app_id} ← {grant_id}",
		Effect:  card.Destroys,
		Undo:    card.Undo{Extent: card.Partial, Card: "okta.app.grant.add", NeedsBefore: true, Rest: "the scope is granted again, with another grant id"},
		Example: "card: okta.app.grant.revoke\nwith: {app_id: 0oa3, grant_id: oag1}",
	}, card.Write[grantInput, Changed]{Do: removing[grantInput](oktaapi.RevokeScopeConsentGrant), Before: before[grantInput](appGrants), After: gone[grantInput], Back: regrant, Did: didRemove[grantInput](appGrants)}),
}

func listGrants(ctx context.Context, call card.Call, in listGrantsInput, at card.Cursor) ([]card.Raw[Grant], card.Cursor, error) {
	return page[Grant](ctx, call, oktaapi.ListScopeConsentGrants, oktaapi.Args{Path: []string{in.AppID}, Query: query("expand", in.Expand)}, at)
}

// granted searches the grants of an application for a scope. It returns nil if the scope is not granted.
func (in addGrantInput) granted(ctx context.Context, call card.Call) (map[string]any, error) {
	return appGrants.named(ctx, call, oktaapi.ListScopeConsentGrants, oktaapi.Args{Path: []string{in.AppID}}, in.ScopeID)
}

func beforeAddGrant(ctx context.Context, call card.Call, in addGrantInput) (card.State, error) {
	return appGrants.beforeNamed(ctx, call, oktaapi.ListScopeConsentGrants, oktaapi.Args{Path: []string{in.AppID}}, in.ScopeID)
}

// afterAddGrant predicts nothing if the scope is granted.
func afterAddGrant(in addGrantInput, before card.State) card.Predicted {
	if exists(before) && before.Fields["status"] != "REVOKED" {
		return card.Predicted{}
	}
	return predicts(map[string]any{"scopeId": in.ScopeID, "status": "ACTIVE"})
}

func addGrant(ctx context.Context, call card.Call, in addGrantInput) (card.Raw[WrittenGrant], error) {
	grant, err := in.granted(ctx, call)
	if err != nil {
		return card.Raw[WrittenGrant]{}, err
	}
	if grant != nil && grant["status"] != "REVOKED" {
		grant["changed"] = false
		return card.Raw[WrittenGrant]{Value: grant}, nil
	}
	return in.send(ctx, call)
}

// send grants a scope that was not granted.
func (in addGrantInput) send(ctx context.Context, call card.Call) (card.Raw[WrittenGrant], error) {
	org, err := session(call)
	if err != nil {
		return card.Raw[WrittenGrant]{}, err
	}
	answer, err := appGrants.write(ctx, call, oktaapi.GrantConsentToScope, oktaapi.Args{Path: []string{in.AppID}},
		map[string]any{"scopeId": in.ScopeID, "issuer": cmp.Or(in.Issuer, org.URL())})
	if isConflict(err) { // somebody else granted it in between
		if now, readErr := in.granted(ctx, call); readErr == nil && now != nil {
			now["changed"] = false
			return card.Raw[WrittenGrant]{Value: now}, nil
		}
	}
	return card.Raw[WrittenGrant]{Value: answer}, err
}

func addedGrant(in addGrantInput, out card.Raw[WrittenGrant], _ card.State) any {
	return grantInput{in.AppID, idOf(out.Value)}
}

// regrant returns the input that grants a revoked scope again.
func regrant(in grantInput, _ Changed, before card.State) any {
	scope, _ := before.Fields["scopeId"].(string)
	if scope == "" {
		return nil
	}
	return addGrantInput{AppID: in.AppID, ScopeID: scope}
}
