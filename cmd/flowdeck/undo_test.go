package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/clock"
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

// takenBack takes a run back, or only some of its records, as the plan announces.
func takenBack(t *testing.T, w *host.Workspace, run string, force bool, records ...string) (*host.UndoPlan, *host.Report) {
	t.Helper()
	u, err := w.Undo(t.Context(), run, records, force)
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
	t.Parallel()
	for name, inputs := range shipped {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, w, checked := shippedFlow(t, name)
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

// undoWorld is a workspace with a simulated org, whose time a test moves.
type undoWorld struct {
	t     *testing.T
	dir   string
	w     *host.Workspace
	clock *clock.Jumping
}

func newUndoWorld(t *testing.T, org string, flows map[string]string) undoWorld {
	t.Helper()
	files := map[string]string{"flowdeck.yaml": "connections: {okta: {type: okta, simulate: {seed: org.yaml}}}\n", "org.yaml": org}
	for name, text := range flows {
		files[name+".yaml"] = "flow: " + name + "\n" + text
	}
	u := undoWorld{t, newWorkspace(t, files), nil, clock.NewJumping(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))}
	w, err := host.Open(u.dir, host.Config{Cards: cards.All(), Services: cards.Services(), Clock: u.clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	u.w = w
	return u
}

func (u undoWorld) run(flow string) *host.Report {
	u.t.Helper()
	return keptRun(u.t, u.w, host.Run{Flow: flowIn(u.t, u.w, flow)})
}

// later moves the time by a minute, and then somebody else makes calls.
func (u undoWorld) later(calls ...call) {
	u.t.Helper()
	if err := u.clock.Sleep(u.t.Context(), u.clock.Now().Add(time.Minute)); err != nil {
		u.t.Fatal(err)
	}
	conns, err := u.w.Connect(u.t.Context(), []engine.Use{{Service: "okta", Name: "okta"}})
	if err != nil {
		u.t.Fatal(err)
	}
	for _, c := range calls {
		meddle(u.t, conns.Open("okta"), c)
	}
	if err := conns.Close(); err != nil {
		u.t.Fatal(err)
	}
}

// status returns the status of a person of heldOrg.
func (u undoWorld) status(login string) string {
	u.t.Helper()
	return dumpOf(u.t, u.dir)["/users/"+login+"/status"]
}

func TestAnUndoLeavesAPersonWhomSomebodyElseSuspendedAgain(t *testing.T) {
	t.Parallel()
	bob, cy := map[string]any{"user_id": "bob@x.example"}, "cy@x.example"
	u := newUndoWorld(t, heldOrg, map[string]string{"leave": `
steps:
  - {card: okta.user.suspend, with: {user_id: bob@x.example}}
  - {card: okta.user.suspend, with: {user_id: cy@x.example}}
  - {card: okta.user.update, with: {user_id: cy@x.example, department: Left}}
`})
	left := u.run("leave")
	u.later(call{"okta.user.unsuspend", bob}, call{"okta.user.suspend", bob})
	u.later(call{"okta.user.update", map[string]any{"user_id": cy, "profile_extra": map[string]any{"title": "T"}}})
	plan, report := takenBack(t, u.w, left.Run, false)
	if plan.Counts[string(host.WillKeep)] != 1 || plan.Counts[string(host.WillUndo)] != 2 || report.Status != engine.SucceededWithErrors {
		t.Errorf("%v, %s", plan.Counts, report.Status)
	}
	for _, one := range plan.Writes {
		if one.Will == host.WillKeep && (one.Target != "bob@x.example" || one.Why != "status is as the run left it, but was changed again at 2026-03-01T12:01:00Z") {
			t.Errorf("%s is left: %s", one.Target, one.Why)
		}
	}
	if is, other := u.status("bob@x.example"), u.status(cy); is != "SUSPENDED" || other != "ACTIVE" {
		t.Errorf("bob is %s, cy is %s", is, other)
	}
	if _, report = takenBack(t, u.w, left.Run, true); report.Status != engine.Succeeded || u.status("bob@x.example") != "ACTIVE" {
		t.Errorf("with force: %s, bob is %s", report.Status, u.status("bob@x.example"))
	}
}

// The later writes of the run, and its undos, are not those of somebody else.
func TestAnUndoKnowsTheStatusesThatItsRunAndItselfSet(t *testing.T) {
	t.Parallel()
	u := newUndoWorld(t, heldOrg, map[string]string{"twice": `
steps:
  - {card: okta.user.suspend, with: {user_id: bob@x.example}}
  - wait: 1m
  - {card: okta.user.unsuspend, with: {user_id: bob@x.example}}
  - wait: 1m
  - {card: okta.user.suspend, with: {user_id: bob@x.example}}
`})
	run := u.run("twice").Run
	for i, want := range []string{"ACTIVE", "SUSPENDED", "ACTIVE", "SUSPENDED"} {
		u.later()
		plan, report := takenBack(t, u.w, run, false)
		if run = report.Run; report.Status != engine.Succeeded || plan.Counts[string(host.WillUndo)] != 3 || u.status("bob@x.example") != want {
			t.Fatalf("undo %d: %s, %v, bob is %s, want %s", i, report.Status, plan.Counts, u.status("bob@x.example"), want)
		}
	}
}

func TestAnUndoLeavesAGroupThatSomebodyElseGaveAnApplication(t *testing.T) {
	t.Parallel()
	const apps = "apps: [{id: 0oa1, label: Wiki, signOnMode: SAML_2_0}, {id: 0oa2, label: Chat, signOnMode: SAML_2_0}]\n"
	u := newUndoWorld(t, heldOrg+apps, map[string]string{"team": `
steps:
  - {id: team, card: okta.group.create, with: {name: Team}}
  - {card: okta.app.group.assign, with: {app_id: 0oa1, group_id: "${ steps.team.id }"}}
`})
	run := u.run("team").Run
	u.later(call{"okta.app.group.assign", map[string]any{"app_id": "0oa2", "group": "Team"}})
	plan, report := takenBack(t, u.w, run, false)
	if report.Status != engine.SucceededWithErrors || plan.Counts[string(host.WillUndo)] != 1 || plan.Counts[string(host.WillKeep)] != 1 {
		t.Errorf("%v, %s", plan.Counts, report.Status)
	}
	if why := plan.Writes[len(plan.Writes)-1].Why; why != "it has 1 or more applications that the run did not add" {
		t.Errorf("it is left since %s", why)
	}
	if left := dumpOf(t, u.dir); left["/groups/Team/name"] == "" || left["/app_groups/Chat+Team/app"] == "" || left["/app_groups/Wiki+Team/app"] != "" {
		t.Errorf("left: %v", left)
	}
	if _, report := takenBack(t, u.w, run, true); report.Status != engine.Succeeded || dumpOf(t, u.dir)["/groups/Team/name"] != "" {
		t.Errorf("with force: %s", report.Status)
	}
}

// --records of a run takes back what the runs that the record started did, and the report of the run has the rest.
func TestAnUndoOfARecordIsThatOfTheRunsThatItStarted(t *testing.T) {
	t.Parallel()
	u := newUndoWorld(t, heldOrg, map[string]string{"main": `
steps:
  - each: "[{login: 'bob@x.example'}, {login: 'cy@x.example'}]"
    as: who
    key: who.login
    do:
      - {start: helper, with: {login: "${ who.login }"}}
  - {card: okta.group.create, with: {name: New}}
`, "helper": `
inputs: {login: string}
steps:
  - each: [1]
    do: [{card: okta.user.suspend, with: {user_id: "${ inputs.login }"}}]
`})
	run := u.run("main").Run
	plan, report := takenBack(t, u.w, run, false, "cy@x.example")
	is, other := u.status("cy@x.example"), u.status("bob@x.example")
	if report.Status != engine.Succeeded || len(plan.Writes) != 1 || is != "ACTIVE" || other != "SUSPENDED" {
		t.Errorf("%s, %d writes; cy is %s, bob is %s", report.Status, len(plan.Writes), is, other)
	}
	past, err := u.w.Past(t.Context(), run)
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, one := range past.NotUndone {
		left = append(left, one.Card+" "+one.Target)
	}
	if want := []string{"okta.user.suspend bob@x.example", "okta.group.create New"}; !slices.Equal(left, want) {
		t.Errorf("the report has %q as not taken back", left)
	}
}

// The undo of a deactivation leaves a person PROVISIONED. One whom somebody else activated since is so already.
func TestAnUndoFindsAPersonWhoIsProvisionedAlready(t *testing.T) {
	t.Parallel()
	u := newUndoWorld(t, heldOrg, map[string]string{"leave": `
steps:
  - {card: okta.user.deactivate, with: {user_id: bob@x.example}}
  - {card: okta.user.deactivate, with: {user_id: cy@x.example}}
`})
	run := u.run("leave").Run
	u.later(call{"okta.user.activate", map[string]any{"user_id": "bob@x.example"}})
	plan, report := takenBack(t, u.w, run, false)
	if plan.Counts[string(host.WillAlready)] != 1 || plan.Counts[string(host.WillUndo)] != 1 {
		t.Errorf("the plan: %v", plan.Counts)
	}
	if report.Status != engine.Succeeded || report.Writes["okta.user.activate"].Changed != 1 {
		t.Errorf("%s, %+v", report.Status, report.Writes)
	}
	if is, other := u.status("bob@x.example"), u.status("cy@x.example"); is != "PROVISIONED" || other != "PROVISIONED" {
		t.Errorf("bob is %s, cy is %s", is, other)
	}
}
