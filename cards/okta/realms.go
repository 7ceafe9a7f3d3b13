package okta

import (
	"context"
	"maps"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

// Realm is a part of the org's users.
//
// Source: Okta, "Realms", https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Realm/
type Realm struct {
	ID          string         `json:"id" jsonschema:"the realm's id"`
	IsDefault   bool           `json:"isDefault" jsonschema:"whether it is the realm of users who have no other"`
	Profile     RealmProfile   `json:"profile" jsonschema:"the attributes" open:"true"`
	Created     string         `json:"created" jsonschema:"when the realm was created"`
	LastUpdated string         `json:"lastUpdated" jsonschema:"when the realm last changed"`
	Links       map[string]any `json:"_links,omitempty" jsonschema:"Okta's link to the realm"`
}

// RealmProfile is the profile of a realm.
type RealmProfile struct {
	Name      string   `json:"name" jsonschema:"the name, unique in the org"`
	RealmType string   `json:"realmType,omitempty" jsonschema:"PARTNER or DEFAULT"`
	Domains   []string `json:"domains,omitempty" jsonschema:"the domains of the users"`
}

// WrittenRealm is a realm after a write, and whether the write changed it.
type WrittenRealm struct {
	Changed bool `json:"changed" jsonschema:"false if nothing had to be changed"`
	Realm
}

type realmInput struct {
	RealmID string `json:"realm_id" jsonschema:"the realm's id"`
}

func (in realmInput) ids() []string { return []string{in.RealmID} }

type listRealmsInput struct {
	Search    string `json:"search,omitempty" jsonschema:"a search expression, such as profile.name co \"Car\"; its index lags behind writes" filter:"true"`
	SortBy    string `json:"sort_by,omitempty" jsonschema:"the property to sort by, such as profile.name, with search only"`
	SortOrder string `json:"sort_order,omitempty" jsonschema:"the direction of sort_by" enum:"asc,desc"`
	Limit     int    `json:"limit,omitempty" jsonschema:"realms per page; Okta's default is 200, or 10 with search" minimum:"1" maximum:"200"`
	After     string `json:"after,omitempty" jsonschema:"the cursor to continue an earlier list from; by default the start"`
}

type realmFields struct {
	RealmType    string          `json:"realm_type,omitempty" jsonschema:"PARTNER for a portal of external partners" enum:"PARTNER,DEFAULT"`
	Domains      []string        `json:"domains,omitzero" jsonschema:"the domains of the users" attribute:"profile_extra.domains"`
	ProfileExtra realmAttributes `json:"profile_extra,omitempty" jsonschema:"more attributes of the profile, by Okta's names; null removes one" clears:"true"`
}

// realmAttributes are attributes of a realm by Okta's names.
type realmAttributes map[string]any

// Attributes returns the names of the attributes that every realm has.
func (realmAttributes) Attributes() []string { return []string{"name", "realmType", "domains"} }

type createRealmInput struct {
	Name string `json:"name" jsonschema:"the name, unique in the org"`
	realmFields
}

type updateRealmInput struct {
	realmInput
	Name string `json:"name,omitempty" jsonschema:"the new name; by default unchanged"`
	realmFields
}

// realms describes realms.
var realms = kind{word: "realm", input: "realm_id", get: oktaapi.GetRealm, name: "profile.name"}

var realmCards = []card.Card{
	card.NewList(card.Spec{
		Name:    "okta.realm.list",
		Title:   "List Realms",
		Summary: "list the realms of the org, or search for some",
		Scopes:  []string{"okta.realms.read"},
		Effect:  card.Reads,
		Key:     "id",
		Filters: filters{"search": realmSearch.mistake},
		Example: "card: okta.realm.list\nwith: {search: profile.name co \"Car\", sort_by: profile.name}",
	}, listRealms),

	card.NewRead(card.Spec{
		Name:    "okta.realm.get",
		Title:   "Get Realm",
		Also:    []string{"Read Realm"},
		Summary: "read a realm",
		Scopes:  []string{"okta.realms.read"},
		Effect:  card.Reads,
		Example: "card: okta.realm.get\nwith: {realm_id: guor1}",
	}, reading[Realm, realmInput](oktaapi.GetRealm)),

	card.NewWrite(card.Spec{
		Name:    "okta.realm.create",
		Title:   "Create Realm",
		Summary: "create a realm; fails if the name is taken",
		Scopes:  []string{"okta.realms.manage"},
		Effect:  card.Creates,
		Undo:    card.Undo{Extent: card.Exact, Card: "okta.realm.delete"},
		Example: "card: okta.realm.create\nwith: {name: Bike Co, realm_type: PARTNER}",
	}, card.Write[createRealmInput, card.Raw[WrittenRealm]]{Do: createRealm, Before: beforeCreateRealm, After: makes(realms, createRealmInput.realm), Back: createdRealm, Did: didCreateRealm}),

	card.NewWrite(card.Spec{
		Name:    "okta.realm.update",
		Title:   "Update Realm",
		Summary: "change attributes of a realm; the others stay",
		Scopes:  []string{"okta.realms.manage"},
		Effect:  card.Idempotent,
		Undo:    card.Undo{Extent: card.Exact, Card: "okta.realm.update", NeedsBefore: true},
		Example: "card: okta.realm.update\nwith: {realm_id: guor1, name: Cars and Co, domains: [cars.example]}",
	}, card.Write[updateRealmInput, card.Raw[WrittenRealm]]{Do: updateRealm, Before: before[updateRealmInput](realms), After: afterUpdateRealm, Back: restoreRealm}),

	card.NewWrite(card.Spec{
		Name:    "okta.realm.delete",
		Title:   "Delete Realm",
		Summary: "delete a realm without users permanently",
		Scopes:  []string{"okta.realms.manage"},
		Effect:  card.Destroys,
		Undo:    card.Undo{Extent: card.None},
		Example: "card: okta.realm.delete\nwith: {realm_id: guor1}",
	}, card.Write[realmInput, Changed]{Do: removing[realmInput](oktaapi.DeleteRealm), Before: before[realmInput](realms), After: gone[realmInput], Did: didRemove[realmInput](realms)}),
}

func listRealms(ctx context.Context, call card.Call, in listRealmsInput, at card.Cursor) ([]card.Raw[Realm], card.Cursor, error) {
	return page[Realm](ctx, call, oktaapi.ListRealms, oktaapi.Args{
		Query: query("search", in.Search, "sortBy", in.SortBy, "sortOrder", in.SortOrder, "limit", number(in.Limit)),
	}, from(in.After, at))
}

// wanted returns the attributes that an input gives.
func (in updateRealmInput) wanted() map[string]any {
	return given(in, in.ProfileExtra, "profile_extra", "realm_id")
}

func createRealm(ctx context.Context, call card.Call, in createRealmInput) (card.Raw[WrittenRealm], error) {
	if err := checkTwice(in, "profile_extra", in.ProfileExtra); err != nil {
		return card.Raw[WrittenRealm]{}, err
	}
	answer, err := realms.write(ctx, call, oktaapi.CreateRealm, oktaapi.Args{}, in.realm())
	return card.Raw[WrittenRealm]{Value: answer}, err
}

// updateRealm sends the whole profile, because Okta's PUT replaces it.
func updateRealm(ctx context.Context, call card.Call, in updateRealmInput) (card.Raw[WrittenRealm], error) {
	if err := checkTwice(in, "profile_extra", in.ProfileExtra); err != nil {
		return card.Raw[WrittenRealm]{}, err
	}
	realm, err := realms.read(ctx, call, in.ids())
	if err != nil {
		return card.Raw[WrittenRealm]{}, err
	}
	before, err := profileOf("realm "+in.RealmID, realm, untouched)
	if err != nil {
		return card.Raw[WrittenRealm]{}, err
	}
	profile := maps.Clone(before)
	maps.Copy(profile, in.wanted())
	answer, err := realms.replace(ctx, call, oktaapi.ReplaceRealm, in.ids(), realm, map[string]any{"profile": merged(nil, profile)}, "isDefault")
	return card.Raw[WrittenRealm]{Value: answer}, err
}

// restoreRealm returns the input that sets the updated attributes to their old values.
func restoreRealm(in updateRealmInput, _ card.Raw[WrittenRealm], before card.State) any {
	profile, known := before.Fields["profile"].(map[string]any)
	if !known {
		return nil
	}
	return updateRealmInput{realmInput: in.realmInput, realmFields: realmFields{ProfileExtra: restored(in.wanted(), card.State{Fields: profile})}}
}

// realm returns the realm to create.
func (in createRealmInput) realm() map[string]any {
	return map[string]any{"profile": merged(nil, given(in, in.ProfileExtra, "profile_extra"))}
}

func afterUpdateRealm(in updateRealmInput, before card.State) card.Predicted {
	return predicts(map[string]any{"profile": replaced(profileBefore(before), in.wanted())})
}

// beforeCreateRealm reads the first page of the realms, in which it looks for the name.
func beforeCreateRealm(ctx context.Context, call card.Call, in createRealmInput) (card.State, error) {
	return realms.beforeNamed(ctx, call, oktaapi.ListRealms, oktaapi.Args{}, in.Name)
}

func createdRealm(_ createRealmInput, out card.Raw[WrittenRealm], _ card.State) any {
	return realmInput{idOf(out.Value)}
}

func didCreateRealm(ctx context.Context, call card.Call, in createRealmInput, before card.State) (card.Raw[WrittenRealm], bool, error) {
	realm, done, err := realms.didCreateNamed(ctx, call, oktaapi.ListRealms, oktaapi.Args{}, in.Name, before)
	return card.Raw[WrittenRealm]{Value: realm}, done, err
}
