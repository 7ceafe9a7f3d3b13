package oktasim

import (
	"maps"
	"slices"
)

// appSchemaOf returns the schema of an application's users and groups.
func appSchemaOf(c *call, d *directory) (profileSchema, *answer) {
	app := d.collection(apps).byID[c.r.PathValue("id")]
	if app == nil {
		refusal := c.missing(c.r.PathValue("id"), apps.word)
		return profileSchema{}, &refusal
	}
	return profileSchema{
		owner: app.id, field: "app", path: "meta/schemas/apps/" + app.id + "/default", created: app.created,
		shown: map[string]any{"name": app.fields["name"], "title": textOf(app.fields["label"]) + " User"},
		base:  appBase(app), required: []string{"userName"},
	}, nil
}

// claims are the base attributes of an OAuth client's users (terraform-provider-okta, test/fixtures/vcr, TestAccAppUserSchemas_crud, oie:
// an answer of Okta).
var claims = map[string]string{
	"name": "Name", "nickname": "Nickname", "given_name": "Given Name", "middle_name": "Middle Name", "family_name": "Family Name",
	"email": "Email", "profile": "Profile URL", "picture": "Picture URL", "website": "Website", "gender": "Gender", "birthdate": "Birthdate",
	"zoneinfo": "Time Zone", "locale": "Locale Name", "phone_number": "Phone Number", "street_address": "Street Address",
	"locality": "Locality", "region": "Region", "postal_code": "Postal Code", "country": "Country", "formatted": "Formatted",
}

// appBase returns the base attributes of an application's schema: userName (the description's example AppUserSchemaResponse), those
// that are mapped from the user, and the claims of an OAuth client.
func appBase(app *object) map[string]any {
	userName := property{kind: stringKind, most: 100, required: true}.asAttribute("userName")
	userName["title"] = "Username"
	base := schema{"userName": {stated: userName}}
	for name := range mappedProfile(app, &user{}) {
		base[name] = property{kind: stringKind}
	}
	for name, title := range claims {
		if isOAuthClient(app) {
			base[name] = property{stated: map[string]any{"title": title, "type": "string", "scope": "SELF"}}
		}
	}
	return base.shown(false)
}

// appProfileFaults returns why a profile does not fit the schema of an application; nil if it does. The text for an attribute that is
// not in the schema is Okta's (okta-blog-archive, issue 2167).
func (c *call) appProfileFaults(d *directory, app *object, profile map[string]any) *answer {
	base, custom := appBase(app), d.custom(app.id)
	for _, name := range slices.Sorted(maps.Keys(profile)) {
		p, known := custom[name]
		if base[name] != nil {
			p, known = property{kind: stringKind}, true
		}
		if !known {
			a := c.invalid("assignment", "Property '"+name+"' not found")
			return &a
		}
		if causes := p.faults(name, string(encoded(profile[name]))); len(causes) > 0 {
			a := c.invalid(name, causes...)
			return &a
		}
	}
	return nil
}
