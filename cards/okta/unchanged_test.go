package okta_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Okta may accept a write and ignore it, such as for an attribute that a directory owns.
func TestAWriteWhoseAnswerShowsTheOldValueChangedNothing(t *testing.T) {
	t.Parallel()
	const (
		appUser  = `{"id": "00u1", "scope": "USER", "credentials": {"userName": "ada"}, "profile": {"desk": "e1", "num": 5}}`
		appGroup = `{"id": "00g1", "priority": 3, "profile": {"team": "Day"}}`
		zone     = `{"id": "nzo1", "type": "IP", "name": "Office", "status": "ACTIVE", "gateways": [{"type": "CIDR", "value": "10.0.0.0/8"}]}`
		realm    = `{"id": "guo1", "profile": {"name": "Ads", "realmType": "PARTNER"}}`
		rule     = `{"id": "0pr1", "type": "group_rule", "name": "Day", "status": "INACTIVE", "conditions": {"expression": {"value": "true"}}}`
		app      = `{"id": "0oa1", "label": "Slack", "name": "bookmark", "status": "ACTIVE", "signOnMode": "BOOKMARK"}`
		group    = `{"id": "00g1", "type": "OKTA_GROUP", "profile": {"name": "Day", "description": "old"}}`
		user     = `{"id": "00u1", "status": "ACTIVE", "profile": {"login": "ada@acme.example", "department": "old"}}`
	)
	for name, row := range map[string]struct {
		object string
		card   string
		in     map[string]any
		want   bool
	}{
		"profile in an application":  {appUser, "okta.app.user.update", map[string]any{"app_id": "0oa1", "user_id": "00u1", "profile": map[string]any{"desk": "e2"}}, false},
		"username in an application": {appUser, "okta.app.user.update", map[string]any{"app_id": "0oa1", "user_id": "00u1", "username": "ida"}, false},
		"password in an application": {appUser, "okta.app.user.update", map[string]any{"app_id": "0oa1", "user_id": "00u1", "password": "secret"}, true},
		"assignment":                 {appUser, "okta.app.user.ensure", map[string]any{"app_id": "0oa1", "user_id": "00u1", "username": "ida"}, false},
		"scope":                      {`{"id": "00u1", "scope": "GROUP"}`, "okta.app.user.ensure", map[string]any{"app_id": "0oa1", "user_id": "00u1", "scope": "USER"}, false},
		"priority":                   {appGroup, "okta.app.group.assign", map[string]any{"app_id": "0oa1", "group_id": "00g1", "priority": 1}, false},
		"profile of a group":         {appGroup, "okta.app.group.assign", map[string]any{"app_id": "0oa1", "group_id": "00g1", "profile": map[string]any{"team": "Night"}}, false},
		"risk level":                 {`{"riskLevel": "LOW", "reason": "x"}`, "okta.user.risk.set", map[string]any{"user_id": "00u1", "risk_level": "HIGH"}, false},
		"reason of a risk":           {`{"riskLevel": "LOW", "reason": "x"}`, "okta.user.risk.set", map[string]any{"user_id": "00u1", "risk_level": "LOW", "reason": "y"}, false},
		"classification":             {`{"type": "STANDARD"}`, "okta.user.classification.set", map[string]any{"user_id": "00u1", "type": "LITE"}, false},
		"zone":                       {zone, "okta.zone.update", map[string]any{"zone_id": "nzo1", "name": "Home"}, false},
		"realm":                      {realm, "okta.realm.update", map[string]any{"realm_id": "guo1", "name": "Sales"}, false},
		"group rule":                 {rule, "okta.group.rule.update", map[string]any{"rule_id": "0pr1", "name": "Night"}, false},
		"application":                {app, "okta.app.update", map[string]any{"app_id": "0oa1", "label": "Chat"}, false},
		"group":                      {group, "okta.group.update", map[string]any{"group_id": "00g1", "description": "new"}, false},
		"user":                       {user, "okta.user.update", map[string]any{"user_id": "00u1", "department": "new"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			writes := 0
			s := connectTo(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method != http.MethodGet {
					writes++
				}
				w.Header().Set("Content-Type", "application/json")
				_, _ = io.WriteString(w, row.object)
			}))
			out, err := s.try(row.card, row.in)
			if err != nil || writes != 1 || card.Changed(out) != row.want {
				t.Errorf("%s: changed %t after %d writes, %v; got %v", row.card, card.Changed(out), writes, err, out)
			}
		})
	}
}
