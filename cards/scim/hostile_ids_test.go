package scim

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// strangeIDs are ids that a path, a query or a filter must not take as something else.
var strangeIDs = []string{
	`../Groups`, `..`, `.`, `a/b`, `u?evil=1`, `u#1`, `u%2f..`, `u;v`, "u\n", "ü", `u" or value pr or value eq "`, `\`, strings.Repeat("x", 4000),
}

// serving is a target whose only user and group have an id. PATCH is answered with the resource, too.
func serving(id string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		one := map[string]any{"id": id, "userName": "ada", "displayName": "Staff", "active": true, "members": []any{map[string]any{"value": id}}}
		w.Header().Set("Content-Type", "application/scim+json")
		switch {
		case strings.HasSuffix(r.URL.Path, "/ServiceProviderConfig"):
			_, _ = io.WriteString(w, `{"patch": {"supported": true}, "filter": {"supported": true}}`)
		case r.Method == http.MethodGet && (r.URL.Path == "/scim/v2/Users" || r.URL.Path == "/scim/v2/Groups"):
			_ = json.NewEncoder(w).Encode(map[string]any{"totalResults": 1, "Resources": []any{one}})
		default:
			_ = json.NewEncoder(w).Encode(one)
		}
	})
}

func TestT29AnIDInAnAnswerIsOnlyAnID(t *testing.T) {
	t.Parallel()
	for _, id := range strangeIDs {
		f := connectTo(t, serving(id), nil)
		found := f.do("scim.user.find", map[string]any{"user_name": "ada"})
		if found["id"] != id {
			t.Errorf("%q: found %v", id, found["id"])
		}
		_, _ = f.try("scim.user.update", map[string]any{"user_id": id, "attributes": map[string]any{"title": "x"}}) // some ids are refused
		_, _ = f.try("scim.group.push", map[string]any{"display_name": "Staff", "members": []any{"other"}, "max_removals": 1})
		for _, s := range f.requests {
			if n := strings.Count(s.path, "/"); n > 4 || !strings.HasPrefix(s.path, "/scim/v2/") || strings.Contains(s.path, "/.") || strings.Contains(s.query, "evil") {
				t.Errorf("%q: %s %s?%s", id, s.method, s.path, s.query)
			}
			for _, o := range s.operations() {
				path, _ := o.(map[string]any)["path"].(string)
				if inner, ok := strings.CutPrefix(path, "members[value eq "); ok {
					var value string
					if json.Unmarshal([]byte(strings.TrimSuffix(inner, "]")), &value) != nil || value != id {
						t.Errorf("%q is removed by %s", id, path)
					}
				}
			}
		}
	}
}

// Whatever an answer has that looks like a place to go on: only the connection says where requests go.
func TestT28AnAddressInAnAnswerIsNotFollowed(t *testing.T) {
	t.Parallel()
	var reached atomic.Int64
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	t.Cleanup(elsewhere.Close)
	url := elsewhere.URL + "/scim/v2/Users/u1"
	one := fmt.Sprintf(`"id": "u1", "userName": "ada", "displayName": "Sales", "active": true, "meta": {"location": %q},
		"members": [{"value": "u2", "$ref": %[1]q}], "groups": [{"value": "g1", "$ref": %[1]q}]`, url)
	page := fmt.Sprintf(`{%s, "totalResults": 2, "itemsPerPage": 1, "next": %q, "nextLink": %[2]q, "nextCursor": %[2]q, "Resources": [{%[1]s}]}`,
		one, url)
	f := connectTo(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "application/scim+json")
		for _, name := range []string{"Location", "Content-Location", "Refresh", "Alt-Svc"} {
			h.Set(name, url)
		}
		h.Set("Link", "<"+url+`>; rel="next"`)
		_, _ = io.WriteString(w, page)
	}), nil)
	for _, c := range Cards() {
		_, _ = f.try(c.Name, inputs(c)) // some of these answers are errors
	}
	if n := reached.Load(); n > 0 || len(f.requests) < len(Cards()) {
		t.Errorf("the other server got %d requests, and the target %d", n, len(f.requests))
	}
}
