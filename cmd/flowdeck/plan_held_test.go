package main

import (
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
)

// heldOrg is the seed of the org of these tests.
const heldOrg = `
users:
  - {login: bob@x.example, firstName: Bob, lastName: B, profile: {department: Sales}}
  - {login: cy@x.example, firstName: Cy, lastName: C, profile: {department: Sales}}
  - {login: di@x.example, firstName: Di, lastName: D, status: SUSPENDED}
groups:
  - {name: A, members: [bob@x.example]}
  - {name: B}
`

// held is one of these tests: a plan is made, then somebody changes the org, and a run is held to the plan.
type held struct {
	flow    string
	inputs  map[string]any
	calls   []call // of somebody else, between the plan and the run
	want    engine.Status
	changes int    // those of the plan
	why     string // why something was not made; empty if all was
}

type call struct {
	card string
	in   map[string]any
}

func TestARunMakesNothingThatItsPlanDoesNotShow(t *testing.T) {
	t.Parallel()
	text := func(v string) map[string]any { return map[string]any{"login": v} }
	update := func(login string, more map[string]any) call {
		return call{"okta.user.update", mergedInputs(map[string]any{"user_id": login}, more)}
	}
	for name, test := range map[string]held{
		"a login that leads to another person now": {
			flow: "steps: [{card: okta.user.suspend, with: {user_id: '${ inputs.login }'}}]", inputs: text("bob@x.example"), changes: 1,
			calls: []call{
				update("bob@x.example", map[string]any{"login": "bob2@x.example"}),
				update("cy@x.example", map[string]any{"login": "bob@x.example"}),
			}, want: engine.Failed, why: "it is another one",
		},
		"a login in a list that leads to another person now": {
			flow: `steps:
  - {id: to, card: okta.group.list, with: {search: 'profile.name eq "B"'}, result: first, required: true}
  - {card: okta.group.member.sync, with: {group_id: "${ steps.to.id }", members: ["${ inputs.login }"]}}`, inputs: text("bob@x.example"), changes: 1,
			calls: []call{
				update("bob@x.example", map[string]any{"login": "bob2@x.example"}),
				update("cy@x.example", map[string]any{"login": "bob@x.example"}),
			}, want: engine.Failed, why: "it would make members",
		},
		"what was already so, and is not any more": {
			flow: "steps: [{card: okta.user.suspend, with: {user_id: '${ inputs.login }'}}]", inputs: text("di@x.example"), changes: 0,
			calls: []call{{"okta.user.unsuspend", map[string]any{"user_id": "di@x.example"}}}, want: engine.Failed, why: "the plan has no change here",
		},
		"what another write of the flow takes back": {
			flow: `steps:
  - {card: okta.user.suspend, with: {user_id: "${ inputs.login }"}}
  - {card: okta.user.unsuspend, with: {user_id: "${ inputs.login }"}}`, inputs: text("bob@x.example"), changes: 2, want: engine.Succeeded,
		},
		"a text of which only a part is known": {
			flow: `steps:
  - {id: to, card: okta.group.list, with: {search: 'profile.name eq "B"'}, result: first, required: true}
  - {id: made, card: okta.user.create, with: {login: new@x.example, email: new@x.example, first_name: N, last_name: W}}
  - {card: okta.request, with: {method: PUT, path: "/groups/${ steps.to.id }/users/${ steps.made.id }"}}`, inputs: text(""), changes: 1,
			calls: []call{
				{"okta.group.ensure", map[string]any{"name": "C"}},
				{"okta.group.update", map[string]any{"group": "B", "name": "OldB"}}, {"okta.group.update", map[string]any{"group": "A", "name": "B"}},
			}, want: engine.Failed, why: "begins with",
		},
		"one person by login and then by id": {
			flow: `steps:
  - {id: who, card: okta.user.get, with: {user_id: "${ inputs.login }"}}
  - {card: okta.user.deactivate, with: {user_id: "${ inputs.login }"}}
  - {card: okta.user.deactivate, with: {user_id: "${ steps.who.id }"}}`, inputs: text("bob@x.example"), changes: 1, want: engine.Succeeded,
		},
		"names that the flow itself gives and takes away": {
			flow: `steps:
  - {card: okta.user.update, with: {user_id: "${ inputs.login }", login: rob@x.example}}
  - {card: okta.user.suspend, with: {user_id: rob@x.example}}
  - {card: okta.user.update, with: {user_id: cy@x.example, login: "${ inputs.login }"}}
  - {card: okta.user.update, with: {user_id: "${ inputs.login }", department: Sales}}
  - {id: a, card: okta.group.list, with: {search: 'profile.name eq "A"'}, result: first, required: true}
  - {card: okta.group.update, with: {group_id: "${ steps.a.id }", name: A2}}
  - {card: okta.group.ensure, with: {name: A2, description: renamed}}
  - {card: okta.group.ensure, with: {name: A}}`, inputs: text("bob@x.example"), changes: 6, want: engine.Succeeded,
		},
		"one person twice in a list": {
			flow: `steps:
  - each: '["D1", "D2", "D3"]'
    do: [{card: okta.user.update, with: {user_id: "${ inputs.login }", department: "${ record }"}}]`, inputs: text("bob@x.example"), changes: 3, want: engine.Succeeded,
		},
		"another field, which the plan does not change": {
			flow: "steps: [{card: okta.user.suspend, with: {user_id: '${ inputs.login }'}}]", inputs: text("bob@x.example"), changes: 1,
			calls: []call{update("bob@x.example", map[string]any{"department": "Legal"})}, want: engine.Succeeded,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := newWorkspace(t, map[string]string{
				"flowdeck.yaml": "connections: {okta: {type: okta, simulate: {seed: org.yaml}}}\n", "org.yaml": heldOrg,
				"f.yaml": "flow: f\ninputs: {login: string}\n" + test.flow + "\n",
			})
			w := workspaceIn(t, dir, noSecrets)
			checked := flowIn(t, w, "f")
			plan := host.NewPlan(runIn(t, w, checked, engine.Start{Inputs: test.inputs, DryRun: true, Plan: true}))
			if plan.Summary.Changes != test.changes {
				t.Errorf("the plan has %d changes, want %d: %+v", plan.Summary.Changes, test.changes, plan.Writes)
			}
			conns, err := w.Connect(t.Context(), checked.Uses())
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range test.calls {
				meddle(t, conns.Open("okta"), c)
			}
			before := dumpOf(t, dir)
			report, err := w.Run(t.Context(), host.Run{Flow: checked, Plan: plan, Connections: conns, Start: engine.Start{Inputs: test.inputs}})
			if err != nil {
				t.Fatal(err)
			}
			if err := conns.Close(); err != nil {
				t.Fatal(err)
			}
			why := ""
			if len(report.Plan.Stale) > 0 {
				why = report.Plan.Stale[0].Why
			}
			if report.Status != test.want || !strings.Contains(why, test.why) || test.why == "" && why != "" {
				t.Errorf("got %s, %q, %+v", report.Status, why, report.Error)
			}
			made := 0
			for _, wrote := range report.Writes {
				made += wrote.Changed
			}
			if len(test.calls) == 0 && made != test.changes {
				t.Errorf("the run made %d changes, and the plan has %d", made, test.changes)
			}
			if changed := changes(before, dumpOf(t, dir)); test.why != "" && test.changes < 2 && !strings.Contains(test.flow, "create") && len(changed) > 0 {
				t.Errorf("the org changed: %q", changed)
			}
		})
	}
}

func mergedInputs(a, b map[string]any) map[string]any {
	all := map[string]any{}
	for _, m := range []map[string]any{a, b} {
		for name, value := range m {
			all[name] = value
		}
	}
	return all
}

// meddle makes a call of somebody else. "group" in the input is the name of a group, in place of its id.
func meddle(t *testing.T, conn card.Connection, c call) {
	t.Helper()
	set, to := cards.All(), card.Call{ConnName: "okta", Conn: conn}
	if name, ok := c.in["group"].(string); ok {
		page, err := set["okta.group.list"].Page(t.Context(), to, map[string]any{"search": `profile.name eq "` + name + `"`}, "")
		if err != nil || len(page.Items) != 1 {
			t.Fatal(page.Items, err)
		}
		group, _ := page.Items[0].(map[string]any)
		c.in = mergedInputs(c.in, map[string]any{"group_id": group["id"]})
		delete(c.in, "group")
	}
	if _, err := set[c.card].Run(t.Context(), to, c.in); err != nil {
		t.Fatal(c.card, err)
	}
}

func TestAPlanFileIsShownAsWhatItDoes(t *testing.T) {
	t.Parallel()
	dir := newWorkspace(t, map[string]string{
		"flowdeck.yaml": "connections: {okta: {type: okta, simulate: {seed: org.yaml}}}\n", "org.yaml": heldOrg,
		"f.yaml": `
flow: f
inputs:
  people: {type: array, items: {type: object, properties: {login: {type: string}, key: {type: string, secret: true}}}}
steps:
  - each: inputs.people
    as: who
    key: who.key
    do: [{card: okta.user.suspend, with: {user_id: "${ who.login }"}}]
`,
	})
	w := workspaceIn(t, dir, noSecrets)
	checked := flowIn(t, w, "f")
	inputs := map[string]any{"people": []any{map[string]any{"login": "bob@x.example", "key": "S3cr%t key/é"}}}
	plan := host.NewPlan(runIn(t, w, checked, engine.Start{Inputs: inputs, DryRun: true, Plan: true}))
	var text strings.Builder
	if err := printJSON(&text, plan); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(text.String(), "S3cr") {
		t.Errorf("a secret is in the plan:\n%s", text.String())
	}
	edited := strings.Replace(text.String(), `"verdict": "change"`, `"verdict": "already_so"`, 1)
	if edited == text.String() {
		t.Fatal("the plan has no change")
	}
	read, err := host.ReadPlan(strings.NewReader(edited))
	if err != nil {
		t.Fatal(err)
	}
	if judged := read.Judged(cards.All()); judged.Summary.Changes != 1 || len(judged.Writes[0].Changes) != 1 {
		t.Errorf("a plan that was edited shows %+v", judged.Summary)
	}
	for name, text := range map[string]string{
		"empty": "", "other": "{}", "a list": "[]", "two": text.String() + text.String(), "another version": strings.Replace(text.String(), `"version": 1`, `"version": 2`, 1),
		"cut": text.String()[:len(text.String())/2],
	} {
		if _, err := host.ReadPlan(strings.NewReader(text)); err == nil {
			t.Errorf("%s was read as a plan", name)
		}
	}
	read.Connections = nil
	conns, err := w.Connect(t.Context(), checked.Uses())
	if err != nil {
		t.Fatal(err)
	}
	defer conns.Close()
	if err := read.Fits(checked, conns); err == nil {
		t.Error("a plan without its connection fits")
	}
}
