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
}

// setPassword gives a person a password. The org keeps no more of it than how many letters it has; 0 is
// one that it has not seen, such as a hash.
func (u *user) setPassword(letters int, now instant) {
	u.password, u.passwordChanged = true, now
	a := u.known()
	a.letters = letters
	u.become(a)
}

func (u *user) losePassword() {
	u.setPassword(0, never)
	u.password = false
}

// resetPassword is POST /api/v1/users/{id}/lifecycle/reset_password: to RECOVERY. The answer is empty
// where a mail goes out, which is the default, else it has the link that the mail would have (Users
// API, "Reset password"). Okta excludes one status: a user who is SUSPENDED "can
// only be unsuspended or deactivated". That it is not for people without an activation either, and the
// code of the refusal, are our guess.
func resetPassword(c *call) answer {
	c.notSimulated("provider")
	mail := c.flag("sendEmail", true)
	c.flag("revokeSessions", false)
	return c.changeUser(func(_ *directory, u *user) answer {
		if !slices.Contains([]status{active, provisioned, recovery, lockedOut, passwordExpired}, u.status) {
			return c.notInThisStatus()
		}
		u.enter(recovery, c.now)
		c.log("user.account.reset_password", userTarget(u))
		if mail {
			return c.empty()
		}
		return c.ok([]byte(`{"resetPasswordUrl":"` + c.base + `/reset_password/` + mintID("rst", c.org.serial.Add(1), 0) + `"}`))
	})
}

// expirePassword is POST /api/v1/users/{id}/lifecycle/expire_password: to PASSWORD_EXPIRED. The answer is
// the user (Users API, "Expire password").
func expirePassword(c *call) answer {
	return c.expire(func(_ *directory, u *user) answer { return c.userAnswer(u) })
}

// expirePasswordWithTempPassword is POST /api/v1/users/{id}/lifecycle/expire_password_with_temp_password:
// the password becomes one that only the answer has, and is expired.
func expirePasswordWithTempPassword(c *call) answer {
	c.flag("revokeSessions", false)
	return c.expire(func(d *directory, u *user) answer {
		password := mintID("Tmp", uint64(d.byID[u.id]), uint64(c.now))
		u.setPassword(len(password), c.now)
		return c.ok([]byte(`{"tempPassword":` + jsonText(password) + `}`))
	})
}

// expire expires a password. Which users have none that can be expired is not documented; that they are those without a
// password and the SUSPENDED ones, and the code of the refusal, are our guess.
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

// changePassword is POST /api/v1/users/{id}/credentials/change_password, which is for people STAGED,
// ACTIVE, PASSWORD_EXPIRED or in RECOVERY who have a password; RECOVERY ends with it (Users API,
// "Change password"), and so, we guess, does PASSWORD_EXPIRED. E0000035 is Okta's "Change password not
// allowed on specified user", E0000014 its "Update of credentials failed", which it also answers to a
// new password that is too weak (okta-blog-archive, pull request 261); the causes are our words.
//
// This org knows passwords by their length alone: an old one of another length is wrong. Of a password
// that came as a hash or with the seed it knows not even that, and any old one is right.
func changePassword(c *call) answer {
	c.flag("strict", false)
	var body struct {
		Old struct {
			Value string `json:"value"`
		} `json:"oldPassword"`
		New struct {
			Value string `json:"value"`
		} `json:"newPassword"`
	}
	c.decode(&body)
	return c.changeUser(func(_ *directory, u *user) answer {
		if !u.password || !slices.Contains([]status{staged, active, passwordExpired, recovery}, u.status) {
			return c.refuse(http.StatusForbidden, "E0000035", "Change password not allowed on specified user.")
		}
		var causes []string
		if !c.again {
			causes = weaknesses(body.New.Value, u.login)
		}
		if letters := u.known().letters; letters > 0 && letters != utf8.RuneCountInString(body.Old.Value) {
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
		c.log("user.account.update_password", userTarget(u))
		return c.ok(u.appendCredentials(nil))
	})
}
