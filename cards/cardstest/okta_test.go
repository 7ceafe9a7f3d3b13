package cardstest_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/flowdeck/flowdeck/cards/cardstest"
	"github.com/flowdeck/flowdeck/cards/okta"
	"github.com/flowdeck/flowdeck/cards/okta/oktasim"
	"github.com/flowdeck/flowdeck/cards/okta/oktaspec"
	"github.com/flowdeck/flowdeck/engine/card"
)

// oktaSeed is the seed of the org on which every example runs.
const oktaSeed = `
attributes: {badge: integer, tags: array}
users:
  - {id: 00u1, login: ada@acme.example, firstName: Ada, lastName: Lovelace, profile: {mobilePhone: "+49 30 1"}}
  - {id: 00u2, login: bob@acme.example, firstName: Bob, lastName: Marsh}
  - {id: 00u3, login: staged@acme.example, firstName: Sten, lastName: Berg, status: STAGED}
  - {id: 00u4, login: suspended@acme.example, firstName: Sue, lastName: Penn, status: SUSPENDED}
  - {id: 00u5, login: locked@acme.example, firstName: Lou, lastName: Key, status: LOCKED_OUT}
  - {id: 00u6, login: expired@acme.example, firstName: Ed, lastName: Pike, status: PASSWORD_EXPIRED}
  - {id: 00u7, login: invited@acme.example, firstName: Ivy, lastName: Teal, status: PROVISIONED}
groups:
  - {id: 00g1, name: Contractors, members: [ada@acme.example], profile: {floor: 2}}
  - {id: 00g2, name: Night shift, profile: {costCenter: "9"}}
zones:
  - {id: nzo1, name: Head office, type: IP, usage: POLICY, gateways: [{type: CIDR, value: 192.0.2.0/24}]}
  - {id: nzo2, name: Old office, type: IP, usage: POLICY, status: INACTIVE}
event_hooks:
  - {id: who1, name: Joiners, events: {type: EVENT_TYPE, items: [user.lifecycle.create]}, channel: {type: HTTP, version: 1.0.0, config: {uri: "https://hooks.acme.example/joiners"}}}
  - {id: who2, name: Leavers, status: INACTIVE, events: {type: EVENT_TYPE, items: [user.lifecycle.deactivate]}, channel: {type: HTTP, version: 1.0.0, config: {uri: "https://hooks.acme.example/leavers"}}}
sessions:
  - {user: ada@acme.example}
factors:
  - {id: sms1, user: ada@acme.example, factorType: sms, profile: {phoneNumber: "+49301"}}
  - {id: fpr1, user: ada@acme.example, factorType: webauthn, provider: FIDO}
roles:
  - {id: ra11, user: ada@acme.example, type: USER_ADMIN}
  - {id: ra12, group: Contractors, type: REPORT_ADMIN}
linkedObjects:
  - {primary: {name: manager, title: Manager}, associated: {name: subordinate, title: Subordinate}}
risks:
  - {user: ada@acme.example, riskLevel: LOW, reason: New phone}
devices:
  - {id: guo1, profile: {displayName: Ada's laptop, platform: MACOS, registered: true}}
  - {id: guo2, profile: {displayName: Bob's phone, platform: IOS, registered: true}, status: SUSPENDED}
  - {id: guo3, profile: {displayName: Old laptop, platform: WINDOWS, registered: true}, status: DEACTIVATED}
device_users:
  - {device: guo1, user: ada@acme.example, managementStatus: MANAGED, screenLockType: BIOMETRIC}
links:
  - {user: suspended@acme.example, relationship: manager, primary: ada@acme.example}
`

// oktaObjects are the inputs with the id of an object, and the key of its resource in the dump. A card without the input
// creates an object.
var oktaObjects = []struct{ cards, input, key string }{
	{"okta.zone.", "zone_id", "zones"},
	{"okta.device.", "device_id", "devices"},
	{"okta.event_hook.", "event_hook_id", "event_hooks"},
	{"okta.user.factor.unenroll", "factor_id", "factors"},
	{"okta.user.role.unassign", "role_id", "roles"},
	{"okta.group.role.unassign", "role_id", "roles"},
}

// oktaNow is the start of the org's clock. The dump has times.
var oktaNow = time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC)

func oktaBench() cardstest.Bench {
	const noNames = "one request reads the user's groups, which has neither the user's login nor the names of other groups"
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
				{In: map[string]any{"user_id": "ada@acme.example", "login": "ada.king@acme.example", "last_name": "King", "clear": []any{"mobilePhone"}}},
				{In: map[string]any{"user_id": "00u1", "semantics": "strict", "login": "ada@acme.example", "email": "ada@acme.example", "first_name": "Ada", "last_name": "King", "profile_extra": map[string]any{"badge": 9, "tags": []any{"a"}}}},
				{In: map[string]any{"user_id": "00u1", "department": "IT", "password": "Correct-Horse-1"}},
			},
			"okta.group.update": {
				{In: map[string]any{"group_id": "00g2", "name": "Late shift", "description": "From ten", "profile_extra": map[string]any{"costCenter": nil, "floor": 2}}},
				{In: map[string]any{"group_id": "00g2", "profile_extra": map[string]any{"costCenter": "10"}}},
			},
			"okta.event_hook.create": {
				{In: map[string]any{"name": "Late movers", "url": "https://hooks.acme.example/late", "events": []any{"user.lifecycle.suspend"}, "do_not_activate": true, "description": "For later",
					"headers": map[string]any{"X-Site": "berlin"}, "authorization": "open-sesame", "filters": map[string]any{"user.lifecycle.suspend": "event.actor.id != null"}}},
			},
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
		Rest: map[string]cardstest.Diff{
			"okta.user.create": {
				"user grace@acme.example login": "∅ → grace@acme.example", "user grace@acme.example email": "∅ → grace@acme.example",
				"user grace@acme.example firstName": "∅ → Grace", "user grace@acme.example lastName": "∅ → Hopper", "user grace@acme.example profile.locale": "∅ → en_US",
				"user grace@acme.example profile.costCenter": "∅ → 17", "group Contractors members": "[ada@acme.example] → [ada@acme.example grace@acme.example]",
				"user grace@acme.example status": "∅ → DEPROVISIONED", "user grace@acme.example created": "∅ → 2026-03-01T06:00:00Z", "user grace@acme.example activated": "∅ → 2026-03-01T06:00:00Z",
			},
			"okta.user.role.unassign":  {"roles USER_ADMIN id": "ra11 → ∅"},
			"okta.group.role.unassign": {"roles REPORT_ADMIN id": "ra12 → ∅"},
			"okta.user.deactivate": {
				"user bob@acme.example status": "ACTIVE → PROVISIONED", "app_users Wiki/bob@acme.example app": "Wiki → ∅", "app_users Wiki/bob@acme.example user": "bob@acme.example → ∅",
				"app_users Wiki/bob@acme.example profile.team": "Search → ∅", "app_users Wiki/bob@acme.example profile.floor": "2 → ∅",
			},
			"okta.device.deactivate": {
				"device_users guo1 device": "guo1 → ∅", "device_users guo1 user": "ada@acme.example → ∅",
				"device_users guo1 managementStatus": "MANAGED → ∅", "device_users guo1 screenLockType": "BIOMETRIC → ∅",
			},
			"okta.app.create":       createdAppStays,
			"okta.app.grant.revoke": {"app_grants Reports/okta.users.read id": "oag1 → ∅"},
			"okta.zone.create": {
				"zones Berlin name": "∅ → Berlin", "zones Berlin type": "∅ → IP", "zones Berlin usage": "∅ → POLICY", "zones Berlin status": "∅ → INACTIVE",
				"zones Berlin gateways": "∅ → [map[type:CIDR value:198.51.100.0/24]]",
			},
		},
		Hidden: map[string]string{
			"okta.user.reactivate":     "each call makes a new link",
			"okta.user.reset_password": "each call makes a new link",
			"okta.user.set_password":   "passwords cannot be read",
			"okta.user.session.clear":  "Okta does not list the sessions of a user",
		},
		Unseen: map[string]bool{"okta.user.update": true, "okta.user.ensure": true, "okta.group.ensure": true, "okta.user.risk.set": true,
			// The undo of an assignment leaves the new values of one that existed, or the loss of a password.
			"okta.app.update": true, "okta.app.user.remove": true, "okta.app.user.ensure": true, "okta.app.group.assign": true,
		},
		Unnamed: map[string]string{
			"okta.group.member.add": noNames, "okta.group.member.remove": noNames,
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
	described := oktaspec.Exchanges(tb, org)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		requests = append(requests, cardstest.Request{Method: r.Method, Path: r.URL.EscapedPath()})
		mu.Unlock()
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
		Dump:  func() cardstest.Facts { return dump().facts() },
		State: func(c card.Card, in map[string]any) card.State { return dump().state(c, in) },
	}
}

// hookServer answers for all event hooks.
type hookServer struct{}

func (hookServer) RoundTrip(r *http.Request) (*http.Response, error) {
	answer := httptest.NewRecorder()
	fmt.Fprintf(answer, `{"verification": %q}`, r.Header.Get("X-Okta-Verification-Challenge"))
	return answer.Result(), nil
}

// orgDump is a parsed dump of a simulated org.
type orgDump struct {
	Users, Groups []map[string]any
	Objects       map[string][]map[string]any `yaml:",inline"` // by the key of their resource
}

func dumpOf(tb testing.TB, org http.Handler) (d orgDump) {
	tb.Helper()
	request, err := http.NewRequestWithContext(tb.Context(), http.MethodGet, "http://localhost/-/dump", nil)
	if err != nil {
		tb.Fatal(err)
	}
	answer := httptest.NewRecorder()
	org.ServeHTTP(answer, request)
	text, err := io.ReadAll(answer.Body)
	if err == nil {
		err = yaml.Unmarshal(text, &d)
	}
	if err != nil || answer.Code != http.StatusOK {
		tb.Fatalf("dump: %d %v", answer.Code, err)
	}
	return d
}

// facts returns every field of every user and group, by login and name.
func (d orgDump) facts() cardstest.Facts {
	facts := cardstest.Facts{}
	add := func(thing string, fields map[string]any) {
		for name, value := range fields {
			switch value := value.(type) {
			case map[string]any:
				for attribute, value := range value {
					facts[thing+" "+name+"."+attribute] = value
				}
			case time.Time:
				facts[thing+" "+name] = value.Format(time.RFC3339)
			default:
				facts[thing+" "+name] = value
			}
		}
	}
	for _, user := range d.Users {
		add("user "+user["login"].(string), user)
	}
	for _, group := range d.Groups {
		add("group "+group["name"].(string), group)
	}
	for key, objects := range d.Objects {
		named := map[string]int{}
		for _, object := range objects {
			name := key + " " + objectName(object)
			if named[name]++; named[name] > 1 { // Okta allows it for event hooks
				name = fmt.Sprintf("%s (%d)", name, named[name])
			}
			add(name, object)
		}
	}
	return facts
}

// objectName returns what people call an object: the value of the first of its fields that names things.
func objectName(object map[string]any) string {
	if app, ok := object["app"].(string); ok { // an assignment
		for _, field := range []string{"user", "group", "scopeId"} {
			if name, ok := object[field].(string); ok {
				return app + "/" + name
			}
		}
	}
	if name := objectText(objectFields(object, "profile"), "displayName"); name != "" {
		return name
	}
	for _, field := range []string{"label", "name", "title", "factorType", "type", "relationship", "device", "id"} {
		if name, ok := object[field].(string); ok {
			return name
		}
	}
	return fmt.Sprint(object)
}

// objectState returns the state of the object that a call is about.
func (d orgDump) objectState(key, input string, in map[string]any) card.State {
	id, ok := in[input]
	if !ok {
		object := find(d.Objects[key], "name", in["name"])
		if object == nil {
			return card.State{Missing: true}
		}
		withoutSecrets(object)
		return card.State{Fields: object}
	}
	object := find(d.Objects[key], "id", id)
	if object == nil {
		return card.State{Missing: true}
	}
	delete(object, "user") // it is in the path
	delete(object, "group")
	withoutSecrets(object)
	return card.State{Fields: object, Names: map[string]string{input: objectName(object)}}
}

// withoutSecrets removes the fields of an event hook that are not part of its state.
func withoutSecrets(object map[string]any) {
	delete(object, "channel")
	delete(object, "createdBy")
}

// state returns the state that Before must find before a call.
func (d orgDump) state(c card.Card, in map[string]any) card.State {
	if strings.HasPrefix(c.Name, "okta.app.") {
		return d.appState(c.Name, in)
	}
	if strings.HasPrefix(c.Name, "okta.import.") {
		return d.importState(in)
	}
	if c.Name == "okta.event_hook.delete_all" {
		hook := d.objectState("event_hooks", "event_hook_id", map[string]any{"event_hook_id": "who1"})
		if hook.Missing {
			return hook
		}
		return card.State{Fields: map[string]any{"who1": hook.Fields}}
	}
	for _, o := range oktaObjects {
		if strings.HasPrefix(c.Name, o.cards) {
			return d.objectState(o.key, o.input, in)
		}
	}
	if state, ok := d.partState(c, in); ok {
		return state
	}
	switch {
	case strings.HasPrefix(c.Name, "okta.group.member."):
		user, group := find(d.Users, "id", in["user_id"]), find(d.Groups, "id", in["group_id"])
		if slices.Contains(group["members"].([]any), user["login"]) {
			return card.State{Fields: map[string]any{"member": true}, Names: map[string]string{"group_id": group["name"].(string)}}
		}
		return card.State{Fields: map[string]any{"member": false}}
	case c.Name == "okta.user.create", c.Name == "okta.user.ensure":
		return unnamed(userState(find(d.Users, "login", in["login"])))
	case c.Name == "okta.group.create", c.Name == "okta.group.ensure":
		return unnamed(groupState(find(d.Groups, "name", in["name"])))
	case c.Service() == "okta" && in["group_id"] != nil:
		return groupState(find(d.Groups, "id", in["group_id"]))
	}
	user := find(d.Users, "id", in["user_id"])
	if user == nil {
		user = find(d.Users, "login", in["user_id"])
	}
	return userState(user)
}

// find returns the user or group whose field has a value; nil if there is none.
func find(things []map[string]any, field string, value any) map[string]any {
	for _, thing := range things {
		if thing[field] == value {
			return thing
		}
	}
	return nil
}

func unnamed(state card.State) card.State {
	state.Names = nil
	return state
}

func userState(user map[string]any) card.State {
	if user == nil {
		return card.State{Missing: true}
	}
	profile := map[string]any{}
	for _, attribute := range []string{"login", "email", "firstName", "lastName"} {
		profile[attribute] = user[attribute]
	}
	return stateOf(user, "user_id", user["login"].(string), map[string]any{"status": user["status"]}, profile)
}

func groupState(group map[string]any) card.State {
	if group == nil {
		return card.State{Missing: true}
	}
	profile := map[string]any{"name": group["name"]}
	if group["description"] != nil {
		profile["description"] = group["description"]
	}
	return stateOf(group, "group_id", group["name"].(string), map[string]any{}, profile)
}

func stateOf(thing map[string]any, input, name string, fields, profile map[string]any) card.State {
	more, _ := thing["profile"].(map[string]any)
	for attribute, value := range more {
		profile[attribute] = value
	}
	fields["profile"] = profile
	if thing["id"] != nil {
		fields["id"] = thing["id"]
	}
	return card.State{Names: map[string]string{input: name}, Fields: fields}
}
