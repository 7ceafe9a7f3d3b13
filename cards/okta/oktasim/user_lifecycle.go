package oktasim

import "net/http"

var userLifecycleRoutes = []route{
	{"POST", "/api/v1/users/{id}/lifecycle/activate", "okta.users.manage", activateUser},
	{"POST", "/api/v1/users/{id}/lifecycle/reactivate", "okta.users.manage", reactivateUser},
	{"POST", "/api/v1/users/{id}/lifecycle/deactivate", "okta.users.manage", deactivateUser},
	{"POST", "/api/v1/users/{id}/lifecycle/suspend", "okta.users.manage", suspendUser},
	{"POST", "/api/v1/users/{id}/lifecycle/unsuspend", "okta.users.manage", unsuspendUser},
	{"POST", "/api/v1/users/{id}/lifecycle/unlock", "okta.users.manage", unlockUser},
	{"DELETE", "/api/v1/users/{id}", "okta.users.manage", deleteUser},
}

// suspendUser is POST /api/v1/users/{id}/lifecycle/suspend: from ACTIVE to SUSPENDED, and from no
// other status (Users API, "Suspend a user"; error code E0000001 names this very case). Groups and
// apps are kept.
func suspendUser(c *call) answer {
	return c.changeUser(func(_ *directory, u *user) answer {
		if u.status != active {
			return c.invalid("suspendUser", "Cannot suspend a user that is not active")
		}
		return c.enter(u, suspended, "user.lifecycle.suspend")
	})
}

// unsuspendUser is POST /api/v1/users/{id}/lifecycle/unsuspend: from SUSPENDED to ACTIVE, and from
// no other status (Users API, "Unsuspend a user").
func unsuspendUser(c *call) answer {
	return c.changeUser(func(_ *directory, u *user) answer {
		if u.status != suspended {
			return c.invalid("unsuspendUser", "Cannot unsuspend a user that is not suspended")
		}
		return c.enter(u, active, "user.lifecycle.unsuspend")
	})
}

// unlockUser is POST /api/v1/users/{id}/lifecycle/unlock: from LOCKED_OUT to ACTIVE. Okta also unlocks ACTIVE users
// who are blocked from unknown devices, and nobody here is. E0000032 is Okta's "Unlock is not allowed for this user".
func unlockUser(c *call) answer {
	return c.changeUser(func(_ *directory, u *user) answer {
		if u.status != lockedOut {
			return c.refuse(http.StatusForbidden, "E0000032", "Unlock is not allowed for this user.")
		}
		return c.enter(u, active, "user.account.unlock_by_admin")
	})
}

// enter puts a user into a status. The answer is an empty object.
func (c *call) enter(u *user, to status, event string) answer {
	u.enter(to, c.now)
	c.log(event, userTarget(u))
	return c.empty()
}

// deactivateUser is POST /api/v1/users/{id}/lifecycle/deactivate: to DEPROVISIONED, from any other status. A user who
// is DEPROVISIONED already is not found (okta-sdk-java, issue 721: 404 E0000007 to deactivate and to update alike). The
// password goes; the groups stay, which Okta does not document.
func deactivateUser(c *call) answer {
	c.flag("sendEmail", false)
	return c.changeUser(func(_ *directory, u *user) answer {
		if u.status == deprovisioned {
			return c.missing(c.r.PathValue("id"), "User")
		}
		c.deactivate(u)
		return c.empty()
	})
}

// deactivate sends a user to DEPROVISIONED. That the log has the start of it, and not the end, is our guess.
func (c *call) deactivate(u *user) {
	c.depart(u, deprovisioned, c.respondsAsync())
	c.log("user.lifecycle.deactivate", userTarget(u))
}

// activateUser is POST /api/v1/users/{id}/lifecycle/activate: from STAGED or DEPROVISIONED to ACTIVE with a password,
// else to PROVISIONED. Without the mail the answer has the link that the mail would have (Users API, "Activate a user").
// That the log has the start of it, and not the end, is our guess.
func activateUser(c *call) answer {
	mail := c.flag("sendEmail", true)
	return c.changeUser(func(_ *directory, u *user) answer {
		if u.status != staged && u.status != deprovisioned {
			return c.refuse(http.StatusForbidden, "E0000016", "Activation failed because the user is already active")
		}
		c.depart(u, u.statusOnceActivated(), true)
		c.log("user.lifecycle.activate", userTarget(u))
		return c.welcome(mail)
	})
}

// reactivateUser is POST /api/v1/users/{id}/lifecycle/reactivate, which sends an activation mail, or returns its link,
// once more: to users PROVISIONED or in RECOVERY, else 403 E0000038 (Users API, "Reactivate a user"; Okta's OpenAPI
// description names PROVISIONED alone). It "records the same set of events as when a user is activated". That the
// status stays is our guess.
func reactivateUser(c *call) answer {
	mail := c.flag("sendEmail", false)
	return c.changeUser(func(_ *directory, u *user) answer {
		if u.status != provisioned && u.status != recovery {
			return c.notInThisStatus()
		}
		c.log("user.lifecycle.activate", userTarget(u))
		return c.welcome(mail)
	})
}

// welcome is the answer to an activation: empty where a mail goes out, else with the link of the mail.
func (c *call) welcome(mail bool) answer {
	if mail {
		return c.empty()
	}
	token := mintID("act", c.org.serial.Add(1), 0)
	return c.ok([]byte(`{"activationUrl":"` + c.base + `/welcome/` + token + `","activationToken":"` + token + `"}`))
}

// statusOnceActivated is the status that an activation ends in.
func (u *user) statusOnceActivated() status {
	if u.password {
		return active
	}
	return provisioned
}

// deleteUser is DELETE /api/v1/users/{id}: a user who is not DEPROVISIONED yet is deactivated, and only one who is, is
// deleted (Users API, "Delete a user"). Both answer 204. Okta also deletes asynchronously where that is asked for; what
// is seen meanwhile is not documented, and here it is done at once.
func deleteUser(c *call) answer {
	c.flag("sendEmail", false)
	return c.changeUser(func(d *directory, u *user) answer {
		if u.status != deprovisioned {
			c.deactivate(u)
			return c.noContent()
		}
		c.log("user.lifecycle.delete.initiated", userTarget(u))
		d.removeUser(d.byID[u.id], c.now)
		c.log("user.lifecycle.delete.completed", userTarget(u))
		return c.noContent()
	})
}
