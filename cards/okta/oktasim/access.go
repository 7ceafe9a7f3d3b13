package oktasim

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
)

// accessToken returns the access token that a request sends after Bearer or DPoP. That the token of an INACTIVE application and that of a user
// who is not ACTIVE are invalid is our guess; that a scope which is no longer granted stays in the token until it expires, too.
func (c *call) accessToken(kind, secret string) (token, *oauthProblem) {
	c.tick()
	c.org.mu.RLock()
	defer c.org.mu.RUnlock()
	t := c.org.issued.access[secret]
	if t == nil {
		return token{}, invalidToken("The access token is invalid.")
	}
	sent := token{owner: t.user, scopes: t.scopes, app: t.app}
	switch {
	case t.revoked || t.over:
		return sent, invalidToken("The access token has been revoked.")
	case c.now >= t.expires:
		return sent, invalidToken("The token has expired.")
	case t.app.gone || t.app.status != "ACTIVE" || t.user != nobody && c.org.state.users[t.user].at(c.now).status != active:
		return sent, invalidToken("The access token is invalid.")
	case t.key != "" && kind != "DPoP":
		return sent, invalidRequest("The resource request must use the DPoP authentication scheme when using a DPoP bound token.")
	case t.key == "" && kind == "DPoP":
		return sent, invalidToken("The presented access_token is not DPoP bound.")
	case t.key == "":
		return sent, nil
	case c.r.Header.Get("DPoP") == "":
		return sent, invalidRequest("The resource request requires a DPoP proof.")
	}
	p, problem := c.proof()
	sum := sha256.Sum256([]byte(secret))
	switch {
	case problem != nil:
		return sent, problem
	case p.claims["ath"] != base64.RawURLEncoding.EncodeToString(sum[:]):
		return sent, invalidProof("'ath' claim in the DPoP proof does not match the presented access_token.")
	case p.key != t.key:
		return sent, invalidProof("The access_token is not bound to the provided DPoP proof.")
	}
	return sent, nil
}

func invalidToken(description string) *oauthProblem {
	return &oauthProblem{http.StatusUnauthorized, "invalid_token", description}
}

// refuseToken returns the answer to a token that is not valid. For an access token the header has the reason, as in okta-sdk-nodejs, issue 453.
// Okta does not document the body: that an access token which is not valid has the code of an API token, and that other reasons are in the
// form of the management API, is our guess.
func (c *call) refuseToken(p *oauthProblem, scope string) answer {
	if p.code == invalidAPIToken {
		return c.refuse(p.status, p.code, p.description)
	}
	a := c.refuse(p.status, p.code, p.description)
	if p.code == "invalid_token" {
		a = c.refuse(p.status, invalidAPIToken, "Invalid token provided")
	}
	a.challenge = c.challenge(scope, p)
	return a
}

// challenge returns the header WWW-Authenticate for an access token: for Bearer as in okta-sdk-golang, issue 145, and for DPoP as in
// okta-sdk-nodejs, issue 453.
func (c *call) challenge(scope string, p *oauthProblem) string {
	kind, _, _ := scheme(c.r)
	if kind == "DPoP" || p.code == "invalid_dpop_proof" || p.code == "invalid_request" {
		words := make([]string, len(signatures))
		for i, algorithm := range signatures {
			words[i] = string(algorithm)
		}
		kind = `DPoP algs="` + strings.Join(words, " ") + `",`
	}
	return kind + ` authorization_uri="` + c.base + `/oauth2/v1/authorize", realm="` + c.base + `", scope="` + scope +
		`", error="` + p.code + `", error_description="` + p.description + `", resource="` + c.r.URL.EscapedPath() + `"`
}
