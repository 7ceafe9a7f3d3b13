package oktasim

import (
	"net/http"
	"slices"
)

// factors are the enrolled factors of users. Nobody enrolls a factor in this org, so that only a seed has them, such as
// {user: ada@acme.example, factorType: sms, profile: {phoneNumber: "+49301"}}.
//
// Source: Okta, "User Factors", https://developer.okta.com/docs/api/openapi/okta-management/management/tag/UserFactor/
var factors = &resource{
	key: "factors", word: "UserFactor", prefix: "mbl", name: "factorType",
	statuses: []string{"ACTIVE", "DISABLED", "ENROLLED", "EXPIRED", "INACTIVE", "NOT_SETUP", "PENDING_ACTIVATION"},
	refs:     []ref{{"user", "users"}},
	fields:   []string{"user", "factorType", "provider", "vendorName", "profile"}, needs: []string{"user"},
	check: checkFactor, view: viewFactor,
}

var factorRoutes = []route{
	{"GET", "/api/v1/users/{id}/factors", "okta.users.read", listFactors},
	{"GET", "/api/v1/users/{id}/factors/{factor}", "okta.users.read", getFactor},
	{"DELETE", "/api/v1/users/{id}/factors/{factor}", "okta.users.manage", unenrollFactor},
	{"POST", "/api/v1/users/{id}/lifecycle/reset_factors", "okta.users.manage", resetFactors},
}

// checkFactor checks the type (schema UserFactorType), and sets the provider and the vendor.
func checkFactor(_ *directory, _ *object, fields map[string]any) string {
	types := []string{"call", "email", "push", "question", "signed_nonce", "sms", "token", "token:hardware", "token:hotp", "token:software:totp", "u2f", "web", "webauthn"}
	if !slices.Contains(types, textOf(fields["factorType"])) {
		return "factorType: there is no such type of factor"
	}
	if fields["provider"] == nil {
		fields["provider"] = "OKTA"
	}
	if fields["vendorName"] == nil {
		fields["vendorName"] = fields["provider"]
	}
	return ""
}

func viewFactor(c *call, _ *directory, o *object, shown map[string]any) {
	delete(shown, "user")
	shown["_links"] = map[string]any{"self": link(c.base+"/api/v1/users/"+textOf(o.fields["user"])+"/factors/"+o.id, "GET", "DELETE")}
}

// listFactors handles GET /api/v1/users/{id}/factors, which has no pages.
func listFactors(c *call) answer {
	return c.readUser(func(_ *directory, u *user) answer { return c.every(factors, ofUser(u)) })
}

// ofUser returns the condition that an object belongs to a user.
func ofUser(u *user) func(*object) bool {
	return func(o *object) bool { return o.fields["user"] == u.id }
}

func getFactor(c *call) answer {
	return c.readUser(func(d *directory, u *user) answer {
		o := c.part(d, factors, "factor", ofUser(u))
		if o == nil {
			return c.missing(c.r.PathValue("factor"), factors.word)
		}
		return c.objectAnswer(factors, o)
	})
}

// part returns the object whose id is a parameter of the path, if belongs returns true; otherwise nil.
func (c *call) part(d *directory, r *resource, parameter string, belongs func(*object) bool) *object {
	o := d.collection(r).byID[c.r.PathValue(parameter)]
	if o == nil || !belongs(o) {
		return nil
	}
	return o
}

// unenrollFactor handles DELETE /api/v1/users/{id}/factors/{factor}. It is refused for a user who is DEPROVISIONED, and a factor of Okta
// Verify takes the other ones with it: "If you unenroll the push or signed_nonce factor, Okta also unenrolls any other
// totp, signed_nonce, or Okta Verify factor" (management API, "Unenroll a factor"). The code of the refusal is our guess.
func unenrollFactor(c *call) answer {
	c.flag("removeRecoveryEnrollment", false)
	return c.changeUser(func(d *directory, u *user) answer {
		if u.status == deprovisioned {
			return c.notInThisStatus()
		}
		o := c.part(d, factors, "factor", ofUser(u))
		if o == nil {
			return c.missing(c.r.PathValue("factor"), factors.word)
		}
		c.unenroll(d, u, o)
		if ofOktaVerify(o, "push", "signed_nonce") {
			for _, other := range d.collection(factors).objects {
				if !other.gone && ofUser(u)(other) && ofOktaVerify(other, "push", "signed_nonce", "token:software:totp") {
					c.unenroll(d, u, other)
				}
			}
		}
		return c.noContent()
	})
}

// ofOktaVerify reports whether a factor is one of these types, of Okta.
func ofOktaVerify(o *object, types ...string) bool {
	return o.fields["provider"] == "OKTA" && slices.Contains(types, textOf(o.fields["factorType"]))
}

func (c *call) unenroll(d *directory, u *user, o *object) {
	d.remove(factors, o)
	c.log("user.mfa.factor.deactivate", userTarget(u))
}

// resetFactors handles POST /api/v1/users/{id}/lifecycle/reset_factors. It unenrolls all factors, and the status stays (management API,
// "Reset the factors"). That a user who is DEPROVISIONED is refused, and the code of the refusal, are our guess.
func resetFactors(c *call) answer {
	c.flag("removeRecoveryEnrollment", false)
	return c.changeUser(func(d *directory, u *user) answer {
		if u.status == deprovisioned {
			return c.notInThisStatus()
		}
		d.removeOf(u, factors)
		c.log("user.mfa.factor.reset_all", userTarget(u))
		return answer{status: http.StatusOK}
	})
}
