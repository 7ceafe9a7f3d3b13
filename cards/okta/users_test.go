package okta_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/cards/okta"
	"github.com/flowdeck/flowdeck/cards/okta/oktasim"
	"github.com/flowdeck/flowdeck/cards/okta/oktaspec"
	"github.com/flowdeck/flowdeck/engine/card"
)

// people is the seed of the org in these tests.
const people = `
attributes: {big: integer, none: string}
users:
  - {id: 00u1, login: ada@acme.example, firstName: Ada, lastName: Lovelace, profile: {department: R&D, title: Countess, badge: 9007199254740993, tags: [a, ""]}}
  - {id: 00u2, login: staged@acme.example, firstName: Sten, lastName: Berg, status: STAGED}
  - {id: 00u3, login: ready@acme.example, firstName: Rea, lastName: Dy, status: STAGED, password: true}
  - {id: 00u4, login: gone@acme.example, firstName: Gus, lastName: One, status: DEPROVISIONED}
  - {id: 00u5, login: locked@acme.example, firstName: Lou, lastName: Key, status: LOCKED_OUT}
  - {id: 00u6, login: suspended@acme.example, firstName: Sue, lastName: Penn, status: SUSPENDED}
`

// userOrg is a simulated org over real HTTP, the cards connected to it, and a record of the requests that it
// received.
type userOrg struct {
	t    *testing.T
	url  string
	conn card.Connection

	mu    sync.Mutex
	asked []string // method, path with query and body of every request
}

func newUserOrg(t *testing.T, seed string) *userOrg {
	t.Helper()
	parsed, err := oktasim.Load([]byte(seed))
	if err != nil {
		t.Fatal(err)
	}
	simulated, err := oktasim.New(parsed, oktasim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	o := &userOrg{t: t}
	held := oktaspec.Exchanges(t, simulated)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		o.mu.Lock()
		o.asked = append(o.asked, strings.TrimSpace(r.Method+" "+r.URL.RequestURI()+" "+string(body)))
		o.mu.Unlock()
		held.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	o.url = server.URL
	o.conn = connect(t, server.URL)
	return o
}

// connect opens a connection to an org on this machine.
func connect(t *testing.T, url string) card.Connection {
	t.Helper()
	conn, err := okta.Service().Open(card.Settings{
		Name:   "okta",
		Config: map[string]any{"domain": url, "auth": map[string]any{"api_token": map[string]any{"env": "T"}}},
		Secret: func(card.Value) (card.Secret, error) { return card.NewSecret("demo-token"), nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// try runs a card with inputs in JSON.
func (o *userOrg) try(name, inputs string) (map[string]any, error) {
	o.t.Helper()
	in, err := card.DecodeJSON([]byte(inputs))
	if err != nil {
		o.t.Fatal(err)
	}
	c, known := card.NewSet(okta.Cards()...)[name]
	if !known {
		o.t.Fatalf("there is no card %s", name)
	}
	o.mu.Lock()
	from := len(o.asked)
	o.mu.Unlock()
	out, err := c.Run(o.t.Context(), card.Call{Conn: o.conn, ConnName: "okta"}, in)
	o.mu.Lock()
	defer o.mu.Unlock()
	allowed(o.t, c, o.asked[from:])
	answer, _ := out.(map[string]any)
	return answer, err
}

func (o *userOrg) run(name, inputs string) map[string]any {
	o.t.Helper()
	out, err := o.try(name, inputs)
	if err != nil {
		o.t.Fatalf("%s %s: %v", name, inputs, err)
	}
	return out
}

// refused runs a card and checks that it fails.
func (o *userOrg) refused(name, inputs string, kind card.Kind, message string) *card.Error {
	o.t.Helper()
	out, err := o.try(name, inputs)
	e := card.AsError(err)
	if e == nil || e.Kind != kind || !strings.Contains(e.Message, message) {
		o.t.Fatalf("%s %s: got %v and %v; want kind %s and %q in the message", name, inputs, out, err, kind, message)
	}
	return e
}

func (o *userOrg) user(id string) map[string]any {
	o.t.Helper()
	return o.run("okta.user.get", fmt.Sprintf(`{"user_id":%q}`, id))
}

func (o *userOrg) profile(id string) map[string]any {
	o.t.Helper()
	return o.user(id)["profile"].(map[string]any)
}

// writes returns the requests that were not reads, and clears the record.
func (o *userOrg) writes() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	list := []string{}
	for _, request := range o.asked {
		if !strings.HasPrefix(request, "GET ") {
			list = append(list, request)
		}
	}
	o.asked = nil
	return list
}

func TestALifecycleCardChangesOnlyOnce(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ card, user, status string }{
		{"okta.user.activate", "00u2", "PROVISIONED"},
		{"okta.user.activate", "00u3", "ACTIVE"},
		{"okta.user.activate", "00u4", "PROVISIONED"},
		{"okta.user.deactivate", "00u1", "DEPROVISIONED"},
		{"okta.user.suspend", "00u1", "SUSPENDED"},
		{"okta.user.unsuspend", "00u6", "ACTIVE"},
		{"okta.user.unlock", "00u5", "ACTIVE"},
	} {
		o := newUserOrg(t, people)
		for _, want := range []bool{true, false} {
			out := o.run(test.card, fmt.Sprintf(`{"user_id":%q}`, test.user))
			if got := o.user(test.user)["status"]; out["changed"] != want || got != test.status {
				t.Errorf("%s of %s: %v, and the user is %v; want changed %v and %s", test.card, test.user, out, got, want, test.status)
			}
		}
	}
}

func TestALifecycleCardFailsInOtherStates(t *testing.T) {
	t.Parallel()
	o := newUserOrg(t, people)
	o.refused("okta.user.activate", `{"user_id":"00u6"}`, card.Invalid, "already active")
	o.refused("okta.user.suspend", `{"user_id":"00u2"}`, card.Invalid, "not active")
	o.refused("okta.user.unsuspend", `{"user_id":"00u5"}`, card.Invalid, "not suspended")
	o.refused("okta.user.unlock", `{"user_id":"00u6"}`, card.Invalid, "Unlock is not allowed")
	o.refused("okta.user.deactivate", `{"user_id":"nobody"}`, card.NotFound, "nobody")
}

func TestNoEmailIsSentUnlessRequested(t *testing.T) {
	t.Parallel()
	o := newUserOrg(t, people)
	out := o.run("okta.user.activate", `{"user_id":"00u2"}`)
	if url, _ := out["activationUrl"].(string); !strings.HasPrefix(url, o.url+"/welcome/") || !strings.HasSuffix(url, out["activationToken"].(string)) {
		t.Errorf("without a mail the answer is %v", out)
	}
	if out := o.run("okta.user.activate", `{"user_id":"00u3","send_email":true}`); out["changed"] != true || out["activationUrl"] != nil || out["activationToken"] != nil {
		t.Errorf("with a mail the answer is %v", out)
	}
	o.run("okta.user.deactivate", `{"user_id":"00u1"}`)
	o.run("okta.user.unlock", `{"user_id":"00u5","send_email":true}`)
	want := []string{
		"POST /api/v1/users/00u2/lifecycle/activate?sendEmail=false",
		"POST /api/v1/users/00u3/lifecycle/activate?sendEmail=true",
		"POST /api/v1/users/00u1/lifecycle/deactivate?sendEmail=false",
		"POST /api/v1/users/00u5/lifecycle/unlock",
	}
	if diff := cmp.Diff(want, o.writes()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDeleteOfAnActiveUserNeedsForce(t *testing.T) {
	t.Parallel()
	o := newUserOrg(t, people)
	e := o.refused("okta.user.delete", `{"user_id":"ada@acme.example"}`, card.Invalid, "ada@acme.example is ACTIVE")
	if !strings.Contains(e.Hint, "force: true") || len(o.writes()) != 0 {
		t.Errorf("hint %q", e.Hint)
	}
	if out := o.run("okta.user.delete", `{"user_id":"ada@acme.example","force":true}`); out["changed"] != true {
		t.Errorf("got %v", out)
	}
	want := []string{"POST /api/v1/users/00u1/lifecycle/deactivate?sendEmail=false", "DELETE /api/v1/users/00u1?sendEmail=false"}
	if diff := cmp.Diff(want, o.writes()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	o.refused("okta.user.get", `{"user_id":"00u1"}`, card.NotFound, "00u1")
	o.refused("okta.user.delete", `{"user_id":"ada@acme.example"}`, card.NotFound, "ada@acme.example")
	if out := o.run("okta.user.delete", `{"user_id":"00u4"}`); out["changed"] != true || len(o.writes()) != 1 {
		t.Errorf("of somebody deactivated: %v", out)
	}
}

func TestDeleteFailsIfTheUserStillExists(t *testing.T) {
	t.Parallel()
	o := newUserOrg(t, people)
	var once sync.Once
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodDelete { // somebody else activates the user before the DELETE
			once.Do(func() { o.run("okta.user.activate", `{"user_id":"00u4"}`) })
		}
		req, _ := http.NewRequestWithContext(r.Context(), r.Method, o.url+r.URL.RequestURI(), r.Body)
		req.Header = r.Header
		answer, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Error(err)
			return
		}
		defer answer.Body.Close()
		w.WriteHeader(answer.StatusCode)
		io.Copy(w, answer.Body)
	}))
	t.Cleanup(server.Close)
	conn := connect(t, server.URL)
	raced := &userOrg{t: t, conn: conn}
	raced.refused("okta.user.delete", `{"user_id":"00u4"}`, card.Conflict, "00u4 still exists with status DEPROVISIONED")
}

func TestListSendsEveryParameter(t *testing.T) {
	t.Parallel()
	var asked string
	answer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got, _ := json.Marshal(r.URL.Query())
		asked = string(got)
		fmt.Fprint(w, `[{"id":"00u1"}]`)
	})
	server := httptest.NewServer(oktaspec.Requests(t, answer,
		oktaspec.Waiver{Operation: "listUsers", Place: "query new", Why: "extra_parameters are for what is newer than the description"}))
	t.Cleanup(server.Close)
	conn := connect(t, server.URL)
	list := card.NewSet(okta.Cards()...)["okta.user.list"]
	in := map[string]any{
		"search": "s", "filter": "f", "q": "q", "sort_by": "b", "sort_order": "desc", "limit": 7, "expand": "classification",
		"fields": "id", "extra_parameters": map[string]any{"new": "x y"},
	}
	in["after"] = "first"
	if _, err := list.Page(t.Context(), card.Call{Conn: conn}, in, ""); err != nil || !strings.Contains(asked, `"after":["first"]`) {
		t.Errorf("from a cursor that was given: asked %s (%v)", asked, err)
	}
	page, err := list.Page(t.Context(), card.Call{Conn: conn}, in, "cursor")
	want := `{"after":["cursor"],"expand":["classification"],"fields":["id"],"filter":["f"],"limit":["7"],"new":["x y"],"q":["q"],"search":["s"],"sortBy":["b"],"sortOrder":["desc"]}`
	if err != nil || asked != want || len(page.Items) != 1 {
		t.Errorf("asked %s (%v), want %s", asked, err, want)
	}
	in["extra_parameters"] = map[string]any{"sortBy": "x"}
	if _, err := list.Page(t.Context(), card.Call{Conn: conn}, in, ""); card.AsError(err) == nil || card.AsError(err).Kind != card.Invalid {
		t.Errorf("a parameter that is given twice: %v", err)
	}
}

func TestAnActivationWithAnEmailIsNotRepeated(t *testing.T) {
	t.Parallel()
	c := card.NewSet(okta.Cards()...)["okta.user.activate"]
	for _, test := range []struct {
		in   map[string]any
		want card.Effect
	}{
		{map[string]any{"user_id": "00u2"}, card.Idempotent},
		{map[string]any{"user_id": "00u2", "send_email": nil}, card.Idempotent},
		{map[string]any{"user_id": "00u2", "send_email": false}, card.Idempotent},
		{map[string]any{"user_id": "00u2", "send_email": true}, card.Creates},
		{map[string]any{"user_id": "00u2", "send_email": struct{}{}}, card.Creates}, // an input that is not known yet
	} {
		if got := c.EffectOf(test.in); got != test.want {
			t.Errorf("%v: %s, want %s", test.in, got, test.want)
		}
	}
}

func TestAnActivationWhoseAnswerWasLostIsFoundByTheStatus(t *testing.T) {
	t.Parallel()
	o := newUserOrg(t, people)
	c := card.NewSet(okta.Cards()...)["okta.user.activate"]
	call, in := card.Call{Conn: o.conn, ConnName: "okta"}, map[string]any{"user_id": "00u2", "send_email": true}
	before, err := c.Before(t.Context(), call, in)
	if err != nil {
		t.Fatal(err)
	}
	if _, done, err := c.Did(t.Context(), call, in, before); done || err != nil {
		t.Errorf("before: %t, %v", done, err)
	}
	o.run("okta.user.activate", `{"user_id": "00u2", "send_email": true}`)
	out, done, err := c.Did(t.Context(), call, in, before)
	if fields, _ := out.(map[string]any); !done || err != nil || fields["changed"] != true {
		t.Errorf("after: %v, %t, %v", out, done, err)
	}
}
