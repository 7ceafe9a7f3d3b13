package oktasim

import "slices"

// A user is one user of the org. There may be a million of them, so the record is small: equal strings are shared,
// times are numbers, and attributes without a value are not stored.
type user struct {
	id              string
	login, email    string
	first, last     string      // empty names are shown as null
	account         *account    // nil for most users
	transition      *transition // a pending change of the status; nil for most users
	attributes      []attribute // sorted by name; several orgs may share them: replace, never modify
	created         instant
	activated       instant
	statusChanged   instant
	lastLogin       instant
	lastUpdated     instant
	passwordChanged instant
	status          status
	listedID        bool // the seed gives the id
	password        bool // the user has a password, or its hash
	passwordDated   bool // the seed gives a time of the password that it would not have otherwise, or it was changed later
	gone            bool // deleted; the record is no longer found
}

// An attribute is a property of a profile other than the six that every user has.
type attribute struct {
	name string
	json string // the value as JSON, so that numbers keep their digits
}

// settle sets the times that a seed leaves unset to values that fit the status: the start of the org, or the earliest
// time that the seed gives if that is earlier.
func (u *user) settle(start instant) {
	if u.created == unset {
		u.created = start
		for _, t := range []instant{u.activated, u.statusChanged, u.lastLogin, u.lastUpdated, u.passwordChanged} {
			if t != unset && t != never && t < u.created {
				u.created = t
			}
		}
	}
	if u.activated == unset {
		u.activated = u.created
		if u.status == staged {
			u.activated = never
		}
	}
	if u.statusChanged == unset {
		u.statusChanged = u.activated
	}
	if u.lastLogin == unset {
		u.lastLogin = never
	}
	if u.passwordChanged == unset {
		u.passwordChanged = never
		if u.password {
			u.passwordChanged = max(u.created, u.activated)
		}
	}
	u.passwordDated = u.passwordDated && u.passwordChanged != max(u.created, u.activated)
	if u.lastUpdated == unset {
		u.lastUpdated = max(u.created, u.statusChanged)
	}
}

// enter sets the status of a user. Both times change with it (Users API: statusChanged is "when the status of the
// user last changed", lastUpdated "when the user was last updated").
func (u *user) enter(s status, now instant) {
	if s == deprovisioned {
		u.losePassword() // a later activation starts without a password
	} else if u.status == staged || u.status == deprovisioned {
		u.activated = now
	}
	u.status = s
	u.statusChanged = now
	u.lastUpdated = now
}

// userTypeID and userSchemaID are the ids of the default user type.
const (
	userTypeID   = "oty0000000default5d7"
	userSchemaID = "osc0000000default5d7"
)

// appendUser appends a user as Okta's User object. In a list, a user has only a self link; otherwise it has links for
// all operations on the user (management API, schema User, _links).
func appendUser(b []byte, u *user, v userView) []byte {
	b = append(b, `{"id":`...)
	b = appendText(b, u.id)
	b = append(b, `,"status":"`...)
	b = append(b, statusNames[u.status]...)
	b = append(b, `","created":`...)
	b = u.created.appendJSON(b)
	b = append(b, `,"activated":`...)
	b = u.activated.appendJSON(b)
	b = append(b, `,"statusChanged":`...)
	b = u.statusChanged.appendJSON(b)
	b = append(b, `,"lastLogin":`...)
	b = u.lastLogin.appendJSON(b)
	b = append(b, `,"lastUpdated":`...)
	b = u.lastUpdated.appendJSON(b)
	b = append(b, `,"passwordChanged":`...)
	b = u.passwordChanged.appendJSON(b)
	if u.transition != nil && !v.omitTransition {
		b = append(b, `,"transitioningToStatus":"`+u.transition.to.String()+`"`...)
	}
	b = append(b, `,"type":{"id":"`+u.typeID()+`"},"profile":`...)
	b = appendProfile(b, u)
	if realm := u.known().realm; realm != "" {
		b = append(b, `,"realmId":`...)
		b = appendText(b, realm)
	}
	if !v.omitCredentials {
		b = append(b, `,"credentials":`...)
		b = u.appendCredentials(b)
	}
	b = append(b, `,"_links":{`...)
	b = appendUserLinks(b, u, v)
	return append(b, "}}"...)
}

// appendProfile appends the profile: the six attributes of every user, null if they have no value, and then the other
// attributes that have a value.
func appendProfile(b []byte, u *user) []byte {
	b = append(b, `{"firstName":`...)
	b = appendTextOrNull(b, u.first)
	b = append(b, `,"lastName":`...)
	b = appendTextOrNull(b, u.last)
	for _, name := range [...]string{"mobilePhone", "secondEmail"} {
		b = append(b, `,"`...)
		b = append(b, name...)
		b = append(b, `":`...)
		b = append(b, u.attribute(name)...)
	}
	b = append(b, `,"login":`...)
	b = appendText(b, u.login)
	b = append(b, `,"email":`...)
	b = appendText(b, u.email)
	for _, a := range u.attributes {
		if a.name == "mobilePhone" || a.name == "secondEmail" {
			continue
		}
		b = append(b, ',')
		b = appendText(b, a.name)
		b = append(b, ':')
		b = append(b, a.json...)
	}
	return append(b, '}')
}

// attribute returns an attribute as JSON; null if the user does not have it.
func (u *user) attribute(name string) string {
	for _, a := range u.attributes {
		if a.name == name {
			return a.json
		}
	}
	return "null"
}

// A userLink is the link of an operation on a user. The method is always POST.
type userLink struct{ name, path string }

var (
	deactivateLink = userLink{"deactivate", "/lifecycle/deactivate"}
	passwordLinks  = []userLink{
		{"resetPassword", "/lifecycle/reset_password"},
		{"expirePassword", "/lifecycle/expire_password"},
		{"forgotPassword", "/credentials/forgot_password"},
		{"changePassword", "/credentials/change_password"},
		{"changeRecoveryQuestion", "/credentials/change_recovery_question"},
		{"resetFactors", "/lifecycle/reset_factors"},
	}
)

// userLinks are the links by status. Okta documents their names, and that they depend on status and policies, but has
// no table; this one follows the preconditions of the lifecycle operations, and for STAGED and PROVISIONED the answers of Okta to
// terraform-provider-okta (test/fixtures/vcr, TestAccResourceOktaUser_updateAllAttributes and TestAccResourceOktaAppUser_crud, oie).
var userLinks = [...][]userLink{
	active: append([]userLink{{"suspend", "/lifecycle/suspend"}, deactivateLink}, passwordLinks...),
	staged: {{"activate", "/lifecycle/activate"}},
	provisioned: {
		{"suspend", "/lifecycle/suspend"}, {"reactivate", "/lifecycle/reactivate"}, {"resetPassword", "/lifecycle/reset_password"}, deactivateLink,
	},
	recovery:        append([]userLink{{"reactivate", "/lifecycle/reactivate"}, deactivateLink}, passwordLinks...),
	lockedOut:       append([]userLink{{"unlock", "/lifecycle/unlock"}, deactivateLink}, passwordLinks...),
	passwordExpired: append([]userLink{deactivateLink}, passwordLinks...),
	suspended:       {{"unsuspend", "/lifecycle/unsuspend"}, deactivateLink},
	deprovisioned:   {{"activate", "/lifecycle/activate"}},
}

func appendUserLinks(b []byte, u *user, v userView) []byte {
	self := func(b []byte) []byte {
		b = append(b, v.base...)
		b = append(b, "/api/v1/users/"...)
		return append(b, u.id...)
	}
	if v.alone {
		for _, link := range userLinks[u.status] {
			if v.omitCredentialsLinks && slices.Contains(credentialsLinks, link.name) {
				continue
			}
			b = append(b, '"')
			b = append(b, link.name...)
			b = append(b, `":{"href":"`...)
			b = append(self(b), link.path...)
			b = append(b, `","method":"POST"},`...)
		}
		b = append(b, `"schema":{"href":"`...)
		b = append(b, v.base...)
		b = append(b, `/api/v1/meta/schemas/user/`+schemaOfType(u.typeID())+`"},"type":{"href":"`...)
		b = append(b, v.base...)
		b = append(b, `/api/v1/meta/types/user/`+u.typeID()+`"},`...)
	}
	b = append(b, `"self":{"href":"`...)
	b = self(b)
	return append(b, `"}`...)
}
