// Package cardstest is what every card must satisfy: its spec is complete, its example checks and runs on
// the simulated org, it needs the scopes that it declares and no other, it does what its effect and its undo say,
// and it is found by its names.
package cardstest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/cards/okta/oktasim"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/check"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/local"
)

// seed is the org that every example runs on.
const seed = `
users:
  - {id: 00u1, login: ada@acme.example, firstName: Ada, lastName: Lovelace, profile: {mobilePhone: "+49 30 1"}}
  - {login: bob@acme.example, firstName: Bob, lastName: Marsh}
  - {login: staged@acme.example, firstName: Sten, lastName: Berg, status: STAGED}
  - {login: suspended@acme.example, firstName: Sue, lastName: Penn, status: SUSPENDED}
  - {login: locked@acme.example, firstName: Lou, lastName: Key, status: LOCKED_OUT}
groups:
  - {id: 00g1, name: Contractors, members: [ada@acme.example]}
  - {id: 00g2, name: Night shift, profile: {costCenter: "9"}}
`

// rawRequests are the cards that send whatever the flow says, and the scopes that their examples need: theirs
// depend on the path.
var rawRequests = map[string][]string{
	"okta.request":      {"okta.groups.manage"},
	"okta.request.list": {"okta.groups.read"},
}

// everyCard runs a test once for each card.
func everyCard(t *testing.T, test func(t *testing.T, c card.Card)) {
	t.Parallel()
	for name, c := range cards.All() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, c)
		})
	}
}

func TestEverySpecIsComplete(t *testing.T) {
	form := regexp.MustCompile(`^[a-z]+(\.[a-z]+(_[a-z]+)*){2,}$`)
	input := regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)
	everyCard(t, func(t *testing.T, c card.Card) {
		_, raw := rawRequests[c.Name]
		if !raw && !form.MatchString(c.Name) {
			t.Errorf("the name is not service.resource.verb")
		}
		if c.Title == "" || strings.HasSuffix(c.Title, ".") {
			t.Errorf("the title is %q", c.Title)
		}
		if first := c.Summary[:min(1, len(c.Summary))]; first == "" || first != strings.ToLower(first) || strings.HasSuffix(c.Summary, ".") {
			t.Errorf("the summary is %q: one line, lower case, no full stop", c.Summary)
		}
		if (len(c.Scopes) == 0) != raw {
			t.Errorf("the declared scopes are %v", c.Scopes)
		}
		if (c.Undo.Extent != 0) != (c.Effect != card.Reads) {
			t.Errorf("it %s, and its undo is %q: a write says how far it can be taken back, a read nothing", c.Effect, c.Undo.Extent)
		}
		if _, known := cards.All()[c.Undo.Card]; known != (c.Undo.Extent == card.Partial || c.Undo.Extent == card.Exact) {
			t.Errorf("the undo is %q, by the card %q", c.Undo.Extent, c.Undo.Card)
		}
		if (c.Undo.Rest != "") != (c.Undo.Extent == card.Partial) {
			t.Errorf("the undo is %q, and what stays different is %q", c.Undo.Extent, c.Undo.Rest)
		}
		if c.IsList() && c.Effect != card.Reads {
			t.Errorf("a list that %s", c.Effect)
		}
		for name, property := range c.In.Properties {
			if !input.MatchString(name) {
				t.Errorf("input %q is not snake_case", name)
			}
			if property.Description == "" {
				t.Errorf("input %q has no doc", name)
			}
		}
		if c.Effect != card.Reads && c.Out.Properties["changed"] == nil {
			t.Error("a card that is no read must answer `changed`")
		}
		everyField(t, "", c.Out)
	})
}

// everyField sees to it that all fields of an answer have a doc.
func everyField(t *testing.T, path string, s *jsonschema.Schema) {
	for name, field := range s.Properties {
		if field.Description == "" {
			t.Errorf("field %q of the answer has no doc", path+name)
		}
		everyField(t, path+name+".", field)
	}
}

// org is a simulated org with one token.
type org struct{ *httptest.Server }

func newOrg(t *testing.T, scopes []string) org {
	t.Helper()
	tokens := "tokens: {t: {owner: ada@acme.example}}"
	if scopes != nil {
		tokens = "tokens: {t: {owner: ada@acme.example, scopes: [" + strings.Join(scopes, ", ") + "]}}"
	}
	parsed, err := oktasim.Load([]byte(seed + tokens))
	if err != nil {
		t.Fatal(err)
	}
	simulated, err := oktasim.New(parsed, oktasim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	o := org{httptest.NewServer(simulated)}
	t.Cleanup(o.Close)
	return o
}

func (o org) dump(t *testing.T) string {
	t.Helper()
	answer, err := http.Get(o.URL + "/-/dump")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("dump: %s %v", answer.Status, err)
	}
	return string(text)
}

// example runs the card's example as a flow of one step.
func (o org) example(t *testing.T, c card.Card) (engine.Value, error) {
	t.Helper()
	step := "  - " + strings.ReplaceAll(strings.TrimSpace(c.Example), "\n", "\n    ")
	ws, problems := flow.Load(fstest.MapFS{
		flow.WorkspaceFile: {Data: []byte("connections: {okta: {type: okta, domain: \"" + o.URL + "\", auth: {api_token: {env: T}}}}")},
		"example.yaml":     {Data: []byte("flow: example\nsteps:\n" + step + "\n")},
	}, "")
	f := ws.Flow("example")
	if f == nil || len(problems) > 0 {
		t.Fatalf("the example is no step: %v", problems)
	}
	plan, problems := check.New(cards.All(), cards.Services(), ws).Plan(f, nil)
	if len(problems) > 0 {
		t.Fatalf("the example does not check: %v", problems)
	}
	found, _ := ws.Connection("okta")
	conn, err := cards.Services()["okta"].Open(card.Settings{
		Name: "okta", Config: check.Settings(found),
		Secret: func(card.Value) (card.Secret, error) { return card.NewSecret("t"), nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	rt := local.New(t.Context(), local.Config{Run: "example", Cards: cards.All(), Connections: map[string]card.Connection{"okta": conn}})
	out, err := engine.Run(rt, plan, engine.Start{Run: "example"})
	return out.Value, err
}

func TestEveryExampleRunsWithExactlyTheScopesDeclared(t *testing.T) {
	everyCard(t, func(t *testing.T, c card.Card) {
		scopes, raw := rawRequests[c.Name]
		if !raw {
			scopes = c.Scopes
		}
		if _, err := newOrg(t, scopes).example(t, c); err != nil {
			t.Errorf("with its scopes %v: %v", scopes, err)
		}
		for i, scope := range scopes {
			less := slices.Delete(slices.Clone(scopes), i, i+1)
			_, err := newOrg(t, less).example(t, c)
			e := card.AsError(err)
			if e == nil || e.Kind != card.Forbidden || !raw && !strings.Contains(e.Hint, scope) || e.Hint == "" {
				t.Errorf("without %s: got %v; want forbidden, and a hint that names the scope", scope, err)
			}
		}
	})
}

func TestEveryCardDoesWhatItsEffectSays(t *testing.T) {
	everyCard(t, func(t *testing.T, c card.Card) {
		o := newOrg(t, nil)
		before := o.dump(t)
		first, err := o.example(t, c)
		if err != nil {
			t.Fatal(err)
		}
		after := o.dump(t)
		switch c.Effect {
		case card.Reads:
			if before != after {
				t.Error("it reads, and changed something")
			}
		case card.Idempotent:
			if before == after || first.(map[string]any)["changed"] != true {
				t.Errorf("the example changed nothing: it answers %v", first)
			}
			again, err := o.example(t, c)
			if err != nil || again.(map[string]any)["changed"] != false || o.dump(t) != after {
				t.Errorf("a second time is not as once: it answers %v (%v)", again, err)
			}
		case card.Creates, card.Destroys:
			if before == after || first.(map[string]any)["changed"] != true {
				t.Errorf("the example changed nothing: it answers %v", first)
			}
			again, err := o.example(t, c)
			if err != nil {
				break // it is refused: the name is taken, what it destroys is gone
			}
			if more := again.(map[string]any)["changed"]; more != (o.dump(t) != after) || c.Effect == card.Destroys && more != false {
				t.Errorf("a second time it answers %v", again)
			}
		}
	})
}
