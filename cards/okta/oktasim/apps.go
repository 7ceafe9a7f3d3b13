package oktasim

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
)

// apps are applications.
//
// Source: Okta, "Applications", https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Application/
var apps = &resource{
	key: "apps", word: "AppInstance", prefix: "0oa", name: "label", statuses: []string{"ACTIVE", "INACTIVE"}, event: "application.lifecycle",
	unique: true, check: checkApp, view: viewApp,
	fields: []string{
		"name", "label", "signOnMode", "features", "settings", "credentials", "accessibility", "licensing", "profile",
		"visibility.appLinks", "visibility.autoLaunch", "visibility.autoSubmitToolbar", "visibility.hide.iOS", "visibility.hide.web",
	},
}

var appRoutes = []route{
	{"GET", "/api/v1/apps", "okta.apps.read", listApps},
	{"POST", "/api/v1/apps", "okta.apps.manage", createApp},
	{"GET", "/api/v1/apps/{id}", "okta.apps.read", getApp},
	{"PUT", "/api/v1/apps/{id}", "okta.apps.manage", replaceApp},
	{"DELETE", "/api/v1/apps/{id}", "okta.apps.manage", deleteApp},
	{"POST", "/api/v1/apps/{id}/lifecycle/activate", "okta.apps.manage", turnApp("ACTIVE", "activate")},
	{"POST", "/api/v1/apps/{id}/lifecycle/deactivate", "okta.apps.manage", turnApp("INACTIVE", "deactivate")},
	{"GET", "/api/v1/groups/{id}/apps", "okta.groups.read", listGroupApps},
}

// appFilter is the vocabulary of the filter of applications ("List all applications", parameter filter). That names and values are
// case-sensitive is our guess.
var appFilter = vocabulary{
	attributes: []string{"id", "status", "name", "credentials.signing.kid", "settings.slo.enabled", "user.id", "group.id"},
	operators:  []operator{equals}, bare: true, exact: true, cased: true,
}

// listApps handles GET /api/v1/apps. It lists INACTIVE applications too (okta-cli, issue 270), so that includeNonDeleted, which is
// to add them, changes nothing. q is the start of the name or the label. The default of limit, 20, is that of the older Apps API;
// the description has -1.
func listApps(c *call) answer {
	c.flag("includeNonDeleted", false)
	c.flag("useOptimization", false)
	conditions, prefix, p := c.conditions(vocabulary{}, appFilter), fold(c.query.Get("q")), c.page(20, 200)
	users := conditions.values("user.id")
	expanded := c.expandedUser()
	if expanded != "" && !slices.Contains(users, expanded) {
		c.reject(c.badSearch(`expand: user/` + expanded + ` needs the filter user.id eq "` + expanded + `"`))
	}
	return c.read(func(d *directory) answer {
		holds := func(o *object) bool {
			if !strings.HasPrefix(fold(textOf(o.fields["label"])), prefix) && !strings.HasPrefix(fold(textOf(o.fields["name"])), prefix) {
				return false
			}
			return conditions.hold(func(name string) (string, bool) { return c.appValue(d, o, name, conditions) })
		}
		return c.appPage(d, p, expanded, holds)
	})
}

// appValue returns an attribute of an application in a filter. Of the assigned users and groups it returns those that the filter
// names.
func (c *call) appValue(d *directory, o *object, name string, conditions conjunction) (string, bool) {
	var found []string
	switch name {
	case "user.id":
		for _, id := range conditions.values(name) {
			if u, ok := d.user(id); ok && c.assignment(d, o, u) != nil {
				found = append(found, id)
			}
		}
		return strings.Join(found, valuesApart), len(found) > 0
	case "group.id":
		for _, id := range conditions.values(name) {
			if d.collection(appGroups).byID[appGroups.pairID(o.id, id)] != nil {
				found = append(found, id)
			}
		}
		return strings.Join(found, valuesApart), len(found) > 0
	}
	var value any = c.shown(apps, o)
	for part := range strings.SplitSeq(name, ".") {
		value = objectIn(value)[part]
	}
	if value == nil {
		return "", false
	}
	return spokenJSON(string(encoded(value)))
}

// appPage returns the answer with a page of applications, with the assignment of the expanded user. The caller holds the lock.
func (c *call) appPage(d *directory, p page, expanded string, holds func(*object) bool) answer {
	all := d.collection(apps).objects
	items, more := p.collect(len(all), func(i int) bool { return !all[i].gone && holds(all[i]) })
	const size = 1500 // approximate size of an application in bytes
	return c.array(p, items, more, size, func(b []byte, ordinal uint32) []byte {
		return append(b, encoded(c.appWith(d, all[ordinal], expanded))...)
	})
}

// expandedUser returns the id in expand=user/{id}; "" if there is none. Other values are refused.
func (c *call) expandedUser() string {
	text := c.query.Get("expand")
	id, ok := strings.CutPrefix(text, "user/")
	if text != "" && (!ok || id == "") {
		c.reject(c.badSearch("expand: applications have no " + jsonText(text)))
	}
	return id
}

// appWith returns an application as Okta shows it, with the assignment of the expanded user.
func (c *call) appWith(d *directory, o *object, expanded string) map[string]any {
	shown := c.shown(apps, o)
	if u, ok := d.user(expanded); ok && expanded != "" {
		if a := c.assignment(d, o, u); a != nil {
			shown["_embedded"] = map[string]any{"user": c.shownAppUser(a, false)}
		}
	}
	return shown
}

// getApp handles GET /api/v1/apps/{id}.
func getApp(c *call) answer {
	expanded := c.expandedUser()
	return c.readObject(apps, func(d *directory, o *object) answer { return c.ok(encoded(c.appWith(d, o, expanded))) })
}

// createApp handles POST /api/v1/apps. The application is ACTIVE, unless activate is false. The answer has the secret of an OAuth client
// that needs one: "The client_secret is only shown on the initial creation … It is never returned in a GET call. If a client_secret is not
// provided on creation and the token_endpoint_auth_method requires one Okta will generate a random client_secret"
// (okta-blog-archive, pull request 601).
func createApp(c *call) answer {
	active, body := c.flag("activate", true), apps.settable(c.body())
	secret := givenSecret(body)
	fields := withoutSecret(body)
	return c.write(func(d *directory) answer {
		o := &object{created: c.now, lastUpdated: c.now, status: "ACTIVE", fields: fields}
		if secret != "" {
			o.setSecret(secret, c.again)
		}
		if !active {
			o.status = "INACTIVE"
		}
		if refusal := c.labelTaken(d, o, fields); refusal != nil {
			return *refusal
		}
		a := c.store(apps, d, o, fields, "create")
		method := textOf(objectIn(objectIn(o.fields["credentials"])["oauthClient"])["token_endpoint_auth_method"])
		if !a.done() || !strings.HasPrefix(method, "client_secret_") {
			return a
		}
		client := map[string]any{"oauthClient": map[string]any{"client_secret": cmp.Or(secret, secretOf(o))}}
		shown := c.shown(apps, o)
		shown["credentials"] = withDefaults(objectIn(shown["credentials"]), client)
		return c.ok(encoded(shown))
	})
}

// secretOf returns the secret that the org makes for an OAuth client: 40 characters, as Okta's.
func secretOf(o *object) string {
	sum := sha256.Sum256([]byte("client secret of " + o.id))
	return base64.RawURLEncoding.EncodeToString(sum[:])[:40]
}

// givenSecret returns the secret of an OAuth client that the fields of an application have; "" if they have none.
func givenSecret(fields map[string]any) string {
	return textOf(objectIn(objectIn(fields["credentials"])["oauthClient"])["client_secret"])
}

// replaceApp handles PUT /api/v1/apps/{id}. That it can change the secret of an OAuth client is our guess.
func replaceApp(c *call) answer {
	body := apps.settable(c.body())
	secret := givenSecret(body)
	fields := withoutSecret(body)
	return c.changeObject(apps, func(d *directory, o *object) answer {
		keepClientID(o, fields)
		if refusal := c.labelTaken(d, o, fields); refusal != nil {
			return *refusal
		}
		a := c.store(apps, d, o, fields, "update")
		if a.done() && secret != "" {
			o.setSecret(secret, c.again)
		}
		return a
	})
}

// withoutSecret removes the secrets, of which this org keeps no text. A password is kept as {}.
func withoutSecret(fields map[string]any) map[string]any {
	credentials := objectIn(fields["credentials"])
	if credentials["password"] != nil {
		credentials["password"] = map[string]any{}
	}
	delete(objectIn(credentials["oauthClient"]), "client_secret")
	return fields
}

// keepClientID keeps the client id with which an OAuth client was created. That an update cannot change it is our guess.
func keepClientID(o *object, fields map[string]any) {
	credentials := objectIn(fields["credentials"])
	delete(objectIn(credentials["oauthClient"]), "client_id")
	if id := clientID(o); id != o.id {
		fields["credentials"] = withDefaults(credentials, map[string]any{"oauthClient": map[string]any{"client_id": id}})
	}
}

// labelTaken refuses the label of another application with E0000040 (Okta's list of error codes). That case does not matter is our guess.
func (c *call) labelTaken(d *directory, o *object, fields map[string]any) *answer {
	if d.find(apps, func(other *object) bool {
		return other != o && fold(textOf(other.fields["label"])) == fold(textOf(fields["label"]))
	}) == nil {
		return nil
	}
	a := c.refuse(http.StatusBadRequest, "E0000040", "Application label must not be the same as another existing application label.")
	return &a
}

// deleteApp handles DELETE /api/v1/apps/{id}: "Deletes an inactive application". E0000056 is Okta's "Delete application forbidden."
func deleteApp(c *call) answer {
	return c.changeObject(apps, func(d *directory, o *object) answer {
		if o.status == "ACTIVE" {
			return c.refuse(http.StatusForbidden, "E0000056", "Delete application forbidden.")
		}
		c.logObject(apps, "delete", o)
		d.remove(apps, o)
		return c.noContent()
	})
}

// turnApp returns the handler of a lifecycle operation. Its answer is empty. That a call that changes nothing succeeds is our guess.
func turnApp(status, what string) func(*call) answer {
	return func(c *call) answer {
		return c.changeObject(apps, func(_ *directory, o *object) answer {
			if o.status != status {
				o.status, o.lastUpdated = status, c.now
				c.logObject(apps, what, o)
			}
			return c.empty()
		})
	}
}

// listGroupApps handles GET /api/v1/groups/{id}/apps. The default of limit is 20; that the maximum is 200 is our guess.
func listGroupApps(c *call) answer {
	p := c.page(20, 200)
	return c.readGroup(func(d *directory, g *group) answer {
		return c.appPage(d, p, "", func(o *object) bool { return d.collection(appGroups).byID[appGroups.pairID(o.id, g.id)] != nil })
	})
}
