package oktasim

import (
	"net/http"
	"slices"
	"strings"
)

// A token lets its bearer call the API.
type token struct {
	secret string
	id     string   // for the log; a secret is not
	owner  uint32   // ordinal of the person who made it
	scopes []string // nil is every scope; empty is none
}

// Tokens are the tokens that let their bearer in, in the order of the seed. They are not secrets: a seed
// is a file that anybody may read.
func (s Seed) Tokens() []string {
	var secrets []string
	for _, t := range s.allTokens() {
		secrets = append(secrets, t.secret)
	}
	return secrets
}

// allTokens is the tokens of a seed; one that names none has demo-token, which may do all.
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

// bearer is the token that a request sends; ok is false without one, or if it is sent in a way that Okta does not know:
// 403 E0000005, and not 401 (okta-powershell-cli, issues 84 and 86). Okta takes API tokens after SSWS and access tokens
// after Bearer; this org takes the same tokens after both.
func bearer(r *http.Request) (secret string, ok bool) {
	kind, secret, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.TrimSpace(secret), strings.EqualFold(kind, "SSWS") || strings.EqualFold(kind, "Bearer")
}

// allows reports whether the token may do what needs this scope. A manage scope includes the read
// scope of the same name; Okta's guide "Scopes and supported endpoints" gives GET to read and the
// rest to manage, and leaves that unsaid. API tokens of a real org have no scopes but their maker's
// roles; scopes here replace both.
func (t token) allows(scope string) bool {
	if scope == "" || t.scopes == nil || slices.Contains(t.scopes, scope) {
		return true
	}
	resource, read := strings.CutSuffix(scope, ".read")
	return read && slices.Contains(t.scopes, resource+".manage")
}
