package okta

import (
	"net/http"
	"strings"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

const (
	wrongClient = "is `client_id` the client ID of the app, is the app in the org of `domain`, and is it active?"
	wrongKey    = "the app must have the public key that belongs to this private key, active, on its tab General; `key_id` names it if there are several"
	apiService  = "the app must be of the type API Services, with the grant type Client Credentials on its tab General"
	byKey       = "choose Public key / Private key as client authentication on the app's tab General, and add the public key"
	wrongClock  = "is the clock of this machine right? Okta compares it with its own"
	notAllowed  = "is the app active, and does the org allow requests from the network of this machine?"
	noScope     = "grant the app each of `scopes` on its tab Okta API Scopes, or remove those that it does not need; a manage scope there does not include the read scope"
)

// tokenHints has a hint for each error of Okta's token endpoint with which people can do something: the first one whose code and
// part of the description fit.
//
// Source: Okta, "Error codes", https://developer.okta.com/docs/reference/error-codes/ (OAuth); Okta, "Configure OAuth 2.0 Demonstrating
// Proof-of-Possession"
var tokenHints = []struct{ code, part, hint string }{
	{"invalid_client", "audience", "`domain` must be the one under which the org issues tokens: if it has a custom domain, try the other one"},
	{"invalid_client", "'exp'", wrongClock},
	{"invalid_client", "expir", wrongClock}, // "token is expired", "has an expiration too far into the future"
	{"invalid_client", "current time", wrongClock},
	{"invalid_client", "already been used", "try again: each request has its own assertion, so that something between here and Okta may have repeated it"},
	{"invalid_client", "signature algorithm", "the type of the private key must be that of the public key: RSA, or EC with the same curve"},
	{"invalid_client", "kid", "`key_id` must be the id (kid) of a public key that is active on the app's tab General"},
	{"invalid_client", "signature", wrongKey},
	{"invalid_client", "parsing", wrongKey},
	{"invalid_client", "JWKSet", byKey},
	{"invalid_client", "'use'", "the public key in the app must have `use: sig`, or no `use`"},
	{"invalid_client", "application_type", apiService},
	{"invalid_client", "token_endpoint_auth_method", byKey},
	{"invalid_client", "Client authentication failed", byKey},
	{"invalid_client", "No client credentials", byKey},
	{"invalid_client", "", wrongClient},
	{"invalid_request", "client_assertion_type", byKey},
	{"invalid_request", "multiple client credentials", "something between here and Okta adds credentials to the request"},
	{"invalid_scope", "openid", "remove the scope openid: an app signs in as itself"},
	{"invalid_scope", "", noScope},
	{"consent_required", "", noScope},
	{"client_credentials_self_scope_requested", "", "remove the scopes that end in .self: an app signs in as itself"},
	{"unauthorized_client", "", apiService},
	{"unsupported_grant_type", "", "is `domain` right? Each Okta org has this grant type"},
	{"access_denied", "network zone", "this machine is outside the network zones from which the app may get tokens: change them on the app's tab General, or run it elsewhere"},
	{"access_denied", "", "a policy of the org does not allow the app this token"},
	{"invalid_dpop_proof", "missing", "the app requires DPoP: write `dpop: auto`, or leave `dpop` out"},
	{"invalid_dpop_proof", "in the past", wrongClock},
	{"invalid_dpop_proof", "future", wrongClock},
	{"invalid_dpop_proof", "'iat'", wrongClock},
	{"invalid_dpop_proof", "already been used", "try again: each request has its own proof, so that something between here and Okta may have repeated it"},
	{"invalid_dpop_proof", "Multiple", "something between here and Okta repeats headers of the request"},
	{"invalid_dpop_proof", "", "is `domain` exactly that of the org? The proof is for its URL, and a proxy that changes it makes the proof invalid"},
	{"use_dpop_nonce", "", "Okta asked for a new nonce again and again: try again"},
}

// personHints are the hints for a person who signs in. CONNECT stands for the command.
var personHints = []struct{ code, part, hint string }{
	{"invalid_grant", "redirect_uri", "try again: CONNECT"},
	{"invalid_grant", "PKCE", "something between here and Okta changed the request: try again: CONNECT"},
	{"invalid_grant", "authorization code", "a person has five minutes to sign in: CONNECT"},
	{"invalid_grant", "", "CONNECT"},
	{"invalid_client", "secret", "`client_secret` must be a secret of the app that is active on its tab General; leave it out if the app has none"},
	{"invalid_client", "application_type", webApp},
	{"invalid_client", "Client authentication failed", withSecret},
	{"invalid_client", "No client credentials", withSecret},
	{"invalid_client", "", wrongClient},
	{"invalid_request", "application_type", webApp},
	{"invalid_request", "multiple client credentials", "something between here and Okta adds credentials to the request"},
	{"invalid_scope", "offline_access", refreshGrant},
	{"invalid_scope", "", noScope},
	{"consent_required", "", noScope},
	{"unauthorized_client", "", refreshGrant},
	{"access_denied", "not assigned", "assign the person to the app, on its tab Assignments"},
	{"access_denied", "status", "the person must be active"},
	{"access_denied", "expired", "the person must set a new password"},
	{"access_denied", "not granted in the original", "CONNECT"},
	{"access_denied", "network zone", "this machine is outside the network zones of the app: change them on the app's tab General, or run it elsewhere"},
	{"access_denied", "", "the person, or a policy of the org, did not allow it"},
	{"invalid_dpop_proof", "", "the app must not require DPoP (tab General): it is only for apps that sign in with a private key"},
	{"use_dpop_nonce", "", "the app must not require DPoP (tab General): it is only for apps that sign in with a private key"},
}

const (
	webApp       = "the app must be of the type Web Application or Native Application"
	withSecret   = "if the app has a client secret, `client_secret` must refer to it; without one, choose None as client authentication on the app's tab General"
	refreshGrant = "allow the app the grant types Authorization Code and Refresh Token on its tab General"
)

// personHint is tokenHint for a connection that a person connected.
func personHint(code, description, connection string) string {
	return strings.ReplaceAll(hintIn(personHints, code, description), "CONNECT", again(connection))
}

// tokenHint returns what a person can do about an error of the token endpoint; "" if it is not known.
func tokenHint(code, description string) string { return hintIn(tokenHints, code, description) }

func hintIn(hints []struct{ code, part, hint string }, code, description string) string {
	for _, h := range hints {
		if h.code == code && strings.Contains(description, h.part) {
			return h.hint
		}
	}
	return ""
}

// tokenRefusal returns the error of a refusal that the token endpoint makes in the form of the management API; nil if it has another form.
func tokenRefusal(status int, h http.Header, body []byte) *card.Error {
	err := oktaapi.RefusalOf(status, h, body)
	if err == nil {
		return nil
	}
	if err.Kind == card.Forbidden { // its usual hint is about the scopes of a card
		err.Hint = notAllowed
	}
	return err
}
