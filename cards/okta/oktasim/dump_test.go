package oktasim

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"
)

func TestTheDumpIsCanonical(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, `
now: 2026-03-01T12:00:00Z
users:
  - {login: zoë@acme.example, firstName: Zoë, status: STAGED}
  - {id: 00uada, login: Ada@acme.example, email: ada@home.example, lastLogin: 2026-02-27T09:12:00Z, profile: {b: 9007199254740993, a: [x, "", "k: #"], "c d": yes}}
groups:
  - {name: Zebras, members: [zoë@acme.example, 00uada]}
  - {id: 00g1, name: "yes", description: "a: b"}
`, Options{Clock: func() time.Time { return start }})
	c.auth = ""
	want := `users:
  - id: "00uada"
    login: Ada@acme.example
    email: ada@home.example
    status: ACTIVE
    created: 2026-02-27T09:12:00.000Z
    activated: 2026-02-27T09:12:00.000Z
    lastLogin: 2026-02-27T09:12:00.000Z
    profile:
      a: ["x","","k: #"]
      b: 9007199254740993
      c d: "yes"
  - login: "zoë@acme.example"
    email: "zoë@acme.example"
    firstName: "Zoë"
    status: STAGED
    created: 2026-03-01T12:00:00.000Z
    activated: null
    lastLogin: null
    profile: {}
groups:
  - name: Everyone
    description: All users in your organization
    type: BUILT_IN
  - id: "00g1"
    name: "yes"
    description: "a: b"
    type: OKTA_GROUP
    members: []
  - name: Zebras
    type: OKTA_GROUP
    members:
      - Ada@acme.example
      - "zoë@acme.example"
`
	r := c.get("/-/dump")
	if diff := cmp.Diff(want, r.body); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := r.header.Get("Server"); got != "oktasim" {
		t.Errorf("Server %q", got)
	}
}

// awkward has texts that YAML changes unless they are quoted and escaped.
const awkward = `
users:
  - {login: "a b: #c@x", firstName: "- dash", lastName: "tab\tquote\"back\\ \u2028\u0085\u0007\ufeff", profile: {"": "", "? k": " x ", "null": "~", n: "0123", e: "1e3", d: 1e3, t: "2026-01-01", f: true, g: "true"}}
  - {login: "*star", status: LOCKED_OUT, lastLogin: null, activated: null}
  - {login: "null"}
groups:
  - {name: "*", members: ["null", "*star"]}
  - {name: "-", type: APP_GROUP}
`

func TestADumpLoadsAgainAndIsItsOwnDump(t *testing.T) {
	t.Parallel()
	for name, seed := range map[string]string{"small": small, "awkward": awkward, "crowd": crowd, "objects": zoneSeed, "empty": ""} {
		first := string(mustNew(t, seed, Options{}).state.dump())
		var decoded map[string]any
		if err := yaml.Unmarshal([]byte(first), &decoded); err != nil {
			t.Errorf("%s: yaml.v3 cannot read it: %v\n%s", name, err, first)
			continue
		}
		second := string(mustNew(t, first, Options{}).state.dump())
		if diff := cmp.Diff(first, second); diff != "" {
			t.Errorf("%s (-first +second):\n%s", name, diff)
		}
	}
}

func TestADumpShowsNoCharacterThatATerminalObeys(t *testing.T) {
	t.Parallel()
	const text = "Z\u202e\u2066\u200f\u009b\u007f\u00ad\u2028\ufeff\U000e0041\U0001f600\u200d\u00e9"
	c := serveSeed(t, small, Options{})
	body, err := json.Marshal(map[string]any{"profile": map[string]any{"firstName": text, "department": text}})
	if err != nil {
		t.Fatal(err)
	}
	c.send("POST", "/api/v1/users/00uada", string(body)).ok()
	c.send("POST", "/api/v1/users/00uada", `{"profile":{"title":"\ud83d\ude00\udb40\udc41"}}`).ok()
	c.send("POST", "/api/v1/meta/schemas/user/default", attributes(`"aka":{"title":"Aka","type":"array","items":{"type":"string"}}`)).ok()
	c.send("POST", "/api/v1/users/00uada", `{"profile":{"aka":["\ud83d\ude00", "\u00e9"]}}`).ok()
	dump := c.get("/-/dump").body
	for _, r := range dump {
		if r != '\n' && (r < ' ' || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) && r != '\u200d') {
			t.Errorf("the dump has %q", r)
		}
	}
	if strings.Contains(dump, `\ud`) {
		t.Errorf("the dump has a surrogate, which YAML does not know:\n%s", dump)
	}
	again := serveSeed(t, dump, Options{})
	if got := again.get("/-/dump").body; got != dump {
		t.Errorf("(-dump +dump of the dump):\n%s", cmp.Diff(dump, got))
	}
	profile := again.get("/api/v1/users/00uada").object()["profile"].(map[string]any)
	for name, want := range map[string]string{"firstName": text, "department": text, "title": "\U0001f600\U000e0041"} {
		if profile[name] != want {
			t.Errorf("%s: got %q, want %q", name, profile[name], want)
		}
	}
}

func TestUndoneChangesLeaveNoTraceInTheDump(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	before := c.get("/-/dump").body
	c.do("POST", "/api/v1/users/00uada/lifecycle/suspend").ok()
	during := c.get("/-/dump").body
	c.do("POST", "/api/v1/users/00uada/lifecycle/unsuspend").ok()
	if after := c.get("/-/dump").body; after != before {
		t.Errorf("(-before +after):\n%s", cmp.Diff(before, after))
	}
	if !strings.Contains(during, "SUSPENDED") || during == before {
		t.Error("the change itself is not in the dump")
	}
}
