package flow

import (
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestTheSampleWorkspaceHasNoProblems(t *testing.T) {
	t.Parallel()
	w, ps := Load(os.DirFS("testdata/ok"), "flows")
	if len(ps) > 0 {
		t.Fatal(ps)
	}
	var files []string
	for _, f := range w.Files {
		files = append(files, f.Name)
	}
	if diff := cmp.Diff([]string{"flows/every-verb.yaml", "flows/suspend-idle-members.yaml", "flows/suspend-if-idle.yaml"}, slices.Sorted(slices.Values(files))); diff != "" {
		t.Error("(-want +got)\n" + diff)
	}
	f := w.Flow("suspend-idle-members")
	if f == nil || len(f.Steps) != 4 || len(f.Triggers) != 1 || len(f.Inputs) != 2 {
		t.Fatalf("got %+v", f)
	}
	if w.Flow("nobody") != nil || w.Timezone.Text != "Europe/Berlin" {
		t.Error("a flow that does not exist was found, or the time zone is wrong")
	}
	c, ok := w.Connection("local")
	if !ok || c.Type.Text != "okta" || c.Settings.Field("domain").Text != "http://127.0.0.1:8642" {
		t.Errorf("got %+v", c)
	}
	if !strings.Contains(string(w.Source(f.Name.Pos.File)), "flow: suspend-idle-members") || w.Source("x") != nil ||
		!strings.Contains(string(w.Source("flows/flowdeck.yaml")), "timezone") {
		t.Error("Source returns the wrong text")
	}
}

func TestLoadSkipsFilesWithoutFlows(t *testing.T) {
	t.Parallel()
	flow := func(name string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte("flow: " + name + "\nsteps: [{stop: x}]\n")}
	}
	text := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	w, ps := Load(fstest.MapFS{
		"flowdeck.yaml":            text("timezone: Europe/Berlin\n"),
		"a.yaml":                   flow("a"),
		"sub/deep/b.yml":           flow("b"),
		"c.YAML":                   flow("c"),
		"json.yaml":                text(`{` + "\n" + `  "flow": "json", "steps": [{"stop": "x"}]}`),
		"indented.yaml":            text("# x\n  flow: indented\n  steps:\n  - stop: x\n"),
		"second.yaml":              text("users: []\n---\nflow: second\nsteps: [{stop: x}]\n"),
		"misspelt.yaml":            text("flwo: misspelt\nsteps: [{stop: x}]\n"),
		"broken.yaml":              text("flow: broken\nsteps: [\n"),
		"orgs/acme.yaml":           text("users:\n  - flow: x\n    steps: y\n"),
		"orgs/broken.yaml":         text("users: [\n"),
		"chart.yaml":               text("{{- if .Values.x }}\nname: {{ .x }}\n{{ end }}\n"),
		"list.yaml":                text("- flow: x\n"),
		"word.yaml":                text("flows: x\nstepsize: 1\n"),
		"picture.yaml":             text("\x89PNG\x00\x00"),
		"empty.yaml":               text(""),
		"a.txt":                    flow("txt"),
		".hidden.yaml":             flow("hidden"),
		".flowdeck/runs/x.yaml":    flow("state"),
		"other/flowdeck.yaml":      text(""),
		"other/x.yaml":             flow("other"),
		"other/below/x.yaml":       flow("below"),
		"almost/.flowdeck/x.yaml":  flow("almost"),
		"nested/flowdeck.yaml/x.y": text("a folder of that name is not a workspace"),
		"nested/d.yaml":            flow("d"),
	}, "")
	var names []string
	for _, f := range w.Flows() {
		if f.Name != nil {
			names = append(names, f.Name.Text)
		}
	}
	if diff := cmp.Diff([]string{"a", "b", "broken", "c", "d", "indented", "json", "second"}, slices.Sorted(slices.Values(names))); diff != "" {
		t.Error("(-want +got)\n" + diff)
	}
	var got []string
	for _, p := range ps {
		got = append(got, p.Pos.File+" "+p.Code)
	}
	want := []string{"broken.yaml yaml-syntax", "misspelt.yaml unknown-key", "second.yaml missing-key"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got)\n%s\n%v", diff, ps)
	}
}

func TestTheSameFlowInTwoFilesIsAProblemAtTheSecond(t *testing.T) {
	t.Parallel()
	flow := &fstest.MapFile{Data: []byte("flow: twice\nsteps: [{stop: x}]\n")}
	_, ps := Load(fstest.MapFS{"flowdeck.yaml": {}, "a.yaml": flow, "b/c.yaml": flow}, "flows")
	if len(ps) != 1 || ps[0].String() != `flows/b/c.yaml:1:7: there are two flows called "twice" [duplicate-flow]` || ps[0].Hint != "the first is at flows/a.yaml:1:7" {
		t.Errorf("got %+v", ps)
	}
}

func TestAFolderWithoutFlowdeckYAMLIsAProblem(t *testing.T) {
	t.Parallel()
	w, ps := Load(fstest.MapFS{"a.yaml": {Data: []byte("flow: a\nsteps: [{stop: x}]\n")}}, "flows")
	if len(ps) != 1 || ps[0].String() != "flows/flowdeck.yaml: there is no flowdeck.yaml in this folder [no-workspace]" {
		t.Errorf("got %v", ps)
	}
	if w.Flow("a") == nil {
		t.Error("the flows were not read")
	}
}

func TestAFileThatCannotBeReadIsAProblem(t *testing.T) {
	t.Parallel()
	_, ps := Load(os.DirFS("testdata/there-is-no-such-folder"), "flows")
	if len(ps) == 0 {
		t.Error("no problem")
	}
}

func TestTheValidPartsOfAWorkspaceAreRead(t *testing.T) {
	t.Parallel()
	text := `timezone: [x]
conections: {}
connections:
  okta:
    type: okta
    simulate: {seed: orgs/acme.yaml}
  prod:
    domain: acme.okta.com
  scim: x
  two:
    type: ${ inputs.type }
---
more: 1
`
	w, ps := ParseWorkspace("flows/flowdeck.yaml", []byte(text))
	golden(t, "testdata/workspace.txt", printed(ps, []byte(text)))
	var names []string
	for _, c := range w.Connections {
		names = append(names, c.Name.Text)
	}
	if diff := cmp.Diff([]string{"okta", "prod", "two"}, names); diff != "" {
		t.Error("(-want +got)\n" + diff)
	}
	if w.Connections[0].Settings.Field("simulate").Field("seed").Text != "orgs/acme.yaml" || w.Connections[1].Type != nil || w.Timezone != nil {
		t.Errorf("got %+v", w.Connections)
	}
}

func TestAnEmptyFlowdeckYAMLIsAWorkspace(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "# nothing yet\n", "connections:\n", "---\n"} {
		w, ps := ParseWorkspace("flowdeck.yaml", []byte(text))
		if len(ps) > 0 || w == nil || len(w.Connections) > 0 {
			t.Errorf("%q: %v", text, ps)
		}
	}
}
