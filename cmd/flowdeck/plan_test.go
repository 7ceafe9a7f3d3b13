package main

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
)

// shipped are starts of the flows in flows that change something.
var shipped = map[string]map[string]any{
	"contain-suspicious-user":   {"user": "grace.hopper@acme.example"},
	"offboard-user":             {"user": "grace.hopper@acme.example"},
	"onboard-user":              {"login": "joan@acme.example", "first_name": "Joan", "last_name": "Clarke", "password": "Sw0rdfish-1", "groups": []any{"Slack", "VPN"}},
	"provision-k2":              {},
	"provision-groups":          {"label": "Nintex Process Manager"},
	"provision-process-manager": {"propagation": 0}, // does not wait for the site
	"rename-department":         {"from": "Sales", "to": "Revenue"},
	"set-up-k2":                 {"people": []any{"ada@acme.example"}},
	"stream-groups":             {"user": "ada@acme.example", "owner": "grace.hopper@acme.example"},
	"suspend-idle-members":      {"group": "Contractors"},
	"sync-groups":               {"from": "VPN", "to": "Slack", "max_removals": 10000},
	"welcome-new-user":          {"user": "id of grace.hopper@acme.example", "department": "Engineering"},
}

// helpers are flows that change something when those of shipped call them.
var helpers = map[string]bool{"provision-people": true, "provision-person": true, "set-group-owner": true, "suspend-if-idle": true}

// Every shipped flow that changes something is planned, run and undone by tests.
func TestEveryShippedFlowThatWritesIsTested(t *testing.T) {
	t.Parallel()
	dir := shippedWorkspace(t)
	w := workspaceIn(t, dir, noSecrets)
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		if name == "flowdeck" {
			continue
		}
		checked := flowIn(t, w, name)
		if writes := slices.ContainsFunc(checked.Uses(), checked.WritesTo); writes != (shipped[name] != nil || helpers[name]) {
			t.Errorf("%s writes: %t; it is in shipped: %t", name, writes, shipped[name] != nil)
		}
	}
}

// shippedWorkspace returns a copy of the shipped workspace, with fresh simulated orgs.
func shippedWorkspace(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for _, pattern := range []string{"*.yaml", "orgs/*.yaml"} {
		files, err := filepath.Glob(filepath.Join("../../flows", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			to := filepath.Join(dir, strings.TrimPrefix(filepath.ToSlash(file), "../../flows/"))
			if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(to, text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

// withIDs returns inputs with the id of a user in place of "id of LOGIN".
func withIDs(t *testing.T, w *host.Workspace, checked *host.Checked, inputs map[string]any) map[string]any {
	t.Helper()
	all := maps.Clone(inputs)
	for name, value := range inputs {
		text, _ := value.(string)
		login, is := strings.CutPrefix(text, "id of ")
		if !is {
			continue
		}
		conns, err := w.Connect(t.Context(), checked.Uses())
		if err != nil {
			t.Fatal(err)
		}
		defer conns.Close()
		user, err := cards.All()["okta.user.get"].Run(t.Context(), card.Call{ConnName: "okta", Conn: conns.Open("okta")}, map[string]any{"user_id": login})
		if err != nil {
			t.Fatal(err)
		}
		all[name] = user.(map[string]any)["id"]
	}
	return all
}

// keptRun runs a flow, and keeps its history.
func keptRun(t *testing.T, w *host.Workspace, ask host.Run) *host.Report {
	t.Helper()
	conns, err := w.Connect(t.Context(), ask.Flow.Uses())
	if err != nil {
		t.Fatal(err)
	}
	defer conns.Close()
	ask.Connections = conns
	report, err := w.Run(t.Context(), ask)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func noSecrets(context.Context, string, card.Value) (card.Secret, error) {
	return card.NewSecret("shop-t0ken-4711"), nil
}

// written returns the writes of a run and of those that it started: whether each changed something, by the place and the last part of the run's id.
func written(t *testing.T, w *host.Workspace, run string) map[string]bool {
	t.Helper()
	history, err := w.History()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]bool{}
	var add func(run string)
	add = func(run string) {
		writes, err := history.Writes(t.Context(), run, store.Page{Limit: 100_000})
		if err != nil {
			t.Fatal(err)
		}
		for _, write := range writes {
			all[write.Place.ID()] = all[write.Place.ID()] || write.Changed
		}
		started, err := history.Runs(t.Context(), store.Filter{Parent: &run, Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range started {
			add(s.ID)
		}
	}
	add(run)
	return all
}

// shippedFlow returns a flow of shipped in a workspace of its own, in which it can run.
func shippedFlow(t *testing.T, name string) (dir string, w *host.Workspace, checked *host.Checked) {
	t.Helper()
	dir = shippedWorkspace(t)
	w = workspaceIn(t, dir, noSecrets)
	if name == "provision-k2" {
		runIn(t, w, flowIn(t, w, "set-up-k2"), engine.Start{Inputs: shipped["set-up-k2"]})
	}
	return dir, w, flowIn(t, w, name)
}

// For every shipped flow, the plan is what a run held to it changes, write by write and in the org.
func TestThePlanOfEachShippedFlowIsWhatItsRunChanges(t *testing.T) {
	t.Parallel()
	for name, inputs := range shipped {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, w, checked := shippedFlow(t, name)
			inputs := withIDs(t, w, checked, inputs)
			before := dumpOf(t, dir)
			plan := host.NewPlan(runIn(t, w, checked, engine.Start{Inputs: inputs, DryRun: true, Plan: true}))
			if changed := changes(before, dumpOf(t, dir)); len(changed) > 0 {
				t.Fatalf("the plan changed the org: %q", changed)
			}
			report := keptRun(t, w, host.Run{Flow: checked, Plan: plan, Start: engine.Start{Inputs: inputs}})
			if report.Status != engine.Succeeded || report.Plan.NotMade > 0 {
				t.Fatalf("the run held to the plan: %s %+v %+v", report.Status, report.Error, report.Plan)
			}
			did := written(t, w, report.Run)
			for _, p := range plan.Writes {
				changed, made := did[p.Place.ID()]
				if !made || p.Verdict == host.WillChange && !changed || p.Verdict == host.AlreadySo && changed {
					t.Errorf("%s of %s: planned %s, made: %t, changed: %t", p.Step, p.Target, p.Verdict, made, changed)
				}
				delete(did, p.Place.ID())
			}
			if len(did) > 0 || len(plan.Undecidable) > 0 {
				t.Errorf("not in the plan: %v; undecidable: %v", did, plan.Undecidable)
			}
			after := dumpOf(t, dir)
			differences := changes(before, after)
			if s := plan.Summary; s.Changes+s.MayChange == 0 && len(differences) > 0 {
				t.Errorf("no change was planned, and the org changed: %q", differences)
			}
			for _, p := range plan.Writes {
				for _, change := range p.Changes {
					want, is := change.New.(string)
					if is && p.Connection == "okta" && !slices.ContainsFunc(differences, func(line string) bool { return strings.Contains(line, want) }) {
						t.Errorf("%s of %s: the org does not have %v = %q", p.Step, p.Target, change.Path, want)
					}
				}
			}
		})
	}
}

// A change from outside, at a moment of a run.
type meddler struct {
	at   int // the number of the event
	once sync.Once
	do   func()
	n    int
}

func (m *meddler) See(engine.Event) {
	if m.n++; m.n >= m.at {
		m.once.Do(m.do)
	}
}

func (*meddler) Done() {}

// A run that is held to a plan makes not one write more when somebody changes the org in between, and does not overwrite that change.
func TestARunHeldToItsPlanLeavesAloneWhatChangesInBetween(t *testing.T) {
	t.Parallel()
	for seed := range uint64(10) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 19))
			dir := shippedWorkspace(t)
			w := workspaceIn(t, dir, noSecrets)
			checked := flowIn(t, w, "rename-department")
			inputs := map[string]any{"from": "Sales", "to": "Revenue"}
			plan := host.NewPlan(runIn(t, w, checked, engine.Start{Inputs: inputs, DryRun: true, Plan: true}))
			set := cards.All()
			conns, err := w.Connect(t.Context(), checked.Uses())
			if err != nil {
				t.Fatal(err)
			}
			defer conns.Close()
			call := func(name string, in map[string]any) {
				if _, err := set[name].Run(t.Context(), card.Call{ConnName: "okta", Conn: conns.Open("okta")}, in); err != nil {
					t.Error(err)
				}
			}
			before := dumpOf(t, dir)
			var touched, login string
			outside := &meddler{at: random.IntN(300), do: func() {
				login = plan.Writes[random.IntN(len(plan.Writes))].Target
				switch random.IntN(3) {
				case 0: // a change of what the plan changes
					touched = login
					call("okta.user.update", map[string]any{"user_id": login, "department": "Legal"})
				case 1: // a new member of the department, who is not in the plan
					touched = "new@acme.example"
					call("okta.user.create", map[string]any{"login": touched, "first_name": "N", "last_name": "W", "email": touched, "department": "Sales"})
				case 2: // a change of something else, with which the plan still holds
					call("okta.user.update", map[string]any{"user_id": login, "profile_extra": map[string]any{"title": "Expert"}})
				}
			}}
			report, err := w.Run(t.Context(), host.Run{
				Flow: checked, Plan: plan, Connections: conns, Start: engine.Start{Inputs: inputs},
				Listen: func(host.Begun) []host.Listener { return []host.Listener{outside} },
			})
			if err != nil {
				t.Fatal(err)
			}
			outside.once.Do(outside.do) // a run of fewer events
			planned := map[string]bool{}
			for _, p := range plan.Writes {
				planned[p.Place.ID()] = true
			}
			for place := range written(t, w, report.Run) {
				if !planned[place] {
					t.Errorf("%s was made, and is not in the plan", place)
				}
			}
			made := 0
			for _, line := range changes(before, dumpOf(t, dir)) {
				switch {
				case strings.Contains(line, "= Revenue"):
					made++
					if touched != "" && strings.Contains(line, touched) && report.Plan.NotMade > 0 {
						t.Errorf("a change from outside was overwritten: %s", line)
					}
				case touched == "" && !strings.Contains(line, login):
					t.Errorf("a change that nobody made: %s", line)
				}
			}
			if made > len(plan.Writes) || made < len(plan.Writes)-1-report.Plan.NotMade && report.Status == engine.Succeeded {
				t.Errorf("%d of %d planned changes were made; not made: %d, %s", made, len(plan.Writes), report.Plan.NotMade, report.Status)
			}
		})
	}
}

func TestAPlanReadsBackAsItWas(t *testing.T) {
	t.Parallel()
	dir := shippedWorkspace(t)
	w := workspaceIn(t, dir, noSecrets)
	plan := host.NewPlan(runIn(t, w, flowIn(t, w, "onboard-user"), engine.Start{Inputs: shipped["onboard-user"], DryRun: true, Plan: true}))
	var text strings.Builder
	if err := printJSON(&text, plan); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(text.String(), "Sw0rdfish") || !reflect.DeepEqual(plan.Secrets, []string{"password"}) {
		t.Errorf("the plan has a secret, or does not know it: %v", plan.Secrets)
	}
	back, err := host.ReadPlan(strings.NewReader(text.String()))
	if err != nil || back.Digest() != plan.Digest() {
		t.Errorf("read back: %v, another digest", err)
	}
}
