package main

import (
	"bytes"
	"context"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"gopkg.in/yaml.v3"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/veil"
)

const templates = "../../testdata/flow/templates"

// A deed is what a run did.
type deed struct {
	Status   string   `yaml:"status"`
	Reason   string   `yaml:"reason,omitempty"`
	Error    string   `yaml:"error,omitempty"`
	Details  any      `yaml:"details,omitempty"`
	Answer   string   `yaml:"answer,omitempty"` // to the webhook
	Result   any      `yaml:"result,omitempty"`
	Changes  []string `yaml:"changes,omitempty"`  // in the org
	Requests []string `yaml:"requests,omitempty"` // to the HTTP service
}

// The kinds of flows that people have in Okta Workflows check without problems and warnings, change nothing in a dry run, and do in a run what their files say.
func TestKindsOfFlowsInOktaWorkflowsRun(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob(templates + "/*.txtar")
	if err != nil || len(names) < 25 {
		t.Fatalf("%d kinds: %v", len(names), err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			t.Parallel()
			runKind(t, name)
		})
	}
}

func runKind(t *testing.T, name string) {
	t.Helper()
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range archive.Files {
		files[f.Name] = string(f.Data)
	}
	service := &shop{items: map[string]string{"i1": "chair", "i2": "table", "i3": "lamp"}}
	dir := kindWorkspace(t, files["flow.yaml"], service)

	var out bytes.Buffer
	checking := env{args: []string{"check", "-C", dir}, in: strings.NewReader(""), out: &out, err: &out, lookup: os.LookupEnv, veil: veil.New()}
	if code := run(t.Context(), checking); code != exitOK || !strings.Contains(out.String(), "no problems") {
		t.Fatalf("flowdeck check:\n%s", &out)
	}
	opened := workspaceIn(t, dir, func(context.Context, string, card.Value) (card.Secret, error) {
		return card.NewSecret("shop-t0ken-4711"), nil
	})
	checked := flowIn(t, opened, strings.TrimSuffix(filepath.Base(name), ".txtar"))
	start := begins(t, checked, files["start.yaml"])
	before := dumpOf(t, dir)
	start.DryRun = true
	runIn(t, opened, checked, start)
	if changed := changes(before, dumpOf(t, dir)); len(changed) > 0 {
		t.Errorf("the dry run changed the org: %q", changed)
	}
	for _, r := range service.requests {
		if !strings.HasPrefix(r, "GET ") && !strings.HasPrefix(r, "HEAD ") {
			t.Errorf("the dry run sent %s", r)
		}
	}
	service.requests = nil
	start.DryRun = false
	got := did(runIn(t, opened, checked, start))
	got.Changes, got.Requests = changes(before, dumpOf(t, dir)), service.requests

	var text bytes.Buffer
	encoder := yaml.NewEncoder(&text)
	encoder.SetIndent(2)
	if err := encoder.Encode(got); err != nil {
		t.Fatal(err)
	}
	if os.Getenv("UPDATE") != "" {
		archive.Files = append(without(archive.Files, "want.yaml"), txtar.File{Name: "want.yaml", Data: text.Bytes()})
		if err := os.WriteFile(name, txtar.Format(archive), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(files["want.yaml"], text.String()); diff != "" {
		t.Errorf("-want +got:\n%s\nUPDATE=1 go test ./cmd/flowdeck -run Kinds writes it", diff)
	}
}

func without(files []txtar.File, name string) (kept []txtar.File) {
	for _, f := range files {
		if f.Name != name {
			kept = append(kept, f)
		}
	}
	return kept
}

// kindWorkspace makes a workspace with one of the flows, and starts its HTTP service.
func kindWorkspace(t *testing.T, flow string, service *shop) (dir string) {
	t.Helper()
	server := httptest.NewServer(service)
	t.Cleanup(server.Close)
	files := map[string]string{"flow.yaml": flow}
	for _, name := range []string{"flowdeck.yaml", "org.yaml"} {
		text, err := os.ReadFile(filepath.Join(templates, name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = localOrg.ReplaceAllString(string(text), server.URL)
	}
	return newWorkspace(t, files)
}

// begins returns the start of a run by a person or, if start.yaml has a trigger, by the trigger of the flow.
func begins(t *testing.T, checked *host.Checked, text string) engine.Start {
	t.Helper()
	var by struct {
		Inputs  map[string]engine.Value `yaml:"inputs"`
		Trigger engine.Value            `yaml:"trigger"`
	}
	if err := yaml.Unmarshal([]byte(text), &by); err != nil {
		t.Fatal(err)
	}
	start := engine.Start{Inputs: by.Inputs, Trigger: by.Trigger}
	if by.Trigger == nil {
		return start
	}
	computed, err := checked.Plan.Triggers[0].Start(t.Context(), checked.Plan.Flow, by.Trigger)
	if err != nil {
		t.Fatal(err)
	}
	if start.Inputs == nil {
		start.Inputs = map[string]engine.Value{}
	}
	maps.Copy(start.Inputs, computed)
	if checked.Plan.Triggers[0].Kind == engine.WebhookTrigger {
		start.Trigger = nil // nobody waits for an answer here: the run shows what it would answer
	}
	return start
}

func did(r *host.Report) deed {
	d := deed{Status: string(r.Status), Reason: r.Reason, Result: r.Result}
	if r.Error != nil {
		d.Error, d.Details = r.Error.Message, r.Error.Details
	}
	if r.Response != nil {
		d.Answer = r.Response.String()
	}
	return d
}

func TestNextStepsCanBeCopiedOnANarrowTerminal(t *testing.T) {
	t.Parallel()
	steps := []nextStep{{"flowdeck run copy --dry-run", "list what it would change"}, {"flowdeck check", "report problems"}}
	const beside = `  flowdeck run copy --dry-run  list what it would change
  flowdeck check               report problems
`
	const below = `  flowdeck run copy --dry-run
    list what it would change
  flowdeck check
    report problems
`
	for width, want := range map[int]string{0: beside, 56: beside, 55: below, 10: below} {
		var out strings.Builder
		writeSteps(&out, width, steps)
		if out.String() != want {
			t.Errorf("%d columns: got\n%s\nwant\n%s", width, out.String(), want)
		}
	}
}
