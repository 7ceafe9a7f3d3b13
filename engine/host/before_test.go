package host_test

import (
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
)

var userID = regexp.MustCompile(`00u\w+`)

// Only a card whose undo needs the state before costs a request more, and only if it is kept.
func TestTheStateBeforeIsReadOnceForCardsWhoseUndoNeedsIt(t *testing.T) {
	t.Parallel()
	requests := func(start engine.Start, noHistory bool) (count map[string]int, known map[string]bool) {
		dir := workspace(t, map[string]string{
			"org.yaml": `users:
  - {login: ada@acme.example, firstName: Ada, lastName: Lovelace}
  - {login: joan@acme.example, firstName: Joan, lastName: Clarke}
groups: [{id: 00g1, name: Staff, members: [ada@acme.example, joan@acme.example]}, {id: 00g2, name: Sales}]
`,
			"mixed.yaml": `flow: mixed
steps:
  - stream: okta.group.member.list
    concurrency: 1
    with: {group_id: 00g1}
    do:
      - {card: okta.group.member.add, with: {group_id: 00g2, user_id: "${ record.id }"}}
      - {card: okta.user.update, with: {user_id: "${ record.id }", department: Sales}}
      - {card: okta.user.suspend, with: {user_id: "${ record.id }"}}
`,
		})
		w, checked, _ := prepare(t, dir, "mixed")
		count, known = map[string]int{}, map[string]bool{}
		var mu sync.Mutex
		w.ShowRequests(func(x card.Exchange) {
			mu.Lock()
			defer mu.Unlock()
			if x.Status == 0 { // on a connection that the server had closed: it is sent again
				return
			}
			count[x.Method+" "+userID.ReplaceAllString(x.Path, "ID")]++
		})
		conns, err := w.Connect(t.Context(), checked.Uses())
		if err != nil {
			t.Fatal(err)
		}
		defer conns.Close()
		clear(count)
		report, err := w.Run(t.Context(), host.Run{Flow: checked, Connections: conns, Start: start, NoHistory: noHistory})
		if err != nil || report.Status != engine.Succeeded {
			t.Fatalf("%s, %v", inJSON(t, report), err)
		}
		if start.DryRun || noHistory {
			return count, known
		}
		if err := w.Changes(t.Context(), report.Run, func(c host.Change) error {
			known[c.Card] = c.Known
			if c.Result != host.ActChanged || !strings.Contains(c.Target, "@acme.example (00u") {
				t.Errorf("got %+v", c)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return count, known
	}
	without, _ := requests(engine.Start{}, true)
	with, known := requests(engine.Start{}, false)
	if without["POST /api/v1/users/ID"] != 2 {
		t.Fatalf("got %v", without)
	}
	without["GET /api/v1/users/ID"] += 2
	if diff := cmp.Diff(without, with); diff != "" {
		t.Errorf("requests (-without history, and 2 reads; +with it):\n%s", diff)
	}
	if want := map[string]bool{"okta.group.member.add": false, "okta.user.update": true, "okta.user.suspend": false}; !cmp.Equal(known, want) {
		t.Errorf("known: %v", known)
	}
	if dry, _ := requests(engine.Start{DryRun: true}, false); dry["GET /api/v1/users/ID"] > 0 {
		t.Errorf("a dry run: %v", dry)
	}
}
