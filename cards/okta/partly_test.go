package okta_test

import (
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/flowdeck/flowdeck/engine/card"
)

// refusing returns an org that refuses one of the requests that start with a method, counted from 1.
func refusing(org http.Handler, method string, nth int64) http.Handler {
	var n atomic.Int64
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.Method+" "+r.URL.Path, method) && n.Add(1) == nth {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, `{"errorCode": "E0000006", "errorSummary": "You do not have permission to perform the requested action", "errorCauses": []}`)
			return
		}
		org.ServeHTTP(w, r)
	})
}

func TestACallThatFailsAfterAWriteReportsTheWrite(t *testing.T) {
	t.Parallel()
	const hook = "event_hooks:\n  - {id: who1, name: Events, status: ACTIVE, channel: {type: HTTP, version: 1.0.0, config: {uri: \"https://hooks.acme.example\"}}, events: {type: EVENT_TYPE, items: [user.lifecycle.create]}}\n"
	user := map[string]any{"app_id": "0oa1", "user_id": "00u1", "username": "ada", "profile": map[string]any{"team": "Ads"}}
	for _, test := range []struct {
		card   string
		in     map[string]any
		method string
		nth    int64
		done   string // "": nothing
	}{
		{"okta.user.delete", map[string]any{"user_id": "00u1", "force": true}, "DELETE ", 1, "POST /api/v1/users/00u1/lifecycle/deactivate"},
		{"okta.user.delete", map[string]any{"user_id": "00u1", "force": true}, "POST ", 1, ""},
		{"okta.user.delete", map[string]any{"user_id": "00u1", "force": true}, "GET ", 2, "POST /api/v1/users/00u1/lifecycle/deactivate, DELETE /api/v1/users/00u1"},
		{"okta.app.user.update", user, "POST ", 2, "POST /api/v1/apps/0oa1/users/00u1"},
		{"okta.app.user.update", user, "POST ", 1, ""},
		{"okta.app.user.ensure", user, "POST ", 2, "POST /api/v1/apps/0oa1/users/00u1"},
		{"okta.event_hook.delete", map[string]any{"event_hook_id": "who1"}, "DELETE ", 1, "POST /api/v1/eventHooks/who1/lifecycle/deactivate"},
		{"okta.group.create", map[string]any{"name": "New"}, "POST ", 1, ""},
	} {
		s := connectTo(t, refusing(orgOf(t, appOrg+hook), test.method, test.nth))
		_, err := s.cards[test.card].Run(t.Context(), s.call(), test.in)
		e := card.AsError(err)
		if e == nil || e.Kind != card.Forbidden || e.Changed != (test.done != "") {
			t.Errorf("%s: got %+v", test.card, e)
			continue
		}
		if test.done != "" && !strings.HasPrefix(e.Hint, "done before the failure: "+test.done+"; "+test.card) {
			t.Errorf("%s: got the hint %q", test.card, e.Hint)
		}
	}
}
