package veil

import (
	"net/url"
	"path"
	"strings"
)

// tokens returns the parts of a URL that are secret by themselves: the token of an activation link is enough to take
// over the account. A text that is not an absolute URL has none.
func tokens(text string) (found []string) {
	if !strings.Contains(text, "://") {
		return nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return nil
	}
	candidates := []string{path.Base(u.EscapedPath()), path.Base(u.Path), u.Fragment}
	for _, values := range u.Query() {
		candidates = append(candidates, values...)
	}
	for _, candidate := range candidates {
		if isToken(candidate) {
			found = append(found, candidate)
		}
	}
	return found
}

// isToken reports whether a text looks like a token, not like a word such as reset-password.
func isToken(text string) bool {
	const short, long = 8, 20
	return len(text) >= long || len(text) >= short && strings.ContainsAny(text, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")
}
