package oktasim

import (
	"net/http"
	"slices"
	"unicode/utf8"
)

var userPasswordRoutes = []route{
	{"POST", "/api/v1/users/{id}/lifecycle/reset_password", "okta.users.manage", resetPassword},
	{"POST", "/api/v1/users/{id}/lifecycle/expire_password", "okta.users.manage", expirePassword},
	{"POST", "/api/v1/users/{id}/lifecycle/expire_password_with_temp_password", "okta.users.manage", expirePasswordWithTempPassword},
	{"POST", "/api/v1/users/{id}/credentials/change_password", "okta.users.manage", changePassword},
	{"POST", "/api/v1/users/{id}/credentials/change_recovery_question", "okta.users.manage", changeRecoveryQuestion},
}

// setPassword gives a user a password. The org stores only its length; 0 for a password that it has not received,
// such as a hash.
func (u *user) setPassword(letters int, now instant) {
	u.password, u.passwordChanged, u.passwordDated = true, now, now != never
	a := u.known()
	a.letters = letters
	u.setAccount(a)
}

func (u *user) losePassword() {
	u.setPassword(0, never)
	u.password = false
}

// resetPassword handles POST /api/v1/users/{id}/lifecycle/reset_password: to RECOVERY. The answer is empty if an email is
// sent, which is the default; otherwise it has the link that the email would have (Users API, "Reset password"). Okta
// excludes one status: a user who is SUSPENDED "can only be unsuspended or deactivated". That users without an
// activation are excluded too, and those whose provider does not support a password, and the code of the refusal, are our guess.
func resetPassword(c *call) answer {
	c.notSimulated("provider")
	mail := c.flag("sendEmail", true)
	revoke := c.flag("revokeSessions", false)
	return c.changeUser(func(d *directory, u *user) answer {
		allowed := slices.Contains([]status{active, provisioned, recovery, lockedOut, passwordExpired}, u.status)
		if !allowed || signsInElsewhere(u.known().providerType) {
			return c.notInThisStatus()
		}
		u.enter(recovery, c.now)
		if revoke {
			d.removeOf(u, sessions)
		}
		c.log("user.account.reset_password", userTarget(u))
		if mail {
			return c.empty()
		}
		return c.ok([]byte(`{"resetPasswordUrl":"` + c.base + `/reset_password/` + mintID("rst", c.org.serial.Add(1), 0) + `"}`))
	})
}

// expirePassword handles POST /api/v1/users/{id}/lifecycle/expire_password: to PASSWORD_EXPIRED. The answer is the user
// (Users API, "Expire password").
func expirePassword(c *call) answer {
	return c.expire(func(_ *directory, u *user) answer { return c.userAnswer(u) })
}

// expirePasswordWithTempPassword handles POST /api/v1/users/{id}/lifecycle/expire_password_with_temp_password. It sets an
// expired password, which only the answer shows.
func expirePasswordWithTempPassword(c *call) answer {
	revoke := c.flag("revokeSessions", false)
	return c.expire(func(d *directory, u *user) answer {
		if revoke {
			d.removeOf(u, sessions)
		}
		password := mintID("Tmp", uint64(d.byID[u.id]), uint64(c.now))
		u.setPassword(len(password), c.now)
		return c.ok([]byte(`{"tempPassword":` + jsonText(password) + `}`))
	})
}

// expire expires a password. Okta does not document for which users this is refused. That these are users without a
// password and SUSPENDED users, and the code of the refusal, are our guess.
func (c *call) expire(respond func(*directory, *user) answer) answer {
	return c.changeUser(func(d *directory, u *user) answer {
		if !u.password || !slices.Contains([]status{active, recovery, lockedOut, passwordExpired}, u.status) {
			return c.notInThisStatus()
		}
		u.enter(passwordExpired, c.now)
		a := respond(d, u)
		c.log("user.account.expire_password", userTarget(u))
		return a
	})
}

// mayBe reports whether a text may be the password of a user. This org stores only the length of a password, and not even that of one
// that was set as a hash or by the seed, which may be any text.
func (u *user) mayBe(password string) bool {
	letters := u.known().letters
	return letters == 0 || letters == utf8.RuneCountInString(password)
}

// changePassword handles POST /api/v1/users/{id}/credentials/change_password. It is for users who have a password and are
// STAGED, ACTIVE, PASSWORD_EXPIRED or in RECOVERY. It ends RECOVERY (Users API, "Change password"); that it ends
// PASSWORD_EXPIRED too is our guess. E0000035 is Okta's "Change password not allowed on specified user". E0000014 is
// its "Update of credentials failed", which it also answers if the new password is too weak (okta-blog-archive, pull
// request 261); the texts of the causes are ours.
func changePassword(c *call) answer {
	c.flag("strict", false)
	var body struct {
		Old struct {
			Value string `json:"value"`
		} `json:"oldPassword"`
		New struct {
			Value string `json:"value"`
		} `json:"newPassword"`
		Revoke bool `json:"revokeSessions"`
	}
	c.decode(&body)
	return c.changeUser(func(d *directory, u *user) answer {
		if !u.password || !slices.Contains([]status{staged, active, passwordExpired, recovery}, u.status) {
			return c.refuse(http.StatusForbidden, "E0000035", "Change password not allowed on specified user.")
		}
		var causes []string
		if !c.again {
			causes = weaknesses(body.New.Value, u.login)
		}
		if !u.mayBe(body.Old.Value) {
			causes = []string{"Old Password is not correct"}
		}
		if len(causes) > 0 {
			return c.refuse(http.StatusForbidden, "E0000014", "Update of credentials failed", causes...)
		}
		now := c.now
		u.setPassword(utf8.RuneCountInString(body.New.Value), now)
		u.lastUpdated = now
		if u.status == recovery || u.status == passwordExpired {
			u.enter(active, now)
		}
		if body.Revoke {
			d.removeOf(u, sessions)
		}
		c.log("user.account.update_password", userTarget(u))
		return c.ok(u.appendCredentials(nil))
	})
}

// changeRecoveryQuestion handles POST /api/v1/users/{id}/credentials/change_recovery_question. It is for users who have a password and are
// STAGED, ACTIVE or in RECOVERY, and needs the password (management API, "Change recovery question"). That the refusals are those of
// changePassword is our guess.
func changeRecoveryQuestion(c *call) answer {
	var body userBody
	c.decode(&body.Credentials)
	if body.Credentials.Question == nil {
		c.reject(c.invalid("recovery_question", "recovery_question: The field cannot be left blank"))
	}
	return c.changeUser(func(_ *directory, u *user) answer {
		switch causes := body.questionFaults(); {
		case !u.password || !slices.Contains([]status{staged, active, recovery}, u.status):
			return c.refuse(http.StatusForbidden, "E0000035", "Change password not allowed on specified user.")
		case body.Credentials.Password == nil || !u.mayBe(body.Credentials.Password.Value):
			return c.refuse(http.StatusForbidden, "E0000014", "Update of credentials failed", "Password is not correct")
		case len(causes) > 0 && !c.again:
			return c.invalid("recovery_question", causes...)
		}
		u.setAccount(body.amend(u.known(), false))
		u.lastUpdated = c.now
		return c.ok(u.appendCredentials(nil))
	})
}
