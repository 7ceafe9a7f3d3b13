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

// suspendUser handles POST /api/v1/users/{id}/lifecycle/suspend: from ACTIVE to SUSPENDED. Other statuses are refused
// (Users API, "Suspend a user"; error code E0000001 mentions this case). Groups and apps are kept.
func suspendUser(c *call) answer {
	return c.changeUser(func(_ *directory, u *user) answer {
		if u.status != active {
			return c.invalid("suspendUser", "Cannot suspend a user that is not active")
		}
		return c.enter(u, suspended, "user.lifecycle.suspend")
	})
}

// unsuspendUser handles POST /api/v1/users/{id}/lifecycle/unsuspend: from SUSPENDED to ACTIVE. Other statuses are refused
// (Users API, "Unsuspend a user").
func unsuspendUser(c *call) answer {
	return c.changeUser(func(_ *directory, u *user) answer {
		if u.status != suspended {
			return c.invalid("unsuspendUser", "Cannot unsuspend a user that is not suspended")
		}
		return c.enter(u, active, "user.lifecycle.unsuspend")
	})
}

// unlockUser handles POST /api/v1/users/{id}/lifecycle/unlock: from LOCKED_OUT to ACTIVE. Okta also unlocks ACTIVE users
// who are blocked from unknown devices, which this org does not simulate. E0000032 is Okta's "Unlock is not allowed
// for this user".
func unlockUser(c *call) answer {
	return c.changeUser(func(_ *directory, u *user) answer {
		if u.status != lockedOut {
			return c.refuse(http.StatusForbidden, "E0000032", "Unlock is not allowed for this user.")
		}
		return c.enter(u, active, "user.account.unlock_by_admin")
	})
}

// enter sets the status of a user and logs the event. The answer is an empty object.
func (c *call) enter(u *user, to status, event string) answer {
	u.enter(to, c.now)
	c.log(event, userTarget(u))
	return c.empty()
}

// deactivateUser handles POST /api/v1/users/{id}/lifecycle/deactivate: from any other status to DEPROVISIONED. A user who
// is already DEPROVISIONED is not found (okta-sdk-java, issue 721: 404 E0000007 for deactivate and for update). The
// password is removed. The groups are kept, which Okta does not document.
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

// deactivate starts the deactivation of a user, who loses all applications (Users API, "Deactivate a user"), sessions and
// factors. That sessions and factors are lost at its start, and that the log has its start and not its end, is our guess.
func (c *call) deactivate(u *user) {
	d := c.org.state
	d.removeOf(u, sessions)
	d.removeOf(u, factors)
	c.log("user.lifecycle.deactivate", userTarget(u))
	c.reassign(d, d.collection(apps).live(), []uint32{d.byID[u.id]}, func() {
		d.unassignAll(u)
		c.depart(u, deprovisioned, c.respondsAsync())
	})
}

// activateUser handles POST /api/v1/users/{id}/lifecycle/activate: from STAGED or DEPROVISIONED, to ACTIVE for a user with
// a password, otherwise to PROVISIONED. Without the email, the answer has the link that the email would have (Users
// API, "Activate a user"). That the log has the start of the activation, and not its end, is our guess.
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

// reactivateUser handles POST /api/v1/users/{id}/lifecycle/reactivate. It sends another activation email, or returns its
// link, for users who are PROVISIONED or in RECOVERY; other statuses are refused with 403 E0000038 (Users API,
// "Reactivate a user"; Okta's OpenAPI description mentions only PROVISIONED). It "records the same set of events as
// when a user is activated". That the status does not change is our guess.
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

// welcome returns the answer to an activation: empty if an email is sent, otherwise with the link of the email.
func (c *call) welcome(mail bool) answer {
	if mail {
		return c.empty()
	}
	token := mintID("act", c.org.serial.Add(1), 0)
	return c.ok([]byte(`{"activationUrl":"` + c.base + `/welcome/` + token + `","activationToken":"` + token + `"}`))
}

// statusOnceActivated returns the status of the user after an activation.
func (u *user) statusOnceActivated() status {
	if u.password {
		return active
	}
	return provisioned
}

// deleteUser handles DELETE /api/v1/users/{id}. It deletes a user who is DEPROVISIONED, and only deactivates any other
// user (Users API, "Delete a user"). Both answer 204. Okta can also delete asynchronously; what clients see meanwhile
// is not documented, and here the deletion is immediate.
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
