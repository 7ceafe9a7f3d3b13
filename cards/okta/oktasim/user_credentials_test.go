package oktasim

import (
	"fmt"
	"strings"
	"testing"
)

// Source: the management API's schema PasswordPolicyPasswordSettingsComplexity, defaults: minLength 8; minLowerCase,
// minUpperCase, minNumber and minSymbol 1; excludeUsername true. Which parts of a login count is our guess.
func TestAPasswordMeetsTheDefaultPolicy(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	const want = "password: Password requirements were not met. Password requirements: at least 8 characters, a lowercase letter, " +
		"an uppercase letter, a number, a symbol, no parts of your username."
	for _, password := range []string{"Sh0rt-1", "no-upper-1", "NO-LOWER-1", "No-number-x", "NoSymbol99", "x-AcmE.1-y", "Example-77", "1-stoneeve-A"} {
		body := person("eve.stoneEve@acme.example", fmt.Sprintf(`,"credentials":{"password":{"value":%q}}`, password))
		e := c.send("POST", "/api/v1/users", body).refused(400, "E0000001")
		if e.ErrorSummary != "Api validation failed: password" || e.causes() != want {
			t.Errorf("%s: %s: %s", password, e.ErrorSummary, e.causes())
		}
		c.send("POST", "/api/v1/users/00uada", fmt.Sprintf(`{"profile":{"login":"eve.stoneEve@acme.example"},"credentials":{"password":{"value":%q}}}`, password)).refused(400, "E0000001")
	}
	c.send("POST", "/api/v1/users", person("eve@acme.example", `,"credentials":{"password":{"value":"Eve-möre8"}}`)).ok()
	e := c.send("POST", "/api/v1/users/00uada/credentials/change_password", newPassword("any", "no-upper-1")).refused(403, "E0000014")
	if e.causes() != strings.TrimPrefix(want, "password: ") {
		t.Errorf("changed: %s", e.causes())
	}
}

// Source: Users API, "Okta login": "Logins are not considered unique if they differ only in case and/or diacritical
// marks".
func TestLoginsThatDifferInAccentsOnlyAreTheSame(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	c.send("POST", "/api/v1/users", person("isaac.brock@example.com", "")).ok()
	for _, login := range []string{"Isaac.Brock@example.com", "isáàc.bröck@example.com", "isa\u0301ac.brock@example.com"} {
		e := c.send("POST", "/api/v1/users", fmt.Sprintf(`{"profile":{"login":%q,"email":"e@x.example","firstName":"E","lastName":"N"}}`, login)).refused(400, "E0000001")
		if e.causes() != "login: An object with this field already exists in the current organization" {
			t.Errorf("%s: %s", login, e.causes())
		}
	}
	c.send("POST", "/api/v1/users/isaac.brock", `{"profile":{"login":"isáàc.bröck@example.com"}}`).ok() // the user's own login
	if _, err := Load([]byte("users: [{login: ada@x.example}, {login: ádà@x.example}]")); err == nil {
		t.Error("a seed lists both")
	}
}

// Source: the management API's schema PasswordCredentialHash. Okta does not document the error.
func TestAHashHasAKnownAlgorithmAndItsParameters(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	const salt = `"salt":"rwh1vH2p3s4t5u6v7w8x9y"`
	for hash, ok := range map[string]bool{
		`"algorithm":"SHA-256","value":"abc="`:                                                                                     true,
		`"algorithm":"MD5","value":"abc=","salt":"c2FsdA==","saltOrder":"PREFIX"`:                                                  true,
		`"algorithm":"BCRYPT","value":"abc=","workFactor":10,` + salt:                                                              true,
		`"algorithm":"PBKDF2","value":"abc=","digestAlgorithm":"SHA256_HMAC","iterationCount":4096,"keySize":32,"salt":"c2FsdA=="`: true,

		`"algorithm":"SCRYPT","value":"abc="`:                           false,
		`"algorithm":"sha-256","value":"abc="`:                          false,
		`"value":"abc="`:                                                false,
		`"algorithm":"SHA-1"`:                                           false,
		`"algorithm":"SHA-512","value":"abc=","salt":"c2FsdA=="`:        false,
		`"algorithm":"BCRYPT","value":"abc=","workFactor":21,` + salt:   false,
		`"algorithm":"BCRYPT","value":"abc=","workFactor":10,"salt":""`: false,
		`"algorithm":"PBKDF2","value":"abc=","digestAlgorithm":"SHA256_HMAC","iterationCount":4095,"keySize":32,"salt":"c2FsdA=="`: false,
	} {
		r := c.send("POST", "/api/v1/users", person("eve@acme.example", `,"credentials":{"password":{"hash":{`+hash+`}}}`))
		if (r.status == 200) != ok {
			t.Errorf("%s: %d %s", hash, r.status, r.body)
		}
		if !ok {
			r.refused(400, "E0000001")
			continue
		}
		c.do("DELETE", "/api/v1/users/eve")
		c.do("DELETE", "/api/v1/users/eve")
	}
}

// Source: the management API's schema AuthenticationProviderType: its values, and for FEDERATION and SOCIAL "Doesn't
// support a password or recovery question credential". Okta does not document the error.
func TestAFederatedUserHasNoPasswordAndAProviderIsKnown(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	const question = `"recovery_question":{"question":"Who?","answer":"You"}`
	const password = `"password":{"value":"Correct Horse 1"}`
	for credentials, ok := range map[string]bool{
		`"provider":{"type":"FEDERATION"}`:                 true,
		`"provider":{"type":"IMPORT"},` + password:         true,
		`"provider":{"type":"FEDERATION"},` + password:     false,
		`"provider":{"type":"SOCIAL"},` + question:         false,
		`"provider":{"type":"Federation"}`:                 false,
		`"provider":{"type":"GOOGLE","name":"Google LLC"}`: false,
	} {
		r := c.send("POST", "/api/v1/users?provider=true", person("eve@acme.example", `,"credentials":{`+credentials+`}`))
		if (r.status == 200) != ok {
			t.Errorf("%s: %d %s", credentials, r.status, r.body)
		}
		if !ok {
			r.refused(400, "E0000001")
			continue
		}
		if strings.Contains(credentials, "FEDERATION") {
			c.send("POST", "/api/v1/users/eve", `{"credentials":{`+password+`}}`).refused(400, "E0000001")
		}
		c.do("DELETE", "/api/v1/users/eve")
		c.do("DELETE", "/api/v1/users/eve")
	}
	if _, err := Load([]byte("users: [{login: ada@x.example, provider: GOOGLE}]")); err == nil {
		t.Error("a seed has an unknown provider")
	}
}

// Source: the management API's schema RecoveryQuestionCredential, minimum 1 and maximum 100 of both texts. That both are
// required, and the texts of the causes, are our guess.
func TestARecoveryQuestionHasAnAnswer(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	long := strings.Repeat("é", 101)
	for question, ok := range map[string]bool{
		`{"question":"Who?","answer":"You"}`:               true,
		`{"question":"Who?","answer":"` + long[2:] + `"}`:  true,
		`{"question":"Who?"}`:                              false,
		`{"answer":"You"}`:                                 false,
		`{}`:                                               false,
		`{"question":"","answer":"You"}`:                   false,
		`{"question":"Who?","answer":""}`:                  false,
		`{"question":"` + long + `","answer":"You"}`:       false,
		`{"question":"Who?","answer":"xyzzy` + long + `"}`: false,
	} {
		for _, r := range []reply{
			c.send("POST", "/api/v1/users", person("eve@acme.example", `,"credentials":{"recovery_question":`+question+`}`)),
			c.send("POST", "/api/v1/users/00uada", `{"credentials":{"recovery_question":`+question+`}}`),
		} {
			if ok {
				r.ok()
				continue
			}
			if e := r.refused(400, "E0000001"); e.ErrorSummary != "Api validation failed: recovery_question" || strings.Contains(e.causes(), "xyzzy") {
				t.Errorf("%s: %s: %s", question, e.ErrorSummary, e.causes())
			}
		}
		c.do("DELETE", "/api/v1/users/eve")
		c.do("DELETE", "/api/v1/users/eve")
	}
}

// Source: the management API's schemas PasswordCredential and PasswordCredentialHook. That the three exclude each other is our
// guess.
func TestAPasswordIsATextOrAHashOrAHook(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	const value, hash, hook = `"value":"Correct Horse 1"`, `"hash":{"algorithm":"MD5","value":"abc="}`, `"hook":{"type":"default"}`
	for password, ok := range map[string]bool{
		value: true, hash: true, hook: true,
		value + "," + hash: false, value + "," + hook: false, hash + "," + hook: false,
		`"hook":{"type":"x"}`: false, `"hook":{}`: false,
	} {
		r := c.send("POST", "/api/v1/users", person("eve@acme.example", `,"credentials":{"password":{`+password+`}}`))
		if !ok {
			r.refused(400, "E0000001")
			continue
		}
		if u := r.object(); u["status"] != "ACTIVE" {
			t.Errorf("%s: the user is %v", password, u["status"])
		}
		c.do("DELETE", "/api/v1/users/eve")
		c.do("DELETE", "/api/v1/users/eve")
	}
	for _, query := range []string{"nextLogin=bogus", "nextLogin=changepassword"} {
		c.send("POST", "/api/v1/users?"+query, person("eve@acme.example", `,"credentials":{"password":{`+value+`}}`)).refused(400, "E0000001")
	}
}
