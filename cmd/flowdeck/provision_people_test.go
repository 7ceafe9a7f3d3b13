package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/cards/scim/scimsim"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/chance"
	"github.com/flowdeck/flowdeck/engine/host"
)

// An assignee is a person who has the application in a random org.
type assignee struct{ id, username, given, family, zone string }

// An account is a user of a random target.
type account struct {
	ID         string            `yaml:"id,omitempty"`
	ExternalID string            `yaml:"externalId,omitempty"`
	UserName   string            `yaml:"userName"`
	Active     bool              `yaml:"active"`
	Timezone   string            `yaml:"timezone,omitempty"`
	Name       map[string]string `yaml:"name,omitempty"`
}

// randomPeople chooses people, of whom some have the application, under their login or another name, also one that somebody else has in another case, and
// a target that knows some of them: by id, by name, by an id of earlier, as they are or differently, active or not.
func randomPeople(c *chance.Choices) (org string, assigned []assignee, accounts []account) {
	var users, direct strings.Builder
	accounts = []account{{ID: "a-local", UserName: "promaster", Active: true}, {ID: "a-hr", UserName: "hr", ExternalID: "HR-1", Active: c.Pick(2) == 0}}
	taken := map[string]bool{}
	add := func(a account) {
		if key := strings.ToLower(a.UserName); !taken[key] { // the target has each name once
			taken[key] = true
			a.ID = fmt.Sprintf("a%d", len(accounts))
			accounts = append(accounts, a)
		}
	}
	const people = 8
	for i := range people {
		name := func(n int) string { return fmt.Sprintf("p%d@x.example", n%people) }
		p := assignee{id: fmt.Sprintf("00u%017d", i), username: name(i), given: chance.OneOf(c, []string{"Ann", "ann", "Zoë"}), family: "F"}
		p.zone = chance.OneOf(c, []string{"", "Europe/Vienna"})
		fmt.Fprintf(&users, "  - {id: %s, login: %q, email: %q, firstName: %s, lastName: %s, profile: {timezone: %q}}\n", p.id, name(i), name(i), p.given, p.family, p.zone)
		if c.Pick(4) > 0 {
			p.username = chance.OneOf(c, []string{p.username, p.username, p.username, "new" + p.username, name(i + 1), strings.ToUpper(p.username)})
			fmt.Fprintf(&direct, "  - {app: App, user: %q, credentials: {userName: %q}}\n", name(i), p.username)
			assigned = append(assigned, p)
		}
		there := account{UserName: p.username, Active: c.Pick(4) > 0, Name: map[string]string{"givenName": chance.OneOf(c, []string{p.given, "Other"}), "familyName": p.family}}
		there.Timezone = chance.OneOf(c, []string{p.zone, "Asia/Tokyo"})
		switch c.Pick(6) {
		case 0, 1:
			there.ExternalID = p.id
			add(there)
		case 2:
			there.ExternalID, there.UserName = p.id, "old"+name(i)
			add(there)
		case 3: // made by hand
			there.UserName = strings.ToUpper(there.UserName)
			add(there)
		case 4: // of the time before the person came back
			there.ExternalID = fmt.Sprintf("00u9%016d", i)
			add(there)
		}
	}
	org = "apps: [{label: App, signOnMode: SAML_2_0}]\nusers:\n" + users.String()
	if direct.Len() > 0 {
		org += "app_users:\n" + direct.String()
	}
	return org, assigned, accounts
}

// A dry run lists what the run then writes, at each of the runs that it takes until nothing is left to write. Then everybody is as in Okta who can be, nobody else
// is active who was provisioned, and the accounts that Okta does not know are as before.
func TestPeopleAreProvisionedAsADryRunLists(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		choices := chance.Seeded(binary.BigEndian.AppendUint64(nil, seed))
		org, assigned, before := randomPeople(&choices)
		w := newPeopleWorld(t, org, before)
		var failed any
		for round := 0; ; round++ {
			listed, written, result := w.both(t)
			if d := cmp.Diff(listed, written); d != "" {
				t.Fatalf("seed %d, round %d: -dry run +run\n%s\n%s", seed, round, d, w)
			}
			if len(written) == 0 {
				failed = result["failed"]
				break
			}
			if round == 0 && result["failed"] == int64(0) {
				if listed, written, _ := w.both(t); len(listed)+len(written) > 0 {
					t.Fatalf("seed %d: the second run writes %v\n%s", seed, written, w)
				}
			}
			if round > len(assigned)+1 {
				t.Fatalf("seed %d: there is no end: %v\n%s", seed, written, w)
			}
		}
		if problems, wrong := w.wrong(assigned, before); len(wrong) > 0 || fmt.Sprint(failed) != fmt.Sprint(problems) {
			t.Errorf("seed %d: %v failed, %d are in conflict, and %v\n%s", seed, failed, problems, wrong, w)
		}
	}
}

// A peopleWorld is an org, and a target that remembers its requests.
type peopleWorld struct {
	org    string
	target *scimsim.Server
	run    func(engine.Start) *host.Report
}

func (w peopleWorld) String() string { return w.org + string(w.dump()) }

func (w peopleWorld) dump() []byte {
	answer := httptest.NewRecorder()
	w.target.ServeHTTP(answer, httptest.NewRequest("GET", "/-/dump", nil))
	return answer.Body.Bytes()
}

// both makes a dry run and a run, and returns what the one lists and the other writes, and the result.
func (w peopleWorld) both(t *testing.T) (listed, written []string, result map[string]engine.Value) {
	t.Helper()
	in := map[string]engine.Value{"label": "App", "max_deactivations": 100, "propagation": 0, "mapping": map[string]any{
		"user_name": []any{"assignment.credentials.userName"}, "given_name": []any{"user.profile.firstName"}, "family_name": []any{"user.profile.lastName"}, "timezone": []any{"user.profile.timezone"},
	}}
	for _, l := range w.run(engine.Start{Inputs: in, DryRun: true}).DryRun.Writes {
		line := "POST /Users"
		if id, ok := l.Input["user_id"].(string); ok {
			line = "PATCH /Users/" + id
		}
		listed = append(listed, line)
	}
	from := len(w.target.Requests())
	report := w.run(engine.Start{Inputs: in})
	for _, r := range w.target.Requests()[from:] {
		if r.Method != "GET" {
			written = append(written, r.Method+" "+r.Path)
		}
	}
	slices.Sort(listed)
	slices.Sort(written)
	result, ok := report.Result.(map[string]engine.Value)
	if !ok {
		t.Fatalf("%s: %v\n%s", report.Status, report.Error, w)
	}
	return listed, written, result
}

// wrong counts the people whose account is not as in Okta because somebody else has the username, and describes what must not be.
func (w peopleWorld) wrong(assigned []assignee, before []account) (conflicts int, wrong []string) {
	var now struct{ Users []account }
	if err := yaml.Unmarshal(w.dump(), &now); err != nil {
		return 0, []string{err.Error()}
	}
	has, names := map[string]bool{}, map[string]int{}
	for _, p := range assigned {
		has[p.id] = true
		names[strings.ToLower(p.username)]++
	}
	for _, p := range assigned {
		own := slices.IndexFunc(now.Users, func(a account) bool { return a.ExternalID == p.id })
		if own >= 0 {
			a := now.Users[own]
			if strings.EqualFold(a.UserName, p.username) && a.Active && a.Name["givenName"] == p.given && a.Name["familyName"] == p.family && (p.zone == "" || a.Timezone == p.zone) {
				continue
			}
		}
		conflicts++
		other := slices.ContainsFunc(now.Users, func(a account) bool { return strings.EqualFold(a.UserName, p.username) && a.ExternalID != p.id })
		if names[strings.ToLower(p.username)] < 2 && !other {
			wrong = append(wrong, p.username+" is not as in Okta")
		}
	}
	for _, a := range now.Users {
		if strings.HasPrefix(a.ExternalID, "00u") && a.Active && !has[a.ExternalID] && names[strings.ToLower(a.UserName)] == 0 {
			wrong = append(wrong, a.UserName+" is active")
		}
	}
	for _, was := range before {
		if i := slices.IndexFunc(now.Users, func(a account) bool { return a.ID == was.ID }); !strings.HasPrefix(was.ExternalID, "00u") && names[strings.ToLower(was.UserName)] == 0 && (i < 0 || !cmp.Equal(now.Users[i], was)) {
			wrong = append(wrong, was.UserName+" was touched")
		}
	}
	return conflicts, wrong
}

// newPeopleWorld makes a workspace with the shipped flows.
func newPeopleWorld(t *testing.T, org string, accounts []account) peopleWorld {
	t.Helper()
	text, err := yaml.Marshal(map[string]any{"users": accounts})
	if err != nil {
		t.Fatal(err)
	}
	seed, err := scimsim.Load(text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	target, err := scimsim.New(seed, scimsim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(target)
	t.Cleanup(server.Close)
	files := map[string]string{
		"org.yaml":      org,
		"flowdeck.yaml": "connections:\n  okta: {type: okta, simulate: {seed: org.yaml}}\n  scim: {type: scim, base_url: " + server.URL + scimsim.DefaultBase + ", simulated: true, auth: {bearer: {env: TOKEN}}}\n",
	}
	for _, name := range []string{"provision-people.yaml", "provision-person.yaml"} {
		shipped, err := os.ReadFile(filepath.Join("../../flows", name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = string(shipped)
	}
	run := workspaceRuns(t, files, func(context.Context, string, card.Value) (card.Secret, error) {
		return card.NewSecret(scimsim.DefaultToken), nil
	})
	return peopleWorld{org, target, func(start engine.Start) *host.Report { return run("provision-people", start) }}
}

// workspaceRuns returns a function that runs a flow in a new workspace of these files. secret may be nil.
func workspaceRuns(t *testing.T, files map[string]string, secret secretSource) func(name string, start engine.Start) *host.Report {
	t.Helper()
	opened := workspaceIn(t, newWorkspace(t, files), secret)
	return func(name string, start engine.Start) *host.Report {
		t.Helper()
		return runIn(t, opened, flowIn(t, opened, name), start)
	}
}

// newWorkspace makes a workspace of these files.
func newWorkspace(t *testing.T, files map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

type secretSource = func(context.Context, string, card.Value) (card.Secret, error)

func workspaceIn(t *testing.T, dir string, secret secretSource) *host.Workspace {
	t.Helper()
	opened, err := host.Open(dir, host.Config{Cards: cards.All(), Triggers: cards.Triggers(), Services: cards.Services(), Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	return opened
}

func flowIn(t *testing.T, w *host.Workspace, name string) *host.Checked {
	t.Helper()
	f, err := w.FlowNamed(name)
	if err != nil {
		t.Fatal(err)
	}
	checked, err := w.Check(f, nil)
	if err != nil {
		t.Fatal(err)
	}
	return checked
}

func runIn(t *testing.T, w *host.Workspace, checked *host.Checked, start engine.Start) *host.Report {
	t.Helper()
	conns, err := w.Connect(t.Context(), checked.Uses())
	if err != nil {
		t.Fatal(err)
	}
	report, err := w.Run(t.Context(), host.Run{Flow: checked, Connections: conns, Start: start, NoHistory: true})
	if err := errors.Join(err, conns.Close()); err != nil {
		t.Fatal(err)
	}
	return report
}
