package host_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/host"
)

// This is all that a program needs to run a flow.
func TestAProgramRunsAFlow(t *testing.T) {
	t.Parallel()
	dir := workspace(t, nil)

	w, err := host.Open(dir, host.Config{Cards: cards.All(), Services: cards.Services()})
	if err != nil {
		t.Fatal(err)
	}
	f, err := w.FlowNamed("suspend-members")
	if err != nil {
		t.Fatal(err)
	}
	checked, err := w.Check(f, nil)
	if err != nil {
		t.Fatal(err)
	}
	conns, err := w.Connect(t.Context(), checked.Uses())
	if err != nil {
		t.Fatal(err)
	}
	defer conns.Close()
	report, err := w.Run(t.Context(), host.Run{
		Flow: checked, Connections: conns, Start: engine.Start{Inputs: map[string]engine.Value{"group": "00g1"}},
	})
	if err != nil {
		t.Fatal(err)
	}

	if report.Status != engine.Succeeded || report.Result != 2 || report.Streams["sweep"].OK != 2 || report.Writes["okta.user.suspend"].Changed != 2 {
		t.Errorf("got %s", inJSON(t, report))
	}
	if lines, err := os.ReadFile(report.Streams["sweep"].Results); err != nil || strings.Count(string(lines), "\n") != 2 {
		t.Errorf("the results are %q, %v; want 2 lines", lines, err)
	}
}

// workspace writes a workspace with a simulated org into a new folder. files are added to it, or replace its files.
func workspace(t *testing.T, files map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	all := map[string]string{
		"flowdeck.yaml": "connections:\n  okta: {type: okta, simulate: {seed: org.yaml}}\n  local: {type: okta, domain: \"http://127.0.0.1:1\", auth: {api_token: {env: TOKEN}}}\n",
		"org.yaml": `users:
  - {login: ada@acme.example, firstName: Ada, lastName: Lovelace}
  - {login: joan@acme.example, firstName: Joan, lastName: Clarke}
groups: [{id: 00g1, name: Staff, members: [ada@acme.example, joan@acme.example]}]
`,
		"suspend.yaml": `flow: suspend-members
inputs: {group: string}
steps:
  - id: sweep
    stream: okta.group.member.list
    with: {group_id: "${ inputs.group }"}
    do:
      - card: okta.user.suspend
        with: {user_id: "${ record.id }"}
  - return: ${ steps.sweep.ok }
`,
	}
	for name, text := range files {
		all[name] = text
	}
	for name, text := range all {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// prepare opens a workspace, checks a flow of it, and opens its connections.
func prepare(t *testing.T, dir, name string) (*host.Workspace, *host.Checked, *host.Connections) {
	t.Helper()
	w, err := host.Open(dir, host.Config{Cards: cards.All(), Services: cards.Services()})
	if err != nil {
		t.Fatal(err)
	}
	f, err := w.FlowNamed(name)
	if err != nil {
		t.Fatal(err)
	}
	checked, err := w.Check(f, nil)
	if err != nil {
		t.Fatal(err)
	}
	conns, err := w.Connect(t.Context(), checked.Uses())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conns.Close(); err != nil {
			t.Error(err)
		}
	})
	return w, checked, conns
}

func inJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// counter counts the events of a run and the calls of Done.
type counter struct{ events, done int }

func (c *counter) See(engine.Event) { c.events++ }

func (c *counter) Done() { c.done++ }

func TestManyRunsShareAFlowAndItsConnections(t *testing.T) {
	t.Parallel()
	w, checked, conns := prepare(t, workspace(t, nil), "suspend-members")
	const runs = 20
	var going sync.WaitGroup
	reports, counters := make([]*host.Report, runs), make([]counter, runs)
	for i := range runs {
		going.Go(func() {
			report, err := w.Run(t.Context(), host.Run{
				Flow: checked, Connections: conns, Start: engine.Start{Inputs: map[string]engine.Value{"group": "00g1"}},
				Listen: func(host.Begun) []host.Listener { return []host.Listener{&counters[i]} },
			})
			if err != nil {
				t.Error(err)
				return
			}
			reports[i] = report
		})
	}
	going.Wait()
	if t.Failed() {
		t.FailNow()
	}
	ids, changed := map[string]bool{}, 0
	for i, report := range reports {
		ids[report.Run] = true
		changed += report.Writes["okta.user.suspend"].Changed
		if report.Status != engine.Succeeded || report.Streams["sweep"].OK != 2 {
			t.Errorf("run %d: got %s", i, inJSON(t, report))
		}
		if got, err := os.ReadFile(report.Streams["sweep"].Results); err != nil || strings.Count(string(got), "\n") != 2 {
			t.Errorf("run %d: its results are %q, %v; want its own 2 lines", i, got, err)
		}
		if counters[i] != (counter{counters[0].events, 1}) || counters[i].events == 0 {
			t.Errorf("run %d: its listener saw %+v, that of run 0 %+v", i, counters[i], counters[0])
		}
	}
	if len(ids) != runs || changed != 2 {
		t.Errorf("got %d ids and %d changes; want %d ids, and each of 2 users suspended once", len(ids), changed, runs)
	}
}

func TestRunWaitsForTheRunsThatItStarts(t *testing.T) {
	t.Parallel()
	dir := workspace(t, map[string]string{"start.yaml": `flow: start-one
steps:
  - id: begun
    start: suspend-members
    with: {group: 00g1}
  - return: ${ steps.begun.run }
`})
	w, checked, conns := prepare(t, dir, "start-one")
	var mu sync.Mutex
	begun := map[string]bool{}
	report, err := w.Run(t.Context(), host.Run{Flow: checked, Connections: conns, Listen: func(b host.Begun) []host.Listener {
		mu.Lock()
		defer mu.Unlock()
		begun[b.Flow] = b.Started
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Started) != 1 || report.Started[0].Streams["sweep"].OK != 2 || report.Result != report.Started[0].Run {
		t.Errorf("got %s", inJSON(t, report))
	}
	if started, ok := begun["start-one"]; !ok || started || !begun["suspend-members"] {
		t.Errorf("Listen was called for %v", begun)
	}
}

func TestDryRunReportsTheWritesOfStartedRuns(t *testing.T) {
	t.Parallel()
	dir := workspace(t, map[string]string{"start.yaml": `flow: start-one
steps:
  - start: suspend-members
    with: {group: 00g1}
  - card: okta.user.suspend
    with: {user_id: joan@acme.example}
`})
	w, checked, conns := prepare(t, dir, "start-one")
	report, err := w.Run(t.Context(), host.Run{Flow: checked, Connections: conns, Start: engine.Start{DryRun: true}})
	if err != nil {
		t.Fatal(err)
	}
	if len(report.DryRun.Writes) != 1 || len(report.Started) != 1 || len(report.Started[0].DryRun.Writes) != 2 || len(report.Writes) != 0 {
		t.Errorf("got %s; want 3 writes, none made", inJSON(t, report))
	}
	if report.Result != nil {
		t.Errorf("the result is %v, want none for a flow without a return", report.Result)
	}
}

// Secrets are hidden without any code in the program.
func TestSecretsAreHiddenInReportsAndResults(t *testing.T) {
	t.Parallel()
	dir := workspace(t, map[string]string{"secretive.yaml": `flow: secretive
inputs: {password: {type: string, secret: true}}
steps:
  - id: loop
    each: 1..1
    collect: inputs.password
    do:
      - set: {seen: true}
  - return: the password is ${ inputs.password }
`})
	w, checked, conns := prepare(t, dir, "secretive")
	report, err := w.Run(t.Context(), host.Run{
		Flow: checked, Connections: conns, Start: engine.Start{Inputs: map[string]engine.Value{"password": "sw0rdfish"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	results, err := os.ReadFile(report.Streams["loop"].Results)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{inJSON(t, report), string(results)} {
		if strings.Contains(text, "sw0rdfish") || !strings.Contains(text, "[secret]") {
			t.Errorf("got %s", text)
		}
	}
}

func TestCanceledRunHasAReport(t *testing.T) {
	t.Parallel()
	w, checked, conns := prepare(t, workspace(t, nil), "suspend-members")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	report, err := w.Run(ctx, host.Run{Flow: checked, Connections: conns, Start: engine.Start{Inputs: map[string]engine.Value{"group": "00g1"}}, NoHistory: true})
	if err != nil || report.Status != engine.Canceled || report.Error != nil {
		t.Errorf("got %+v, %v", report, err)
	}
	if left, err := filepath.Glob(filepath.Join(w.Dir, ".flowdeck", "runs", "*")); err != nil || len(left) > 0 {
		t.Errorf("the folder of a run that kept nothing, not even a log, is still there: %v, %v", left, err)
	}
}

// Such a run would write and keep no results.
func TestRunThatCannotKeepItsResultsDoesNotStart(t *testing.T) {
	t.Parallel()
	dir := workspace(t, nil)
	w, checked, conns := prepare(t, dir, "suspend-members")
	if err := os.WriteFile(filepath.Join(dir, ".flowdeck", "runs"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	report, err := w.Run(t.Context(), host.Run{Flow: checked, Connections: conns, Listen: func(host.Begun) []host.Listener {
		t.Error("the run started")
		return nil
	}})
	if report != nil || err == nil || !strings.Contains(err.Error(), "keep the results") {
		t.Errorf("got %v, %v", report, err)
	}
}

// Each kind of failure has its own type, so that a program can distinguish them.
func TestErrorsHaveTypes(t *testing.T) {
	t.Parallel()
	dir := workspace(t, map[string]string{"wrong.yaml": "flow: wrong\nsteps:\n  - card: okta.user.susspend\n"})
	if _, err := host.Find(t.TempDir()); !is[*host.NoWorkspaceError](err) {
		t.Errorf("no workspace: got %v", err)
	}
	if _, err := host.Open(filepath.Join(dir, "none"), host.Config{}); !is[*host.UsageError](err) {
		t.Errorf("no folder: got %v", err)
	}
	w, err := host.Open(dir, host.Config{Cards: cards.All(), Services: cards.Services()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.FlowNamed("suspend-member"); !is[*host.UsageError](err) {
		t.Errorf("no flow: got %v", err)
	}
	if _, err := w.ConnectionNamed("none"); !is[*host.UsageError](err) {
		t.Errorf("no connection: got %v", err)
	}
	wrong, err := w.FlowNamed("wrong")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Check(wrong, nil); !is[*host.ProblemsError](err) {
		t.Errorf("a wrong flow: got %v", err)
	}
	use := []engine.Use{{Service: "okta", Name: "local"}}
	if _, err := w.Connect(t.Context(), use); !is[*host.ConnectionError](err) {
		t.Errorf("a connection without its secret: got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.Connect(ctx, []engine.Use{{Service: "okta", Name: "okta"}}); !engine.IsCanceled(err) {
		t.Errorf("interrupted: got %v", err)
	}
}

func is[E error](err error) bool {
	var wanted E
	return errors.As(err, &wanted)
}
