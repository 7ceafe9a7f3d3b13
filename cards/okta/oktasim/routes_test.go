package oktasim

import (
	"slices"
	"testing"

	"github.com/flowdeck/flowdeck/cards/okta/oktaspec"
)

func TestEveryRouteHasTheScopeThatOktaDescribes(t *testing.T) {
	t.Parallel()
	for _, rt := range operations() {
		if want := oktaspec.Scopes(t, rt.method, rt.path); !slices.Equal([]string{rt.scope}, want) {
			t.Errorf("%s %s: the scope is %q, want %q", rt.method, rt.path, rt.scope, want)
		}
	}
}

// /api/v1/meta/schemas/user/linkedObjects also fits the path of a schema, /api/v1/meta/schemas/user/{id}.
func TestAPathThatFitsAnotherOneRefusesItsOwnMethods(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	for _, path := range []string{"linkedObjects", "default"} {
		c.get("/api/v1/meta/schemas/user/" + path).ok()
		c.do("PATCH", "/api/v1/meta/schemas/user/"+path).refused(405, "E0000022")
	}
}
