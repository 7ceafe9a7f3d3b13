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
	return c.move(suspended, "user.lifecycle.suspend", func(u *user) *answer {
		return c.unless(u.status == active, c.invalid("suspendUser", "Cannot suspend a user that is not active"))
	})
}

// unsuspendUser is POST /api/v1/users/{id}/lifecycle/unsuspend: from SUSPENDED to ACTIVE, and from
// no other status (Users API, "Unsuspend a user").
func unsuspendUser(c *call) answer {
	return c.move(active, "user.lifecycle.unsuspend", func(u *user) *answer {
		return c.unless(u.status == suspended, c.invalid("unsuspendUser", "Cannot unsuspend a user that is not suspended"))
	})
}

// unlockUser is POST /api/v1/users/{id}/lifecycle/unlock: from LOCKED_OUT to ACTIVE. Okta unlocks
// ACTIVE people too who are blocked from unknown devices, and nobody here is. E0000032 is Okta's
// "Unlock is not allowed for this user".
func unlockUser(c *call) answer {
	return c.move(active, "user.account.unlock_by_admin", func(u *user) *answer {
		return c.unless(u.status == lockedOut, c.refuse(http.StatusForbidden, "E0000032", "Unlock is not allowed for this user."))
	})
}

// deactivateUser is POST /api/v1/users/{id}/lifecycle/deactivate: to DEPROVISIONED, from anything
// else. Whoever is DEPROVISIONED already is not found (okta-sdk-java, issue 721: 404 E0000007 to
// deactivate and to update alike). The password goes; the groups stay, which Okta does not document.
func deactivateUser(c *call) answer {
	if _, bad := c.flag("sendEmail", false); bad != nil {
		return *bad
	}
	return c.change(func(u *user) answer {
		if u.status == deprovisioned {
			return c.missing(c.r.PathValue("id"), "User")
		}
		c.deactivate(u)
		return c.ok([]byte("{}"))
	})
}

// deactivate takes a person's way to DEPROVISIONED. The log tells of its beginning, which is our guess.
func (c *call) deactivate(u *user) {
	c.remember(c.org.state.byID[u.id])
	c.depart(u, deprovisioned, c.respondsAsync())
	c.log("user.lifecycle.deactivate", userTarget(u))
}

// activateUser is POST /api/v1/users/{id}/lifecycle/activate: from STAGED or DEPROVISIONED to
// ACTIVE with a password, else to PROVISIONED. Without the mail the answer has the link that the
// mail would have (Users API, "Activate a user"). The log tells of its beginning, which is our guess.
func activateUser(c *call) answer {
	mail, bad := c.flag("sendEmail", true)
	if bad != nil {
		return *bad
	}
	return c.change(func(u *user) answer {
		if u.status != staged && u.status != deprovisioned {
			return c.refuse(http.StatusForbidden, "E0000016", "Activation failed because the user is already active")
		}
		c.remember(c.org.state.byID[u.id])
		c.depart(u, u.statusOnceActivated(), true)
		c.log("user.lifecycle.activate", userTarget(u))
		return c.welcome(mail)
	})
}

// reactivateUser is POST /api/v1/users/{id}/lifecycle/reactivate, which sends an activation mail, or
// gives its link, once more: to people PROVISIONED or in RECOVERY, else 403 E0000038 (Users API,
// "Reactivate a user"; Okta's OpenAPI description names PROVISIONED alone). It "records the same set of
// events as when a user is activated". The status stays, which is our guess.
func reactivateUser(c *call) answer {
	mail, bad := c.flag("sendEmail", false)
	if bad != nil {
		return *bad
	}
	return c.change(func(u *user) answer {
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
		return c.ok([]byte("{}"))
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

// deleteUser is DELETE /api/v1/users/{id}: whoever is not DEPROVISIONED yet is made so, and only
// whoever is, is deleted (Users API, "Delete a user"). Both answer 204. Okta deletes asynchronously too
// where that is asked for; what is seen meanwhile is not documented, and here it is done at once.
func deleteUser(c *call) answer {
	if _, bad := c.flag("sendEmail", false); bad != nil {
		return *bad
	}
	return c.change(func(u *user) answer {
		if u.status != deprovisioned {
			c.deactivate(u)
			return answer{status: http.StatusNoContent}
		}
		ordinal := c.org.state.byID[u.id]
		c.remember(ordinal)
		c.log("user.lifecycle.delete.initiated", userTarget(u))
		c.org.state.removeUser(ordinal, c.now)
		c.log("user.lifecycle.delete.completed", userTarget(u))
		return answer{status: http.StatusNoContent}
	})
}

// move puts the person that the path names into a status, unless allowed refuses it. The answer is
// an empty object.
func (c *call) move(to status, event string, refusal func(*user) *answer) answer {
	return c.change(func(u *user) answer {
		if a := refusal(u); a != nil {
			return *a
		}
		c.remember(c.org.state.byID[u.id])
		u.enter(to, c.now)
		c.log(event, userTarget(u))
		return c.ok([]byte("{}"))
	})
}

// unless is the refusal where a status does not allow what is asked.
func (c *call) unless(allowed bool, refusal answer) *answer {
	if allowed {
		return nil
	}
	return &refusal
}

// flag reads a query parameter that is true or false.
func (c *call) flag(name string, usual bool) (bool, *answer) {
	switch text := c.query.Get(name); text {
	case "":
		return usual, nil
	case "true", "false":
		return text == "true", nil
	}
	a := c.invalid(name, name+": true or false")
	return false, &a
}
