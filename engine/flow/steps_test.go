package flow

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// everyVerb returns the flow in testdata/ok that uses the whole language.
func everyVerb(t *testing.T) *Flow {
	t.Helper()
	text, err := os.ReadFile("testdata/ok/every-verb.yaml")
	if err != nil {
		t.Fatal(err)
	}
	file, ps := Parse("every-verb.yaml", text)
	if len(ps) > 0 || len(file.Flows) != 1 {
		t.Fatal(len(file.Flows), ps)
	}
	return file.Flows[0]
}

func TestTheSampleUsesEveryKeyOfTheLanguage(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/ok/every-verb.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var mapped func(n *Node, f *Form)
	used := map[*Key]bool{}
	var valued func(v *Node, s *Shape)
	mapped = func(n *Node, f *Form) {
		for _, field := range n.Fields {
			if k := f.key(field.Key.Text, f.verbsOf(n.keys())); k != nil {
				used[k] = true
				valued(field.Value, &k.Shape)
			}
		}
	}
	valued = func(v *Node, s *Shape) {
		switch s.Kind {
		case ShapeOr:
			valued(v, s.fitting(v))
		case ShapeForm:
			mapped(v, s.Form)
		case ShapeSteps:
			for _, item := range v.Items {
				mapped(item, &stepForm)
			}
		case ShapeList:
			for _, item := range v.Items {
				valued(item, s.Of)
			}
		case ShapeMap:
			for _, field := range v.Fields {
				valued(field.Value, s.Of)
			}
		}
	}
	var ps Problems
	for _, root := range documents(newSource("every-verb.yaml", text), &ps) {
		mapped(root, &flowForm)
	}
	workspace, err := os.ReadFile("testdata/ok/flowdeck.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, root := range documents(newSource("flowdeck.yaml", workspace), &ps) {
		mapped(root, &workspaceForm)
	}
	unused := func(f *Form, keys []Key) {
		for i := range keys {
			if !used[&keys[i]] {
				t.Errorf("no %s has the key %s", f.Name, keys[i].Name)
			}
		}
	}
	for _, f := range forms() {
		if f == &workspaceForm || f == &connectionForm {
			continue
		}
		unused(f, f.Keys)
		for i := range f.Verbs {
			if !used[&f.Verbs[i].Key] {
				t.Errorf("no %s has the verb %s", f.Name, f.Verbs[i].Name)
			}
			unused(f, f.Verbs[i].Keys)
		}
	}
}

func TestTheStepsInsideOfAStepAreItsBodies(t *testing.T) {
	t.Parallel()
	var lines []string
	for _, s := range everyVerb(t).Steps {
		for _, b := range s.Bodies {
			line := s.Verb + " " + b.Key
			if b.Name != nil {
				line += " name=" + b.Name.Text
			}
			if b.When != nil {
				line += " when=" + b.When.Text
			}
			for _, inner := range b.Steps {
				if line += " " + inner.Verb; inner.ID != nil {
					line += ":" + inner.ID.Text
				}
			}
			if b.Node.Kind != List || len(b.Node.Items) != len(b.Steps) {
				t.Errorf("%s has the node %+v", line, b.Node)
			}
			lines = append(lines, line)
		}
	}
	want := `stream do card
each do wait:inner
if then stop:in_then
if else fail:in_else
switch switch when=inputs.group == "a" set:in_case
switch switch when=inputs.group == "b"
switch else set:in_last
parallel parallel name=left return:in_left
parallel parallel name=right stop:in_right
try try call:in_try
try catch when=error.kind == "timeout" return:in_catch
try catch
try finally each:in_finally
repeat repeat card:in_repeat`
	if diff := cmp.Diff(want, strings.Join(lines, "\n")); diff != "" {
		t.Error("(-want +got)\n" + diff)
	}
}

func TestABodyIsFoundByItsKey(t *testing.T) {
	t.Parallel()
	for _, s := range everyVerb(t).Steps {
		if s.ID == nil || s.ID.Text != "if" {
			continue
		}
		if then := s.Body("then"); len(then) != 1 || then[0].Verb != "stop" {
			t.Errorf("then: %+v", then)
		}
		if otherwise := s.Body("else"); len(otherwise) != 1 || otherwise[0].Verb != "fail" {
			t.Errorf("else: %+v", otherwise)
		}
		if s.Body("do") != nil || s.If != nil || s.Value.Text != `inputs.group == ""` || s.Key("then").Kind != List {
			t.Errorf("want a condition, two bodies and no guard, got %+v", s)
		}
		return
	}
	t.Error("the sample has no if step")
}

func TestWalkVisitsEveryStepInTheOrderOfTheFile(t *testing.T) {
	t.Parallel()
	f := everyVerb(t)
	var got []int
	f.Walk(func(s *Step) { got = append(got, s.Pos.Line) })
	var want []int
	f.Node.Field("steps").Walk(func(n *Node) bool {
		if n.Kind == Mapping && len(stepForm.verbsOf(n.keys())) == 1 && n.Key("message") == nil && n.Key("when") == nil {
			want = append(want, n.Pos.Line)
		}
		return true
	})
	if diff := cmp.Diff(want, got); diff != "" || len(got) < 34 {
		t.Errorf("%d steps (-want +got)\n%s", len(got), diff)
	}
}

func TestWrongStepsOfABodyAreLeftOut(t *testing.T) {
	t.Parallel()
	file, ps := Parse("x.yaml", []byte(`flow: a
steps:
  - if: inputs.a
    then: x
    else: [{stop: x}]
  - switch:
      - {when: [a], do: [{stop: x}]}
      - {when: a, do: x}
      - {when: a}
  - parallel:
      a: x
      b: [{stop: x}, text, {crad: x}]
`))
	if len(ps) != 7 {
		t.Errorf("%d problems, want 7:\n%v", len(ps), ps)
	}
	var bodies []Body
	file.Flows[0].Walk(func(s *Step) { bodies = append(bodies, s.Bodies...) })
	if len(bodies) != 3 || bodies[0].Key != "else" || bodies[1].When != nil || len(bodies[2].Steps) != 2 {
		t.Errorf("got %+v", bodies)
	}
}
