package oktasim

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// zoneParts are the fields that only zones of some types have (management API, schemas IPNetworkZone, DynamicNetworkZone and
// EnhancedDynamicNetworkZone).
var zoneParts = map[string][]string{
	"IP": {"gateways", "proxies"}, "DYNAMIC": {"proxyType", "locations", "asns"}, "DYNAMIC_V2": {"locations", "asns", "ipServiceCategories"},
}

// zoneFaults returns why the usage or the parts of a zone are refused; "" if they are not. The usages, the types of addresses and the
// forms of their values are those of the schemas NetworkZone and NetworkZoneAddress. That other values are refused, the texts, and that
// parts of other types of zones are refused, are our guess.
func zoneFaults(fields map[string]any) string {
	of := textOf(fields["type"])
	if usage := fields["usage"]; usage != "POLICY" && usage != "BLOCKLIST" {
		return "usage: must be one of POLICY, BLOCKLIST"
	}
	for _, part := range []string{"gateways", "proxies", "proxyType", "locations", "asns", "ipServiceCategories"} {
		if fields[part] != nil && !slices.Contains(zoneParts[of], part) {
			return part + ": a zone of type " + of + " has no " + part
		}
	}
	for _, part := range zoneParts["IP"] {
		list, isList := fields[part].([]any)
		switch most := maxAddresses(fields, part); {
		case fields[part] != nil && !isList:
			return part + ": must be an array"
		case len(list) > most:
			return fmt.Sprintf("%s: a zone has at most %d %s", part, most, part)
		}
		for i, item := range list {
			address := objectIn(item)
			kind, value := textOf(address["type"]), textOf(address["value"])
			switch {
			case kind != "CIDR" && kind != "RANGE":
				return fmt.Sprintf("%s[%d].type: must be one of CIDR, RANGE", part, i)
			case kind == "CIDR" && !isCIDR(value) || kind == "RANGE" && !isRange(value):
				return fmt.Sprintf("%s[%d].value: must be a %s of addresses", part, i, kind)
			}
		}
	}
	return ""
}

// maxAddresses returns the maximum number of gateways or proxies (schema IPNetworkZone).
func maxAddresses(fields map[string]any, part string) int {
	switch {
	case fields["system"] == true:
		return 5000
	case part == "gateways" && fields["usage"] == "BLOCKLIST":
		return 1000
	}
	return 150
}

func isCIDR(text string) bool {
	_, err := netip.ParsePrefix(text)
	return err == nil
}

// isRange reports whether a text is two addresses, such as 192.0.2.1-192.0.2.9, or one.
func isRange(text string) bool {
	low, high, two := strings.Cut(text, "-")
	if !two {
		high = low
	}
	first, err := netip.ParseAddr(strings.TrimSpace(low))
	last, wrong := netip.ParseAddr(strings.TrimSpace(high))
	return err == nil && wrong == nil && first.Is4() == last.Is4() && first.Compare(last) <= 0
}

// addSystemZones adds the system zones that the seed does not list (management API, schema NetworkZone, system, and the examples
// DefaultIpNetworkZone, DefaultIpBlocklistNetworkZone and DefaultEnhancedDynamicNetworkZone). Dumps have them once they were changed.
// DefaultExemptIpZone is not here, because the description does not have its form.
func (d *directory) addSystemZones(start instant) error {
	for i, fields := range []map[string]any{
		{"name": "LegacyIpZone", "type": "IP", "usage": "POLICY", "gateways": nil, "proxies": nil},
		{"name": "BlockedIpZone", "type": "IP", "usage": "BLOCKLIST", "gateways": nil, "proxies": nil},
		{
			"name": "DefaultEnhancedDynamicZone", "type": "DYNAMIC_V2", "usage": "BLOCKLIST",
			"locations": map[string]any{"include": []any{}, "exclude": []any{}}, "asns": map[string]any{"include": []any{}},
			"ipServiceCategories": map[string]any{"include": []any{"ALL_ANONYMIZERS"}, "exclude": []any{}},
		},
	} {
		listed := d.find(zones, func(o *object) bool {
			same := o.fields["system"] == true && o.fields["type"] == fields["type"] && o.fields["usage"] == fields["usage"]
			return same || fold(textOf(o.fields["name"])) == fold(textOf(fields["name"]))
		})
		if listed != nil {
			continue
		}
		fields["system"] = true
		zone := &object{id: mintID(zones.prefix, uint64(i), 1), made: true, created: start, lastUpdated: start, fields: fields}
		if err := d.add(zones, zone); err != nil {
			return err
		}
	}
	return nil
}
