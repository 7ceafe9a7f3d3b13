package oktasim

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

var userWriteRoutes = []route{
	{"POST", "/api/v1/users", "okta.users.manage", createUser},
	{"POST", "/api/v1/users/{id}", "okta.users.manage", updateUser},
	{"PUT", "/api/v1/users/{id}", "okta.users.manage", replaceUser},
}

// maxGroupIDs is the maximum number of groups to which a new user can be added (Users API, "Create a user", and
// E0000093 among its examples).
const maxGroupIDs = 20

// createUser handles POST /api/v1/users. The status of the new user depends on activate and the credentials (Users API,
// "Create a user"): STAGED without activation; ACTIVE with a password, a hash, or a provider that manages the
// password (FEDERATION, SOCIAL); otherwise PROVISIONED, until the user follows the link of the activation email. With
// nextLogin=changePassword, a user with a password becomes PASSWORD_EXPIRED.
func createUser(c *call) answer {
	body := userBody{whole: true}
	c.decode(&body)
	activate, elsewhere := c.flag("activate", true), c.flag("provider", false)
	expire := c.query.Get("nextLogin") == "changePassword"
	if next := c.query.Get("nextLogin"); next != "" && !expire { // schema UserNextLogin has no other value
		c.reject(c.invalid("nextLogin", "nextLogin: must be changePassword"))
	}
	if expire {
		c.mayExpire(activate, body.setsPassword())
	}
	if len(body.GroupIDs) > maxGroupIDs {
		c.reject(c.refuse(http.StatusBadRequest, "E0000093", "Target count limit exceeded", "The number of group targets is too large."))
	}
	return c.write(func(d *directory) answer {
		now, ordinal := c.now, uint32(len(d.users))
		u := user{created: now, lastUpdated: now, status: staged}
		if refusal := c.take(&u, ordinal, body, requiredAttributes); refusal != nil {
			return *refusal
		}
		groups, refusal := c.targets(body.GroupIDs)
		if refusal != nil {
			return *refusal
		}
		if activate {
			u.enter(u.statusOnceActivated(), now)
			if elsewhere && signsInElsewhere(body.Credentials.Provider.Type) {
				u.status = active
			}
			if expire {
				u.status = passwordExpired
			}
		}
		u.id = mintID("00u", uint64(ordinal), 0)
		c.remember(ordinal)
		if err := d.addUser(u); err != nil {
			return c.refuse(http.StatusInternalServerError, "E0000009", "Internal Server Error", err.Error())
		}
		c.log("user.lifecycle.create", userTarget(&u))
		for _, g := range groups {
			c.reassign(d, d.appsOf(g), []uint32{ordinal}, func() {
				g.add(ordinal)
				g.lastMembershipUpdated = now
				if g.kind == oktaGroup { // the membership of Everyone is not logged
					c.log("group.user_membership.add", userTarget(&u), groupTarget(g))
				}
			})
		}
		if activate {
			c.log("user.lifecycle.activate", userTarget(&u))
		}
		c.applyRules(d, ordinal)
		return c.userAnswer(&u)
	})
}

// mayExpire refuses nextLogin=changePassword if there is no usable password. The texts are from the examples of the
// operation.
func (c *call) mayExpire(activate, password bool) {
	refuse := func(code, why string) {
		text := "Could not create user. To create a user and expire their password immediately, " + why
		c.reject(c.refuse(http.StatusBadRequest, code, text, text))
	}
	switch {
	case !activate:
		refuse("E0000125", `"activate" must be true`)
	case !password:
		refuse("E0000124", "a password must be specified")
	}
}

// targets returns the groups of a new user: the requested ones, and Everyone, which is the first group of every org.
// Okta does not document its answer for a group that does not exist or cannot have members added.
func (c *call) targets(ids []string) ([]*group, *answer) {
	list := []*group{&c.org.state.groups[0]}
	for _, id := range ids {
		g, ok := c.org.state.group(id)
		if !ok {
			a := c.missing(id, "UserGroup")
			return nil, &a
		}
		if g.kind != oktaGroup {
			a := c.invalid("groupIds", "groupIds: "+id+" is of type "+g.kind.String()+", which takes no members")
			return nil, &a
		}
		if !slices.Contains(list, g) {
			list = append(list, g)
		}
	}
	return list, nil
}

// updateUser handles POST /api/v1/users/{id}. It changes only the attributes in the body; null removes a value (Users API,
// "Update a user").
func updateUser(c *call) answer { return c.writeUser(false) }

// replaceUser handles PUT /api/v1/users/{id}. It replaces the whole profile, but keeps credentials that the body does not
// have (Users API, "Replace a user").
func replaceUser(c *call) answer { return c.writeUser(true) }

// writeUser changes the user of the path. A user who is DEPROVISIONED is not found (okta-sdk-java, issue 721). A new
// password ends RECOVERY and PASSWORD_EXPIRED.
func (c *call) writeUser(replace bool) answer {
	body := userBody{whole: replace}
	c.decode(&body)
	return c.changeUser(func(d *directory, u *user) answer {
		if u.status == deprovisioned {
			return c.missing(c.r.PathValue("id"), "User")
		}
		if refusal := c.conditional(u); refusal != nil {
			return *refusal
		}
		if body.setsHash() && u.status != staged { // schema PasswordCredentialHash; Okta's answer is not documented
			return c.invalid("password", "password: a hash is for a user who is STAGED")
		}
		ordinal, written := d.byID[u.id], *u
		required := slices.Collect(maps.Keys(body.Profile)) // a partial update checks only the attributes in the body
		if replace && body.Profile != nil {
			written.login, written.email, written.first, written.last, written.attributes = "", "", "", "", nil
			required = requiredAttributes
		}
		if refusal := c.take(&written, ordinal, body, required); refusal != nil {
			return *refusal
		}
		written.lastUpdated = c.now
		if body.setsPassword() && (u.status == recovery || u.status == passwordExpired) {
			written.enter(active, written.lastUpdated)
		}
		before, kind := u.login, u.typeID()
		*u = written
		if foldLogin(before) != foldLogin(u.login) {
			d.forget(before)
			d.learn(u.login, ordinal)
		}
		if body.Profile != nil {
			c.log("user.account.update_profile", userTarget(u))
		}
		if u.typeID() != kind {
			c.log("user.account.update_user_type", userTarget(u))
		}
		if body.setsPassword() {
			c.log("user.account.update_password", userTarget(u))
		}
		return c.userAnswer(u)
	})
}

// take sets a record to the values of a body, or refuses the whole body. The record is a copy, not yet in the
// directory.
func (c *call) take(u *user, ordinal uint32, body userBody, required []string) *answer {
	refuse := func(what string, causes []string) *answer {
		a := c.invalid(what, causes...)
		return &a
	}
	amended, cause := body.typed(c.org.state, body.amend(u.known(), u.id == ""))
	if cause != "" {
		return refuse("type", []string{cause})
	}
	u.setAccount(amended)
	custom := c.org.state.custom(u.schemaOwner())
	causes := custom.faults(body.Profile)
	if len(causes) == 0 {
		u.assign(body.Profile)
		for _, name := range requiredAttributes {
			if slices.Contains(required, name) && *u.ownField(name) == "" {
				causes = append(causes, name+": The field cannot be left blank")
			}
		}
	}
	if body.whole && body.Profile != nil {
		causes = append(causes, custom.missing(u.attributes)...)
	}
	if len(causes) > 0 {
		return refuse(firstField(causes), causes)
	}
	if cause, found := custom.unknown(body.Profile); found {
		return refuse("profile", []string{cause})
	}
	if holder, taken := c.org.state.byLogin[foldLogin(u.login)]; taken && holder != ordinal {
		return refuse("login", []string{"login: An object with this field already exists in the current organization"})
	}
	if what, causes := body.credentialFaults(u.login, amended); len(causes) > 0 && !c.again {
		return refuse(what, causes)
	}
	if body.setsPassword() {
		u.setPassword(body.letters(), c.now)
		u.passwordDated = u.id != "" // not of a user who is created
	}
	return nil
}

// firstField returns the property in the summary of a refusal: the first one with a cause.
func firstField(causes []string) string {
	name, _, _ := strings.Cut(causes[0], ":")
	return name
}
