package oktasim

import (
	"net/http"
	"slices"
	"unicode/utf8"
)

// zones are network zones.
//
// Source: Okta, "Network Zones", https://developer.okta.com/docs/api/openapi/okta-management/management/tag/NetworkZone/
var zones = &resource{
	key: "zones", word: "NetworkZone", prefix: "nzo", name: "name", statuses: []string{"ACTIVE", "INACTIVE"}, event: "zone",
	fields: []string{
		"name", "type", "usage", "system", "gateways.type", "gateways.value", "proxies.type", "proxies.value", "asns", "locations", "proxyType",
		"ipServiceCategories",
	},
	unique: true, check: checkZone, view: viewZone,
}

var zoneRoutes = []route{
	{"GET", "/api/v1/zones", "okta.networkZones.read", zones.list(200, 200, zonesByFilter)},
	{"POST", "/api/v1/zones", "okta.networkZones.manage", zones.create},
	{"GET", "/api/v1/zones/{id}", "okta.networkZones.read", zones.get},
	{"PUT", "/api/v1/zones/{id}", "okta.networkZones.manage", zones.replace},
	{"DELETE", "/api/v1/zones/{id}", "okta.networkZones.manage", deleteZone},
	{"POST", "/api/v1/zones/{id}/lifecycle/activate", "okta.networkZones.manage", zones.turn("ACTIVE", "activate")},
	{"POST", "/api/v1/zones/{id}/lifecycle/deactivate", "okta.networkZones.manage", zones.turn("INACTIVE", "deactivate")},
}

// zoneFilter is the vocabulary of the filter of zones ("List all network zones", parameter filter).
var zoneFilter = vocabulary{attributes: []string{"id", "usage", "system"}, operators: []operator{equals}, bare: true, exact: true, cased: true}

// checkZone checks the length of the name and the type, and sets the default of usage. The type of a zone cannot be changed.
func checkZone(_ *directory, o *object, fields map[string]any) string {
	types := []string{"IP", "DYNAMIC", "DYNAMIC_V2"}
	switch name := textOf(fields["name"]); {
	case name == "":
		return "name: The field cannot be left blank"
	case utf8.RuneCountInString(name) > 128:
		return "name: The field is too long"
	case !slices.Contains(types, textOf(fields["type"])):
		return "type: must be one of IP, DYNAMIC, DYNAMIC_V2"
	case o.id != "" && o.fields["type"] != fields["type"]:
		return "type: The type of a zone cannot be changed"
	}
	if o.fields["system"] == true {
		fields["system"] = true
	}
	if fields["usage"] == nil {
		fields["usage"] = "POLICY"
	}
	return zoneFaults(fields)
}

func viewZone(c *call, _ *directory, o *object, shown map[string]any) {
	shown["system"] = o.fields["system"] == true
	self := c.base + "/api/v1/zones/" + o.id
	turn := "deactivate"
	if o.status == "INACTIVE" {
		turn = "activate"
	}
	shown["_links"] = map[string]any{
		"self": link(self, "GET", "PUT", "DELETE"),
		turn:   link(self+"/lifecycle/"+turn, "POST"),
	}
}

func zonesByFilter(c *call) func(*directory, *object) bool {
	conditions := c.conditions(vocabulary{}, zoneFilter)
	return func(_ *directory, o *object) bool {
		return conditions.hold(func(name string) (string, bool) {
			shown := c.shown(zones, o)
			if name == "system" {
				if shown["system"] == true {
					return "true", true
				}
				return "false", true
			}
			text := textOf(shown[name])
			return text, text != ""
		})
	}
}

// deleteZone handles DELETE /api/v1/zones/{id}. A zone that is ACTIVE cannot be deleted. Its error is our guess, and so is that a system
// zone cannot be deleted.
func deleteZone(c *call) answer {
	return c.changeObject(zones, func(d *directory, o *object) answer {
		if o.fields["system"] == true {
			return c.refuse(http.StatusForbidden, "E0000006", "You do not have permission to perform the requested action", "a system zone cannot be deleted")
		}
		if o.status == "ACTIVE" {
			return c.refuse(http.StatusForbidden, "E0000006", "You do not have permission to perform the requested action", "an active zone cannot be deleted: deactivate it first")
		}
		c.logObject(zones, "delete", o)
		d.remove(zones, o)
		return c.noContent()
	})
}
