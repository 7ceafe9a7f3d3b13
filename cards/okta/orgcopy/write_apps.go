package orgcopy

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func (w *writer) writeApps() error {
	labels := map[string]bool{}
	return each(w.spools["apps"], "", func(app record) error {
		id := textIn(app, "id")
		if w.apps[id] != nil || w.gone("apps", id) {
			return nil
		}
		template := textIn(objectIn(objectIn(app, "credentials"), "userNameTemplate"), "template")
		app["label"] = w.unique(labels, textIn(app, "label"))
		before := w.sum.Copied["apps"]
		err := w.addTried("apps", without(app, accessPolicy, lackingField), alone, "id", "label", "name", "status", "signOnMode")
		if w.sum.Copied["apps"] > before {
			w.lacks("apps", textIn(app, "label"), listIn(app, lackingField))
			w.apps[id] = record{"label": app["label"], "features": app["features"], "template": template, accessPolicy: app[accessPolicy]}
		}
		return err
	})
}

// writeAssignments writes the assignments of the applications: those of groups, and then those of users.
func (w *writer) writeAssignments() error {
	w.dropLeftOut()
	lacking := map[string]map[string]bool{} // by application: the attributes that are left out
	lacks := func(app string, assignment record) {
		for _, name := range listIn(assignment, lackingField) {
			if lacking[app] == nil {
				lacking[app] = map[string]bool{}
			}
			lacking[app][fmt.Sprint(name)] = true
		}
		delete(assignment, lackingField)
	}
	for _, id := range sortedKeys(w.apps) {
		if err := each(w.spools["app_groups"], id, func(g record) error {
			if !w.groups[textIn(g, "group")] {
				w.drop()
				return nil
			}
			lacks(id, g)
			w.saw(id, objectIn(g, "profile"))
			return w.add("app_groups", g, "app", "group")
		}); err != nil {
			return err
		}
	}
	for _, id := range sortedKeys(w.apps) {
		if err := each(w.spools["app_users"], id, func(u record) error {
			lacks(id, u)
			if u[otherState] == true {
				w.sum.OtherStates++
			}
			if u["user"] == nil {
				return nil
			}
			return w.writeAppUser(id, u)
		}); err != nil {
			return err
		}
	}
	for _, id := range sortedKeys(lacking) {
		var names []any
		for _, name := range sortedKeys(lacking[id]) {
			names = append(names, "profile."+name)
		}
		w.lacks("assignments", textIn(w.apps[id], "label"), names)
	}
	if w.sum.OtherStates > 0 {
		w.to.comment("Statuses or states of synchronization that a simulated org shows in another way: of %d assignments.", w.sum.OtherStates)
	}
	return w.to.err
}

// dropLeftOut counts the assignments of applications that the seed does not have.
func (w *writer) dropLeftOut() {
	for _, name := range []string{"app_groups", "app_users"} {
		for app, l := range w.spools[name].lists {
			for range l.records {
				if w.apps[app] == nil {
					w.drop()
				}
			}
		}
	}
}

// writeAppUser writes the assignment of an application to a user. What follows from the user is left out, as far as a simulated org makes it again: the name by
// the template of the application, and the attributes that provisioning maps.
func (w *writer) writeAppUser(id string, u record) error {
	p, ok := w.people[textIn(u, "user")]
	if !ok {
		w.drop()
		return nil
	}
	app, credentials, profile := w.apps[id], objectIn(u, "credentials"), objectIn(u, "profile")
	u["user"] = p.ref(textIn(u, "user"))
	if textIn(credentials, "userName") == p.userName(textIn(app, "template")) {
		delete(credentials, "userName")
	}
	if slices.ContainsFunc(listIn(app, "features"), func(f any) bool { return f == "PUSH_NEW_USERS" || f == "PUSH_PROFILE_UPDATES" }) {
		for name, value := range map[string]string{"firstName": p.first, "lastName": p.last, "email": p.email} {
			if profile[name] == value {
				delete(profile, name)
			}
		}
	}
	out := take(u, "app", "user", "created", "lastUpdated")
	put(out, "credentials", credentials)
	put(out, "profile", profile)
	w.saw(id, profile)
	return w.add("app_users", out, "app", "user")
}

// ref returns how other parts of a seed name a person: by login or, if a login has a slash, which no org finds, by id.
func (p person) ref(id string) string {
	if strings.Contains(p.login, "/") {
		return id
	}
	return p.login
}

// userName returns the name that the template of an application gives a user.
func (p person) userName(template string) string {
	switch template {
	case "${source.email}":
		return p.email
	case `${fn:substringBefore(source.login, "@")}`:
		name, _, _ := strings.Cut(p.login, "@")
		return name
	}
	return p.login
}

// writePolicies writes the policies, their rules, and which application has which authentication policy, unless it has the one of the org.
func (w *writer) writePolicies() error {
	usual := map[string]bool{}
	var order []string
	for _, of := range policyTypes {
		if err := each(w.spools["policies"], of, func(p record) error {
			id := textIn(p, "id")
			if w.gone("policies", id) {
				return nil
			}
			w.policies[id], usual[id] = true, p["system"] == true
			order = append(order, id)
			w.undecided("policies", p)
			w.reachable("policies", p)
			w.lacks("policies", textIn(p, "name"), listIn(p, lackingField))
			delete(p, lackingField)
			return w.add("policies", p, "id", "name", "type", "status", "priority")
		}); err != nil {
			return err
		}
	}
	for _, id := range order {
		if err := each(w.spools["policy_rules"], id, func(r record) error {
			w.undecided("policy_rules", r)
			w.reachable("policy_rules", r)
			w.lacks("policy_rules", textIn(r, "name"), listIn(r, lackingField))
			delete(r, lackingField)
			return w.add("policy_rules", r, "policy", "id", "name", "status", "priority")
		}); err != nil {
			return err
		}
	}
	for _, id := range sortedKeys(w.apps) {
		if policy := textIn(w.apps[id], accessPolicy); w.policies[policy] && !usual[policy] {
			if err := w.add("app_policies", record{"app": id, "policy": policy}); err != nil {
				return err
			}
		}
	}
	return nil
}

// reachable removes users and groups that the seed does not have from the conditions of a policy or of its rule. If nobody is left whom it includes,
// it would apply to everybody: then it is made inactive.
func (w *writer) reachable(key string, p record) {
	people := objectIn(objectIn(p, "conditions"), "people")
	for _, of := range []struct {
		kind string
		has  func(string) bool
	}{{"users", w.isUser}, {"groups", w.isGroup}} {
		part := objectIn(people, of.kind)
		for _, name := range []string{"include", "exclude"} {
			before := listIn(part, name)
			if part[name] == nil {
				continue
			}
			part[name] = w.known(before, of.has)
			if name == "include" && p["system"] != true && len(before) > 0 && len(listIn(part, name)) == 0 {
				p["status"] = "INACTIVE"
				w.to.comment("Made inactive, since the copy has nobody of conditions.people.%s.include: %s %q", of.kind, key, textIn(p, "name"))
				w.sum.InactivePolicies++
			}
		}
	}
}

func (w *writer) writeHooks() error {
	return each(w.spools["hooks"], "", func(h record) error {
		if by, ok := w.people[textIn(h, "createdBy")]; ok {
			h["createdBy"] = by.ref(textIn(h, "createdBy"))
		} else {
			delete(h, "createdBy")
		}
		w.undecided("event_hooks", h)
		before := w.sum.Copied["event_hooks"]
		err := w.addTried("event_hooks", without(h, lackingField), alone, "id", "name", "status", "verificationStatus")
		if w.sum.Copied["event_hooks"] > before {
			w.lacks("event_hooks", textIn(h, "name"), listIn(h, lackingField))
		}
		return err
	})
}
