package orgcopy

import (
	"context"
	"strings"
)

// users reads all users. Okta's list leaves out those that were deactivated, unless a filter asks for them.
func (r *reader) users(ctx context.Context) error {
	types := map[string]string{}
	if err := each(r.spools["types"], "", func(t record) error {
		types[textIn(t, "id")] = textIn(t, "name")
		return nil
	}); err != nil {
		return err
	}
	if err := r.enums(); err != nil {
		return err
	}
	shape := func(u record) (any, error) { return r.user(u, types) }
	into := r.spools["users"]
	if err := r.lists(ctx, Users, true, []list{
		{name: "", path: "/users", query: limit(200), into: into, shape: shape},
		{name: "deactivated", path: "/users", query: limit(200, "filter", `status eq "DEPROVISIONED"`), into: into, shape: shape},
	}); err != nil {
		return err
	}
	return r.learnDomains()
}

// userLists are the names of the lists of users.
var userLists = []string{"", "deactivated"}

// elsewhere are the providers whose users have neither a password nor a recovery question at Okta.
var elsewhere = map[string]bool{"FEDERATION": true, "SOCIAL": true}

// user returns a user in the form of a seed. The id is replaced, too: it is in the tokens of the org's applications.
func (r *reader) user(u record, types map[string]string) (any, error) {
	id, err := identified(u)
	if err != nil {
		return nil, err
	}
	profile, credentials := objectIn(u, "profile"), objectIn(u, "credentials")
	out := record{"id": r.hide.id(id), "login": r.hide.text(textIn(profile, "login")), "status": u["status"]}
	for _, name := range []string{"email", "firstName", "lastName"} {
		put(out, name, r.hide.text(textIn(profile, name)))
	}
	if r.hide != nil {
		starts, ends := r.hide.newParts(textIn(profile, "login"), textIn(profile, "email"))
		put(out, domainStarts, starts)
		put(out, domainEnds, ends)
	}
	if to := textIn(u, "transitioningToStatus"); to != "" {
		out["status"] = to
	}
	for _, name := range []string{"created", "activated", "statusChanged", "lastLogin", "lastUpdated", "passwordChanged"} {
		if at, has := u[name]; has && (at != nil || name != "created") {
			out[name] = at
		}
	}
	leaveOutUsual(out)
	provider := objectIn(credentials, "provider")
	if kind := textIn(provider, "type"); kind != "OKTA" {
		put(out, "provider", kind)
		put(out, "providerName", r.hide.text(textIn(provider, "name")))
	}
	out["password"] = false
	if !elsewhere[textIn(provider, "type")] {
		out["password"] = credentials["password"] != nil
		put(out, "question", r.hide.text(textIn(objectIn(credentials, "recovery_question"), "question")))
	}
	if realm := textIn(u, "realmId"); strings.HasPrefix(realm, "guo") { // the only form that a seed takes without the realm itself
		out["realm"] = realm
	}
	owner := "user"
	if of := textIn(objectIn(u, "type"), "id"); types[of] != "" {
		owner, out["type"] = of, types[of]
	}
	rest := without(profile, "login", "email", "firstName", "lastName")
	for _, name := range []string{"mobilePhone", "secondEmail"} { // Okta shows them always
		if rest[name] == nil {
			delete(rest, name)
		}
	}
	put(out, "profile", r.profile(rest, owner))
	return out, nil
}

// leaveOutUsual removes what a seed takes by itself for what a user leaves out: this makes the seed of a large org a quarter smaller.
func leaveOutUsual(u record) {
	if u["email"] == u["login"] {
		delete(u, "email")
	}
	if u["lastLogin"] == nil {
		delete(u, "lastLogin")
	}
	if latest := max(textIn(u, "created"), textIn(u, "statusChanged")); latest != "" && u["lastUpdated"] == latest {
		delete(u, "lastUpdated")
	}
	if at, has := u["statusChanged"]; has && at == u["activated"] {
		delete(u, "statusChanged")
	}
}

// profile returns the attributes of a profile, of which those that identify people are replaced. of is the owner of the schema.
func (r *reader) profile(attributes record, of string) record {
	out := record{}
	for name, v := range attributes {
		if _, object := v.(record); !object { // which only attributes of applications are, and no seed has
			out[name] = r.hide.attribute(of, name, v)
		}
	}
	return out
}

// types reads the user types, but for the default one, which every org has.
func (r *reader) types(ctx context.Context) error {
	return r.lists(ctx, Types, false, []list{{path: "/meta/types/user", into: r.spools["types"], shape: func(t record) (any, error) {
		if t["default"] == true {
			return nil, nil
		}
		id, err := identified(t)
		out := take(t, "name")
		out["id"] = id
		putTimes(out, t)
		put(out, "displayName", r.hide.title(textIn(t, "displayName")))
		if about, has := t["description"].(string); has {
			out["description"] = r.hide.text(about)
		}
		href := textIn(objectIn(objectIn(t, "_links"), "schema"), "href")
		out["schema"] = href[strings.LastIndexByte(href, '/')+1:]
		return out, err
	}}})
}
