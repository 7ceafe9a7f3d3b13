package oktasim

import (
	"crypto/sha256"
	"net/http"
	"slices"
)

// digestOf is what the org keeps of a password.
func digestOf(password string) string {
	sum := sha256.Sum256([]byte(password))
	return string(sum[:])
}

// setPassword gives a person a password; digest is "" where the org does not know which.
func (u *user) setPassword(digest string, now instant) {
	u.password, u.passwordChanged = true, now
	a := u.known()
	a.digest = digest
	u.become(a)
}

func (u *user) losePassword() {
	u.setPassword("", never)
	u.password = false
}

// weaknesses is what is wrong with a password. Okta's default policy asks for more than its length,
// which is all that this org looks at.
func weaknesses(password string) []string {
	const least = 8
	if len([]rune(password)) < least {
		return []string{"Password requirements were not met. Password requirements: at least 8 characters."}
	}
	return nil
}

// resetPassword is POST /api/v1/users/{id}/lifecycle/reset_password: to RECOVERY. The answer is empty
// where a mail goes out, which is the default, else it has the link that the mail would have (Users
// API, "Reset password"). Okta says of one status that this is not for it: whoever is SUSPENDED "can
// only be unsuspended or deactivated". That it is not for people without an activation either, and the
// code of the refusal, are our guess.
func resetPassword(c *call) answer {
	if a := c.notSimulated("provider"); a != nil {
		return *a
	}
	mail, bad := c.flag("sendEmail", true)
	if bad != nil {
		return *bad
	}
	if _, bad := c.flag("revokeSessions", false); bad != nil {
		return *bad
	}
	c.org.mu.Lock()
	defer c.org.mu.Unlock()
	u, bad := c.changing()
	if bad != nil {
		return *bad
	}
	if !slices.Contains([]status{active, provisioned, recovery, lockedOut, passwordExpired}, u.status) {
		return c.notInThisStatus()
	}
	c.org.remember(c.org.state.byID[u.id])
	u.enter(recovery, c.org.now())
	c.log("user.account.reset_password", userTarget(u))
	if mail {
		return c.ok([]byte("{}"))
	}
	return c.ok([]byte(`{"resetPasswordUrl":"` + c.base + `/reset_password/` + mintID("rst", c.org.serial.Add(1), 0) + `"}`))
}

// expirePassword is POST /api/v1/users/{id}/lifecycle/expire_password: to PASSWORD_EXPIRED. The answer is
// the person (Users API, "Expire password").
func expirePassword(c *call) answer {
	return c.expire(func(u *user) answer { return c.ok(appendUser(nil, u, c.base, true)) })
}

// expirePasswordWithTempPassword is POST /api/v1/users/{id}/lifecycle/expire_password_with_temp_password:
// the password is one that only the answer tells, and is expired.
func expirePasswordWithTempPassword(c *call) answer {
	if _, bad := c.flag("revokeSessions", false); bad != nil {
		return *bad
	}
	return c.expire(func(u *user) answer {
		password := mintID("Tmp", uint64(c.org.state.byID[u.id]), uint64(c.org.now()))
		u.setPassword(digestOf(password), c.org.now())
		return c.ok([]byte(`{"tempPassword":` + jsonText(password) + `}`))
	})
}

// expire expires a password. Whose it cannot is not documented; that it is those who have none or are
// SUSPENDED, and the code of the refusal, are our guess.
func (c *call) expire(say func(*user) answer) answer {
	c.org.mu.Lock()
	defer c.org.mu.Unlock()
	u, bad := c.changing()
	if bad != nil {
		return *bad
	}
	if !u.password || !slices.Contains([]status{active, recovery, lockedOut, passwordExpired}, u.status) {
		return c.notInThisStatus()
	}
	c.org.remember(c.org.state.byID[u.id])
	u.enter(passwordExpired, c.org.now())
	a := say(u)
	c.log("user.account.expire_password", userTarget(u))
	return a
}

// changePassword is POST /api/v1/users/{id}/credentials/change_password, which is for people STAGED,
// ACTIVE, PASSWORD_EXPIRED or in RECOVERY who have a password; RECOVERY ends with it (Users API,
// "Change password"), and so, we guess, does PASSWORD_EXPIRED. E0000035 is Okta's "Change password not
// allowed on specified user", E0000014 its "Update of credentials failed", which it also answers to a
// new password that is too weak (okta-blog-archive, pull request 261); the causes are our words.
//
// Of a password that came as a hash or with the seed this org knows only that it exists: any old
// password is right.
func changePassword(c *call) answer {
	if _, bad := c.flag("strict", false); bad != nil {
		return *bad
	}
	var body struct {
		Old struct {
			Value string `json:"value"`
		} `json:"oldPassword"`
		New struct {
			Value string `json:"value"`
		} `json:"newPassword"`
	}
	if bad := c.decode(&body); bad != nil {
		return *bad
	}
	c.org.mu.Lock()
	defer c.org.mu.Unlock()
	u, bad := c.changing()
	if bad != nil {
		return *bad
	}
	if !u.password || !slices.Contains([]status{staged, active, passwordExpired, recovery}, u.status) {
		return c.refuse(http.StatusForbidden, "E0000035", "Change password not allowed on specified user.")
	}
	causes := weaknesses(body.New.Value)
	if known := u.known().digest; known != "" && known != digestOf(body.Old.Value) {
		causes = []string{"Old Password is not correct"}
	}
	if len(causes) > 0 {
		return c.refuse(http.StatusForbidden, "E0000014", "Update of credentials failed", causes...)
	}
	c.org.remember(c.org.state.byID[u.id])
	now := c.org.now()
	u.setPassword(digestOf(body.New.Value), now)
	u.lastUpdated = now
	if u.status == recovery || u.status == passwordExpired {
		u.enter(active, now)
	}
	c.log("user.account.update_password", userTarget(u))
	return c.ok(u.appendCredentials(nil))
}
