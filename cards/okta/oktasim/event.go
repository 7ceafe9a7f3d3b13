package oktasim

import (
	"fmt"
	"strings"
)

// An event is one entry of the system log. It is never modified.
type event struct {
	kind      string // eventType
	published instant
	stored    instant // when queries begin to find it: published, or later
	actor     target
	targets   []target
	uuid      string
	request   string // X-Okta-Request-Id of the call that caused it
	address   string // of the client; "" if unknown
	token     string // id of the API token; "" if there was none
	uri       string
	passing   bool   // it ends with the process
	result    string // outcome.result
	reason    string // outcome.reason; "" for null
}

// A target is a user, group or other resource that an event is about, in its state at that time.
type target struct{ id, kind, alternate, display string }

func userTarget(u *user) target {
	name := strings.TrimSpace(u.first + " " + u.last)
	if name == "" { // a seed may leave out the names, which Okta requires
		name = u.login
	}
	return target{id: u.id, kind: "User", alternate: u.login, display: name}
}

// groupTarget returns a group as a target. Its alternate name is "unknown", as in Okta's events of groups.
func groupTarget(g *group) target {
	return target{id: g.id, kind: "UserGroup", alternate: "unknown", display: g.name}
}

// displayMessages has the messages of this org's events. The types are from Okta's catalogue. The texts are meant to
// resemble Okta's; clients should not compare them.
var displayMessages = map[string]string{
	"account.user.classify":                     "Classify user",
	"app.oauth2.admin.consent.grant":            "Grant an app consent to an OAuth scope",
	"app.oauth2.admin.consent.revoke":           "Revoke the consent of an app to an OAuth scope",
	"app.oauth2.authorize.code":                 "OIDC authorization code request",
	"app.oauth2.client.privilege.grant":         "Grant OAuth2 client privilege",
	"app.oauth2.client.privilege.revoke":        "Revoke OAuth2 client privilege",
	"app.oauth2.token.detect_reuse":             "One-time refresh token reused",
	"app.oauth2.token.grant.access_token":       "OIDC access token is granted",
	"app.oauth2.token.grant.refresh_token":      "OIDC refresh token is granted",
	"app.oauth2.token.revoke":                   "OAuth2 token revocation request",
	"application.lifecycle.activate":            "Activate application",
	"application.lifecycle.create":              "Create application",
	"application.lifecycle.deactivate":          "Deactivate application",
	"application.lifecycle.delete":              "Delete application",
	"application.lifecycle.update":              "Update application",
	"application.user_membership.add":           "Add user to application membership",
	"application.user_membership.remove":        "Remove user's application membership",
	"application.user_membership.update":        "Update user's application membership",
	"device.lifecycle.activate":                 "Activate device",
	"device.lifecycle.deactivate":               "Deactivate device",
	"device.lifecycle.delete":                   "Delete device",
	"device.lifecycle.suspend":                  "Suspend device",
	"device.lifecycle.unsuspend":                "Unsuspend device",
	"directory.app_user_profile.update":         "Update application user profile schema",
	"directory.linked_object.create":            "Create a linked object",
	"directory.linked_object.delete":            "Delete a linked object",
	"directory.non_default_user_profile.create": "Create user type",
	"directory.realm.lifecycle.create":          "Create a realm",
	"directory.realm.lifecycle.delete":          "Delete a realm",
	"directory.realm.lifecycle.update":          "Update a realm",
	"directory.user_profile.update":             "Update user profile schema",
	"event_hook.activated":                      "Activate event hook",
	"event_hook.created":                        "Create event hook",
	"event_hook.deactivated":                    "Deactivate event hook",
	"event_hook.deleted":                        "Delete event hook",
	"event_hook.delivery":                       "Event hook delivery",
	"event_hook.updated":                        "Update event hook",
	"event_hook.verified":                       "Verify event hook",
	"group.application_assignment.add":          "Add assigned application to group",
	"group.application_assignment.remove":       "Remove assigned application from group",
	"group.application_assignment.update":       "Update assigned application of group",
	"group.lifecycle.create":                    "Create Okta group",
	"group.lifecycle.delete":                    "Delete Okta group",
	"group.privilege.grant":                     "Grant group privilege",
	"group.privilege.revoke":                    "Revoke group privilege",
	"group.profile.update":                      "Update Okta group profile",
	"group.user_membership.add":                 "Add user to group membership",
	"group.user_membership.remove":              "Remove user from group membership",
	"group.user_membership.rule.add_exclusion":  "Add user exclusion to group rule",
	"group.user_membership.rule.invalidate":     "Group rule is invalid",
	"policy.rule.activate":                      "Activate policy rule",
	"policy.rule.add":                           "Add policy rule",
	"policy.rule.deactivate":                    "Deactivate policy rule",
	"policy.rule.delete":                        "Delete policy rule",
	"policy.rule.update":                        "Update policy rule",
	"system.identity_sources.bulk_delete":       "Delete users of an identity source",
	"system.identity_sources.bulk_upsert":       "Upsert users of an identity source",
	"user.account.expire_password":              "Expire user's password",
	"user.account.privilege.grant":              "Grant user privilege",
	"user.account.privilege.revoke":             "Revoke user privilege",
	"user.account.reset_password":               "User reset password for Okta (by admin)",
	"user.account.unlock_by_admin":              "Unlock user account by admin",
	"user.account.update_password":              "User update password for Okta",
	"user.account.update_profile":               "Update user profile for Okta",
	"user.account.update_user_type":             "Update user type",
	"user.lifecycle.activate":                   "Activate Okta user",
	"user.lifecycle.create":                     "Create Okta user",
	"user.lifecycle.deactivate":                 "Deactivate Okta user",
	"user.lifecycle.delete.completed":           "Completed delete of Okta user",
	"user.lifecycle.delete.initiated":           "Initiated delete of Okta user",
	"user.lifecycle.suspend":                    "Suspend Okta user",
	"user.lifecycle.unsuspend":                  "Unsuspend Okta user",
	"user.mfa.factor.deactivate":                "Reset factor for user",
	"user.mfa.factor.reset_all":                 "Reset all factors for user",
	"user.risk.change":                          "User risk changed",
	"user.session.clear":                        "Clear user session",
	"zone.activate":                             "Activate network zone",
	"zone.create":                               "Create network zone",
	"zone.deactivate":                           "Deactivate network zone",
	"zone.delete":                               "Delete network zone",
	"zone.update":                               "Update network zone",
}

// log adds an event about targets. Every change that an operation makes is logged once, with an event type of Okta's
// catalogue. The caller holds the lock for writing.
func (c *call) log(kind string, targets ...target) { c.logAs(c.actor(), kind, targets...) }

// actor returns the owner of the token, or the service that has it. The caller holds the lock.
func (c *call) actor() target {
	switch users := c.org.state.users; {
	case int(c.token.owner) < len(users):
		return userTarget(&users[c.token.owner])
	case c.token.app != nil:
		return clientTarget(clientOf(c.token.app))
	}
	return oktaSystem
}

// oktaSystem is the actor of events that Okta causes.
var oktaSystem = target{id: "unknown", kind: "SystemPrincipal", alternate: "system@okta.com", display: "Okta System"}

// logAs adds an event with an actor. The caller holds the lock for writing.
func (c *call) logAs(actor target, kind string, targets ...target) {
	c.add(event{kind: kind, actor: actor, targets: targets, result: "SUCCESS", passing: c.passing})
}

// logFailure adds an event about something that failed. It ends with the process, since requests that are refused are not kept. The
// caller holds the lock for writing.
func (c *call) logFailure(kind, reason string, targets ...target) {
	c.add(event{kind: kind, actor: c.actor(), targets: targets, result: "FAILURE", reason: reason, passing: true})
}

// add adds an event of the call.
func (c *call) add(e event) {
	e.published, e.uuid = c.now, c.org.events.uuid(e.passing)
	e.request, e.uri, e.address, e.token = c.id, c.r.URL.EscapedPath(), c.address, c.token.id
	c.org.events.add(e)
	c.logged = append(c.logged, e)
}

// uuidOf returns a UUID of two random numbers.
func uuidOf(a, b uint64) string {
	return fmt.Sprintf("%08x-%04x-4%03x-a%03x-%012x", a>>32, a>>16&0xffff, a&0xfff, b>>52, b&0xffffffffffff)
}

// appendEvent appends an event as Okta's LogEvent object (management API, schema LogEvent). As in Okta's events,
// unknown values are null.
func appendEvent(b []byte, e *event) []byte {
	b = append(b, `{"actor":`...)
	b = e.actor.appendJSON(b)
	b = append(b, `,"client":{"userAgent":null,"zone":null,"device":"Unknown","id":null,"ipAddress":`...)
	b = appendTextOrNull(b, e.address)
	b = append(b, `,"geographicalContext":null},"device":null,`...)
	b = append(b, `"authenticationContext":{"authenticationProvider":null,"credentialProvider":null,"credentialType":null,"issuer":null,"interface":null,`...)
	b = append(b, `"authenticationStep":0,"externalSessionId":null},"displayMessage":`...)
	b = appendTextOrNull(b, displayMessages[e.kind])
	b = append(b, `,"eventType":`...)
	b = appendText(b, e.kind)
	b = append(b, `,"outcome":{"result":"`+e.result+`","reason":`...)
	b = appendTextOrNull(b, e.reason)
	b = append(b, `},"published":`...)
	b = e.published.appendJSON(b)
	b = append(b, `,"securityContext":{"asNumber":null,"asOrg":null,"isp":null,"domain":null,"isProxy":null},"severity":"INFO","debugContext":{"debugData":{"requestId":"`...)
	b = append(b, e.request+`","requestUri":`...)
	b = appendText(b, e.uri)
	b = append(b, `}},"legacyEventType":null,"transaction":{"type":"WEB","id":"`+e.request+`","detail":{`...)
	if e.token != "" {
		b = append(b, `"requestApiTokenId":"`+e.token+`"`...)
	}
	b = append(b, `}},"uuid":"`+e.uuid+`","version":"0",`...)
	b = append(b, `"request":{"ipChain":[]},"target":[`...)
	for i, t := range e.targets {
		if i > 0 {
			b = append(b, ',')
		}
		b = t.appendJSON(b)
	}
	return append(b, "]}"...)
}

func (t target) appendJSON(b []byte) []byte {
	b = append(b, `{"id":`...)
	b = appendText(b, t.id)
	b = append(b, `,"type":`...)
	b = appendText(b, t.kind)
	b = append(b, `,"alternateId":`...)
	b = appendText(b, t.alternate)
	b = append(b, `,"displayName":`...)
	b = appendTextOrNull(b, t.display)
	return append(b, `,"detailEntry":null}`...)
}
