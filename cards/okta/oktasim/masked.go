package oktasim

import (
	"net/url"
	"slices"
	"strings"
)

// SecretKeys returns the paths of passwords, hashes, recovery answers and headers of event hooks in the body of a request. Options.Keep may
// replace such a text by any other text of the same length, because the org uses only the length.
func SecretKeys() [][]string {
	return [][]string{
		{"credentials", "password"}, {"credentials", "oauthClient", "client_secret"}, {"credentials", "recovery_question", "answer"},
		{"channel", "config", "headers", "value"}, {"channel", "config", "authScheme", "value"},
		{"password"}, {"recovery_question", "answer"}, {"oldPassword"}, {"newPassword"},
	}
}

// oauthSecrets are the secret parameters of the authorization server. Clients send them in a body, but some may send them in a query.
var oauthSecrets = []string{"client_assertion", "code", "code_verifier", "token", "access_token", "refresh_token", "sessionToken"}

// MaskedURI returns the URI of a request in the form that is stored and listed: in parameters with the name of a secret,
// each character is replaced by an x.
func MaskedURI(u *url.URL) string {
	clean := *u
	parts := strings.Split(u.RawQuery, "&")
	for i, part := range parts {
		name, value, _ := strings.Cut(part, "=")
		plain, err := url.QueryUnescape(name)
		secret := slices.ContainsFunc(SecretKeys(), func(path []string) bool { return strings.EqualFold(plain, path[len(path)-1]) })
		if err == nil && (secret || slices.ContainsFunc(oauthSecrets, func(name string) bool { return strings.EqualFold(plain, name) })) {
			parts[i] = name + "=" + strings.Repeat("x", len(value))
		}
	}
	clean.RawQuery = strings.Join(parts, "&")
	return clean.RequestURI()
}
