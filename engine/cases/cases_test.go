package cases_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/engine/cases"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/inside"
)

// suite makes a workspace with these files, and returns it with its cases.
func suite(t testing.TB, files map[string]string) (*cases.Suite, []*flow.Case) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w, err := host.Open(dir, host.Config{Cards: cards.All(), Triggers: cards.Triggers(), Services: cards.Services()})
	if err != nil {
		t.Fatal(err)
	}
	if w.Problems.Err() != nil {
		t.Fatal(w.Problems)
	}
	found, problems := flow.LoadCases(inside.FS(dir), "")
	if problems.Err() != nil {
		t.Fatal(problems)
	}
	var all []*flow.Case
	for _, f := range found {
		f.Name = filepath.ToSlash(filepath.Join(dir, f.Name))
		all = append(all, f.Cases...)
	}
	return &cases.Suite{Workspace: w, Cards: cards.All(), Services: cards.Services()}, all
}

// run runs all cases of a workspace, which must not have problems.
func run(t testing.TB, files map[string]string) []*cases.Result {
	t.Helper()
	s, all := suite(t, files)
	ready, problems, err := s.PrepareAll(all)
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	return cases.RunAll(t.Context(), ready)
}

// idle has a flow that suspends the members of a group who did not sign in, and a test of it.
var idle = map[string]string{
	"flowdeck.yaml": "connections: {okta: {type: okta, domain: acme.okta.com, auth: {api_token: {env: NOT_SET}}}}\n",
	"flow.yaml": `flow: suspend-idle
inputs: {group: string}
steps:
  - id: group
    card: okta.group.list
    with: {search: "profile.name eq ${ quote(inputs.group) }"}
    result: first
    required: there is no group ${ inputs.group }
  - id: sweep
    stream: okta.group.member.list
    with: {group_id: "${ steps.group.id }"}
    do:
      - stop: signed in
        if: date(record.lastLogin ?? record.created) > now() - days(90)
      - card: okta.user.suspend
        with: {user_id: "${ record.id }"}
  - return: {suspended: "${ steps.sweep.ok }"}
`,
	"tests/idle.yaml": `- test: suspends the idle
  flow: suspend-idle
  inputs: {group: Contractors}
  now: 2026-03-08T01:59:00-05:00
  org:
    users:
      - {login: ada@acme.example, lastLogin: 2026-03-01T00:00:00Z}
      - {login: bob@acme.example, lastLogin: 2025-01-01T00:00:00Z}
    groups: [{name: Contractors, members: [ada@acme.example, bob@acme.example]}]
    faults: [{match: "POST /api/v1/users/*/lifecycle/suspend", nth: 1, status: 503}]
  expect:
    result: {suspended: 1}
    calls: {okta.user.suspend: 1}
    never: [okta.user.deactivate]
    org: {users: {bob@acme.example: {status: SUSPENDED}, ada@acme.example: {status: ACTIVE}}}
    unchanged: [groups]
    dry_run: same
`,
}

func TestACaseRunsOnAnOrgOfItsOwn(t *testing.T) {
	t.Parallel()
	for _, r := range run(t, idle) {
		if !r.Passed() {
			t.Errorf("%s: %v %+v", r.Case.Name, r.Err, r.Failures)
		}
	}
}

// endless has a flow that does not end, and one that does.
var endless = map[string]string{
	"flowdeck.yaml": "",
	"flow.yaml":     "flow: endless\nsteps: [{repeat: [{set: {x: 1}}], until: vars.x == 2, max: 1000000000}]\n---\nflow: short\nsteps: [{return: 1}]\n",
	"tests/t.yaml":  "- {test: a, flow: endless}\n- {test: b, flow: short}\n",
}

func TestACaseThatDoesNotEndFailsAtItsLimit(t *testing.T) {
	t.Parallel()
	s, all := suite(t, endless)
	s.Limit = 300 * time.Millisecond
	ready, problems, err := s.PrepareAll(all[:1])
	if err != nil || problems.Err() != nil {
		t.Fatal(problems, err)
	}
	r := cases.RunAll(t.Context(), ready)[0]
	if r.Passed() || !strings.Contains(r.Err.Error(), `flow "endless": it did not end in 300ms of real time: it was at step `) {
		t.Error(r.Err)
	}
}

func TestCasesThatEndedHaveAResultWhenTheOthersAreInterrupted(t *testing.T) {
	t.Parallel()
	s, all := suite(t, endless)
	ready, problems, err := s.PrepareAll([]*flow.Case{all[1], all[0], all[0], all[0]})
	if err != nil || problems.Err() != nil {
		t.Fatal(problems, err)
	}
	why := errors.New("why")
	ctx, cancel := context.WithCancelCause(t.Context())
	first := ready[0].Run(ctx)
	cancel(why)
	for _, r := range append(cases.RunAll(ctx, ready[1:]), ready[1].Run(ctx)) {
		if !errors.Is(r.Err, why) || r.Report != nil {
			t.Error(r.Err)
		}
	}
	if !first.Passed() {
		t.Error(first.Err)
	}
}

func BenchmarkCase(b *testing.B) {
	s, all := suite(b, idle)
	ready, _, err := s.PrepareAll(all)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if r := ready[0].Run(b.Context()); !r.Passed() {
			b.Fatal(r.Err, r.Failures)
		}
	}
}
