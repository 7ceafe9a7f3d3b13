package oktasim

import (
	"net/url"
	"slices"
	"strings"
)

// SecretKeys are the keys, from the root of a request's body, at which it has a password, a hash or a recovery answer.
// The org knows no more of one than how many letters it has: they may be kept as so many of any other letter.
func SecretKeys() [][]string {
	return [][]string{
		{"credentials", "password"}, {"credentials", "recovery_question", "answer"},
		{"password"}, {"recovery_question", "answer"}, {"oldPassword"}, {"newPassword"},
	}
}

// MaskedURI is a request's URI as it is kept and listed: each letter of a parameter that is named like a secret is an x.
func MaskedURI(u *url.URL) string {
	clean := *u
	parts := strings.Split(u.RawQuery, "&")
	for i, part := range parts {
		name, value, _ := strings.Cut(part, "=")
		plain, err := url.QueryUnescape(name)
		if err == nil && slices.ContainsFunc(SecretKeys(), func(secret []string) bool { return strings.EqualFold(plain, secret[len(secret)-1]) }) {
			parts[i] = name + "=" + strings.Repeat("x", len(value))
		}
	}
	clean.RawQuery = strings.Join(parts, "&")
	return clean.RequestURI()
}
