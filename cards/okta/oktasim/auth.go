package oktasim

import (
	"net/http"
	"slices"
	"strings"
)

// A token allows its bearer to call the API: an API token of the seed, or an access token of the authorization server.
type token struct {
	secret string
	id     string   // of an API token, shown in the log, where the secret is not
	owner  uint32   // ordinal of the user who owns it; nobody for the access token of a service
	scopes []string // nil means every scope; empty means none
	app    *object  // the OAuth client of an access token
}

// Tokens returns the secrets of the seed's tokens, in the order of the seed. They do not have to be kept secret,
// because everybody may read a seed.
func (s Seed) Tokens() []string {
	var secrets []string
	for _, t := range s.allTokens() {
		secrets = append(secrets, t.secret)
	}
	return secrets
}

// allTokens returns the tokens of a seed. A seed without tokens has the token demo-token with all scopes.
func (s Seed) allTokens() []token {
	if s.tokens == nil {
		return []token{{secret: "demo-token"}}
	}
	return s.tokens
}

func (s Seed) tokensBySecret() map[string]token {
	bySecret := map[string]token{}
	for i, t := range s.allTokens() {
		t.id = mintID("00T", uint64(i), 0)
		bySecret[t.secret] = t
	}
	return bySecret
}

// holder identifies the tokens that share a part of a rate limit: an API token, or all access tokens of a client. "" means unknown.
func (t token) holder() string {
	if t.app != nil {
		return t.app.id
	}
	return t.id
}

// scheme returns the authentication scheme of a request, in Okta's spelling, and the token that it sends. ok is false if there is none, or
// if its scheme is not known to Okta: the answer is then 403 E0000005, and not 401 (okta-powershell-cli, issues 84 and 86).
func scheme(r *http.Request) (kind, secret string, ok bool) {
	sent, secret, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	for _, kind := range []string{"SSWS", "Bearer", "DPoP"} {
		if strings.EqualFold(sent, kind) {
			return kind, strings.TrimSpace(secret), true
		}
	}
	return "", "", false
}

// bearer returns the token of a request. Okta accepts API tokens after SSWS (okta-sdk-nodejs, issue 427: 401 E0000011 for an access token)
// and access tokens after Bearer and DPoP. problem is set if an access token is not valid; holder identifies its client even then.
func (c *call) bearer() (t token, kind string, problem *oauthProblem) {
	kind, secret, sent := scheme(c.r)
	switch {
	case !sent:
		return token{}, "", nil
	case kind == "SSWS":
		t, known := c.org.tokens[secret]
		if !known {
			problem = &oauthProblem{http.StatusUnauthorized, invalidAPIToken, "Invalid token provided"}
		}
		return t, kind, problem
	}
	t, problem = c.accessToken(kind, secret)
	return t, kind, problem
}

// invalidAPIToken is Okta's code for an API token that is not valid.
const invalidAPIToken = "E0000011"

// allows reports whether the token may call an operation that needs this scope. A manage scope includes the read
// scope of the same name. Okta's guide "Scopes and supported endpoints" assigns GET to read and the other methods to
// manage, and does not mention this. API tokens of a real org have the roles of their creator, not scopes; the scopes
// here replace both.
func (t token) allows(scope string) bool {
	if scope == "" || t.scopes == nil || slices.Contains(t.scopes, scope) {
		return true
	}
	resource, read := strings.CutSuffix(scope, ".read")
	return read && slices.Contains(t.scopes, resource+".manage")
}
