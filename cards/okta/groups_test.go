package okta_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/cards/okta"
	"github.com/flowdeck/flowdeck/cards/okta/oktasim"
	"github.com/flowdeck/flowdeck/cards/okta/oktaspec"
	"github.com/flowdeck/flowdeck/engine/card"
)

// simulated is a simulated org, reached over HTTP, and a record of the requests that it received.
type simulated struct {
	t     *testing.T
	conn  card.Connection
	cards card.Set

	mu    sync.Mutex
	asked []string // method, path and query
	sent  []string // bodies
}

func simulate(t *testing.T, seed string) *simulated {
	t.Helper()
	return connectTo(t, orgOf(t, seed))
}

// orgOf returns a simulated org. The test fails if a request or an answer differs from Okta's description.
func orgOf(t *testing.T, seed string) http.Handler {
	t.Helper()
	parsed, err := oktasim.Load([]byte(seed))
	if err != nil {
		t.Fatal(err)
	}
	// Each reading of the clock is a later millisecond, so that no two events have the same time.
	begin, ticks := time.Now(), atomic.Int64{}
	clock := func() time.Time { return begin.Add(time.Duration(ticks.Add(1)) * time.Millisecond) }
	org, err := oktasim.New(parsed, oktasim.Options{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	return oktaspec.Exchanges(t, org)
}

// connectTo opens a connection to a server.
func connectTo(t *testing.T, handler http.Handler) *simulated {
	t.Helper()
	s := &simulated{t: t, cards: card.NewSet(okta.Cards()...)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		s.mu.Lock()
		s.asked, s.sent = append(s.asked, r.Method+" "+r.URL.RequestURI()), append(s.sent, string(body))
		s.mu.Unlock()
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	conn, err := okta.Service().Open(card.Settings{
		Name: "okta", Config: map[string]any{"domain": server.URL, "auth": map[string]any{"api_token": "t"}},
		Secret: func(card.Value) (card.Secret, error) { return card.NewSecret("demo-token"), nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	s.conn = conn
	return s
}

func (s *simulated) call() card.Call { return card.Call{Conn: s.conn, ConnName: "okta"} }

func (s *simulated) try(name string, in map[string]any) (map[string]any, error) {
	s.t.Helper()
	defer s.withinScopes(name)()
	out, err := s.cards[name].Run(s.t.Context(), s.call(), in)
	fields, _ := out.(map[string]any)
	return fields, err
}

func (s *simulated) run(name string, in map[string]any) map[string]any {
	s.t.Helper()
	out, err := s.try(name, in)
	if err != nil {
		s.t.Fatalf("%s %v: %v", name, in, err)
	}
	return out
}

// list reads all pages. The test fails if there are more than most.
func (s *simulated) list(name string, in map[string]any, most int) (records []map[string]any, pages int) {
	s.t.Helper()
	defer s.withinScopes(name)()
	for at := card.Cursor(""); ; {
		page, err := s.cards[name].Page(s.t.Context(), s.call(), in, at)
		if err != nil {
			s.t.Fatalf("%s %v: %v", name, in, err)
		}
		for _, item := range page.Items {
			records = append(records, item.(map[string]any))
		}
		if pages++; page.Next == "" {
			return records, pages
		}
		if pages == most {
			s.t.Fatalf("%s %v: still not at its end after %d pages", name, in, pages)
		}
		at = page.Next
	}
}

// withinScopes checks that the scopes of the card allow every request that is sent before end is called.
func (s *simulated) withinScopes(name string) (end func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	from := len(s.asked)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		allowed(s.t, s.cards[name], s.asked[from:])
	}
}

// allowed checks that the scopes of a card allow requests, which start with the method and the target. A card without
// scopes, such as a raw request, is not checked.
func allowed(t *testing.T, c card.Card, requests []string) {
	t.Helper()
	for _, request := range requests {
		method, rest, _ := strings.Cut(request, " ")
		path := rest[:strings.IndexAny(rest+" ", "? ")]
		if len(c.Scopes) > 0 && oktaspec.Allowing(t, c.Scopes, method, path) == "" {
			t.Errorf("%s declares %v, which does not allow %s %s", c.Name, c.Scopes, method, path)
		}
	}
}

// forget returns the requests since the last call, and clears the record.
func (s *simulated) forget() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked := s.asked
	s.asked, s.sent = nil, nil
	return asked
}

func column(records []map[string]any, name string) []string {
	list := []string{}
	for _, r := range records {
		list = append(list, fmt.Sprint(r[name]))
	}
	return list
}

func refused(t *testing.T, err error, kind card.Kind, says string) {
	t.Helper()
	e := card.AsError(err)
	if e == nil || e.Kind != kind || !strings.Contains(e.Message+" "+e.Hint, says) {
		t.Errorf("got %#v, want an error of kind %s with %q in its message", err, kind, says)
	}
}

const company = `
now: 2026-03-01T12:00:00Z
users:
  - {id: 00u1, login: ada@acme.example, firstName: Ada, lastName: Lovelace}
  - {id: 00u2, login: bob@acme.example}
groups:
  - {id: 00g1, name: Contractors, description: From outside, members: [ada@acme.example], profile: {costCenter: "17", big: 92233720368547758089, owner: null, tags: [1, 2]}}
  - {id: 00g2, name: Night shift}
  - {id: 00g3, name: Day shift}
`

func TestGroupUpdateKeepsTheRestOfTheProfile(t *testing.T) {
	t.Parallel()
	s := simulate(t, company)
	got := s.run("okta.group.update", map[string]any{"group_id": "00g1", "name": "Freelancers"})
	want := map[string]any{
		"name": "Freelancers", "description": "From outside", "costCenter": "17",
		"big": json.Number("92233720368547758089"), "owner": nil, "tags": []any{1, 2},
	}
	if diff := cmp.Diff(want, got["profile"]); diff != "" || got["changed"] != true || got["id"] != "00g1" {
		t.Errorf("changed %v, id %v, profile (-want +got):\n%s", got["changed"], got["id"], diff)
	}
	if body := s.sent[len(s.sent)-1]; body != `{"profile":{"big":92233720368547758089,"costCenter":"17","description":"From outside","name":"Freelancers","owner":null,"tags":[1,2]}}` {
		t.Errorf("sent %s", body)
	}
	if diff := cmp.Diff(want, s.run("okta.group.get", map[string]any{"group_id": "00g1"})["profile"]); diff != "" {
		t.Errorf("read again (-want +got):\n%s", diff)
	}
}

func TestGroupUpdateChangesNamedAttributesAndReportsChanges(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		in      map[string]any
		changed bool
		profile map[string]any // the differences from the seed
	}{
		"nothing named":        {map[string]any{}, false, nil},
		"the same":             {map[string]any{"name": "Contractors", "description": "From outside"}, false, nil},
		"the same attributes":  {map[string]any{"profile_extra": map[string]any{"costCenter": "17", "big": json.Number("92233720368547758089"), "owner": nil, "tags": []any{1.0, 2.0}}}, false, nil},
		"a description":        {map[string]any{"description": "Away"}, true, map[string]any{"description": "Away"}},
		"no description":       {map[string]any{"description": ""}, true, map[string]any{"description": nil}},
		"an attribute":         {map[string]any{"profile_extra": map[string]any{"owner": "<ada>"}}, true, map[string]any{"owner": "<ada>"}},
		"an attribute to null": {map[string]any{"profile_extra": map[string]any{"costCenter": nil}}, true, map[string]any{"costCenter": nil}},
	} {
		s := simulate(t, company)
		before := s.run("okta.group.get", map[string]any{"group_id": "00g1"})
		want := before["profile"].(map[string]any)
		for attribute, v := range test.profile {
			want[attribute] = v
		}
		test.in["group_id"] = "00g1"
		s.forget()
		got := s.run("okta.group.update", test.in)
		if diff := cmp.Diff(want, got["profile"]); diff != "" || got["changed"] != test.changed {
			t.Errorf("%s: changed %v, profile (-want +got):\n%s", name, got["changed"], diff)
		}
		if writes := len(s.forget()) - 1; writes != map[bool]int{true: 1, false: 0}[test.changed] {
			t.Errorf("%s: %d writes", name, writes)
		}
		if again := s.run("okta.group.update", test.in); again["changed"] != false {
			t.Errorf("%s, a second time: %v", name, again)
		}
	}
}

func TestGroupUpdateFailsWithOktasError(t *testing.T) {
	t.Parallel()
	s := simulate(t, company)
	_, err := s.try("okta.group.update", map[string]any{"group_id": "00g1", "name": "Night shift"})
	refused(t, err, card.Conflict, "already exists")
	_, err = s.try("okta.group.update", map[string]any{"group_id": "00g9", "name": "x"})
	refused(t, err, card.NotFound, "00g9")
	everyone, _ := s.list("okta.group.list", map[string]any{"search": `type eq "BUILT_IN"`}, 1)
	_, err = s.try("okta.group.update", map[string]any{"group_id": everyone[0]["id"], "name": "x"})
	refused(t, err, card.Invalid, "Unsupported")
}

func TestGroupUpdateRefusesAGroupWithoutAProfile(t *testing.T) {
	t.Parallel()
	s := connectTo(t, oktaspec.Requests(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"id":"00g1"}`) })))
	_, err := s.try("okta.group.update", map[string]any{"group_id": "00g1", "name": "x"})
	refused(t, err, card.Unavailable, "nothing was changed")
	if asked := s.forget(); !cmp.Equal(asked, []string{"GET /api/v1/groups/00g1"}) {
		t.Errorf("asked %v", asked)
	}
}

func TestAGroupIsCreatedReadAndDeleted(t *testing.T) {
	t.Parallel()
	s := simulate(t, company)
	in := map[string]any{"name": "R&D <lab>", "description": "New", "profile_extra": map[string]any{"costCenter": "9", "big": 5}}
	made := s.run("okta.group.create", in)
	want := map[string]any{"name": "R&D <lab>", "description": "New", "costCenter": "9", "big": 5}
	if diff := cmp.Diff(want, made["profile"]); diff != "" || made["changed"] != true || made["type"] != "OKTA_GROUP" {
		t.Errorf("made %v; profile (-want +got):\n%s", made, diff)
	}
	_, err := s.try("okta.group.create", in)
	refused(t, err, card.Conflict, "already exists")
	id := map[string]any{"group_id": made["id"]}
	if got := s.run("okta.group.delete", id); got["changed"] != true {
		t.Errorf("deleted: %v", got)
	}
	_, err = s.try("okta.group.delete", id)
	refused(t, err, card.NotFound, fmt.Sprint(made["id"]))
	_, err = s.try("okta.group.get", id)
	refused(t, err, card.NotFound, fmt.Sprint(made["id"]))
}

func TestGroupsAreListedBySearchOrderCursorAndAnyOtherParameter(t *testing.T) {
	t.Parallel()
	s := simulate(t, company)
	got, pages := s.list("okta.group.list", map[string]any{
		"search": `type eq "OKTA_GROUP"`, "sort_by": "profile.name", "sort_order": "desc", "limit": 2, "extra_parameters": map[string]any{"expand": "stats"},
	}, 5)
	if ids := column(got, "id"); !cmp.Equal(ids, []string{"00g2", "00g3", "00g1"}) || pages != 2 {
		t.Errorf("%v on %d pages", ids, pages)
	}
	stats, _ := got[2]["_embedded"].(map[string]any)["stats"].(map[string]any)
	if stats["usersCount"] != 1 {
		t.Errorf("stats %v", stats)
	}
	first, err := s.cards["okta.group.list"].Page(t.Context(), s.call(), map[string]any{"limit": 2}, "")
	if err != nil {
		t.Fatal(err)
	}
	rest, _ := s.list("okta.group.list", map[string]any{"after": string(first.Next)}, 5)
	if ids := column(rest, "id"); !cmp.Equal(ids, []string{"00g2", "00g3"}) {
		t.Errorf("after a cursor: %v", ids)
	}
	_, err = s.cards["okta.group.list"].Page(t.Context(), s.call(), map[string]any{"extra_parameters": map[string]any{"x": map[string]any{}}}, "")
	refused(t, err, card.Invalid, "extra_parameters.x")
}

// The parameters are sent unchanged. The records are returned unchanged too, even if they have no id.
func TestExpandAndFieldsAreSentAndTheirAnswersReturned(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		card, query, answer string
		in                  map[string]any
	}{
		{"okta.user.list", "fields=id%2Cprofile%3A%28login%29&limit=2", `{"id":"00u1","profile":{"login":"ada@acme.example"}}`,
			map[string]any{"fields": "id,profile:(login)", "limit": 2}},
		{"okta.user.list", "fields=profile%3A%28login%29", `{"profile":{"login":"ada@acme.example"}}`, map[string]any{"fields": "profile:(login)"}},
		{"okta.user.list", "expand=classification&search=status+pr", `{"id":"00u1","_embedded":{"classification":{"type":"LITE"}}}`,
			map[string]any{"expand": "classification", "search": "status pr"}},
		{"okta.group.list", "expand=app", `{"id":"00g1","_embedded":{"app":{"id":"0oa1"}}}`, map[string]any{"expand": "app"}},
	} {
		var query string
		s := connectTo(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			query = r.URL.RawQuery
			fmt.Fprint(w, "["+test.answer+"]")
		}))
		got, _ := s.list(test.card, test.in, 1)
		encoded, _ := json.Marshal(got)
		if string(encoded) != "["+canonical(t, test.answer)+"]" || query != test.query {
			t.Errorf("%s %v: asked %s, got %s", test.card, test.in, query, encoded)
		}
	}
}

func canonical(t *testing.T, text string) string {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	encoded, _ := json.Marshal(v)
	return string(encoded)
}

func TestASearchByNameEndsWhenACursorRepeats(t *testing.T) {
	t.Parallel()
	s, ctx, asked := repeating(t, "/api/v1/groups")
	_, err := s.cards["okta.group.ensure"].Run(ctx, s.call(), map[string]any{"name": "Night shift"})
	refused(t, err, card.Unavailable, "repeats a cursor")
	for name, in := range map[string]map[string]any{
		"okta.zone.create": {"name": "Berlin"}, "okta.app.create": {"label": "Wiki", "name": "oidc_client"}, "okta.app.grant.add": {"app_id": "0oa1", "scope_id": "x"},
	} {
		*asked = 0
		state, err := s.cards[name].Before(ctx, s.call(), in)
		if err != nil || !state.IsZero() || *asked != 1 {
			t.Errorf("%s: the state before is not on the first page of several, and so not known: got %v, %v after %d requests", name, state, err, *asked)
		}
	}
}
