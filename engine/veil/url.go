package veil

import (
	"net/url"
	"path"
	"strings"
)

// tokens are the parts of a URL that may be secret by themselves: whoever has the token of an activation link
// needs no more. A text that is not an absolute URL has none.
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

// isToken reports whether a text looks more like a token than like a word, such as reset-password.
func isToken(text string) bool {
	const short, long = 8, 20
	return len(text) >= long || len(text) >= short && strings.ContainsAny(text, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")
}
