package scim

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httputil"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/flowdeck/flowdeck/cards/scim/scimmy"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/chance"
)

// real opens a connection to a server that others wrote. It skips the test where that is not installed.
func real(t *testing.T) *far {
	t.Helper()
	return connectTo(t, realHandler(t), nil)
}

// realHandler passes requests on to a server that others wrote.
func realHandler(t *testing.T) http.Handler {
	t.Helper()
	if err := scimmy.Installed(); err != nil {
		t.Skip(err)
	}
	server, err := scimmy.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	base, err := url.Parse(server.BaseURL)
	if err != nil {
		t.Fatal(err)
	}
	return httputil.NewSingleHostReverseProxy(&url.URL{Scheme: base.Scheme, Host: base.Host})
}

// Random states are synced into a server that others wrote.
func TestRandomStatesAreSyncedIntoARealServer(t *testing.T) {
	t.Parallel()
	for seed := range 3 {
		c := chance.Seeded([]byte(fmt.Sprint("scimmy ", seed)))
		if err := syncRandomly(real(t), &c, false); err != nil {
			t.Fatalf("seed %d, %v", seed, err)
		}
	}
}

func TestWhatARealServerOffersIsKnown(t *testing.T) {
	t.Parallel()
	tested := real(t).do("scim.test", map[string]any{})
	offers := tested["offers"].(map[string]any)
	if offers["known"] != true || offers["patch"] != true || offers["filter"] != true || offers["etag"] != false {
		t.Errorf("got %v", offers)
	}
	if diff := cmp.Diff([]string{"/Groups", "/Users"}, names(map[string]any{"records": tested["resource_types"]}, "endpoint")); diff != "" {
		t.Error(diff)
	}
}

func TestTheLifeOfAPersonInARealServer(t *testing.T) {
	t.Parallel()
	f := real(t)
	made := f.do("scim.user.create", map[string]any{"user_name": `ACME\ada`, "external_id": "00u1", "given_name": "Ada", "email": "ada@acme.example"})
	id := made["id"].(string)
	if _, err := f.try("scim.user.create", map[string]any{"user_name": `acme\ADA`}); card.AsError(err).Kind != card.Conflict || card.AsError(err).Code != "uniqueness" {
		t.Errorf("somebody with the same name: got %v", err)
	}
	for _, by := range []map[string]any{{"user_name": `ACME\ada`}, {"external_id": "00u1"}} {
		if found := f.do("scim.user.find", by); found["id"] != id {
			t.Errorf("%v: got %v", by, found)
		}
	}
	for _, by := range []map[string]any{{"user_name": `ACMEada`}, {"user_name": `x" or userName pr or userName eq "`}, {"external_id": "00u"}} {
		if found := f.do("scim.user.find", by); found != nil {
			t.Errorf("%v: got %v", by, found)
		}
	}
	if _, err := f.try("scim.user.get", map[string]any{"user_id": "nobody"}); card.AsError(err).Kind != card.NotFound {
		t.Errorf("nobody: got %v", err)
	}

	steps := []struct {
		card   string
		in     map[string]any
		active bool
		name   string
	}{
		{"scim.user.update", map[string]any{"user_name": `ACME\ada.l`, "attributes": map[string]any{enterpriseSchema: map[string]any{"department": "R&D"}}}, true, `ACME\ada.l`},
		{"scim.user.deactivate", nil, false, `ACME\ada.l`},
		{"scim.user.reactivate", nil, true, `ACME\ada.l`},
		{"scim.user.patch", map[string]any{"operations": []any{map[string]any{"op": "replace", "path": "userName", "value": "ada"}}}, true, "ada"},
	}
	for _, s := range steps {
		in := map[string]any{"user_id": id}
		maps.Copy(in, s.in)
		for _, changes := range []bool{true, false} {
			f.writes()
			out := f.do(s.card, in)
			patched := s.card == "scim.user.patch" // which is always sent
			if n := len(f.writes()); out["changed"] != changes || (n > 0) != (changes || patched) {
				t.Errorf("%s: changed is %v after %d writes", s.card, out["changed"], n)
			}
			is := f.do("scim.user.get", map[string]any{"user_id": id})
			if is["active"] != s.active || is["userName"] != s.name || is["externalId"] != "00u1" {
				t.Errorf("%s: got %v", s.card, is)
			}
		}
	}
}

func TestT29AValueIsOnlyAValueInARealServer(t *testing.T) {
	t.Parallel()
	f := real(t)
	for i, name := range strangeIDs {
		id := f.do("scim.user.create", map[string]any{"user_name": name, "external_id": fmt.Sprint("e", i)})["id"]
		if found := f.do("scim.user.find", map[string]any{"user_name": name}); found == nil || found["id"] != id {
			t.Errorf("%q: found %v", name, found)
		}
		// A filter that the server does not take is applied to all users here.
		got := f.do("scim.user.list", map[string]any{"where": map[string]any{"userName": name}})["records"].([]any)
		if len(got) > 1 {
			t.Errorf("%q: %d users fit", name, len(got))
		}
	}
}

func TestTheUsersOfARealServerAreListedInPages(t *testing.T) {
	t.Parallel()
	f := real(t)
	var want []string
	for i := range 45 {
		want = append(want, fmt.Sprintf("p%02d", i))
		f.do("scim.user.create", map[string]any{"user_name": want[i], "active": i%2 == 0})
	}
	if diff := cmp.Diff(want, names(f.do("scim.user.list", map[string]any{}), "userName")); diff != "" { // 20 a page
		t.Error(diff)
	}
	got := f.do("scim.user.list", map[string]any{"where": map[string]any{"active": false, "userName": map[string]any{"sw": "p1"}}})
	if diff := cmp.Diff([]string{"p11", "p13", "p15", "p17", "p19"}, names(got, "userName")); diff != "" {
		t.Error(diff)
	}
}

// A push keeps the members that stay, whichever operations it takes.
func TestAGroupIsPushedToARealServer(t *testing.T) {
	t.Parallel()
	f := real(t)
	for i := range 6 {
		f.do("scim.user.create", map[string]any{"user_name": fmt.Sprint("u", i), "email": "u@x"})
	}
	for _, members := range [][]any{{"u0", "u1", "u2"}, {"u0", "u1", "u2", "u3"}, {"u0", "u1", "u2"}, {"u2", "u3", "u4", "u5"}, {"u5"}, {}} {
		in := map[string]any{"display_name": "R&D", "user_names": members, "max_removals": 6, "chunk": 2}
		for _, changed := range []bool{true, false} {
			if out := f.do("scim.group.push", in); out["changed"] != changed {
				t.Errorf("%v: got %v", members, out)
			}
		}
		want := []string{}
		for _, m := range members {
			want = append(want, m.(string))
		}
		if diff := cmp.Diff(want, state(f)["group R&D"], cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%v (-want +got)\n%s", members, diff)
		}
	}
}

func TestARealServerRefusesAnotherToken(t *testing.T) {
	t.Parallel()
	server := realHandler(t)
	f := connectTo(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Set("Authorization", "Bearer another")
		server.ServeHTTP(w, r)
	}), nil)
	if _, err := f.try("scim.test", map[string]any{}); card.AsError(err).Kind != card.Unauthorized {
		t.Errorf("got %v", err)
	}
}
