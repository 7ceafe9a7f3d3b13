package oktasim

import (
	"net/http"
	"slices"
)

// A claim is a statement about a person, for clients with its scope.
type claim struct {
	name, scope string
	in          claimPlace
	of          func(*assignment) any // nil if the person has none
}

// A claimPlace is where clients find claims.
type claimPlace int

const (
	inUserInfo claimPlace = iota // at userinfo only
	inIDToken                    // in an ID token that comes with an access token, and at userinfo
)

// personClaims are the claims of a person. An ID token that comes with an access token has few of them: "email if email scope is requested;
// name and preferred_username if profile scope is requested". preferred_username is "by default" the Okta username: that it is the username in
// the application follows from that. That an email is verified is our guess, and so are the attributes that some claims have. The claim
// groups needs a filter of the application, which the management API does not have, so that there is none.
//
// Source: Okta, "OpenID Connect & OAuth 2.0 API", ID token, scope-dependent claims.
var personClaims = []claim{
	{"name", "profile", inIDToken, func(a *assignment) any { return userTarget(a.user).display }},
	{"preferred_username", "profile", inIDToken, func(a *assignment) any { return a.userName() }},
	{"given_name", "profile", inUserInfo, func(a *assignment) any { return textOrNil(a.user.first) }},
	{"middle_name", "profile", inUserInfo, attributeClaim("middleName")},
	{"family_name", "profile", inUserInfo, func(a *assignment) any { return textOrNil(a.user.last) }},
	{"nickname", "profile", inUserInfo, attributeClaim("nickName")},
	{"profile", "profile", inUserInfo, attributeClaim("profileUrl")},
	{"zoneinfo", "profile", inUserInfo, attributeClaim("timezone")},
	{"locale", "profile", inUserInfo, attributeClaim("locale")},
	{"updated_at", "profile", inUserInfo, func(a *assignment) any { return a.user.lastUpdated.time().Unix() }},
	{"email", "email", inIDToken, func(a *assignment) any { return textOrNil(a.user.email) }},
	{"email_verified", "email", inUserInfo, func(a *assignment) any { return a.user.email != "" }},
	{"phone_number", "phone", inUserInfo, attributeClaim("primaryPhone")},
	{"address", "address", inUserInfo, postalAddress},
}

// claimNames returns the names of all claims of an ID token and of userinfo.
func claimNames() []string {
	names := []string{"iss", "ver", "sub", "aud", "iat", "exp", "jti", "auth_time", "amr", "idp", "nonce", "at_hash"}
	for _, one := range personClaims {
		names = append(names, one.name)
	}
	return names
}

// claims returns the subject of a sign-in, and the claims of its person for the scopes. An attribute of the assignment wins over one of
// the user: the schema of a client's users has the claims as attributes. A person who is no longer assigned has the subject only.
func (c *call) claims(s *signIn, scopes []string, place claimPlace) map[string]any {
	u := &c.org.state.users[s.user]
	shown := map[string]any{"sub": u.id}
	a := c.assignment(c.org.state, s.app, u)
	if a == nil {
		return shown
	}
	own := objectIn(c.shownAppUser(a, false)["profile"])
	for _, one := range personClaims {
		if one.in < place || !slices.Contains(scopes, one.scope) {
			continue
		}
		value := one.of(a)
		if _, known := claims[one.name]; known && own[one.name] != nil {
			value = own[one.name]
		}
		if value != nil {
			shown[one.name] = value
		}
	}
	return shown
}

// userName returns the name of the user in the application.
func (a *assignment) userName() string {
	if a.own != nil {
		if name := textOf(objectIn(a.own.fields["credentials"])["userName"]); name != "" {
			return name
		}
	}
	return userNameOf(a.app, a.user)
}

func textOrNil(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// attributeOf returns an attribute of a user; nil if the user does not have it.
func attributeOf(u *user, name string) any {
	text, _ := spokenJSON(u.attribute(name))
	return textOrNil(text)
}

func attributeClaim(attribute string) func(*assignment) any {
	return func(a *assignment) any { return attributeOf(a.user, attribute) }
}

func postalAddress(a *assignment) any {
	address := map[string]any{}
	for name, attribute := range map[string]string{
		"street_address": "streetAddress", "locality": "city", "region": "state", "postal_code": "zipCode", "country": "countryCode",
	} {
		if value := attributeOf(a.user, attribute); value != nil {
			address[name] = value
		}
	}
	if len(address) == 0 {
		return nil
	}
	return address
}

// oauthUserInfo handles GET and POST /oauth2/v1/userinfo. A refusal is in the header WWW-Authenticate only; its texts are Okta's. That openid is
// required is OpenID Connect Core, section 5.3, and that the refusal without it is that of a missing scope is our guess.
func oauthUserInfo(c *call) answer {
	_, secret, _ := scheme(c.r)
	t, kind, problem := c.bearer()
	switch {
	case kind == "DPoP" && problem != nil:
		return c.unshown(problem)
	case kind != "Bearer" && kind != "DPoP" || problem != nil:
		return c.unshown(invalidToken("The access token is invalid"))
	case t.owner == nobody || !slices.Contains(t.scopes, "openid") || !slices.ContainsFunc(personClaims, func(one claim) bool { return slices.Contains(t.scopes, one.scope) }):
		return c.unshown(&oauthProblem{http.StatusForbidden, "insufficient_scope",
			"The access token must provide access to at least one of these scopes - profile, email, address or phone"})
	}
	return c.read(func(*directory) answer {
		issued := c.org.issued.access[secret]
		if issued == nil { // it was forgotten in between
			return c.unshown(invalidToken("The access token is invalid"))
		}
		return c.oauthAnswer(http.StatusOK, c.claims(issued.signIn, t.scopes, inUserInfo))
	})
}

// unshown returns a refusal of userinfo.
func (c *call) unshown(p *oauthProblem) answer {
	kind, _, _ := scheme(c.r)
	if kind != "DPoP" {
		kind = "Bearer"
	}
	return answer{status: p.status, challenge: kind + ` error="` + p.code + `", error_description="` + p.description + `"`}
}
