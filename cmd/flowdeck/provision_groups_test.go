package main

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/chance"
	"github.com/flowdeck/flowdeck/engine/host"
)

// What the target knows of a group of Okta: up to atTarget, its id.
const (
	atTarget = 2 + iota
	byHand   // a group with its name, and without an external id
	gone     // one that comes from a group that Okta does not have any more
	living   // one that comes from another group of Okta
	foreign  // one that comes from elsewhere
	nowhere
)

// inCircle reports whether a group gets a name that is only free if the group itself has given up its own. was has the names at the target.
func inCircle(was map[string]string, name string) bool {
	holder := map[string]string{}
	for now, before := range was {
		holder[before] = now
	}
	next := name
	for range was {
		if next = holder[next]; next == name {
			return was[name] != name
		}
	}
	return false
}

// groupState is a flow whose result is what a target has: name|external id|members of each group.
const groupState = `flow: state
steps:
  - id: groups
    stream: scim.group.list
    with: {with_members: true}
    do:
      - set: {names: "${ sort(map(path(record, 'members') ?? [], m => text(m.display))) }"}
    collect: 'record.displayName + "|" + text(record.externalId) + "|" + join(vars.names, ",")'
  - return: ${ sort(steps.groups.items) }
`

// A groupWorld is an org and a target, as seeds, the groups to push, and what the target must have after that.
type groupWorld struct {
	org, target  string
	groups, want []any
	failed       int  // groups that cannot be pushed, or cannot get their names
	circle       bool // whether groups exchange their names at a target that wants unique ones
}

// randomGroups chooses people, of whom some have the application and some are known to the target, by id or by name, or have the name of somebody
// else, and groups that the target knows by id, under the name of today or another one, by name, or not at all, or that have the name of a group
// that comes from elsewhere.
func randomGroups(c *chance.Choices) groupWorld {
	w := groupWorld{want: []any{"Local||local"}}
	var org, target, assigned strings.Builder
	fmt.Fprint(&org, "apps: [{label: K2, signOnMode: OPENID_CONNECT}]\nusers:\n")
	fmt.Fprint(&target, "users:\n  - {userName: local}\n")
	const people = 6
	twins := c.Pick(3) == 0      // whether the last person has the username of the first one in the application
	free := map[string]string{}  // accounts without external ids, by the usernames
	users := map[string][]int{}  // who have the application, by the usernames in it
	var userNames [people]string // at the target
	accounts := map[int]string{} // who are provisioned, and their names at the target
	for i := range people {
		id, user, account := fmt.Sprintf("00u%017d", i), fmt.Sprintf("p%d@x.example", i), fmt.Sprintf("P%d@x.example", i)
		fmt.Fprintf(&org, "  - {id: %s, login: %s}\n", id, user)
		external := []string{"", id, "00uSomebodyElse00000"}[c.Pick(3)]
		switch external {
		case "":
			free[user] = account
		case id: // the username has changed in Okta since
			account = fmt.Sprintf("old%d@x.example", i)
		}
		fmt.Fprintf(&target, "  - {id: u%d, userName: %s, externalId: %q}\n", i, account, external)
		userNames[i] = account
		if c.Pick(4) == 0 {
			continue
		}
		name := user
		if twins && i == people-1 {
			name = "p0@x.example"
		}
		fmt.Fprintf(&assigned, "  - {app: K2, user: %s, credentials: {userName: %s}}\n", user, name)
		users[name] = append(users[name], i)
		if external == id {
			accounts[i] = account
		}
	}
	for name, who := range users { // of two people with one username, neither gets the account by it
		if len(who) == 1 && accounts[who[0]] == "" && free[name] != "" {
			accounts[who[0]] = free[name]
		}
	}
	fmt.Fprint(&org, "groups:\n  - {id: 00gLiving00000000000, name: Living}\n")
	fmt.Fprint(&target, "groups:\n  - {displayName: Local, members: [local]}\n")
	unique := c.Pick(2) == 0
	names := []string{"Sales", `R&D "x"`, "Élan", "a:b", "Ops"}[:1+c.Pick(5)]
	kinds := make([]int, len(names))
	spare := []string{"Spare"} // names that those whom the target knows by id may have there
	for i, name := range names {
		if kinds[i] = c.Pick(8); kinds[i] <= atTarget || kinds[i] == nowhere {
			spare = append(spare, name)
		}
	}
	was := map[string]string{} // names at the target, by the names in Okta, of those whom it knows by id
	for i, name := range names {
		if kinds[i] <= atTarget {
			at := c.Pick(len(spare))
			was[name] = spare[at]
			spare = slices.Delete(spare, at, at+1)
		}
	}
	for i, name := range names {
		var members, there, thereNames, shallBe []string
		for p := range people {
			if c.Pick(2) == 0 {
				members = append(members, fmt.Sprintf("p%d@x.example", p))
				if accounts[p] != "" {
					shallBe = append(shallBe, accounts[p])
				}
			}
			if c.Pick(2) == 0 {
				there = append(there, fmt.Sprintf("{value: u%d}", p))
				thereNames = append(thereNames, userNames[p])
			}
		}
		id := fmt.Sprintf("00g%017d", i)
		fmt.Fprintf(&org, "  - {id: %s, name: %q, members: [%s]}\n", id, name, strings.Join(members, ", "))
		written, external, wantID, wantNames := name, "", id, shallBe
		switch kinds[i] {
		case byHand:
		case gone:
			external = fmt.Sprintf("00gGone%013d", i)
		case living, foreign: // left as it is
			external = map[int]string{living: "00gLiving00000000000", foreign: "org2:7"}[kinds[i]]
			wantID, wantNames = external, thereNames
			w.failed++
		default:
			external = id
		}
		if kinds[i] != nowhere {
			at := cmp.Or(was[name], name)
			fmt.Fprintf(&target, "  - {displayName: %q, externalId: %q, members: [%s]}\n", at, external, strings.Join(there, ", "))
			if unique && inCircle(was, name) {
				written = at
				w.failed++
				w.circle = true
			}
		}
		slices.Sort(wantNames)
		w.groups = append(w.groups, name)
		w.want = append(w.want, written+"|"+wantID+"|"+strings.Join(wantNames, ","))
	}
	fmt.Fprintf(&target, "quirks: {unique_groups: %t}\n", unique)
	slices.SortFunc(w.want, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
	w.org, w.target = org.String(), target.String()
	if assigned.Len() > 0 {
		w.org += "app_users:\n" + assigned.String()
	}
	return w
}

// A dry run lists what the run then writes, the target ends as Okta is, and a second run writes nothing.
func TestGroupsArePushedAsADryRunLists(t *testing.T) {
	t.Parallel()
	for seed := range uint64(80) {
		choices := chance.Seeded(binary.BigEndian.AppendUint64(nil, seed))
		w := randomGroups(&choices)
		run := groupRuns(t, w)
		in := map[string]engine.Value{"label": "K2", "groups": w.groups, "max_removals": 10, "import_minutes": 0}
		dry := run("provision-groups", engine.Start{Inputs: in, DryRun: true})
		real := run("provision-groups", engine.Start{Inputs: in})
		again := run("provision-groups", engine.Start{Inputs: in})
		state := run("state", engine.Start{})
		status := engine.Succeeded
		if w.failed > 0 {
			status = engine.SucceededWithErrors
		}
		if dry.DryRun == nil {
			t.Fatalf("seed %d: %s", seed, dry.Status)
		}
		lists, wrote := len(dry.DryRun.Writes), pushes(real)
		if w.circle { // which the target refuses, and a dry run does not know
			lists = wrote
		}
		failed := fmt.Sprint(real.Result.(map[string]any)["failed"])
		if real.Status != status || failed != fmt.Sprint(w.failed) || lists != wrote || pushes(again) != 0 {
			t.Errorf("seed %d: lists %d, %s writes %d, and then %d, and %s fail, not %d\n%s%s", seed, lists, real.Status, wrote,
				pushes(again), failed, w.failed, w.org, w.target)
		}
		if d := gocmp.Diff(w.want, state.Result); d != "" {
			t.Errorf("seed %d: -want +got\n%s\n%s%s", seed, d, w.org, w.target)
		}
	}
}

// pushes counts the pushes of a run that changed something.
func pushes(r *host.Report) int {
	if w := r.Writes["scim.group.push"]; w != nil {
		return w.Changed
	}
	return 0
}

// groupRuns returns a function that runs a flow in a new workspace.
func groupRuns(t *testing.T, w groupWorld) func(name string, start engine.Start) *host.Report {
	t.Helper()
	shipped, err := os.ReadFile("../../flows/provision-groups.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return workspaceRuns(t, map[string]string{
		"flowdeck.yaml": "connections:\n  okta: {type: okta, simulate: {seed: org.yaml}}\n  scim: {type: scim, simulate: {seed: target.yaml}}\n",
		"org.yaml":      w.org, "target.yaml": w.target, "state.yaml": groupState, "provision-groups.yaml": string(shipped),
	}, nil)
}
