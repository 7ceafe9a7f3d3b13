package orgcopy

import (
	"context"
	"regexp"
	"slices"
	"strings"
)

// apps reads the applications, without what gives access to them.
func (r *reader) apps(ctx context.Context) error {
	return r.lists(ctx, Apps, true, []list{{path: "/apps", query: limit(200), into: r.spools["apps"], shape: r.app}})
}

func (r *reader) app(app record) (any, error) {
	id, err := identified(app)
	out := take(app, "name", "status", "signOnMode")
	put(out, "features", slices.DeleteFunc(slices.Clone(listIn(app, "features")), func(f any) bool {
		text, _ := f.(string)
		return !vocabulary.MatchString(text)
	}))
	putTimes(out, app)
	put(out, "licensing", take(objectIn(app, "licensing"), "seatCount"))
	out["id"], out["label"] = id, r.hide.name(textIn(app, "label"), 100)
	visibility := objectIn(app, "visibility")
	shown := take(visibility, "appLinks", "autoLaunch", "autoSubmitToolbar")
	put(shown, "hide", take(objectIn(visibility, "hide"), "iOS", "web"))
	if r.hide != nil && customName.MatchString(textIn(out, "name")) { // which starts with the name of the org
		delete(out, "name")
		delete(shown, "appLinks")
	}
	put(out, "visibility", shown)
	put(out, "credentials", r.appCredentials(id, objectIn(app, "credentials")))
	var left []string
	put(out, "settings", r.hide.appSettings(appSettings.copied(objectIn(app, "settings"), "settings", &left)))
	put(out, "accessibility", r.hide.settings(accessibility.copied(objectIn(app, "accessibility"), "accessibility", &left)))
	if !empty(app["profile"]) { // of any form
		left = append(left, "profile")
	}
	slices.Sort(left)
	if left = slices.Compact(left); len(left) > 0 {
		out[lackingField] = left
	}
	href := textIn(objectIn(objectIn(app, "_links"), "accessPolicy"), "href")
	put(out, accessPolicy, href[strings.LastIndexByte(href, '/')+1:])
	return out, err
}

// customName matches the names that Okta gives applications that no catalog has.
var customName = regexp.MustCompile(`_.*_\d+$`)

// These fields of a stored application are not in the seed: the id of its authentication policy, which a seed has elsewhere, and the names of what is not
// copied.
const (
	accessPolicy = "accessPolicy"
	lackingField = "lackingField"
)

// appCredentials returns the credentials of an application that give no access: how users sign in, and how a client does. A simulated org has a key of its own
// for signing, and a password is {} there. The client id is the id unless it is another one.
func (r *reader) appCredentials(id string, credentials record) record {
	out := take(credentials, "scheme", "revealPassword")
	if credentials["password"] != nil {
		out["password"] = record{}
	}
	if template := take(objectIn(credentials, "userNameTemplate"), "template", "type", "pushStatus", "userSuffix"); len(template) > 0 {
		if text := textIn(template, "template"); text != "" {
			template["template"] = r.hide.template(text)
		}
		if suffix := textIn(template, "userSuffix"); suffix != "" {
			template["userSuffix"] = r.hide.text(suffix)
		}
		out["userNameTemplate"] = template
	}
	client := take(objectIn(credentials, "oauthClient"), "client_id", "token_endpoint_auth_method", "autoKeyRotation", "pkce_required")
	if given := textIn(client, "client_id"); given == id {
		delete(client, "client_id")
	} else if given != "" && !objectID.MatchString(given) { // chosen by people
		client["client_id"] = r.hide.text(given)
	}
	put(out, "oauthClient", client)
	return out
}

// assignments reads the users and the groups of each application. An assignment by a group follows from the group, and is not stored.
func (r *reader) assignments(ctx context.Context) error {
	if !r.spools["apps"].has("") {
		r.miss(Missing{Kind: Assignments, Lists: 1, Why: "the applications were not read"})
		return nil
	}
	if err := r.enums(); err != nil {
		return err
	}
	var all []list
	if err := each(r.spools["apps"], "", func(app record) error {
		id := textIn(app, "id")
		path := pathOf("apps", id)
		declared, err := r.declared(id)
		if err != nil {
			return err
		}
		all = append(all, list{name: id, path: path + "/users", owner: path, query: limit(500), into: r.spools["app_users"], shape: func(u record) (any, error) {
			return r.appUser(app, u, declared)
		}}, list{name: id, path: path + "/groups", owner: path, query: limit(200), into: r.spools["app_groups"], shape: func(g record) (any, error) {
			group, err := identified(g)
			out := take(g, "priority")
			out["app"], out["group"] = id, group
			putTimes(out, g)
			r.assigned(out, objectIn(g, "profile"), id, declared)
			return out, err
		}})
		return nil
	}); err != nil {
		return err
	}
	return r.lists(ctx, Assignments, false, all)
}

// otherState is the field of a stored assignment with a status, or a state of synchronization, that a simulated org shows in another way. One by a group is
// stored for this field only.
const otherState = "otherState"

func (r *reader) appUser(of, u record, declared []any) (any, error) {
	id, err := identified(u)
	app, out := textIn(of, "id"), record{}
	usual := func(name, feature, with, without string) bool {
		if slices.Contains(listIn(of, "features"), any(feature)) {
			without = with
		}
		return u[name] == nil || u[name] == without
	}
	if !usual("status", "PUSH_NEW_USERS", "PROVISIONED", "ACTIVE") || !usual("syncState", "PROFILE_MASTERING", "SYNCHRONIZED", "DISABLED") {
		out[otherState] = true
	}
	if err != nil || u["scope"] != "USER" && len(out) == 0 {
		return nil, err
	} else if u["scope"] != "USER" {
		return out, nil
	}
	out["app"], out["user"] = app, r.hide.id(id)
	putTimes(out, u)
	credentials := record{}
	put(credentials, "userName", r.hide.text(textIn(objectIn(u, "credentials"), "userName")))
	if objectIn(u, "credentials")["password"] != nil {
		credentials["password"] = record{}
	}
	put(out, "credentials", credentials)
	r.assigned(out, objectIn(u, "profile"), app, declared)
	return out, nil
}

// declared returns the names of the attributes that assignments of an application can have, by its schema or, if that was not read, those of users.
func (r *reader) declared(app string) (names []any, err error) {
	for _, name := range slices.Concat(always, ofOkta) {
		names = append(names, name)
	}
	return names, each(r.spools["schemas"], "app "+app, func(s record) error {
		if of := listIn(s, declaredNames); of != nil {
			names = of
		}
		return nil
	})
}

// assigned puts the attributes of an assignment that its application declares, and that have no secret by their name, and the names of the others.
func (r *reader) assigned(out, profile record, app string, declared []any) {
	known, left := record{}, []any{}
	for _, name := range sortedKeys(profile) {
		if slices.Contains(declared, any(name)) && !mayBeSecret(name, profile[name]) {
			known[name] = mapped(profile[name], name, func(_, text string) string { return withoutQueries(text) })
		} else if !empty(profile[name]) {
			left = append(left, name)
		}
	}
	put(out, "profile", r.profile(known, app))
	put(out, lackingField, left)
}
