package graph

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/engine/flow"
)

// undrawn compares a table of verbs with their draws.
func undrawn(form *flow.Form, draws map[string]draw) (problems []string) {
	var verbs []string
	for _, v := range form.Verbs {
		verbs = append(verbs, v.Name)
		if _, ok := draws[v.Name]; !ok {
			problems = append(problems, "nothing draws the verb "+v.Name+": add it to draws in engine/graph/draws.go")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(draws)) {
		if !slices.Contains(verbs, name) {
			problems = append(problems, "draws has "+name+", which is not a verb of the table in engine/flow/verbs.go")
		}
	}
	return problems
}

func TestEveryVerbOfTheTableIsDrawn(t *testing.T) {
	t.Parallel()
	for _, p := range undrawn(flow.StepForm(), draws()) {
		t.Error(p)
	}
}

func TestAVerbThatIsOnlyInTheTableIsReported(t *testing.T) {
	t.Parallel()
	form := *flow.StepForm()
	form.Verbs = append(slices.Clone(form.Verbs[1:]), flow.Verb{Key: flow.Key{Name: "ponder"}})
	got := strings.Join(undrawn(&form, draws()), "\n")
	if !strings.Contains(got, "the verb ponder") || !strings.Contains(got, "draws has card") {
		t.Errorf("got %q", got)
	}
}

// workspace returns a workspace of one file, and its first flow.
func workspace(t *testing.T, text string) (*flow.Workspace, *flow.Flow) {
	t.Helper()
	file, problems := flow.Parse("f.yaml", []byte(text))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return &flow.Workspace{Files: []*flow.File{file}}, file.Flows[0]
}

func TestAGuardIsTheLabelOfTheEdgeAndLeadsPastItsStep(t *testing.T) {
	t.Parallel()
	g := Of(workspace(t, "flow: f\nsteps:\n  - id: a\n    card: x.y.get\n    if: b\n  - stop: c\n"))
	want := `flowchart TD
  subgraph f1["f"]
    n1(["start"])
    n2["a: x.y.get"]
    n1 -->|"if b"| n2
    n3(["stop: c"])
    n2 --> n3
    n1 -->|"else"| n3
  end
`
	if got := g.Mermaid(); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestAStepWithANameIsDrawnWithItInPlaceOfItsID(t *testing.T) {
	t.Parallel()
	text := Of(workspace(t, "flow: f\nsteps:\n  - id: a\n    name: Look up the \"user\"\n    card: x.y.get\n")).Mermaid()
	if !strings.Contains(text, `n2["Look up the #34;user#34;: x.y.get"]`) {
		t.Errorf("got:\n%s", text)
	}
}

func TestAFlowThatDoesNotExistIsANodeAndOneThatRunsItselfLeadsToItsStart(t *testing.T) {
	t.Parallel()
	g := Of(workspace(t, "flow: f\nsteps:\n  - call: f\n  - start: gone\n  - call: gone\n  - call: g\n---\nflow: g\nsteps:\n  - stop: x\n"))
	var names []string
	for _, f := range g.Flows {
		names = append(names, f.Name)
	}
	if !slices.Equal(names, []string{"f", "g", "gone"}) || len(g.Flows[2].Nodes) > 0 {
		t.Errorf("got the flows %q", names)
	}
	text := g.Mermaid()
	for _, line := range []string{`n2 -.->|"call"| n1`, `n3 -.->|"start"| f3`, `n4 -.->|"call"| f3`, `n5 -.->|"call"| f2`, `f3(["there is no flow gone"])`} {
		if strings.Count(text, "  "+line+"\n") != 1 {
			t.Errorf("there is not one line %s in:\n%s", line, text)
		}
	}
}

// Each of these characters is written as an entity, since Mermaid gives it a meaning in labels, too: tried with Mermaid
// 11.
func TestMermaidShowsALabelAsItIs(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"group: okta.group.list":    `"group: okta.group.list"`,
		`a "b" & <c>`:               `"a #34;b#34; #38; #60;c#62;"`,
		"#35; `md` \\n":             `"#35;35#59; #96;md#96; #92;n"`,
		"%%{init: {}}%%":            `"#37;#37;{init: {}}#37;#37;"`,
		"$$x$$ costs ${ 5 }":        `"$#36;x$#36; costs ${ 5 }"`,
		"style:x#y":                 `"style#58;x#35;y"`,
		"in direction TB":           `"in direction#32;TB"`,
		"two\n  lines\t日本 🎉 \u202e": `"two lines 日本 🎉 #8238;"`,
		" ":                         `" "`,
		strings.Repeat("é", 100):    `"` + strings.Repeat("é", 79) + `…"`,
	} {
		if got := label(text); got != want {
			t.Errorf("%q\n got %s\nwant %s", text, got, want)
		}
	}
}
