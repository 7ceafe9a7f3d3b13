package oktasim

import (
	"maps"
	"slices"
)

var appLinkRoutes = []route{
	{"GET", "/api/v1/users/{id}/appLinks", "okta.users.read", listAppLinks},
}

// listAppLinks handles GET /api/v1/users/{id}/appLinks: "Lists all appLinks for all direct or indirect (via group membership)
// assigned applications". An application has a link for each of visibility.appLinks that is true. The list has one page. That
// INACTIVE applications have no links is our guess.
func listAppLinks(c *call) answer {
	return c.readUser(func(d *directory, u *user) answer {
		links := []any{}
		for _, app := range d.collection(apps).objects {
			if app.gone || app.status != "ACTIVE" || c.assignment(d, app, u) == nil {
				continue
			}
			visibility, name := objectIn(app.fields["visibility"]), textOf(app.fields["name"])
			shown := objectIn(visibility["appLinks"])
			for _, link := range slices.Sorted(maps.Keys(shown)) {
				if shown[link] != true {
					continue
				}
				links = append(links, map[string]any{
					"id": u.id, "label": app.fields["label"], "linkUrl": c.base + "/home/" + name + "/" + app.id + "/" + link,
					"logoUrl": c.base + "/assets/img/logos/default.png", "appName": name, "appInstanceId": app.id,
					"appAssignmentId": appUsers.pairID(app.id, u.id), "credentialsSetup": false,
					"hidden": objectIn(visibility["hide"])["web"] == true, "sortOrder": len(links),
				})
			}
		}
		return c.ok(encoded(links))
	})
}
