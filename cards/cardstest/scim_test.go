package cardstest_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/flowdeck/flowdeck/cards/cardstest"
	"github.com/flowdeck/flowdeck/cards/scim"
	"github.com/flowdeck/flowdeck/cards/scim/scimsim"
	"github.com/flowdeck/flowdeck/engine/card"
)

const scimSeed = `
token: open-sesame
users:
  - {id: u1, userName: ada@acme.example, name: {givenName: Ada, familyName: Lovelace}, displayName: Ada, emails: [{value: ada@acme.example, type: work, primary: true}]}
  - {id: u2, userName: bob@acme.example, externalId: "7", emails: [{value: bob@acme.example, type: work}, {value: bob@home.example, type: home}]}
  - {id: u3, userName: cleo@acme.example, active: false, urn:ietf:params:scim:schemas:extension:enterprise:2.0:User: {department: Sales}}
groups:
  - {id: g1, displayName: Sales, members: [u1, u2]}
  - {id: g2, displayName: Legal}
`

// scimBench runs the SCIM cards on a simulated target.
func scimBench() cardstest.Bench {
	return cardstest.Bench{
		Service: scim.Service(), Cards: scim.Cards(), Start: startTarget,
		Short:     true, // scim.test
		More:      scimMore,
		MoreReads: map[string]string{"scim.group.push": "a plan must show who is added by name"},
		Calls: map[string][]cardstest.Case{
			"scim.user.create": {{In: map[string]any{"user_name": "Dan@acme.example", "active": false, "password": "a-first-one", "attributes": map[string]any{
				"title": "Boss", enterprise: map[string]any{"costCenter": "9"}}}}},
			"scim.user.update": {
				{In: map[string]any{"user_id": "u1", "user_name": "ida@acme.example", "email": "ida@acme.example", "given_name": "Ida", "external_id": "12", "active": false}},
				{In: map[string]any{"user_id": "u2", "given_name": "Bob", "email": "robert@acme.example", "timezone": "Europe/Vienna"}},
				{In: map[string]any{"user_id": "u3", "email": "cleo@acme.example", "attributes": map[string]any{enterprise: map[string]any{"department": nil, "manager": map[string]any{"value": "u1"}}}}},
				{In: map[string]any{"user_id": "u1", "attributes": map[string]any{"displayName": nil, "name": map[string]any{"middleName": "K", "givenName": nil}, "emails": []any{}}}},
			},
			"scim.user.patch": {
				{In: map[string]any{"user_id": "u2", "operations": []any{
					map[string]any{"op": "remove", "path": `emails[type eq "home"]`}, map[string]any{"op": "add", "value": map[string]any{"nickName": "Bobby", "active": false}},
				}}},
				{In: map[string]any{"user_id": "u1", "operations": []any{map[string]any{"op": "add", "path": enterprise + ":department", "value": "R&D"}}}},
			},
			"scim.group.update": {{In: map[string]any{"group_id": "g1", "attributes": map[string]any{"members": []any{map[string]any{"value": "u3"}}}}}},
			"scim.group.patch":  {{In: map[string]any{"group_id": "g1", "operations": []any{map[string]any{"op": "remove", "path": "members"}}}}},
			"scim.group.push": {
				{In: map[string]any{"display_name": "sales", "external_id": "00g1", "members": []any{"u3"}}, Rest: cardstest.Diff{"group Sales externalId": "∅ → 00g1"}},
				{In: map[string]any{"display_name": "Fresh", "members": []any{"u3"}}, Rest: cardstest.Diff{"group Fresh displayName": "∅ → Fresh"}},
			},
		},
	}
}

const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

func TestSCIMCards(t *testing.T) {
	t.Parallel()
	cardstest.Run(t, scimBench())
}

// scimTarget is a simulated target that can lose an answer.
type scimTarget struct {
	tb   testing.TB
	sim  *scimsim.Server
	host string

	mu       sync.Mutex
	requests []cardstest.Request
	lost     int
}

func startTarget(tb testing.TB, _ []string) cardstest.Server {
	tb.Helper()
	seed, err := scimsim.Load([]byte(scimSeed))
	if err != nil {
		tb.Fatal(err)
	}
	s := &scimTarget{tb: tb, lost: -1}
	if s.sim, err = scimsim.New(seed, scimsim.Options{}); err != nil {
		tb.Fatal(err)
	}
	server := httptest.NewServer(s)
	tb.Cleanup(server.Close)
	s.host = server.Listener.Addr().String()
	return cardstest.Server{
		Config:   map[string]any{"base_url": server.URL + "/scim/v2", "auth": map[string]any{"bearer": map[string]any{"env": "SCIM_TOKEN"}}},
		Secret:   "open-sesame",
		Requests: func() []cardstest.Request { s.mu.Lock(); defer s.mu.Unlock(); return slices.Clone(s.requests) },
		Lose:     func(nth int) { s.mu.Lock(); defer s.mu.Unlock(); s.lost = len(s.requests) + nth },
		Dump:     s.facts,
		State:    s.state,
	}
}

func (s *scimTarget) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	lose := len(s.requests) == s.lost
	s.requests = append(s.requests, cardstest.Request{Method: r.Method, Path: r.URL.EscapedPath()})
	s.mu.Unlock()
	if lose {
		s.sim.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	}
	s.sim.ServeHTTP(w, r)
}

// facts has the attributes of each user by userName, and of each group by displayName.
func (s *scimTarget) facts() cardstest.Facts {
	answer := httptest.NewRecorder()
	s.sim.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/-/dump", nil))
	var dump map[string][]map[string]any
	if err := yaml.Unmarshal(answer.Body.Bytes(), &dump); err != nil {
		s.tb.Fatal(err)
	}
	facts := cardstest.Facts{}
	for _, u := range dump["users"] {
		for name, v := range u {
			facts["user "+u["userName"].(string)+" "+name] = v
		}
	}
	for _, g := range dump["groups"] {
		for name, v := range g {
			facts["group "+g["displayName"].(string)+" "+name] = v
		}
	}
	return facts
}

// get reads a path of the simulated target.
func (s *scimTarget) get(path string) map[string]any {
	r := httptest.NewRequest(http.MethodGet, "/scim/v2"+path, nil)
	r.Host = s.host
	r.Header.Set("Authorization", "Bearer open-sesame")
	answer := httptest.NewRecorder()
	s.sim.ServeHTTP(answer, r)
	v, err := card.DecodeJSON(answer.Body.Bytes())
	if err != nil {
		s.tb.Fatal(err)
	}
	return v.(map[string]any)
}

// named returns the names by id that Before must find for a push: of the users whom it names. For other calls it is nil.
func (s *scimTarget) named(in map[string]any) map[string]string {
	wanted, byName := in["user_names"].([]any)
	if !byName {
		return nil
	}
	who := map[string]string{}
	for _, name := range wanted {
		who[name.(string)] = "" // nobody, unless a user has it
	}
	for _, item := range s.get("/Users")["Resources"].([]any) {
		user := item.(map[string]any)
		name := user["userName"].(string)
		for _, given := range wanted {
			if strings.EqualFold(given.(string), name) {
				delete(who, given.(string))
				who[user["id"].(string)] = name
			}
		}
	}
	return who
}

// state returns the state that Before must find.
func (s *scimTarget) state(c card.Card, in map[string]any) card.State {
	resources, label, input, excluded := "/Users", "userName", "user_id", []string{"id", "meta", "schemas", "groups"}
	if strings.HasPrefix(c.Name, "scim.group.") {
		resources, label, input = "/Groups", "displayName", "group_id"
	}
	id, byID := in[input].(string)
	var found map[string]any
	for _, item := range s.get(resources)["Resources"].([]any) {
		r := item.(map[string]any)
		name, _ := in["user_name"].(string)
		if name == "" {
			name, _ = in["display_name"].(string)
		}
		if byID && r["id"] == id || !byID && strings.EqualFold(r[label].(string), name) {
			found = r
		}
	}
	if found == nil {
		return card.State{Missing: true, Names: s.named(in)}
	}
	state := card.State{Fields: map[string]any{"id": found["id"]}}
	members := []any{}
	list, _ := found["members"].([]any)
	for _, m := range list {
		members = append(members, m.(map[string]any)["value"])
	}
	slices.SortFunc(members, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
	switch attributes, _ := in["attributes"].(map[string]any); {
	case c.Name == "scim.group.push":
		state.Fields["displayName"], state.Fields["members"] = found["displayName"], members
		if found["externalId"] != nil {
			state.Fields["externalId"] = found["externalId"]
		}
		state.Names = s.named(in)
		return state
	case c.Name != "scim.group.patch" && attributes["members"] == nil:
		excluded = append(excluded, "members")
	}
	for name, v := range found {
		if !slices.Contains(excluded, name) {
			state.Fields[name] = v
		}
	}
	if state.Fields["members"] != nil {
		for i, id := range members {
			members[i] = map[string]any{"value": id}
		}
		state.Fields["members"] = members
	}
	if byID {
		state.Names = map[string]string{input: found[label].(string)}
	}
	return state
}
