package oktasim

import (
	"maps"
	"net/http"
	"slices"
	"unicode/utf8"
)

// assignUser handles POST /api/v1/apps/{id}/users. For a user who has the application already it sets scope, credentials and profile,
// as Okta's workflow template "Convert Application Assignment Scope" needs it; its list of error codes has E0000062 for that case,
// without its conditions. Nothing turns a direct assignment into one by a group (teleport, issue 53947): that the scope is then ignored is
// our guess, and so is that scope GROUP without a group that grants the application is refused.
func assignUser(c *call) answer {
	body := c.body()
	return c.changeObject(apps, func(d *directory, app *object) answer {
		id := textOf(body["id"])
		ordinal, ok := d.byID[id]
		switch {
		case id == "":
			return c.invalid("id", "id: The field cannot be left blank")
		case !ok:
			return c.missing(id, "User")
		}
		u := d.users[ordinal].at(c.now)
		if u.status == deprovisioned {
			return c.notInThisStatus()
		}
		a, scope := c.assignment(d, app, u), textOf(body["scope"])
		switch {
		case scope != "" && scope != "USER" && scope != "GROUP":
			return c.invalid("scope", "scope: must be one of USER, GROUP")
		case scope == "GROUP" && (a == nil || a.by == nil):
			return c.invalid("scope", "scope: no group grants the application to the user")
		case scope == "GROUP" && a.own == nil:
			return c.ok(encoded(c.shownAppUser(a, false)))
		}
		if a == nil {
			a = &assignment{app: app, user: u}
		}
		return c.fillAppUser(d, a, body, scope == "USER" || a.by == nil, "add")
	})
}

// updateAppUser handles POST /api/v1/apps/{id}/users/{user}. The description has two kinds of request, one with credentials and one with
// a profile (schema AppUserUpdateRequest). That one with both sets both is our guess: clients that send both, such as terraform-provider-okta,
// must be able to write. The attributes that the body leaves out stay, and a null removes one;
// that is our guess. An assignment by a group becomes a direct one (support.okta.com, "How to Convert an Existing User's App
// Assignment from Group-Owned to Individually-Owned Type", has it as a choice of the person who edits).
func updateAppUser(c *call) answer {
	body := c.body()
	return c.changeObject(apps, func(d *directory, app *object) answer {
		return c.withAppUser(d, app, func(a *assignment) answer { return c.fillAppUser(d, a, body, true, "update") })
	})
}

// fillAppUser sets credentials and profile of an assignment, which becomes a direct one if direct is true or if the body has either.
func (c *call) fillAppUser(d *directory, a *assignment, body map[string]any, direct bool, what string) answer {
	credentials, profile := objectIn(body["credentials"]), objectIn(body["profile"])
	if refusal := c.refusedAppUser(a, credentials, profile); refusal != nil {
		return *refusal
	}
	if !direct && len(credentials) == 0 && len(profile) == 0 {
		return c.ok(encoded(c.shownAppUser(a, false)))
	}
	fields := map[string]any{"app": a.app.id, "user": a.user.id}
	if a.own != nil {
		fields = maps.Clone(a.own.fields)
	} else if a.by != nil {
		fields["profile"] = a.by.fields["profile"]
	}
	if name := textOf(credentials["userName"]); name == userNameOf(a.app, a.user) {
		setIn(fields, "credentials", "userName", nil) // it follows from the template
	} else if name != "" {
		setIn(fields, "credentials", "userName", name)
	}
	if textOf(objectIn(credentials["password"])["value"]) != "" { // clients write back the {} that they read, or send it for no password
		setIn(fields, "credentials", "password", map[string]any{})
	}
	mapped := mappedProfile(a.app, a.user)
	for name, value := range profile {
		if mapped[name] == nil {
			setIn(fields, "profile", name, value)
		}
	}
	if a.own == nil {
		a.own = &object{created: c.now}
		a.own.fields = fields
		if err := d.add(appUsers, a.own); err != nil {
			return c.refuse(http.StatusInternalServerError, "E0000009", "Internal Server Error", err.Error())
		}
	}
	a.own.fields, a.own.lastUpdated = fields, c.now
	c.logAppUser(what, a)
	return c.ok(encoded(c.shownAppUser(a, false)))
}

// setIn sets a property of an object in fields, which it replaces. A null removes the property, and an object without properties.
func setIn(fields map[string]any, field, name string, value any) {
	object := maps.Clone(objectIn(fields[field]))
	if object[name] = value; value == nil {
		delete(object, name)
	}
	if fields[field] = object; len(object) == 0 {
		delete(fields, field)
	}
}

// refusedAppUser returns why credentials or a profile cannot be set (management API, "Update an application user", its errors); nil
// if they can.
func (c *call) refusedAppUser(a *assignment, credentials, profile map[string]any) *answer {
	refuse := func(r answer) *answer { return &r }
	scheme := objectIn(a.app.fields["credentials"])["scheme"]
	if len(credentials) > 0 && scheme == "SHARED_USERNAME_AND_PASSWORD" {
		return refuse(c.refuse(http.StatusBadRequest, "E0000041", "Credentials should not be set on this resource based on the scheme.",
			"User level credentials should not be provided for this scheme."))
	}
	if utf8.RuneCountInString(textOf(credentials["userName"])) > 100 {
		return refuse(c.invalid("credentials.userName", "credentials.userName: The field is too long"))
	}
	mapped := mappedProfile(a.app, a.user)
	for _, name := range slices.Sorted(maps.Keys(profile)) {
		if value, is := mapped[name]; is && value != profile[name] {
			return refuse(c.refuse(http.StatusForbidden, "E0000075",
				"Cannot modify the "+name+" attribute because it has a field mapping and profile push is enabled."))
		}
	}
	return c.appProfileFaults(c.org.state, a.app, profile)
}
