package okta

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

// Zone is a network zone.
//
// Source: Okta, "Network Zones", https://developer.okta.com/docs/api/openapi/okta-management/management/tag/NetworkZone/
type Zone struct {
	ID          string           `json:"id" jsonschema:"the zone's id"`
	Name        string           `json:"name" jsonschema:"the name, unique in the org"`
	Type        string           `json:"type" jsonschema:"IP, DYNAMIC or DYNAMIC_V2"`
	Status      string           `json:"status" jsonschema:"ACTIVE or INACTIVE"`
	Usage       string           `json:"usage,omitempty" jsonschema:"POLICY or BLOCKLIST"`
	System      bool             `json:"system,omitempty" jsonschema:"whether Okta made the zone"`
	Gateways    []map[string]any `json:"gateways,omitempty" jsonschema:"the addresses of an IP zone"`
	Proxies     []map[string]any `json:"proxies,omitempty" jsonschema:"the trusted proxies of an IP zone"`
	Locations   []map[string]any `json:"locations,omitempty" jsonschema:"the countries and regions of a DYNAMIC zone"`
	ASNs        []string         `json:"asns,omitempty" jsonschema:"the autonomous systems of a DYNAMIC zone"`
	Created     string           `json:"created" jsonschema:"when the zone was created"`
	LastUpdated string           `json:"lastUpdated" jsonschema:"when the zone last changed"`
	Links       map[string]any   `json:"_links,omitempty" jsonschema:"Okta's links to what can be done with the zone"`
}

// WrittenZone is a zone after a write, and whether the write changed it.
type WrittenZone struct {
	Changed bool `json:"changed" jsonschema:"false if nothing had to be changed"`
	Zone
}

type zoneInput struct {
	ZoneID string `json:"zone_id" jsonschema:"the zone's id"`
}

func (in zoneInput) ids() []string { return []string{in.ZoneID} }

type listZonesInput struct {
	Filter string `json:"filter,omitempty" jsonschema:"a filter expression on id or usage" filter:"true"`
	Limit  int    `json:"limit,omitempty" jsonschema:"zones per page; by default Okta's" minimum:"1" maximum:"1000"`
	After  string `json:"after,omitempty" jsonschema:"the cursor to continue an earlier list from; by default the start"`
}

// zoneFields are the inputs with which a zone is created or updated.
type zoneFields struct {
	Usage     string           `json:"usage,omitempty" jsonschema:"what the zone is for; by default POLICY" enum:"POLICY,BLOCKLIST"`
	Gateways  []map[string]any `json:"gateways,omitzero" jsonschema:"the addresses of an IP zone, each with type (CIDR or RANGE) and value" attribute:"extra.gateways"`
	Proxies   []map[string]any `json:"proxies,omitzero" jsonschema:"the trusted proxies of an IP zone, written like gateways" attribute:"extra.proxies"`
	Locations []map[string]any `json:"locations,omitzero" jsonschema:"the places of a DYNAMIC zone, each with country and region" attribute:"extra.locations"`
	ASNs      []string         `json:"asns,omitzero" jsonschema:"the autonomous systems of a DYNAMIC zone" attribute:"extra.asns"`
	Extra     map[string]any   `json:"extra,omitempty" jsonschema:"more fields, by Okta's names; null removes one" clears:"true"`
}

type createZoneInput struct {
	Name string `json:"name" jsonschema:"the name, unique in the org"`
	Type string `json:"type,omitempty" jsonschema:"what the zone is defined by; it cannot be changed" enum:"IP,DYNAMIC,DYNAMIC_V2" default:"IP"`
	zoneFields
}

type updateZoneInput struct {
	zoneInput
	Name string `json:"name,omitempty" jsonschema:"the new name; by default unchanged"`
	zoneFields
}

// zones describes network zones.
var zones = kind{
	word: "network zone", input: "zone_id", get: oktaapi.GetNetworkZone, name: "name",
	fields: []string{"name", "type", "usage", "gateways", "proxies", "locations", "asns"},
}

var zoneCards = []card.Card{
	card.NewList(card.Spec{
		Name:    "okta.zone.list",
		Title:   "List Network Zones",
		Summary: "list the network zones of the org",
		Scopes:  []string{"okta.networkZones.read"},
		Effect:  card.Reads,
		Key:     "id",
		Filters: filters{"filter": zoneFilter.mistake},
		Example: "card: okta.zone.list\nwith: {filter: usage eq \"POLICY\"}",
	}, listZones),

	card.NewRead(card.Spec{
		Name:    "okta.zone.get",
		Title:   "Get Network Zone",
		Summary: "read a network zone",
		Scopes:  []string{"okta.networkZones.read"},
		Effect:  card.Reads,
		Example: "card: okta.zone.get\nwith: {zone_id: nzo1}",
	}, reading[Zone, zoneInput](oktaapi.GetNetworkZone)),

	card.NewWrite(card.Spec{
		Name:    "okta.zone.create",
		Title:   "Create Network Zone",
		Summary: "create a network zone; fails if the name is taken",
		Scopes:  []string{"okta.networkZones.manage"},
		Effect:  card.Creates,
		Undo:    card.Undo{Extent: card.Partial, Card: "okta.zone.deactivate", Rest: "the zone stays, and is inactive"},
		Example: "card: okta.zone.create\nwith: {name: Berlin, gateways: [{type: CIDR, value: 198.51.100.0/24}]}",
	}, card.Write[createZoneInput, card.Raw[WrittenZone]]{Do: createZone, Before: beforeCreateZone, After: makes(zones, createZoneInput.zone), Back: createdZone, Did: didCreateZone}),

	card.NewWrite(card.Spec{
		Name:    "okta.zone.update",
		Title:   "Update Network Zone",
		Summary: "change fields of a network zone; the others stay",
		Scopes:  []string{"okta.networkZones.manage"},
		Effect:  card.Idempotent,
		Undo:    card.Undo{Extent: card.Exact, Card: "okta.zone.update", NeedsBefore: true},
		Example: "card: okta.zone.update\nwith: {zone_id: nzo1, gateways: [{type: RANGE, value: 192.0.2.1-192.0.2.9}]}",
	}, card.Write[updateZoneInput, card.Raw[WrittenZone]]{Do: updateZone, Before: before[updateZoneInput](zones), After: afterUpdateZone, Back: restoreZone}),

	card.NewWrite(card.Spec{
		Name:    "okta.zone.activate",
		Title:   "Activate Network Zone",
		Summary: "activate a network zone",
		Scopes:  []string{"okta.networkZones.manage"},
		Effect:  card.Idempotent,
		Undo:    card.Undo{Extent: card.Exact, Card: "okta.zone.deactivate"},
		Example: "card: okta.zone.activate\nwith: {zone_id: nzo2}",
	}, card.Write[zoneInput, Changed]{Do: turning[zoneInput](zones, oktaapi.ActivateNetworkZone, "ACTIVE"), Before: before[zoneInput](zones), After: becomes[zoneInput]("ACTIVE"), Back: sameInput[zoneInput]}),

	card.NewWrite(card.Spec{
		Name:    "okta.zone.deactivate",
		Title:   "Deactivate Network Zone",
		Summary: "deactivate a network zone, so that policies ignore it",
		Scopes:  []string{"okta.networkZones.manage"},
		Effect:  card.Idempotent,
		Undo:    card.Undo{Extent: card.Exact, Card: "okta.zone.activate"},
		Example: "card: okta.zone.deactivate\nwith: {zone_id: nzo1}",
	}, card.Write[zoneInput, Changed]{Do: turning[zoneInput](zones, oktaapi.DeactivateNetworkZone, "INACTIVE"), Before: before[zoneInput](zones), After: becomes[zoneInput]("INACTIVE"), Back: sameInput[zoneInput]}),

	card.NewWrite(card.Spec{
		Name:    "okta.zone.delete",
		Title:   "Delete Network Zone",
		Summary: "delete an inactive network zone permanently",
		Scopes:  []string{"okta.networkZones.manage"},
		Effect:  card.Destroys,
		Undo:    card.Undo{Extent: card.None},
		Example: "card: okta.zone.delete\nwith: {zone_id: nzo2}",
	}, card.Write[zoneInput, Changed]{Do: removingInactive[zoneInput](zones, oktaapi.DeleteNetworkZone, "okta.zone.deactivate"), Before: before[zoneInput](zones), After: gone[zoneInput], Did: didRemove[zoneInput](zones)}),
}

func listZones(ctx context.Context, call card.Call, in listZonesInput, at card.Cursor) ([]card.Raw[Zone], card.Cursor, error) {
	return page[Zone](ctx, call, oktaapi.ListNetworkZones, oktaapi.Args{
		Query: query("filter", in.Filter, "limit", number(in.Limit)),
	}, from(in.After, at))
}

func (in updateZoneInput) wanted() map[string]any { return given(in, in.Extra, "extra", "zone_id") }

func createZone(ctx context.Context, call card.Call, in createZoneInput) (card.Raw[WrittenZone], error) {
	if err := checkExtra(in, in.Extra); err != nil {
		return card.Raw[WrittenZone]{}, err
	}
	sent := in.zone()
	delete(sent, "status") // Okta makes it
	answer, err := zones.write(ctx, call, oktaapi.CreateNetworkZone, oktaapi.Args{}, sent)
	return card.Raw[WrittenZone]{Value: answer}, err
}

// zone returns the zone to create, with the status that Okta gives it.
func (in createZoneInput) zone() map[string]any {
	in.Type = cmp.Or(in.Type, "IP")
	zone := merged(nil, given(in, in.Extra, "extra"))
	zone["status"] = "ACTIVE"
	return zone
}

func updateZone(ctx context.Context, call card.Call, in updateZoneInput) (card.Raw[WrittenZone], error) {
	if err := checkExtra(in, in.Extra); err != nil {
		return card.Raw[WrittenZone]{}, err
	}
	answer, err := zones.update(ctx, call, oktaapi.ReplaceNetworkZone, in.ids(), in.wanted())
	return card.Raw[WrittenZone]{Value: answer}, err
}

// more returns the names of the fields in extra, which Before reads, too.
func (f zoneFields) more() []string { return slices.Collect(maps.Keys(f.Extra)) }

func afterUpdateZone(in updateZoneInput, before card.State) card.Predicted {
	return predicts(replaced(before.Fields, in.wanted()))
}

// restoreZone returns the input that sets the updated fields to their old values.
func restoreZone(in updateZoneInput, _ card.Raw[WrittenZone], before card.State) any {
	old := restored(in.wanted(), before)
	if old == nil {
		return nil
	}
	return updateZoneInput{zoneInput: in.zoneInput, zoneFields: zoneFields{Extra: old}}
}

// beforeCreateZone reads the first page of the zones, in which it looks for the name.
func beforeCreateZone(ctx context.Context, call card.Call, in createZoneInput) (card.State, error) {
	return zones.beforeNamed(ctx, call, oktaapi.ListNetworkZones, oktaapi.Args{}, in.Name)
}

func createdZone(_ createZoneInput, out card.Raw[WrittenZone], _ card.State) any {
	return zoneInput{idOf(out.Value)}
}

func didCreateZone(ctx context.Context, call card.Call, in createZoneInput, before card.State) (card.Raw[WrittenZone], bool, error) {
	zone, done, err := zones.didCreateNamed(ctx, call, oktaapi.ListNetworkZones, oktaapi.Args{}, in.Name, before)
	return card.Raw[WrittenZone]{Value: zone}, done, err
}
