package machines

import (
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/engine/host"
)

func TestWhatSeveralMachinesDoNotHaveIsRefused(t *testing.T) {
	t.Parallel()
	const settings = `connections:
  okta: {type: okta, domain: acme.okta.com, auth: {api_token: {env: T}}}
  http: {type: http, base_url: "https://example.com"}
tables:
  people: {key: login, columns: {login: string}}
`
	for name, test := range map[string]struct{ flow, want string }{
		"ok":       {"steps:\n  - stream: okta.user.list\n    do:\n      - approve: {prompt: go on}\n      - card: okta.user.suspend\n        with: {user_id: \"${ record.id }\"}\n", ""},
		"table":    {"steps:\n  - card: table.row.list\n    with: {table: people}\n    result: all\n    max: 10\n", "flow.yaml:3:5: table.row.list uses the tables of the workspace"},
		"stream":   {"steps:\n  - stream: table.row.list\n    with: {table: people}\n    do: [{stop: x}]\n", "table.row.list uses the tables"},
		"file":     {"steps:\n  - if: 1 == 1\n    then:\n      - card: file.read\n        with: {path: a.txt}\n", "file.read uses files"},
		"save":     {"steps:\n  - card: http.request\n    with: {path: /a, method: POST, save: a.pdf}\n", "http.request is given a file"},
		"snapshot": {"steps:\n  - stream: okta.user.list\n    snapshot: true\n    do: [{stop: x}]\n", "a snapshot is a file"},
		"limits":   {"limits: {writes: 10}\nsteps:\n  - card: okta.user.suspend\n    with: {user_id: a}\n", ""},
		"starts":   {"limits: {writes: 10}\nsteps:\n  - start: free\n", "does not count what flow free does"},
		"runs":     {"runs: {limit: 1}\nsteps:\n  - stop: x\n", "it has runs"},
		"started":  {"steps:\n  - start: limited\n", "flow limited has runs"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := workspace(t, map[string]string{
				"flowdeck.yaml": settings, "flow.yaml": "flow: f\n" + test.flow, "free.yaml": "flow: free\nsteps:\n  - stop: x\n",
				"limited.yaml": "flow: limited\nruns: {limit: 1}\nsteps:\n  - stop: x\n",
			}, func(c *host.Config) { c.Cards, c.Services = cards.All(), cards.Services() })
			f, err := w.FlowNamed("f")
			if err != nil {
				t.Fatal(err)
			}
			checked, err := w.Check(f, nil)
			if err != nil {
				t.Fatal(err)
			}
			err = Refuse(checked, nil)
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}
