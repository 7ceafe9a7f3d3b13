package flow

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const sample = `# A comment.
flow: offboard
about: Take everything away.
inputs:
  user: string
  days: {type: integer, default: 90}
returns: {type: object}
connections: {okta: prod}
triggers:
  - schedule: "@daily"
    timezone: Europe/Berlin
retry: {attempts: 3}
steps:
  - id: user
    name: Find the user
    card: okta.user.get
    with:
      user_id: ${ inputs.user }
    retry: {attempts: 5, delay: 1s}
    connection: prod
  - if: steps.user.status == "ACTIVE"
    stream: okta.user.group.list
    to: remove-member
  - return: done
`

func TestAFlowIsReadWithThePlaceOfEveryPart(t *testing.T) {
	t.Parallel()
	file, ps := Parse("flows/offboard.yaml", []byte(sample))
	if len(ps) > 0 || len(file.Flows) != 1 {
		t.Fatal(len(file.Flows), ps)
	}
	f := file.Flows[0]
	if f.File != file || file.Name != "flows/offboard.yaml" || string(file.Source) != sample {
		t.Error("the flow's file, its name or its source is wrong")
	}
	for _, c := range []struct {
		what string
		node *Node
		want string
	}{
		{"name", f.Name, "2:7 offboard"},
		{"about", f.About, "3:8 Take everything away."},
		{"first input", f.Inputs[0].Name, "5:3 user"},
		{"its type", f.Inputs[0].Schema, "5:9 string"},
		{"second input", f.Inputs[1].Name, "6:3 days"},
		{"a keyword of its schema", f.Inputs[1].Schema.Field("default"), "6:34 90"},
		{"returns", f.Returns.Field("type"), "7:17 object"},
		{"a service", f.Connections[0].Key, "8:15 okta"},
		{"its connection", f.Connections[0].Value, "8:21 prod"},
		{"a trigger", f.Triggers[0].Value, "10:15 @daily"},
		{"a key of it", f.Triggers[0].Keys[0].Value, "11:15 Europe/Berlin"},
		{"retry", f.Retry.Field("attempts"), "12:19 3"},
		{"id", f.Steps[0].ID, "14:9 user"},
		{"the step's name", f.Steps[0].Name, "15:11 Find the user"},
		{"the verb", f.Steps[0].VerbKey(), "16:5 card"},
		{"its value", f.Steps[0].Value, "16:11 okta.user.get"},
		{"an input", f.Steps[0].Key("with").Field("user_id"), "18:16 ${ inputs.user }"},
		{"the key of an input", f.Steps[0].Key("with").Key("user_id"), "18:7 user_id"},
		{"the step's retry", f.Steps[0].Key("retry").Field("delay"), "19:33 1s"},
		{"guard", f.Steps[1].If, "21:9 steps.user.status == \"ACTIVE\""},
		{"to", f.Steps[1].Key("to"), "23:9 remove-member"},
		{"result", f.Steps[2].Value, "24:13 done"},
	} {
		got := strings.TrimPrefix(c.node.Pos.String(), "flows/offboard.yaml:") + " " + c.node.Text
		if got != c.want {
			t.Errorf("%s: got %s, want %s", c.what, got, c.want)
		}
	}
	var verbs []string
	for _, s := range f.Steps {
		verbs = append(verbs, s.Verb)
	}
	if diff := cmp.Diff([]string{"card", "stream", "return"}, verbs); diff != "" {
		t.Error("(-want +got)\n" + diff)
	}
	if f.Triggers[0].Kind != "schedule" || f.Steps[1].Key("with") != nil || f.Steps[1].ID != nil {
		t.Errorf("got a trigger %q and a step %+v", f.Triggers[0].Kind, f.Steps[1])
	}
}

func TestValuesOfTheWrongShapeAreLeftOut(t *testing.T) {
	t.Parallel()
	file, ps := Parse("x.yaml", []byte("flow: [a]\nabout: x\nretry: 5\nsteps:\n  - card: okta.user.get\n    with: all\n    if: [a]\n    id: 5\n  - stop: x\n    crad: y\n  - text\n"))
	if len(ps) != 7 {
		t.Errorf("%d problems, want 7:\n%v", len(ps), ps)
	}
	f := file.Flows[0]
	if f.Name != nil || f.Retry != nil || f.About == nil || len(f.Steps) != 2 {
		t.Errorf("got %+v", f)
	}
	if s := f.Steps[0]; s.Verb != "card" || s.Value == nil || s.Key("with") != nil || s.If != nil || s.ID != nil {
		t.Errorf("got %+v", s)
	}
}

func TestDocumentsAreReadOneByOne(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text     string
		flows    string
		problems int
	}{
		"one without a marker":     {"flow: a\nsteps: [{stop: x}]\n", "a@1", 0},
		"one with a marker":        {"# first\n---\nflow: a\nsteps: [{stop: x}]\n", "a@3", 0},
		"two":                      {"flow: a\nsteps: [{stop: x}]\n---\nflow: b\nsteps: [{stop: x}]", "a@1 b@4", 0},
		"a marker with a comment":  {"flow: a\nsteps: [{stop: x}]\n--- # b\nflow: b\nsteps: [{stop: x}]", "a@1 b@4", 0},
		"content after the marker": {"--- {flow: a, steps: [{stop: x}]}\n--- {flow: b, steps: [{stop: x}]}", "a@1 b@2", 0},
		"empty ones":               {"---\n---\n# only a comment\n---\nflow: a\nsteps: [{stop: x}]\n---\n---\n", "a@5", 0},
		"ends":                     {"flow: a\nsteps: [{stop: x}]\n...\n# and\nflow: b\nsteps: [{stop: x}]\n...\n...\n", "a@1 b@5", 0},
		"directives":               {"%YAML 1.1\n---\nflow: a\nsteps: [{stop: x}]\n...\n%YAML 1.1\n---\nflow: b\nsteps: [{stop: x}]\n", "a@3 b@8", 0},
		"windows lines":            {"\uFEFFflow: a\r\nsteps: [{stop: x}]\r\n---\r\nflow: b\r\nsteps: [{stop: x}]\r\n", "a@1 b@4", 0},
		"old lines":                {"flow: a\rsteps: [{stop: x}]\r---\rflow: b\rsteps: [{stop: x}]\r", "a@1 b@1", 0},
		"markers in texts":         {"flow: a\nabout: |\n  ---\n  ...\nsteps:\n- stop: '\n   --- x'\n- stop: ---\n- stop: x--- # ---\n", "a@1", 0},
		"no YAML in the first":     {"flow: [a\n---\nflow: b\nsteps: [{stop: x}]", "?@1 b@3", 2},
		"no YAML in the middle":    {"flow: a\nsteps: [{stop: x}]\n---\n}\n---\nflow: c\nsteps: [{stop: x}]", "a@1 c@6", 1},
		"a marker inside quotes":   {"flow: a\nabout: \"x\n---\nflow: b\nsteps: [{stop: x}]", "a@1 b@4", 2},
		"nothing":                  {"", "", 1},
		"only comments":            {"# nothing\n---\n# here\n", "", 1},
		"an empty value":           {"--- null\n", "", 1},
		"an indented document":     {"  flow: a\n  steps:\n    - stop: x\n", "a@1", 0},
		"a document like JSON":     {"{\n  \"flow\": \"a\",\n\t\"steps\": [{\"stop\": \"x\"}]\n}\n", "a@1", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file, ps := Parse("x.yaml", []byte(c.text))
			var flows []string
			for _, f := range file.Flows {
				name := "?"
				if f.Name != nil {
					name = f.Name.Text
				}
				flows = append(flows, name+"@"+itoa(f.Pos.Line))
			}
			if got := strings.Join(flows, " "); got != c.flows || len(ps) != c.problems {
				t.Errorf("got %q with %d problems, want %q with %d\n%s", got, len(ps), c.flows, c.problems, printed(ps, []byte(c.text)))
			}
		})
	}
}

func TestFilesThatAreNotReadGiveOneProblem(t *testing.T) {
	t.Parallel()
	large := append([]byte("flow: a\nsteps:\n"), make([]byte, MaxFileSize)...)
	for name, c := range map[string]struct{ text, want string }{
		"a large one":      {string(large), "x.yaml:1:1: the file is larger than 10 MB [bad-file]"},
		"a binary one":     {"flow: a\nx: \x00", "x.yaml:2:4: not a text file: it contains a NUL character [bad-file]"},
		"another encoding": {"flow: a\nabout: f\xfcr", "x.yaml:2:9: not valid UTF-8 [bad-file]"},
		"a deep one":       {"flow: a\nsteps: [{return: " + strings.Repeat("[", 1200) + strings.Repeat("]", 1200) + "}]", "x.yaml:2:1016: lists and mappings are nested more than 1000 deep [bad-file]"},
		"a very deep one":  {strings.Repeat("[", 100_000), "x.yaml:1:10004: lists and mappings are nested too deeply [yaml-syntax]"},
		"many documents":   {strings.Repeat("--- {flow: a, steps: [{stop: x}]}\n", maxDocuments+1), "x.yaml:10001:1: the file has too many documents [bad-file]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, ps := Parse("x.yaml", []byte(c.text))
			found := 0
			for _, p := range ps {
				if p.Code != CodeDuplicateFlow && !strings.HasPrefix(p.Message, "only the first") {
					found++
					if p.String() != c.want {
						t.Errorf("got  %s\nwant %s", p, c.want)
					}
				}
			}
			if found != 1 {
				t.Errorf("%d problems", found)
			}
		})
	}
}

func TestAliasesAreBounded(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("flow: bomb\nabout: x\nsteps: [{stop: x}]\nreturns:\n default:\n  a0: &a0 [x, x]\n")
	for i := 1; i < 60; i++ {
		b.WriteString("  a" + itoa(i) + ": &a" + itoa(i) + " [*a" + itoa(i-1) + ", *a" + itoa(i-1) + "]\n")
	}
	file, ps := Parse("x.yaml", []byte(b.String()))
	if len(ps) != 1 || ps[0].Code != CodeAlias || !strings.Contains(ps[0].Message, "100000") {
		t.Errorf("got %v", ps)
	}
	file.Flows[0].Node.Literal() // must terminate
}

func TestDeepAliasesAreBounded(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", 600) + "%" + strings.Repeat("]", 600)
	text := "flow: deep\nsteps: [{stop: x}]\nreturns:\n default:\n  a: &a " + strings.Replace(deep, "%", "x", 1) + "\n  b: " + strings.Replace(deep, "%", "*a", 1) + "\n"
	if _, ps := Parse("x.yaml", []byte(text)); len(ps) != 1 || ps[0].Code != CodeAlias {
		t.Errorf("got %v", ps)
	}
}

func TestOnlyTheFirstThousandProblemsOfAFileAreReported(t *testing.T) {
	t.Parallel()
	_, ps := Parse("x.yaml", []byte("flow: a\nsteps:\n"+strings.Repeat("- crad: x\n", 2000)))
	if len(ps) != maxProblems+1 || !strings.HasPrefix(ps[maxProblems].Message, "only the first") {
		t.Errorf("%d problems, the last: %v", len(ps), ps[len(ps)-1])
	}
}

func TestAMisspelledFlowKeyIsReportedOnce(t *testing.T) {
	t.Parallel()
	_, ps := Parse("x.yaml", []byte("flwo: a\nsteps: [{stop: x}]\n"))
	if len(ps) != 1 || ps[0].Code != CodeUnknownKey || !strings.Contains(ps[0].Hint, `did you mean "flow"?`) {
		t.Errorf("got %v", ps)
	}
}
