package oktasim

import (
	"net/http"
	"strings"
)

// appGrants are the scopes that are granted to applications.
//
// Source: Okta, "Application Grants", https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ApplicationGrants/
var appGrants = &resource{
	key: "app_grants", word: "OAuth2ScopeConsentGrant", prefix: "oag", name: "scopeId", statuses: []string{"ACTIVE", "REVOKED"},
	refs: []ref{{"app", "apps"}}, fields: []string{"app", "scopeId", "issuer"}, needs: []string{"app"},
}

var appGrantRoutes = []route{
	{"GET", "/api/v1/apps/{id}/grants", "okta.appGrants.read", listGrants},
	{"POST", "/api/v1/apps/{id}/grants", "okta.appGrants.manage", addGrant},
	{"GET", "/api/v1/apps/{id}/grants/{grant}", "okta.appGrants.read", getGrant},
	{"DELETE", "/api/v1/apps/{id}/grants/{grant}", "okta.appGrants.manage", revokeGrant},
}

// shownGrant returns a grant as Okta shows it.
func (c *call) shownGrant(o *object) map[string]any {
	app := textOf(o.fields["app"])
	client := c.org.state.collection(apps).byID[app]
	label := textOf(client.fields["label"])
	shown := map[string]any{
		"id": o.id, "status": o.status, "created": o.created.text(), "lastUpdated": o.lastUpdated.text(), "issuer": o.fields["issuer"],
		"clientId": clientID(client), "scopeId": o.fields["scopeId"], "source": "ADMIN",
		"_links": map[string]any{
			"app":    map[string]any{"href": c.base + "/api/v1/apps/" + app, "title": label},
			"self":   link(c.base+"/api/v1/apps/"+app+"/grants/"+o.id, "GET", "DELETE"),
			"client": map[string]any{"href": c.base + "/oauth2/v1/clients/" + clientID(client), "title": label},
		},
	}
	if o.fields["issuer"] == nil { // of a seed
		shown["issuer"] = c.base
	}
	if c.query.Get("expand") == "scope" {
		shown["_embedded"] = map[string]any{"scope": map[string]any{"id": o.fields["scopeId"]}}
	}
	return shown
}

// oauthClient runs an operation on the grants of an application. An application that is not an OAuth client is not found
// (management API, "Grant consent to scope"; that the word is AppInstance is our guess).
func (c *call) oauthClient(app *object, operation func() answer) answer {
	if !isOAuthClient(app) {
		return c.missing(app.id, "AppInstance")
	}
	return operation()
}

// listGrants handles GET /api/v1/apps/{id}/grants. The list has one page.
func listGrants(c *call) answer {
	p := page{list: c.r.URL.Path, after: -1, limit: 1 << 30}
	return c.readObject(apps, func(d *directory, app *object) answer {
		return c.oauthClient(app, func() answer {
			all := d.collection(appGrants).objects
			items, _ := p.collect(len(all), func(i int) bool { return !all[i].gone && all[i].fields["app"] == app.id })
			const size = 700 // approximate size of a grant in bytes
			return c.array(p, items, false, size, func(b []byte, ordinal uint32) []byte { return append(b, encoded(c.shownGrant(all[ordinal]))...) })
		})
	})
}

// addGrant handles POST /api/v1/apps/{id}/grants. issuer and scopeId are required. That the issuer must be the org, and that a
// second grant of a scope is refused, is our guess.
func addGrant(c *call) answer {
	body := c.body()
	return c.changeObject(apps, func(d *directory, app *object) answer {
		return c.oauthClient(app, func() answer {
			issuer, scope := textOf(body["issuer"]), textOf(body["scopeId"])
			switch {
			case issuer == "":
				return c.invalid("issuer", "issuer: The field cannot be left blank")
			case scope == "":
				return c.invalid("scopeId", "scopeId: The field cannot be left blank")
			case issuer != c.base && !c.again:
				return c.invalid("issuer", "issuer: must be the org's URL, "+c.base)
			case !strings.HasPrefix(scope, "okta."):
				return c.invalid("scopeId", "scopeId: the org authorization server has no such scope")
			case d.find(appGrants, func(o *object) bool { return o.fields["app"] == app.id && o.fields["scopeId"] == scope }) != nil:
				return c.invalid("scopeId", "scopeId: The scope is already granted")
			}
			o := &object{created: c.now, lastUpdated: c.now, fields: map[string]any{"app": app.id, "scopeId": scope}}
			if err := d.add(appGrants, o); err != nil {
				return c.refuse(http.StatusInternalServerError, "E0000009", "Internal Server Error", err.Error())
			}
			c.log("app.oauth2.admin.consent.grant", grantTarget(o), appTarget(app))
			a := c.ok(encoded(c.shownGrant(o)))
			a.status = http.StatusCreated
			return a
		})
	})
}

func grantTarget(o *object) target {
	return target{id: o.id, kind: "OAuth2ScopeConsentGrant", alternate: "unknown", display: textOf(o.fields["scopeId"])}
}

// withGrant runs an operation on the grant of the path.
func (c *call) withGrant(d *directory, app *object, operation func(*object) answer) answer {
	o := d.collection(appGrants).byID[c.r.PathValue("grant")]
	if o == nil || o.fields["app"] != app.id {
		return c.missing(c.r.PathValue("grant"), "OAuth2ScopeConsentGrant")
	}
	return operation(o)
}

// getGrant handles GET /api/v1/apps/{id}/grants/{grant}.
func getGrant(c *call) answer {
	return c.readObject(apps, func(d *directory, app *object) answer {
		return c.withGrant(d, app, func(o *object) answer { return c.ok(encoded(c.shownGrant(o))) })
	})
}

// revokeGrant handles DELETE /api/v1/apps/{id}/grants/{grant}. That the grant is gone, and not REVOKED, is our guess.
func revokeGrant(c *call) answer {
	return c.changeObject(apps, func(d *directory, app *object) answer {
		return c.withGrant(d, app, func(o *object) answer {
			c.log("app.oauth2.admin.consent.revoke", grantTarget(o), appTarget(app))
			d.remove(appGrants, o)
			return c.noContent()
		})
	})
}
