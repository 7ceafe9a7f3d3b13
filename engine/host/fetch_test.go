package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/store"
)

// moveFlow writes outside of loops, in a loop, and in a loop in it. A record fails in its inner loop, after that has written.
const moveFlow = `flow: move
inputs: {group: string, key: {type: string, secret: true}}
steps:
  - id: bad
    card: file.read
    with: {path: bad.json, format: json}
  - id: team
    card: okta.group.ensure
    with: {name: Team}
  - id: sweep
    stream: okta.group.member.list
    with: {group_id: "${ inputs.group }"}
    as: person
    concurrency: 1
    allow: all
    do:
      - card: okta.user.update
        with: {user_id: "${ person.id }", department: "${ inputs.key }"}
      - id: titles
        each: '["a", "b"]'
        concurrency: 1
        do:
          - fail: "${ record } is bad, ${ inputs.key }"
            if: person.profile.login + " " + record in steps.bad.content
          - card: okta.user.update
            with: {user_id: "${ person.id }", profile_extra: {title: "${ record }"}}
          - return: ${ record }
  - card: okta.group.member.add
    with: {group_id: "${ steps.team.group.id }", user_id: 00u1}
  - return: "${ {ok: steps.sweep.ok, key: inputs.key} }"
`

// lookFlow shows what the other flow can change.
const lookFlow = `flow: look
steps:
  - id: people
    stream: okta.user.list
    do: [{set: {n: 1}}]
    collect: "[record.profile.login, record.profile.department, record.profile?.title]"
  - id: groups
    stream: okta.group.list
    do: [{set: {n: 1}}]
    collect: record.profile.name
  - return: "${ {people: steps.people.items, groups: steps.groups.items} }"
`

// office opens a workspace with a simulated org, and the flows.
func office(t *testing.T) *Workspace {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"flowdeck.yaml": "connections:\n  okta: {type: okta, simulate: {seed: org.yaml}}\n",
		"org.yaml": `users:
  - {id: 00u1, login: ada@acme.example, firstName: Ada, lastName: Lovelace, profile: {department: Sales}}
  - {id: 00u2, login: joan@acme.example, firstName: Joan, lastName: Clarke, profile: {title: Dr}}
groups: [{id: 00g1, name: Staff, members: [ada@acme.example, joan@acme.example]}]
`,
		"move.yaml": moveFlow, "look.yaml": lookFlow, "bad.json": `["joan@acme.example b"]`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return opened(t, dir)
}

func opened(t *testing.T, dir string) *Workspace {
	t.Helper()
	w, err := Open(dir, Config{
		Cards: cards.All(), Services: cards.Services(), Person: "grace", Key: func() ([]byte, error) { return []byte("the key of the tests"), nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

// checked returns a flow of a workspace, and its connections.
func (w *Workspace) ready(t *testing.T, flow string) (*Checked, *Connections) {
	t.Helper()
	f, err := w.FlowNamed(flow)
	if err != nil {
		t.Fatal(err)
	}
	checked, err := w.Check(f, nil)
	if err != nil {
		t.Fatal(err)
	}
	return checked, w.connected(t, checked)
}

func (w *Workspace) connected(t *testing.T, checked *Checked) *Connections {
	t.Helper()
	conns, err := w.Connect(t.Context(), checked.Uses())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conns.Close() })
	return conns
}

func (w *Workspace) runs(t *testing.T, asked Run) *Report {
	t.Helper()
	report, err := w.Run(t.Context(), asked)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// looks returns what the org of a workspace has.
func (w *Workspace) looks(t *testing.T) any {
	t.Helper()
	checked, conns := w.ready(t, "look")
	return w.runs(t, Run{Flow: checked, Connections: conns}).Result
}

// changing is what each run has of its own: times, its chain, folders and ids.
var changing = regexp.MustCompile(`20\d\d-[0-9T:.-]+Z|"(seconds|head|waited_on_limits)": [^,\n]*|/[^"]*/00\d/|00g[0-9A-Za-z]{5,}|127.0.0.1:[0-9]+|[0-9]{8}-[0-9]{6}-[0-9a-z]+`)

// shown returns all that people see of a run, without what is another one in each run.
func (w *Workspace) shown(t *testing.T, id string) string {
	t.Helper()
	past, err := w.Past(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	var all []any
	var lines []string
	for _, name := range past.Report.Order {
		found, err := w.Results(id, name)
		if err != nil {
			t.Fatal(err)
		}
		for line, err := found.Next(); err == nil; line, err = found.Next() {
			lines = append(lines, string(line))
		}
		found.Close()
	}
	past.Run.Origin = nil
	all = append(all, past, lines)
	if err := w.Changes(t.Context(), id, func(c Change) error { all = append(all, c); return nil }); err != nil {
		t.Fatal(err)
	}
	history, err := w.History()
	if err != nil {
		t.Fatal(err)
	}
	failed, err := history.Failed(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	made, err := history.Made(t.Context(), id, store.Page{})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range made {
		all = append(all, []any{m.Place, m.Card, m.In, m.Before, m.Result, card.AsError(m.Err), m.Times, m.Changed, m.Doubt})
	}
	for _, subject := range []string{"ada@acme.example", "team"} {
		about, err := history.History(t.Context(), subject, store.Page{})
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range about {
			all = append(all, subject+" "+one.Place.String())
		}
	}
	all = append(all, failed)
	return fixed(t, all)
}

// fits checks the chain of hashes of a run.
func (w *Workspace) fits(t *testing.T, id string) {
	t.Helper()
	if err := w.Verify(t.Context(), []string{id}, func(v store.Verified) error {
		if v.Problem != nil {
			t.Errorf("verified: %+v", v.Problem)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}

// fixed returns a value as text, without what is another one in each run.
func fixed(t *testing.T, v any) string {
	t.Helper()
	text, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return changing.ReplaceAllString(string(text), "$1")
}

// twins returns two workspaces with the same run: one has run it, the other has fetched it.
func twins(t *testing.T) (here, there *Workspace, id string) {
	t.Helper()
	here, there = office(t), office(t)
	start := engine.Start{Inputs: map[string]engine.Value{"group": "00g1", "key": "sw0rdfish"}}
	checked, conns := here.ready(t, "move")
	report := here.runs(t, Run{Flow: checked, Connections: conns, Start: start})
	if report.Status != engine.SucceededWithErrors {
		t.Fatalf("the run %s: %+v", report.Status, report.Error)
	}
	like, err := here.RunNamed(t.Context(), report.Run)
	if err != nil {
		t.Fatal(err)
	}
	start.Run, start.By, start.Person = like.ID, like.Start.By, like.Start.Person
	checked, conns = there.ready(t, "move")
	e := runAway(t, there, checked, conns, like, start)
	there = opened(t, there.Dir) // it knows no secret
	if err := there.Fetch(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	return here, there, like.ID
}

func TestAFetchedRunIsLikeOneThatRanHere(t *testing.T) {
	t.Parallel()
	here, there, id := twins(t)
	if diff := cmp.Diff(here.shown(t, id), there.shown(t, id)); diff != "" {
		t.Errorf("the run (- here, + fetched):\n%s", diff)
	}
	there.fits(t, id)
	past, err := there.Past(t.Context(), id)
	if err != nil || past.Run.Origin == nil || past.Run.Origin.Name() != "Temporal" {
		t.Errorf("it ran on %+v, %v", past.Run.Origin, err)
	}
}

func TestTheUndoAndTheRetryOfAFetchedRunAreThoseOfOneThatRanHere(t *testing.T) {
	t.Parallel()
	here, there, id := twins(t)
	for i, does := range []func(t *testing.T, w *Workspace) *Report{
		func(t *testing.T, w *Workspace) *Report {
			if err := os.WriteFile(filepath.Join(w.Dir, "bad.json"), []byte("[]"), 0o600); err != nil {
				t.Fatal(err)
			}
			in, checked, retry, err := w.Retried(t.Context(), id, Unchanged, false)
			if err != nil {
				t.Fatal(err)
			}
			if len(retry.Lacks) > 0 || retry.Count != 1 {
				t.Errorf("got %+v", retry)
			}
			return in.runs(t, Run{Flow: checked, Connections: in.connected(t, checked), Start: retry.Start})
		},
		func(t *testing.T, w *Workspace) *Report {
			u, err := w.Undo(t.Context(), id, nil, false)
			if err != nil {
				t.Fatal(err)
			}
			return w.runs(t, Run{Flow: u.Checked, Connections: w.connected(t, u.Checked), Start: u.Start})
		},
	} {
		one, other := does(t, here), does(t, there)
		name := [...]string{"retry", "undo"}[i]
		if diff := cmp.Diff(fixed(t, one), fixed(t, other)); diff != "" || one.Writes["okta.user.update"].Changed == 0 {
			t.Errorf("%s: %s (- of the run that ran here, + of the fetched one):\n%s", name, one.Status, diff)
		}
		if diff := cmp.Diff(here.looks(t), there.looks(t)); diff != "" {
			t.Errorf("%s: the org (- of the run that ran here, + of the fetched one):\n%s", name, diff)
		}
	}
}

// A fetch that fails, or whose process was killed, leaves nothing, and the next one fetches the whole run. Nobody finds the run before.
func TestAFetchThatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	w := office(t)
	start := engine.Start{Run: "20261130-101500-0a", Inputs: map[string]engine.Value{"group": "00g1", "key": "sw0rdfish"}}
	checked, conns := w.ready(t, "move")
	e := runAway(t, w, checked, conns, store.Run{ID: start.Run, Flow: "move"}, start)
	whole := e.Parts
	none := func() {
		t.Helper()
		if runs, err := w.Runs(t.Context(), store.Filter{}); err != nil || len(runs) > 0 {
			t.Errorf("found %+v, %v", runs, err)
		}
		if _, err := w.RunNamed(t.Context(), e.Run.ID); err == nil {
			t.Error("the run was found")
		}
		history, err := w.History()
		if err != nil {
			t.Fatal(err)
		}
		if writes, err := history.History(t.Context(), "ada@acme.example", store.Page{}); err != nil || len(writes) > 0 {
			t.Errorf("found %d writes, %v", len(writes), err)
		}
	}
	lost := errors.New("the server is gone")
	e.Parts = func(yield func(Part, error) bool) {
		for p := range whole {
			yield(p, nil)
		}
		history, _ := w.History()
		if _, err := history.Fetch(t.Context(), e.Run); !errors.As(err, new(*store.OwnedError)) {
			t.Errorf("a second fetch at the same time: got %v", err)
		}
		none()
		yield(Part{}, lost)
	}
	if err := w.Fetch(t.Context(), e); !errors.Is(err, lost) {
		t.Fatalf("got %v", err)
	}
	none()
	if _, err := os.Stat(filepath.Join(w.config.State, runsDir, e.Run.ID)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder is left: %v", err)
	}
	ask := engine.Approval{Prompt: "go on, sw0rdfish?", Show: map[string]any{"key": "sw0rdfish"}, For: time.Hour}
	asked := AskedThen{Asked: Asked{Place: engine.Place{}.Step("ask"), Ask: ask, Since: e.Run.Started}, Ended: e.Run.Ended}
	asked.Decision = &engine.Decision{Approved: true, By: "ada", Note: "reviewed", At: e.Run.Ended}
	e.Resumed = []store.Resumption{{At: e.Run.Ended, By: "ada sw0rdfish", Allow: map[engine.Measure]int64{engine.WritesMeasure: 9}}}
	second := make(chan error, 1) // it waits for the first one
	e.Parts = func(yield func(Part, error) bool) {
		other := e
		other.Watch = NewWatch(time.Now, w.config.Veil)
		go func() { second <- w.Fetch(t.Context(), other) }()
		for p := range whole {
			yield(p, nil)
		}
		yield(Part{Asked: []AskedThen{asked}}, nil)
	}
	for range 2 { // the second time, the history has it
		e.Watch = NewWatch(time.Now, w.config.Veil)
		if err := w.Fetch(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	if err := <-second; err != nil {
		t.Errorf("a second fetch at the same time: %v", err)
	}
	if runs, err := w.Runs(t.Context(), store.Filter{}); err != nil || len(runs) != 1 || runs[0].Status != engine.SucceededWithErrors {
		t.Errorf("found %+v, %v", runs, err)
	}
	approvals, err := w.Approvals(t.Context(), e.Run.ID, true)
	if err != nil || len(approvals) != 1 {
		t.Fatalf("approvals: %+v, %v", approvals, err)
	}
	if a := approvals[0]; a.DecidedBy != "ada" || a.Prompt != "go on, [secret]?" || a.Status != store.ApprovedApproval {
		t.Errorf("approvals: %+v, %v", approvals, err)
	}
	past, err := w.Past(t.Context(), e.Run.ID)
	if err != nil || len(past.Resumed) != 1 || past.Resumed[0].By != "ada [secret]" || past.Resumed[0].Allow[engine.WritesMeasure] != 9 {
		t.Errorf("resumed: %+v, %v", past.Resumed, err)
	}
	w.fits(t, e.Run.ID)
}

// A run that was stopped elsewhere cannot go on here: what is left of it can be repeated.
func TestAStoppedRunThatWasFetchedIsNotResumed(t *testing.T) {
	t.Parallel()
	w := office(t)
	start := engine.Start{Run: "20261130-101500-0b", Inputs: map[string]engine.Value{"group": "00g1", "key": "sw0rdfish"}}
	checked, conns := w.ready(t, "move")
	e := runAway(t, w, checked, conns, store.Run{ID: start.Run, Flow: "move"}, start)
	e.Outcome, e.Err, e.Why = engine.Outcome{Status: engine.Canceled}, engine.ErrCanceled, "ada stopped it"
	if err := w.Fetch(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	_, _, _, err := w.Resumed(t.Context(), start.Run, Unchanged, nil)
	if err == nil || !strings.Contains(err.Error(), "ran on Temporal, and has ended: canceled") {
		t.Errorf("got %v", err)
	}
	if _, _, retry, err := w.Retried(t.Context(), start.Run, Unchanged, false); err != nil || retry.Count != 1 {
		t.Errorf("got %+v, %v", retry, err)
	}
}

// The name of a run that the history does not have leads to it. Other texts do not.
func TestARunThatIsNamedIsFetched(t *testing.T) {
	t.Parallel()
	w := office(t)
	start := engine.Start{Run: "20261130-101500-0c", Inputs: map[string]engine.Value{"group": "00g1", "key": "sw0rdfish"}}
	checked, conns := w.ready(t, "move")
	e := runAway(t, w, checked, conns, store.Run{ID: start.Run, Flow: "move"}, start)
	var asked []string
	w.FetchWith(func(ctx context.Context, run string) error {
		if asked = append(asked, run); !strings.HasPrefix(start.Run, run) {
			return &card.Error{Kind: card.NotFound, Message: "there is none there"}
		}
		return w.Fetch(ctx, e)
	})
	for _, name := range []string{"nonsense", "20261129-1", "20261130-1015", start.Run} {
		run, err := w.RunNamed(t.Context(), name)
		if found := strings.HasPrefix(start.Run, name); found != (err == nil) || found && run.ID != start.Run {
			t.Errorf("%s: got %q, %v", name, run.ID, err)
		} else if err != nil && err.Error() != fmt.Sprintf("there is no run %q", name) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if want := []string{"20261129-1", "20261130-1015"}; !slices.Equal(asked, want) {
		t.Errorf("asked for %v, want %v", asked, want)
	}
}
