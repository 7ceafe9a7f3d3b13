package cases_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine/cases"
)

func TestUpdateWritesNumbersWithoutExponents(t *testing.T) {
	t.Parallel()
	results := run(t, map[string]string{
		"flowdeck.yaml": "", "flow.yaml": "flow: f\ninputs: {v: number}\nsteps: [{return: \"${ inputs.v }\"}]\n",
		"tests/t.yaml": "- test: t\n  flow: f\n  inputs: {v: 0.0000001}\n",
	})
	if text, _, err := cases.Updated(results[0].Case.File, results); err != nil || !strings.Contains(string(text), "result: 0.0000001\n") {
		t.Errorf("%v\n%s", err, text)
	}
}

func TestUpdateFillsInWhatChangedAnywhere(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"flowdeck.yaml": `connections:
  okta: {type: okta, domain: acme.okta.com, auth: {api_token: {env: NOT_SET}}}
  scim: {type: scim, base_url: "https://scim.example", auth: {bearer: {env: NOT_SET}}}
tables:
  seen: {key: login, columns: {login: string, n: integer}}
`,
		"flow.yaml": `flow: everywhere
steps:
  - {card: scim.user.create, with: {user_name: kim@acme.example}}
  - {card: table.row.upsert, with: {table: seen, row: {login: kim@acme.example, n: 1}}}
  - {card: file.write, with: {path: out.txt, content: kim}}
  - {card: okta.user.role.assign, with: {user_id: bob@acme.example, type: SUPER_ADMIN}}
`,
		"tests/t.yaml": "- test: t\n  flow: everywhere\n  org: {users: [{login: bob@acme.example}, {login: eve@acme.example}]}\n",
	}
	results := run(t, files)
	text, n, err := cases.Updated(results[0].Case.File, results)
	if n != 1 || err != nil {
		t.Fatal(n, err, results[0].Err, results[0].Failures)
	}
	files["tests/t.yaml"] = string(text)
	if got := failures(t, run(t, files)); len(got) > 0 {
		t.Fatalf("%v\n%s", got, text)
	}
	files["flow.yaml"] = strings.NewReplacer("kim", "ann", "n: 1", "n: 9", "SUPER", "ORG", "bob", "eve").Replace(files["flow.yaml"])
	var at []string
	for _, f := range failures(t, run(t, files)) {
		at = append(at, f[:strings.Index(f, ":")])
	}
	want := []string{"org.roles[0].type", "org.roles[0].user", `targets.scim.users."kim@acme.example"`, `files."out.txt"`, "tables.seen[0].login", "tables.seen[0].n"}
	if diff := cmp.Diff(want, at); diff != "" {
		t.Errorf("(-want +got)\n%s\n%s", diff, text)
	}
}
