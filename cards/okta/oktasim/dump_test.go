package oktasim

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"
)

func TestTheDumpIsCanonical(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, `
now: 2026-03-01T12:00:00Z
users:
  - {login: zoë@acme.example, firstName: Zoë, status: STAGED}
  - {id: 00uada, login: Ada@acme.example, email: ada@home.example, lastLogin: 2026-02-27T09:12:00Z, profile: {b: 9007199254740993, a: [x, null, {k: "v: #"}], "c d": yes}}
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
      a: ["x",null,{"k":"v: #"}]
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
