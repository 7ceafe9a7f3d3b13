package oktasim

import (
	"slices"
	"strings"
)

// openIDScopes are the scopes that every client has. All others are scopes of the management API, and granted to an application.
var openIDScopes = []string{"openid", "profile", "email", "address", "phone", "groups", "offline_access"}

// maxScope is the maximum length of the parameter scope (Okta's guide "Refresh tokens"). That a longer one is refused with the general
// text is our guess.
const maxScope = 4096

// scopesOf reads the parameter scope.
func scopesOf(text string) ([]string, *oauthProblem) {
	if len(text) > maxScope {
		return nil, invalidScope("The requested scope is invalid, unknown, malformed, or exceeds the scope granted by the resource owner.")
	}
	var scopes []string
	for scope := range strings.FieldsSeq(text) {
		if !slices.Contains(scopes, scope) {
			scopes = append(scopes, scope)
		}
	}
	return scopes, nil
}

// serviceScopes checks the scopes that a service asks for.
func (d *directory) serviceScopes(client *oauthClient, scopes []string) *oauthProblem {
	for _, scope := range scopes {
		switch {
		case scope == "offline_access": // our guess
			return invalidScope("The following scopes are not allowed for this request: [offline_access].")
		case slices.Contains(openIDScopes, scope):
			return invalidScope("Cannot request 'openid' scopes using client credentials.")
		case strings.HasSuffix(scope, ".self"):
			return &oauthProblem{400, "client_credentials_self_scope_requested", "The 'client_credentials' grant type may not request .self scopes."}
		}
	}
	return d.grantedScopes(client, scopes)
}

// personScopes checks the scopes that a client asks for at /authorize. That offline_access needs the grant type refresh_token is in
// Okta's guide "Refresh tokens"; its refusal is our guess.
func (d *directory) personScopes(client *oauthClient, scopes []string) *oauthProblem {
	for _, scope := range scopes {
		switch {
		case scope == "offline_access" && !slices.Contains(client.grants, "refresh_token"):
			return invalidScope("The following scopes are not allowed for this request: [offline_access].")
		case scope != "offline_access" && slices.Contains(openIDScopes, scope) && !slices.Contains(scopes, "openid"):
			return invalidScope("Requests for ID tokens or access tokens with OpenID scopes require the 'openid' scope.")
		}
	}
	return d.grantedScopes(client, scopes)
}

// grantedScopes checks that all scopes of the management API are granted to a client (Okta's guide "Implement OAuth for Okta"). If none of
// them is, the refusal is consent_required; the condition of the two refusals is our guess from their texts and names, no_org_scopes_granted and
// no_matching_scope.
func (d *directory) grantedScopes(client *oauthClient, scopes []string) *oauthProblem {
	asked, granted := 0, 0
	for _, scope := range scopes {
		switch {
		case slices.Contains(openIDScopes, scope):
			continue
		case !strings.HasPrefix(scope, "okta."):
			return invalidScope("One or more scopes are not configured for the authorization server resource.")
		}
		asked++
		if d.find(appGrants, func(o *object) bool {
			return o.fields["app"] == client.app.id && o.fields["scopeId"] == scope && o.status == "ACTIVE"
		}) != nil {
			granted++
		}
	}
	switch {
	case len(scopes) == 0:
		return invalidScope("No scopes were requested.")
	case asked > 0 && granted == 0:
		return &oauthProblem{400, "consent_required", "You are not allowed any of the requested scopes."}
	case granted < asked:
		return invalidScope("One or more scopes are not configured for the authorization server resource.")
	}
	return nil
}
