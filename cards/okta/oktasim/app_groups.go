package oktasim

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// appGroups are the assignments of applications to groups.
//
// Source: Okta, "Application Groups", https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ApplicationGroups/
var appGroups = &resource{
	key: "app_groups", word: "ApplicationGroupAssignment", prefix: "aga", pair: true, refs: []ref{{"app", "apps"}, {"group", "groups"}},
	fields: []string{"app", "group", "priority", "profile"}, needs: []string{"app", "group"}, check: checkAppGroup,
}

var appGroupRoutes = []route{
	{"GET", "/api/v1/apps/{id}/groups", "okta.apps.read", listAppGroups},
	{"PUT", "/api/v1/apps/{id}/groups/{group}", "okta.apps.manage", assignGroup},
	{"GET", "/api/v1/apps/{id}/groups/{group}", "okta.apps.read", getAppGroup},
	{"PATCH", "/api/v1/apps/{id}/groups/{group}", "okta.apps.manage", patchAppGroup},
	{"DELETE", "/api/v1/apps/{id}/groups/{group}", "okta.apps.manage", unassignGroup},
}

// checkAppGroup sets the default of priority: the next one (schema ApplicationGroupAssignment). That a priority below 0 is refused is
// our guess.
func checkAppGroup(d *directory, o *object, fields map[string]any) string {
	if _, is := fields["profile"].(map[string]any); fields["profile"] != nil && !is {
		return "profile: must be an object"
	}
	if fields["priority"] != nil {
		if n, err := strconv.Atoi(string(encoded(fields["priority"]))); err != nil || n < 0 {
			return "priority: must be an integer from 0"
		}
		return ""
	}
	next := 0
	for _, other := range d.objects["app_groups"].live() {
		if other != o && other.fields["app"] == fields["app"] {
			next = max(next, priorityOf(other)+1)
		}
	}
	fields["priority"] = next
	return ""
}

// live returns the objects of a collection that were not deleted.
func (all *collection) live() (objects []*object) {
	for _, o := range all.objects {
		if !o.gone {
			objects = append(objects, o)
		}
	}
	return objects
}

func priorityOf(o *object) int {
	switch n := o.fields["priority"].(type) {
	case int:
		return n
	case json.Number:
		i, err := n.Int64()
		if err == nil {
			return int(i)
		}
	}
	return 0
}

// groupsOf returns the assignments of an application to groups, the highest priority first. 0 is the highest.
func (d *directory) groupsOf(app *object) []*object {
	var found []*object
	for _, o := range d.collection(appGroups).objects {
		if !o.gone && o.fields["app"] == app.id {
			found = append(found, o)
		}
	}
	slices.SortStableFunc(found, func(a, b *object) int { return cmp.Compare(priorityOf(a), priorityOf(b)) })
	return found
}

// countApps returns the number of applications that are assigned to a group.
func (d *directory) countApps(groupID string) (n int) {
	for _, o := range d.collection(appGroups).objects {
		if !o.gone && o.fields["group"] == groupID {
			n++
		}
	}
	return n
}

// shownAppGroup returns an assignment as Okta shows it. The sources of the attributes, which expand=metadata adds, are not known
// here.
func (c *call) shownAppGroup(d *directory, o *object, expand string) map[string]any {
	id, app := textOf(o.fields["group"]), c.base+"/api/v1/apps/"+textOf(o.fields["app"])
	shown := map[string]any{
		"id": id, "priority": o.fields["priority"], "lastUpdated": o.lastUpdated.text(), "profile": objectIn(o.fields["profile"]),
		"_links": map[string]any{
			"app": map[string]any{"href": app}, "self": link(app+"/groups/"+id, "GET", "PUT", "DELETE"),
			"group": map[string]any{"href": c.base + "/api/v1/groups/" + id},
		},
	}
	switch g, _ := d.group(id); expand {
	case "group":
		shown["_embedded"] = map[string]any{"group": json.RawMessage(appendGroup(nil, g, c.base, groupExtra{}))}
	case "metadata":
		shown["_embedded"] = map[string]any{"metadata": map[string]any{"credentials": map[string]any{}, "profile": map[string]any{}}}
	}
	return shown
}

// embedsGroup reads the parameter expand. Other values are refused, which is our guess.
func (c *call) embedsGroup() string {
	e := c.query.Get("expand")
	if e != "" && e != "group" && e != "metadata" {
		c.reject(c.badSearch("expand: application groups have no " + jsonText(e)))
	}
	return e
}

// listAppGroups handles GET /api/v1/apps/{id}/groups. The default and the minimum of limit are 20, the maximum 200. That a lower limit
// counts as 20 is our guess.
func listAppGroups(c *call) answer {
	p, prefix, expand := c.page(20, 200), fold(c.query.Get("q")), c.embedsGroup()
	p.limit = max(p.limit, 20)
	return c.readObject(apps, func(d *directory, app *object) answer {
		all := d.collection(appGroups).objects
		items, more := p.collect(len(all), func(i int) bool {
			if all[i].gone || all[i].fields["app"] != app.id {
				return false
			}
			g, ok := d.group(textOf(all[i].fields["group"]))
			return ok && strings.HasPrefix(fold(g.name), prefix)
		})
		const size = 600 // approximate size of an assignment in bytes
		return c.array(p, items, more, size, func(b []byte, ordinal uint32) []byte {
			return append(b, encoded(c.shownAppGroup(d, all[ordinal], expand))...)
		})
	})
}

// withAppGroup runs an operation on the assignment of the path.
func (c *call) withAppGroup(d *directory, app *object, operation func(*object, *group) answer) answer {
	id := c.r.PathValue("group")
	g, ok := d.group(id)
	if !ok {
		return c.missing(id, "UserGroup")
	}
	o := d.collection(appGroups).byID[appGroups.pairID(app.id, id)]
	if o == nil {
		return c.missing(id, "ApplicationGroupAssignment")
	}
	return operation(o, g)
}

// getAppGroup handles GET /api/v1/apps/{id}/groups/{group}.
func getAppGroup(c *call) answer {
	expand := c.embedsGroup()
	return c.readObject(apps, func(d *directory, app *object) answer {
		return c.withAppGroup(d, app, func(o *object, _ *group) answer { return c.ok(encoded(c.shownAppGroup(d, o, expand))) })
	})
}

// assignGroup handles PUT /api/v1/apps/{id}/groups/{group}. The body is optional. It replaces the profile of an assignment that exists,
// and keeps a priority that it leaves out, which is our guess.
func assignGroup(c *call) answer {
	body := map[string]any{}
	if c.r.ContentLength != 0 {
		body = c.body()
	}
	return c.changeObject(apps, func(d *directory, app *object) answer {
		id := c.r.PathValue("group")
		g, ok := d.group(id)
		if !ok {
			return c.missing(id, "UserGroup")
		}
		fields := map[string]any{"app": app.id, "group": id}
		for _, name := range []string{"priority", "profile"} {
			if body[name] != nil {
				fields[name] = body[name]
			}
		}
		if refusal := c.appProfileFaults(d, app, objectIn(fields["profile"])); refusal != nil {
			return *refusal
		}
		o := d.collection(appGroups).byID[appGroups.pairID(app.id, id)]
		if o != nil {
			fields = withDefaults(fields, map[string]any{"priority": o.fields["priority"]})
			if why := checkAppGroup(d, o, fields); why != "" {
				return c.invalid(why[:strings.Index(why, ":")], why)
			}
			return c.updateAppGroup(d, app, g, o, fields)
		}
		o = &object{created: c.now, lastUpdated: c.now, fields: fields}
		if why := checkAppGroup(d, o, fields); why != "" {
			return c.invalid(why[:strings.Index(why, ":")], why)
		}
		c.log("group.application_assignment.add", groupTarget(g), appTarget(app))
		var err error
		c.reassign(d, []*object{app}, g.members, func() { err = d.add(appGroups, o) })
		if err != nil {
			return c.refuse(http.StatusInternalServerError, "E0000009", "Internal Server Error", err.Error())
		}
		return c.ok(encoded(c.shownAppGroup(d, o, "")))
	})
}

// updateAppGroup sets the fields of an assignment.
func (c *call) updateAppGroup(d *directory, app *object, g *group, o *object, fields map[string]any) answer {
	o.fields, o.lastUpdated = fields, c.now
	c.log("group.application_assignment.update", groupTarget(g), appTarget(app))
	return c.ok(encoded(c.shownAppGroup(d, o, "")))
}

// unassignGroup handles DELETE /api/v1/apps/{id}/groups/{group}. That a group without the application is not found is our guess.
func unassignGroup(c *call) answer {
	return c.changeObject(apps, func(d *directory, app *object) answer {
		return c.withAppGroup(d, app, func(o *object, g *group) answer {
			c.log("group.application_assignment.remove", groupTarget(g), appTarget(app))
			c.reassign(d, []*object{app}, g.members, func() { d.remove(appGroups, o) })
			return c.noContent()
		})
	})
}
