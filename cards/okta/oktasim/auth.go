package oktasim

import (
	"net/http"
	"slices"
	"strings"
)

// A token allows its bearer to call the API.
type token struct {
	secret string
	id     string   // shown in the log, where the secret is not
	owner  uint32   // ordinal of the user who owns it
	scopes []string // nil means every scope; empty means none
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

// bearer returns the token that a request sends. ok is false if there is none, or if its scheme is not known to Okta:
// the answer is then 403 E0000005, and not 401 (okta-powershell-cli, issues 84 and 86). Okta accepts API tokens after
// SSWS and access tokens after Bearer; this org accepts all tokens after both.
func bearer(r *http.Request) (secret string, ok bool) {
	kind, secret, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.TrimSpace(secret), strings.EqualFold(kind, "SSWS") || strings.EqualFold(kind, "Bearer")
}

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
