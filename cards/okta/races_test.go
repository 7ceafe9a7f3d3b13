package okta_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine/card"
)

// overtaken returns an org in which somebody else sends a request just before the first request that starts with a method and path.
// An empty body is the body of that request.
func overtaken(org http.Handler, before, method, path, body string) http.Handler {
	var once sync.Once
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.Method+" "+r.URL.Path, before) {
			once.Do(func() {
				text, _ := io.ReadAll(r.Body)
				r.Body = io.NopCloser(bytes.NewReader(text))
				if body != "" {
					text = []byte(body)
				}
				other := httptest.NewRequest(method, "http://"+r.Host+path, bytes.NewReader(text))
				other.Header = r.Header.Clone()
				other.Header.Del("If-Match")
				org.ServeHTTP(httptest.NewRecorder(), other)
			})
		}
		org.ServeHTTP(w, r)
	})
}

func TestACardThatIsOvertakenByTheSameChangeSucceeds(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		card         string
		in           map[string]any
		before, path string
		key          string
	}{
		{"okta.user.ensure", map[string]any{"login": "eve@acme.example", "email": "eve@acme.example", "first_name": "Eve", "last_name": "New"}, "POST /api/v1/users", "/api/v1/users?activate=true", "created"},
		{"okta.group.ensure", map[string]any{"name": "Day"}, "POST /api/v1/groups", "/api/v1/groups", "created"},
		{"okta.app.ensure", map[string]any{"label": "Day", "sign_on_mode": "BOOKMARK", "name": "bookmark", "settings": map[string]any{"app": map[string]any{"url": "https://a.example"}}}, "POST /api/v1/apps", "/api/v1/apps", "created"},
		{"okta.app.grant.add", map[string]any{"app_id": "0oa2", "scope_id": "okta.groups.read"}, "POST /api/v1/apps/0oa2/grants", "/api/v1/apps/0oa2/grants", "changed"},
		{"okta.user.role.assign", map[string]any{"user_id": "00u1", "type": "USER_ADMIN"}, "POST /api/v1/users/00u1/roles", "/api/v1/users/00u1/roles", "changed"},
	} {
		s := connectTo(t, overtaken(orgOf(t, appOrg), test.before, "POST", test.path, ""))
		out, err := s.try(test.card, test.in)
		if err != nil || out["changed"] != false || out[test.key] != false {
			t.Errorf("%s: got %v, %v", test.card, out, err)
		}
	}
}

func TestAStrictUpdateRefusesToOverwriteAChangeOfSomebodyElse(t *testing.T) {
	t.Parallel()
	s := connectTo(t, overtaken(orgOf(t, appOrg), "PUT /api/v1/users", "POST", "/api/v1/users/00u1", `{"profile": {"title": "Countess"}}`))
	in := map[string]any{"user_id": "00u1", "semantics": "strict", "login": "ada@acme.example", "email": "ada@acme.example", "first_name": "Ada", "last_name": "King"}
	_, err := s.try("okta.user.update", in)
	refused(t, err, card.Conflict, "somebody else changed it")
	if title := s.run("okta.user.get", map[string]any{"user_id": "00u1"})["profile"].(map[string]any)["title"]; title != "Countess" {
		t.Errorf("the title is %v", title)
	}
	if out := s.run("okta.user.update", in); out["changed"] != true {
		t.Errorf("got %v", out)
	}
}

// A PUT replaces a whole object, so that a read and the write that follows it must not overlap with another update of the object.
func TestUpdatesOfOneObjectInOneProcessLoseNothing(t *testing.T) {
	t.Parallel()
	const zones = "zones:\n  - {id: nzo1, name: Office, type: IP, status: ACTIVE, usage: POLICY, gateways: [{type: CIDR, value: 192.0.2.0/24}]}\n"
	s := simulate(t, appOrg+zones)
	url := map[string]any{"app": map[string]any{"acsUrl": "https://new.example"}}
	var all sync.WaitGroup
	for _, call := range []struct {
		card string
		in   map[string]any
	}{
		{"okta.app.update", map[string]any{"app_id": "0oa1", "label": "New"}},
		{"okta.app.update", map[string]any{"app_id": "0oa1", "visibility": map[string]any{"hide": map[string]any{"iOS": true}}}},
		{"okta.app.update", map[string]any{"app_id": "0oa1", "settings": url}},
		{"okta.zone.update", map[string]any{"zone_id": "nzo1", "name": "Lab"}},
		{"okta.zone.update", map[string]any{"zone_id": "nzo1", "gateways": []any{}}},
		{"okta.app.group.assign", map[string]any{"app_id": "0oa1", "group_id": "00g1", "priority": 3}},
		{"okta.app.group.assign", map[string]any{"app_id": "0oa1", "group_id": "00g1", "profile": map[string]any{"desk": "4"}}},
		{"okta.group.update", map[string]any{"group_id": "00g1", "description": "From outside"}},
		{"okta.group.ensure", map[string]any{"name": "Contractors", "description": "From ten"}},
		{"okta.group.update", map[string]any{"group_id": "00g2", "name": "Late shift"}},
	} {
		all.Go(func() {
			if _, err := s.cards[call.card].Run(t.Context(), s.call(), call.in); err != nil {
				t.Errorf("%s %v: %v", call.card, call.in, err)
			}
		})
	}
	all.Wait()
	reading := map[string]string{}
	for _, request := range s.forget() {
		method, path, _ := strings.Cut(request, " ")
		switch {
		case strings.Contains(path, "?"): // a search
		case method == "PUT":
			delete(reading, path)
		case reading[path] != "":
			t.Errorf("two calls read %s before either wrote it", path)
		default:
			reading[path] = method
		}
	}
	app := s.run("okta.app.get", map[string]any{"app_id": "0oa1"})
	if app["label"] != "New" || app["visibility"].(map[string]any)["hide"].(map[string]any)["iOS"] != true || !cmp.Equal(app["settings"].(map[string]any)["app"], url["app"]) {
		t.Errorf("got %v", app)
	}
}

// Okta answers alike whether or not a lifecycle call changed anything, so that each call must read after the one before it.
func TestOfEqualCallsAtOnceOneReportsTheChange(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		card string
		in   map[string]any
	}{
		{"okta.app.deactivate", map[string]any{"app_id": "0oa1"}},
		{"okta.app.grant.add", map[string]any{"app_id": "0oa2", "scope_id": "okta.groups.read"}},
		{"okta.group.member.add", map[string]any{"group_id": "00g2", "user_id": "00u1"}},
		{"okta.user.ensure", map[string]any{"login": "eve@acme.example", "email": "eve@acme.example", "first_name": "Eve", "last_name": "New"}},
	} {
		s := simulate(t, appOrg)
		var all sync.WaitGroup
		var mu sync.Mutex
		changed := 0
		for range 8 {
			all.Go(func() {
				out, err := s.cards[test.card].Run(t.Context(), s.call(), test.in)
				if err != nil {
					t.Errorf("%s: %v", test.card, err)
				}
				mu.Lock()
				defer mu.Unlock()
				if card.Changed(out) {
					changed++
				}
			})
		}
		all.Wait()
		if changed != 1 {
			t.Errorf("%s: %d calls report a change, want 1", test.card, changed)
		}
	}
}
