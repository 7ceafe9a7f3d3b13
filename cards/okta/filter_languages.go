package okta

import (
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
)

// A filterLanguage has the attributes and operators that a parameter of a list certainly has. The sources are the pages of the
// operations in Okta's API reference.
type filterLanguage struct {
	attributes []string                        // all of them, some as the start of names: profile.*; nil: any
	operators  func(attribute string) []string // the operators for an attribute; nil: all
	exact      bool                            // capital letters matter in the names of attributes
	snake      bool                            // attributes may be written in snake case, such as event_type
	fields     []string                        // fields of the records that the language certainly does not have
}

// userFields are fields of a user that neither a search nor a filter can use.
var userFields = []string{"lastLogin", "passwordChanged", "transitioningToStatus", "credentials"}

var (
	// "List all users", filter: "case-sensitive for attribute names"; eq only, and an order for lastUpdated.
	userFilter = filterLanguage{
		attributes: []string{"id", "status", "lastUpdated", "profile.login", "profile.email", "profile.firstName", "profile.lastName"},
		operators: func(attribute string) []string {
			if attribute == "lastUpdated" {
				return []string{"eq", "gt", "ge", "lt", "le"}
			}
			return []string{"eq"}
		},
		exact: true, fields: userFields,
	}
	// "List all users", search: "property names in the search parameter are case sensitive", "the ne operator isn't supported".
	// realmId is only for orgs with realms.
	userSearch = filterLanguage{
		attributes: []string{"id", "status", "type.id", "created", "activated", "statusChanged", "lastUpdated", "realmId", "profile.*"},
		operators: func(attribute string) []string {
			all := containsFor("profile.firstName", "profile.lastName", "profile.email", "profile.login")(attribute)
			return slices.DeleteFunc(all, func(o string) bool { return o == "ne" })
		},
		exact: true, fields: userFields,
	}
	groupFilter = filterLanguage{attributes: []string{"id", "type", "lastUpdated", "lastMembershipUpdated"}}
	// "List all groups", search: all attributes except _embedded, _links and objectClass.
	groupSearch  = filterLanguage{operators: containsFor("profile.name", "profile.description")}
	ownerSearch  = filterLanguage{attributes: []string{"type"}}
	appFilter    = filterLanguage{attributes: []string{"id", "status", "name", "user.id", "group.id", "credentials.signing.kid", "settings.slo.enabled"}}
	deviceSearch = filterLanguage{
		attributes: []string{"id", "status", "lastUpdated", "profile.*"},
		operators:  containsFor("profile.displayName", "profile.serialNumber", "profile.imei", "profile.meid", "profile.udid", "profile.sid"),
	}
	realmSearch = filterLanguage{operators: containsFor("profile.name")}
	zoneFilter  = filterLanguage{attributes: []string{"id", "usage", "system"}}
	// System Log API, "Expression filter": every attribute of an event but published, which conflicts with since and until.
	// "The supplied combination of operator and field is not currently supported": co for two fields of debugContext.
	eventFilter = filterLanguage{
		attributes: []string{
			"eventType", "uuid", "severity", "displayMessage", "legacyEventType", "version", "outcome.*", "transaction.*", "actor.*", "target.*",
			"client.*", "authenticationContext.*", "securityContext.*", "request.*", "debugContext.*",
		},
		operators: func(attribute string) []string {
			if strings.EqualFold(attribute, "debugContext.debugData.url") || strings.EqualFold(attribute, "debugContext.debugData.requestUri") {
				return containsFor()(attribute)
			}
			return filterOperators
		},
		snake: true,
	}
)

// containsFor returns the operators of a language that has co only for some attributes.
func containsFor(attributes ...string) func(string) []string {
	return func(attribute string) []string {
		same := func(name string) bool { return strings.EqualFold(name, attribute) }
		return slices.DeleteFunc(slices.Clone(filterOperators), func(o string) bool { return o == "co" && !slices.ContainsFunc(attributes, same) })
	}
}

// The languages of the inputs of cards.
type filters = map[string]func(string) *card.FilterMistake

var (
	userFilters  = filters{"search": userSearch.mistake, "filter": userFilter.mistake, "extra_parameters.search": userSearch.mistake, "extra_parameters.filter": userFilter.mistake}
	groupFilters = filters{"search": groupSearch.mistake, "filter": groupFilter.mistake, "extra_parameters.search": groupSearch.mistake, "extra_parameters.filter": groupFilter.mistake}
	eventFilters = filters{"filter": eventFilter.mistake, "custom_filter": eventFilter.mistake}
)
