package oktasim

import "slices"

// A user is one person. There may be a million of them, so the record is small: strings are shared
// wherever they are equal, times are numbers, and attributes exist only where there is a value.
type user struct {
	id              string
	login, email    string
	first, last     string      // "" is null
	account         *account    // nil for most people
	transition      *transition // the way to another status; nil for most people
	attributes      []attribute // sorted by name; shared between orgs: replaced, never changed in place
	created         instant
	activated       instant
	statusChanged   instant
	lastLogin       instant
	lastUpdated     instant
	passwordChanged instant
	status          status
	listedID        bool // the id is the seed's own, not a made-up one
	password        bool // has a password, or its hash
	gone            bool // deleted: nobody finds the record any more
}

// An attribute is one property of a profile beyond the six that everybody has.
type attribute struct {
	name string
	json string // the value as JSON text, so that numbers keep their digits
}

// settle gives the times that a seed left unset a value that fits the status: the org's start, or
// the earliest time given where that is earlier.
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
	if u.lastUpdated == unset {
		u.lastUpdated = max(u.created, u.statusChanged)
	}
}

// enter puts a person into another status. Both times move with it (Users API: statusChanged is
// "when the status of the user last changed", lastUpdated "when the user was last updated").
func (u *user) enter(s status, now instant) {
	if s == deprovisioned {
		u.losePassword() // reactivation starts without one
	} else if u.status == staged || u.status == deprovisioned {
		u.activated = now
	}
	u.status = s
	u.statusChanged = now
	u.lastUpdated = now
}

// userTypeID and userSchemaID are those of the default user type, the only one there is.
const (
	userTypeID   = "oty0000000default5d7"
	userSchemaID = "osc0000000default5d7"
)

// appendUser appends a person as Okta's User object. A user among others has only a self link; one
// that was asked for alone has all that can be done with it (management API, schema User, _links).
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
	b = append(b, `,"type":{"id":"`+userTypeID+`"},"profile":`...)
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

// appendProfile appends the profile: the six attributes of everybody, null where there is no
// value, then the others where there are any.
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

// attribute is the JSON of an attribute, null where the person has none of that name.
func (u *user) attribute(name string) string {
	for _, a := range u.attributes {
		if a.name == name {
			return a.json
		}
	}
	return "null"
}

// A userLink is something that can be done with a user, all by POST.
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

// userLinks are the links of each status. Okta documents the names, and that they depend on status
// and policies, but no table; this one follows the lifecycle operations' own preconditions.
var userLinks = [...][]userLink{
	active:          append([]userLink{{"suspend", "/lifecycle/suspend"}, deactivateLink}, passwordLinks...),
	staged:          {{"activate", "/lifecycle/activate"}, deactivateLink},
	provisioned:     {{"reactivate", "/lifecycle/reactivate"}, {"resetPassword", "/lifecycle/reset_password"}, deactivateLink},
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
		b = append(b, `/api/v1/meta/schemas/user/`+userSchemaID+`"},"type":{"href":"`...)
		b = append(b, v.base...)
		b = append(b, `/api/v1/meta/types/user/`+userTypeID+`"},`...)
	}
	b = append(b, `"self":{"href":"`...)
	b = self(b)
	return append(b, `"}`...)
}
