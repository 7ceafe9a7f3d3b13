package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
)

// remains is what the undo of each flow of shipped leaves different, each object that is new as one line. The undo of all others restores everything.
var remains = map[string][]string{
	"offboard-user":    {"~ okta/users/grace.hopper@acme.example/status = PROVISIONED (was ACTIVE)"},
	"onboard-user":     {"+ okta/users/joan@acme.example"}, // deactivated
	"provision-groups": {"+ scim/groups/On-call"},          // without members
	"set-up-k2":        {"+ okta/apps/Nintex K2 Cloud+oidc_client"},
	"welcome-new-user": {"+ okta/groups/Department Engineering"}, // without members
}

// takenBack takes a run back, as its plan announces.
func takenBack(t *testing.T, w *host.Workspace, run string, force bool) (*host.UndoPlan, *host.Report) {
	t.Helper()
	u, err := w.Undo(t.Context(), run, nil, force)
	if err != nil {
		t.Fatal(err)
	}
	conns, err := w.Connect(t.Context(), u.Checked.Uses())
	if err != nil {
		t.Fatal(err)
	}
	defer conns.Close()
	plan, err := u.Plan(t.Context(), conns)
	if err != nil {
		t.Fatal(err)
	}
	report, err := w.Run(t.Context(), host.Run{Flow: u.Checked, Connections: conns, Start: u.Start})
	if err != nil {
		t.Fatal(err)
	}
	return plan, report
}

// For every shipped flow, everything is as before its run after the undo of it, but for what the plan of the undo announces.
func TestTheUndoOfEachShippedFlowRestoresAllButWhatItsPlanAnnounces(t *testing.T) {
	if testing.Short() {
		t.Skip("little happens at the same time")
	}
	t.Parallel()
	for name, inputs := range shipped {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := shippedWorkspace(t)
			w := workspaceIn(t, dir, noSecrets)
			checked := flowIn(t, w, name)
			if name == "provision-k2" {
				runIn(t, w, flowIn(t, w, "set-up-k2"), engine.Start{Inputs: shipped["set-up-k2"]})
			}
			before := dumpsOf(t, dir, checked)
			done := keptRun(t, w, host.Run{Flow: checked, Start: engine.Start{Inputs: withIDs(t, w, checked, inputs)}})
			if done.Status != engine.Succeeded {
				t.Fatalf("the run: %s %+v", done.Status, done.Error)
			}
			plan, report := takenBack(t, w, done.Run, false)
			if report.Status != engine.Succeeded || plan.Counts[string(host.WillUndo)]+plan.Counts[string(host.WillNot)] != len(plan.Writes) {
				t.Errorf("the undo: %s %+v, its plan: %v", report.Status, report.Error, plan.Counts)
			}
			left := shortened(before, changes(before, dumpsOf(t, dir, checked)))
			for _, line := range left {
				if !slices.ContainsFunc(plan.Writes, func(one host.UndoneWrite) bool {
					return (one.Will == host.WillNot || one.Extent != card.Exact.String()) && strings.Contains(line, "/"+one.Target)
				}) {
					t.Errorf("the plan of the undo did not announce %q", line)
				}
			}
			if diff := cmp.Diff(remains[name], left); diff != "" {
				t.Errorf("what remains (-want +got)\n%s", diff)
			}
		})
	}
}

// shortened returns changes with one line for all fields of each new object: its connection, collection and name.
func shortened(before map[string]string, changes []string) (short []string) {
	known := map[string]bool{}
	object := func(path string) string {
		parts := strings.SplitN(path, "/", 4)
		return strings.Join(parts[:min(len(parts), 3)], "/")
	}
	for path := range before {
		known[object(path)] = true
	}
	for _, line := range changes {
		if path, is := strings.CutPrefix(line, "+ "); is && !known[object(path)] {
			line = "+ " + object(path)
		}
		if !slices.Contains(short, line) {
			short = append(short, line)
		}
	}
	return short
}
