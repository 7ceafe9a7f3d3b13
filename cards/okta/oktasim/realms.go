package oktasim

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// realms divide the users of an org. Every org has a default realm, unless the seed lists one with isDefault: true.
//
// Source: Okta, "Realms", https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Realm/
var realms = &resource{
	key: "realms", word: "Realm", prefix: "guo", name: "profile.name", unique: true, event: "directory.realm.lifecycle",
	fields: []string{"profile.name", "profile.realmType", "profile.domains", "isDefault"}, check: checkRealm, view: viewRealm,
}

var realmRoutes = []route{
	{"GET", "/api/v1/realms", "okta.realms.read", listRealms},
	{"POST", "/api/v1/realms", "okta.realms.manage", createRealm},
	{"GET", "/api/v1/realms/{id}", "okta.realms.read", realms.get},
	{"PUT", "/api/v1/realms/{id}", "okta.realms.manage", replaceRealm},
	{"DELETE", "/api/v1/realms/{id}", "okta.realms.manage", deleteRealm},
}

// maxRealms is the maximum number of realms of an org (help.okta.com, "Realms requirements and limitations").
const maxRealms = 5000

// realmSearch is the vocabulary of search. co is only for profile.name ("List all realms", 2026.06); that the other attributes are those of
// other lists is our guess.
var realmSearch = vocabulary{
	attributes: []string{"id", "profile.name", "profile.realmType"},
	operators:  []operator{equals, startsWith, contains},
	moments:    []string{"created", "lastUpdated"},
	contained:  []string{"profile.name"},
	exact:      true,
}

// checkRealm refuses attributes that the schema RealmProfile does not have, which is our guess, and domains that are not strings.
func checkRealm(_ *directory, _ *object, fields map[string]any) string {
	profile := objectIn(fields["profile"])
	for _, name := range slices.Sorted(maps.Keys(profile)) {
		if !slices.Contains([]string{"name", "realmType", "domains"}, name) {
			return "profile: Property name '" + name + "' is not defined in profile"
		}
	}
	domains, listed := profile["domains"].([]any)
	switch {
	case profile["domains"] != nil && !listed, slices.ContainsFunc(domains, func(v any) bool { return textOf(v) == "" }):
		return "profile.domains: must be a list of strings"
	case strings.TrimSpace(textOf(profile["name"])) == "":
		return "profile.name: The field cannot be left blank"
	case profile["realmType"] != nil && profile["realmType"] != "PARTNER" && profile["realmType"] != "DEFAULT":
		return "profile.realmType: must be one of PARTNER, DEFAULT"
	}
	return ""
}

func viewRealm(c *call, _ *directory, o *object, shown map[string]any) {
	shown["isDefault"] = o.fields["isDefault"] == true
	shown["_links"] = map[string]any{"self": link(c.base+"/api/v1/realms/"+o.id, "GET", "PUT", "DELETE")}
}

// listRealms handles GET /api/v1/realms. The default of limit is 200, and 10 with search. sortBy is for search only.
func listRealms(c *call) answer {
	usual, by := 200, ""
	if c.query.Has("search") {
		usual, by = 10, c.query.Get("sortBy")
	}
	if _, _, ok := realmSearch.find(by); by != "" && !ok {
		c.reject(c.badSearch("sortBy: realms have no attribute " + jsonText(by)))
	}
	conditions, p, descending := c.conditions(realmSearch, vocabulary{}), c.page(usual, 200), strings.EqualFold(c.query.Get("sortOrder"), "desc")
	return c.read(func(d *directory) answer {
		found := slices.DeleteFunc(d.collection(realms).live(), func(o *object) bool { return !conditions.hold(o.realmAttribute) })
		if by != "" {
			slices.SortStableFunc(found, func(a, b *object) int {
				left, _ := a.realmAttribute(by)
				right, _ := b.realmAttribute(by)
				if descending {
					left, right = right, left
				}
				return strings.Compare(fold(left), fold(right))
			})
		}
		return c.sorted(realms, p, found)
	})
}

func (o *object) realmAttribute(name string) (string, bool) {
	switch name {
	case "id":
		return o.id, true
	case "created":
		return o.created.text(), true
	case "lastUpdated":
		return o.lastUpdated.text(), true
	}
	value := textOf(objectIn(o.fields["profile"])[strings.TrimPrefix(name, "profile.")])
	return value, value != ""
}

// createRealm handles POST /api/v1/realms. For too many realms only the code is documented.
func createRealm(c *call) answer {
	profile := c.body()["profile"]
	return c.write(func(d *directory) answer {
		if len(d.collection(realms).live()) >= maxRealms {
			return c.refuse(http.StatusForbidden, "E0000221", "The maximum number of realms has been reached.")
		}
		return c.store(realms, d, &object{created: c.now}, map[string]any{"profile": profile}, "create")
	})
}

// replaceRealm handles PUT /api/v1/realms/{id}, which replaces the profile.
func replaceRealm(c *call) answer {
	profile := c.body()["profile"]
	return c.changeObject(realms, func(d *directory, o *object) answer {
		fields := map[string]any{"profile": profile}
		if o.fields["isDefault"] == true {
			fields["isDefault"] = true
		}
		return c.store(realms, d, o, fields, "update")
	})
}

// deleteRealm handles DELETE /api/v1/realms/{id}, "only after disassociating other entities like Users". Its errors are our guess, and so is
// that the default realm cannot be deleted.
func deleteRealm(c *call) answer {
	return c.changeObject(realms, func(d *directory, o *object) answer {
		inUse := slices.ContainsFunc(d.users, func(u user) bool { return !u.gone && u.known().realm == o.id })
		if inUse || o.fields["isDefault"] == true {
			return c.invalid("realm", "realm: a realm with users, or the default realm, cannot be deleted")
		}
		c.logObject(realms, "delete", o)
		d.remove(realms, o)
		return c.noContent()
	})
}

// addDefaultRealm adds the default realm (example DefaultRealmResponse) if the seed does not list one.
func (d *directory) addDefaultRealm(start instant) error {
	if slices.ContainsFunc(d.collection(realms).live(), func(o *object) bool { return o.fields["isDefault"] == true }) {
		return nil
	}
	return d.add(realms, &object{id: mintID("guo", 0, 1), made: true, created: start, lastUpdated: start, fields: map[string]any{
		"isDefault": true, "profile": map[string]any{"name": "Default Realm"},
	}})
}
