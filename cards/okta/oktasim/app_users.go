package oktasim

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"slices"
	"strings"
)

// appUsers are the direct assignments of applications to users. The assignments by groups follow from the members of the groups,
// and are not kept. A password is kept as {}.
//
// Source: Okta, "Application Users", https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ApplicationUsers/
var appUsers = &resource{
	key: "app_users", word: "AppUser", prefix: "0ua", pair: true, refs: []ref{{"app", "apps"}, {"user", "users"}},
	fields: []string{"app", "user", "scope", "credentials.userName", "credentials.password", "profile"}, needs: []string{"app", "user"},
}

var appUserRoutes = []route{
	{"GET", "/api/v1/apps/{id}/users", "okta.apps.read", listAppUsers},
	{"POST", "/api/v1/apps/{id}/users", "okta.apps.manage", assignUser},
	{"GET", "/api/v1/apps/{id}/users/{user}", "okta.apps.read", getAppUser},
	{"POST", "/api/v1/apps/{id}/users/{user}", "okta.apps.manage", updateAppUser},
	{"DELETE", "/api/v1/apps/{id}/users/{user}", "okta.apps.manage", unassignUser},
}

// An assignment of an application to a user is direct or by a group.
type assignment struct {
	app  *object
	user *user
	own  *object // of appUsers; nil for an assignment by a group only
	by   *object // of appGroups: the group of the highest priority that grants the application; nil if none does
}

// An assigner finds the assignments of one application. It is valid as long as the caller holds the lock and changes nothing.
type assigner struct {
	c      *call
	d      *directory
	app    *object
	groups []granting // the highest priority first
}

type granting struct {
	by    *object // of appGroups
	group *group
}

// assigner returns the assigner of an application. While an application is INACTIVE, groups do not assign it (management API,
// "Deactivate an application").
func (c *call) assigner(d *directory, app *object) assigner {
	found := assigner{c: c, d: d, app: app}
	if app.status != "ACTIVE" {
		return found
	}
	for _, by := range d.groupsOf(app) {
		if g, ok := d.group(textOf(by.fields["group"])); ok {
			found.groups = append(found.groups, granting{by, g})
		}
	}
	return found
}

// of returns the assignment to a user; nil if the user does not have the application. A user who is DEPROVISIONED has none.
func (x assigner) of(u *user) *assignment {
	if u = u.at(x.c.now); u.status == deprovisioned || u.gone {
		return nil
	}
	a := &assignment{app: x.app, user: u, own: x.d.collection(appUsers).byID[appUsers.pairID(x.app.id, u.id)]}
	ordinal := x.d.byID[u.id]
	if at := slices.IndexFunc(x.groups, func(g granting) bool { return g.group.has(ordinal) }); at >= 0 {
		a.by = x.groups[at].by
	}
	if a.own == nil && a.by == nil {
		return nil
	}
	return a
}

// assignment returns the assignment of an application to a user; nil if there is none.
func (c *call) assignment(d *directory, app *object, u *user) *assignment {
	return c.assigner(d, app).of(u)
}

// shownAppUser returns an assignment as Okta shows it (management API, schema AppUser).
func (c *call) shownAppUser(a *assignment, embedded bool) map[string]any {
	from := a.by
	links := map[string]any{
		"app":  map[string]any{"href": c.base + "/api/v1/apps/" + a.app.id},
		"user": map[string]any{"href": c.base + "/api/v1/users/" + a.user.id},
	}
	scope, credentials := "GROUP", map[string]any{"userName": userNameOf(a.app, a.user)}
	profile := mappedProfile(a.app, a.user)
	if a.own != nil {
		from, scope = a.own, "USER"
		for name, value := range objectIn(a.own.fields["credentials"]) {
			credentials[name] = value
		}
	} else {
		links["group"] = map[string]any{"href": c.base + "/api/v1/groups/" + textOf(a.by.fields["group"])}
	}
	for name, value := range objectIn(from.fields["profile"]) {
		profile[name] = value
	}
	shown := map[string]any{
		"id": a.user.id, "scope": scope, "status": "ACTIVE", "statusChanged": from.created.text(), "externalId": nil, "syncState": "DISABLED",
		"created": from.created.text(), "lastUpdated": from.lastUpdated.text(), "passwordChanged": nil,
		"credentials": credentials, "profile": profile, "_links": links,
	}
	if credentials["password"] != nil {
		shown["passwordChanged"] = from.lastUpdated.text()
	}
	c.provisioned(a.app, from, shown)
	if embedded {
		shown["_embedded"] = map[string]any{"user": json.RawMessage(c.userView(true).append(nil, a.user))}
	}
	return shown
}

// provisioned sets status, externalId and syncState. With the feature PUSH_NEW_USERS a user is STAGED until Okta has created the
// user in the application, and then PROVISIONED; here that takes the seed's async_lifecycle. Without PROFILE_MASTERING, syncState
// is DISABLED (management API, schemas AppUserStatus and AppUserSyncState).
func (c *call) provisioned(app, from *object, shown map[string]any) {
	done := from.lastUpdated.add(c.org.asyncLifecycle)
	if hasFeature(app, "PUSH_NEW_USERS") {
		shown["status"] = "STAGED"
		if at := from.created.add(c.org.asyncLifecycle); c.now >= at {
			h := fnv.New32a()
			fmt.Fprint(h, app.id, shown["id"])
			shown["status"], shown["statusChanged"], shown["externalId"] = "PROVISIONED", at.text(), fmt.Sprintf("ext-%08x", h.Sum32())
		}
	}
	if hasFeature(app, "PROFILE_MASTERING") {
		shown["syncState"] = "OUT_OF_SYNC"
		if c.now >= done {
			shown["syncState"], shown["lastSync"] = "SYNCHRONIZED", done.text()
		}
	}
}

func hasFeature(app *object, name string) bool {
	features, _ := app.fields["features"].([]any)
	return slices.Contains(features, any(name))
}

// userNameOf returns the name that the template of an application gives a user.
func userNameOf(app *object, u *user) string {
	switch textOf(objectIn(objectIn(app.fields["credentials"])["userNameTemplate"])["template"]) {
	case "${source.email}":
		return u.email
	case `${fn:substringBefore(source.login, "@")}`:
		name, _, _ := strings.Cut(u.login, "@")
		return name
	}
	return u.login
}

// mappedProfile returns the attributes of an assignment that are mapped from the user. An application with provisioning has these
// three, and no other application has any, which is our guess.
func mappedProfile(app *object, u *user) map[string]any {
	if !hasFeature(app, "PUSH_NEW_USERS") && !hasFeature(app, "PUSH_PROFILE_UPDATES") {
		return map[string]any{}
	}
	return map[string]any{"firstName": u.first, "lastName": u.last, "email": u.email}
}

// listAppUsers handles GET /api/v1/apps/{id}/users. q is the start of userName, firstName, lastName or email of the assignment.
func listAppUsers(c *call) answer {
	p, prefix, embedded := c.page(50, 500), fold(c.query.Get("q")), c.embedsUser()
	return c.readObject(apps, func(d *directory, app *object) answer {
		assigned := c.assigner(d, app)
		matches := func(i int) bool {
			a := assigned.of(&d.users[i])
			return a != nil && (prefix == "" || startsWithAny(c.shownAppUser(a, false), prefix))
		}
		items, more := p.collect(len(d.users), matches)
		const size = 900 // approximate size of an assignment in bytes
		return c.array(p, items, more, size, func(b []byte, ordinal uint32) []byte {
			return append(b, encoded(c.shownAppUser(assigned.of(&d.users[ordinal]), embedded))...)
		})
	})
}

func startsWithAny(shown map[string]any, prefix string) bool {
	profile := objectIn(shown["profile"])
	for _, value := range []any{objectIn(shown["credentials"])["userName"], profile["firstName"], profile["lastName"], profile["email"]} {
		if text := textOf(value); text != "" && strings.HasPrefix(fold(text), prefix) {
			return true
		}
	}
	return false
}

// embedsUser reports whether the request has expand=user. Other values are refused, which is our guess.
func (c *call) embedsUser() bool {
	e := c.query.Get("expand")
	if e != "" && e != "user" {
		c.reject(c.badSearch("expand: application users have no " + jsonText(e)))
	}
	return e == "user"
}

// withAppUser runs an operation on the assignment of the path. The path has the id of the user; that a login is refused is our guess.
func (c *call) withAppUser(d *directory, app *object, operation func(*assignment) answer) answer {
	id := c.r.PathValue("user")
	ordinal, ok := d.byID[id]
	if !ok {
		return c.missing(id, "User")
	}
	a := c.assignment(d, app, &d.users[ordinal])
	if a == nil {
		return c.missing(id, "AppUser")
	}
	return operation(a)
}

// getAppUser handles GET /api/v1/apps/{id}/users/{user}.
func getAppUser(c *call) answer {
	embedded := c.embedsUser()
	return c.readObject(apps, func(d *directory, app *object) answer {
		return c.withAppUser(d, app, func(a *assignment) answer { return c.ok(encoded(c.shownAppUser(a, embedded))) })
	})
}

// unassignUser handles DELETE /api/v1/apps/{id}/users/{user}. A user to whom a group grants the application keeps it
// (terraform-provider-okta, issue 120; teleport, issue 53947).
func unassignUser(c *call) answer {
	c.flag("sendEmail", false)
	return c.changeObject(apps, func(d *directory, app *object) answer {
		return c.withAppUser(d, app, func(a *assignment) answer {
			if a.by != nil {
				return c.refuse(http.StatusForbidden, "E0000046", "Deactivate application for user forbidden.",
					"The application cannot be unassigned from the user while their group memberships grant them access.")
			}
			c.logAppUser("remove", a)
			d.remove(appUsers, a.own)
			return c.noContent()
		})
	})
}
