package oktasim

import (
	"maps"
	"slices"
	"strings"
)

// authenticators are the authenticators of the org. Every org has email and password. This org cannot change them.
//
// Source: Okta, "Authenticators", https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Authenticator/
var authenticators = &resource{
	key: "authenticators", word: "Authenticator", prefix: "aut", name: "name", statuses: []string{"ACTIVE", "INACTIVE"},
	fields: []string{"key", "name", "type", "settings", "provider"}, check: checkAuthenticator, view: viewAuthenticator,
}

var authenticatorRoutes = []route{
	{"GET", "/api/v1/authenticators", "okta.authenticators.read", listAuthenticators},
}

// authenticatorTypes are the types of authenticators by their keys (schemas AuthenticatorKeyEnum and AuthenticatorType, and the example
// AuthenticatorsResponse).
var authenticatorTypes = map[string]string{
	"custom_app": "app", "duo": "app", "external_idp": "federated", "google_otp": "app", "okta_email": "email", "okta_password": "password",
	"okta_verify": "app", "onprem_mfa": "security_key", "phone_number": "phone", "security_key": "security_key",
	"security_question": "security_question", "smart_card_idp": "federated", "symantec_vip": "app", "webauthn": "security_key", "yubikey_token": "security_key",
}

// checkAuthenticator sets the type of an authenticator, which follows from its key.
func checkAuthenticator(_ *directory, _ *object, fields map[string]any) string {
	kind := authenticatorTypes[textOf(fields["key"])]
	if kind == "" {
		return "key: must be one of " + strings.Join(slices.Sorted(maps.Keys(authenticatorTypes)), ", ")
	}
	fields["type"] = kind
	return ""
}

func viewAuthenticator(c *call, _ *directory, o *object, shown map[string]any) {
	shown["_links"] = map[string]any{"self": link(c.base+"/api/v1/authenticators/"+o.id, "GET")}
}

// listAuthenticators handles GET /api/v1/authenticators, which has no pages.
func listAuthenticators(c *call) answer {
	return c.read(func(*directory) answer { return c.every(authenticators, func(*object) bool { return true }) })
}

// addDefaultAuthenticators adds the authenticators of every org that the seed does not list.
func (d *directory) addDefaultAuthenticators(start instant) error {
	for i, fields := range []map[string]any{{"key": "okta_email", "name": "Email", "type": "email"}, {"key": "okta_password", "name": "Password", "type": "password"}} {
		if slices.ContainsFunc(d.collection(authenticators).live(), func(o *object) bool { return o.fields["key"] == fields["key"] }) {
			continue
		}
		if err := d.add(authenticators, &object{id: mintID("aut", uint64(i), 1), made: true, created: start, lastUpdated: start, fields: fields}); err != nil {
			return err
		}
	}
	return nil
}
