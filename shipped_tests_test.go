package flowdeck_test

import (
	"os"
	"testing"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/engine/cases"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/host"
)

func TestEveryShippedFlowIsRunByATestThatPasses(t *testing.T) {
	t.Parallel()
	w, err := host.Open("flows", host.Config{Cards: cards.All(), Triggers: cards.Triggers(), Services: cards.Services(), State: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	schema := compiledSchema(t, "tests.json", schemaFiles(t)["tests.json"])
	files, problems := flow.LoadCases(os.DirFS("flows"), "flows")
	var all []*flow.Case
	for _, f := range files {
		var list []any
		for _, c := range f.Cases {
			list = append(list, c.Node.Literal())
			all = append(all, c)
		}
		if err := schema.Validate(list); err != nil {
			t.Errorf("%s does not fit the schema: %#v", f.Name, err)
		}
	}
	suite := &cases.Suite{Workspace: w, Cards: cards.All(), Services: cards.Services()}
	ready, more, err := suite.PrepareAll(all)
	if problems = append(problems, more...); len(problems) > 0 || err != nil {
		t.Fatal(problems, err)
	}
	results := cases.RunAll(t.Context(), ready)
	for _, r := range results {
		if !r.Passed() {
			t.Errorf("%s: %v %+v", r.Case.Name, r.Err, r.Failures)
		}
	}
	run := map[string]bool{}
	for _, f := range cases.Cover(w, results, false).Flows {
		run[f.Flow] = true
	}
	for _, f := range w.Flows() {
		if !run[f.Name.Text] {
			t.Errorf("%s: no test in flows/tests runs flow %q", f.Pos, f.Name.Text)
		}
	}
}

func TestTheSchemaOfTestsRefusesWhatTheParserRefuses(t *testing.T) {
	t.Parallel()
	schema := compiledSchema(t, "tests.json", schemaFiles(t)["tests.json"])
	for _, text := range []string{
		"- {flow: a}", "- {test: a}", "- {test: a, flow: b, x: 1}", "- {test: a, flow: B}", "- {test: a, flow: b, expect: {status: good}}",
		"- {test: a, flow: b, event: {}, record: {}}", "- {test: a, flow: b, mocks: {okta.user.get: [{when: x}]}}", "- {test: a, flow: b, expect: {dry_run: other}}",
		"- {test: a, flow: b, mocks: {okta.user.get: [{error: {kind: bad}}]}}", "- {test: a, flow: b, org: 5}", "- {test: a, flow: b, expect: {calls: {okta.user.create: x}}}",
	} {
		_, problems := flow.ParseCases("t.yaml", []byte(text))
		root, _ := flow.ReadData("t.yaml", []byte(text))
		if err := schema.Validate(root.Literal()); err == nil || len(problems) == 0 {
			t.Errorf("%s: the schema reports %v, the parser %v", text, err, problems)
		}
	}
}
