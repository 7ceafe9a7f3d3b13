package cardstest_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/cards/cardstest"
	"github.com/flowdeck/flowdeck/cards/okta"
	"github.com/flowdeck/flowdeck/cards/okta/oktasim"
	"github.com/flowdeck/flowdeck/cards/okta/oktaspec"
	"github.com/flowdeck/flowdeck/engine/card"
)

// oktaNow is the start of the org's clock. The dump has times.
var oktaNow = time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC)

func oktaBench() cardstest.Bench {
	const noNames = "one request reads the user's groups, which has neither the user's login nor the names of other groups"
	const noOwner = "one request reads the owners, which have neither the name of the group nor that of another owner"
	const noLogin = "one request reads what the user or group has, without its name"
	const noApp = "one request reads the assignment or the grants, which have no name of the application"
	const noSession = "import sessions have no names, and their requests read no application"
	return cardstest.Bench{
		Service: okta.Service(),
		Cards:   okta.Cards(),
		Start:   startOrg,
		Allowing: func(tb testing.TB, scopes []string, r cardstest.Request) string {
			return oktaspec.Allowing(tb, scopes, r.Method, r.Path)
		},
		Raw:     map[string][]string{"okta.request": {"okta.groups.manage"}, "okta.request.list": {"okta.groups.read"}},
		Secrets: map[string]string{"password": "Correct-Horse-1"},
		Calls: map[string][]cardstest.Case{
			"okta.user.update": {
				{In: map[string]any{"user_id": "ada@acme.example", "login": "ada.king@acme.example", "last_name": "King", "clear": []any{"mobilePhone"}}, Found: map[string]any{"user_id": "00u1"}},
				{In: map[string]any{"user_id": "00u1", "semantics": "strict", "login": "ada@acme.example", "email": "ada@acme.example", "first_name": "Ada", "last_name": "King", "profile_extra": map[string]any{"badge": 9, "tags": []any{"a"}}}},
				{In: map[string]any{"user_id": "00u1", "department": "IT", "password": "Correct-Horse-1"}, Rest: cardstest.Diff{"user ada@acme.example passwordChanged": "∅ → 2026-03-01T06:00:00Z"}},
			},
			"okta.group.update": {
				{In: map[string]any{"group_id": "00g2", "name": "Late shift", "description": "From ten", "profile_extra": map[string]any{"costCenter": nil, "floor": 2}}},
				{In: map[string]any{"group_id": "00g2", "profile_extra": map[string]any{"costCenter": "10"}}},
			},
			"okta.group.member.sync":  {{In: map[string]any{"group_id": "00g1", "members": []any{}, "max_removals": 1}}},
			"okta.group.rule.update":  {{In: map[string]any{"rule_id": "0pr1", "name": "Sales", "exclude_user_ids": []any{}}}},
			"okta.group.owner.remove": {{In: map[string]any{"group_id": "00g1", "owner_id": "00g3"}}},
			"okta.realm.update":       {{In: map[string]any{"realm_id": "guor1", "realm_type": "PARTNER", "profile_extra": map[string]any{"name": "Cars"}}}, {In: map[string]any{"realm_id": "guor1", "profile_extra": map[string]any{"domains": nil}}}},
			"okta.event_hook.create":  {inactiveHook},
			"okta.user.linked.set": {
				{In: map[string]any{"user_id": "00u2", "relationship": "manager", "primary_user_id": "00u1"}},
				{In: map[string]any{"user_id": "00u4", "relationship": "manager", "primary_user_id": nil}},
			},
			"okta.app.user.update": {convertedAssignment},
			"okta.app.update":      {{In: map[string]any{"app_id": "0oa2", "settings": map[string]any{"app": map[string]any{"requestIntegration": true}}, "extra": map[string]any{"licensing": map[string]any{"seatCount": 9}}}}},
			"okta.user.create": {{
				In: map[string]any{"login": "alan@acme.example", "email": "alan@acme.example", "first_name": "Alan", "last_name": "Kay", "activate": false},
				Rest: cardstest.Diff{
					"user alan@acme.example login": "∅ → alan@acme.example", "user alan@acme.example email": "∅ → alan@acme.example",
					"user alan@acme.example firstName": "∅ → Alan", "user alan@acme.example lastName": "∅ → Kay", "user alan@acme.example profile.locale": "∅ → en_US",
					"user alan@acme.example status": "∅ → DEPROVISIONED", "user alan@acme.example created": "∅ → 2026-03-01T06:00:00Z",
				},
			}},
		},
		More: oktaMore,
		Rest: oktaRests,
		MoreReads: map[string]string{
			"okta.group.delete":      "the members lose the applications of the group, and an undo must not take from it what others gave it",
			"okta.group.member.sync": "a plan must show who is added by login",
		},
		Hidden: map[string]string{
			"okta.user.reactivate":     "each call makes a new link",
			"okta.user.reset_password": "each call makes a new link",
			"okta.user.set_password":   "passwords cannot be read",
			"okta.user.session.clear":  "Okta does not list the sessions of a user",
		},
		Unseen: map[string]bool{"okta.user.ensure": true, "okta.group.ensure": true, "okta.user.risk.set": true,
			// The undo of an assignment leaves the new values of one that existed, or the loss of a password.
			"okta.app.update": true, "okta.app.ensure": true, "okta.app.user.remove": true, "okta.app.user.ensure": true, "okta.app.group.assign": true,
		},
		Retracts: map[string]bool{"okta.event_hook.create": true},
		Unnamed: map[string]string{
			"okta.group.member.add": noNames, "okta.group.member.remove": noNames,
			"okta.group.member.sync": "one request reads the members, without the name of the group",
			"okta.group.owner.add":   noOwner, "okta.group.owner.remove": "the owners have no name of the group",
			"okta.user.risk.set": noLogin, "okta.user.classification.set": noLogin,
			"okta.user.linked.set": noLogin, "okta.user.linked.remove": noLogin,
			"okta.user.role.assign": noLogin, "okta.user.role.unassign": noLogin, "okta.group.role.assign": noLogin, "okta.group.role.unassign": noLogin,
			"okta.user.factor.unenroll": noLogin, "okta.user.factor.reset": noLogin,
			"okta.app.user.assign": noApp, "okta.app.user.ensure": noApp, "okta.app.user.update": noApp, "okta.app.user.remove": noApp,
			"okta.import.session.create": noSession, "okta.import.session.upsert": noSession, "okta.import.session.remove": noSession,
			"okta.import.session.start": noSession, "okta.import.session.delete": noSession,
			"okta.app.group.assign": noApp, "okta.app.group.remove": noApp, "okta.app.grant.add": noApp, "okta.app.grant.revoke": noApp,
		},
	}
}

func TestOktaCards(t *testing.T) {
	t.Parallel()
	cardstest.Run(t, oktaBench())
}

// startOrg serves a simulated org with one token. The test fails if a request or an answer differs from Okta's
// description.
func startOrg(tb testing.TB, scopes []string) cardstest.Server {
	tb.Helper()
	tokens := "tokens: {t: {owner: ada@acme.example}}"
	if scopes != nil {
		tokens = "tokens: {t: {owner: ada@acme.example, scopes: [" + strings.Join(scopes, ", ") + "]}}"
	}
	seed, err := oktasim.Load([]byte(oktaSeed + oktaApps + oktaImports + tokens))
	if err != nil {
		tb.Fatal(err)
	}
	org, err := oktasim.New(seed, oktasim.Options{Clock: func() time.Time { return oktaNow }, Hooks: hookServer{}})
	if err != nil {
		tb.Fatal(err)
	}
	var mu sync.Mutex
	var requests []cardstest.Request
	lost := -1
	described := oktaspec.Exchanges(tb, org)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		lose := len(requests) == lost
		requests = append(requests, cardstest.Request{Method: r.Method, Path: r.URL.EscapedPath()})
		mu.Unlock()
		if lose {
			described.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}
		described.ServeHTTP(w, r)
	}))
	tb.Cleanup(server.Close)
	dump := func() orgDump { return dumpOf(tb, org) }
	return cardstest.Server{
		Config: map[string]any{"domain": server.URL, "auth": map[string]any{"api_token": map[string]any{"env": "T"}}},
		Secret: "t",
		Requests: func() []cardstest.Request {
			mu.Lock()
			defer mu.Unlock()
			return slices.Clone(requests)
		},
		Lose: func(nth int) {
			mu.Lock()
			defer mu.Unlock()
			lost = len(requests) + nth
		},
		Dump:  func() cardstest.Facts { return dump().facts() },
		State: func(c card.Card, in map[string]any) card.State { return dump().state(c, in) },
	}
}
