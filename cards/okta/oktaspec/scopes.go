package oktaspec

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// Scopes returns the OAuth scopes of which a request needs one, from the security of its operation; nil if no scope
// allows it. If Okta does not describe the request, the test fails at once.
func Scopes(t testing.TB, method, path string) []string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	route, _, err := load(t).router.FindRoute(r)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	var scopes []string
	for _, way := range *route.Operation.Security {
		scopes = append(scopes, way["oauth2"]...)
	}
	return scopes
}

// Allowing returns the first of the granted scopes that allows a request; "" if none does. A manage scope includes
// the read scope of the same name, which Okta's guide "Scopes and supported endpoints" does not mention.
func Allowing(t testing.TB, granted []string, method, path string) string {
	t.Helper()
	needed := Scopes(t, method, path)
	for _, scope := range granted {
		read := strings.TrimSuffix(scope, ".manage") + ".read"
		if slices.Contains(needed, scope) || strings.HasSuffix(scope, ".manage") && slices.Contains(needed, read) {
			return scope
		}
	}
	return ""
}
