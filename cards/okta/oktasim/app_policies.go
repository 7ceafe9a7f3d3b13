package oktasim

// appPolicies are the authentication policies that are assigned to applications. An application without one has the default policy, as
// new applications have.
var appPolicies = &resource{
	key: "app_policies", word: "AppPolicy", prefix: "apo", pair: true, refs: []ref{{"app", "apps"}, {"policy", "policies"}},
	fields: []string{"app", "policy"}, needs: []string{"app", "policy"},
}

var appPolicyRoutes = []route{
	{"PUT", "/api/v1/apps/{id}/policies/{policy}", "okta.apps.manage", assignPolicy},
}

// accessPolicy returns the id of an application's authentication policy; "" if the org has none.
func (d *directory) accessPolicy(app *object) string {
	for _, o := range d.objects["app_policies"].live() {
		if o.fields["app"] == app.id {
			return textOf(o.fields["policy"])
		}
	}
	for _, o := range d.objects["policies"].live() {
		if o.fields["type"] == "ACCESS_POLICY" && o.fields["system"] == true {
			return o.id
		}
	}
	return ""
}

// assignPolicy handles PUT /api/v1/apps/{id}/policies/{policy}, which replaces the policy of an application (management API, "Assign an
// application to a policy"). That a policy of another type is not found is our guess.
func assignPolicy(c *call) answer {
	return c.changeObject(apps, func(d *directory, app *object) answer {
		id := c.r.PathValue("policy")
		policy := d.objects["policies"].byID[id]
		if policy == nil || policy.fields["type"] != "ACCESS_POLICY" {
			return c.missing(id, policies.word)
		}
		for _, o := range d.objects["app_policies"].live() {
			if o.fields["app"] == app.id {
				d.remove(appPolicies, o)
			}
		}
		if d.accessPolicy(app) == id {
			return c.noContent()
		}
		o := &object{created: c.now, lastUpdated: c.now}
		if a := c.store(appPolicies, d, o, map[string]any{"app": app.id, "policy": id}, "create"); !a.done() {
			return a
		}
		return c.noContent()
	})
}
