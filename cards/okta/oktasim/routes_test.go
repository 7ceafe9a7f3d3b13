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
