package host

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/check"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/store"
)

// Undo is a run that takes back what another run wrote: a plan that is made from the history of that run.
type Undo struct {
	Run     store.Run // the run that is taken back
	Start   engine.Start
	Checked *Checked

	workspace *Workspace
	history   *store.Store
	phases    []*phase                   // what is taken back, in this order
	cannot    []*made                    // what cannot be, the newest first
	made      map[int]*made              // by number
	own       map[string]map[string]bool // the texts of the inputs of the writes to each thing that the run made, by its id

	mu    sync.Mutex
	moved map[string]time.Time // when undos of the run last changed things, by the clock of the service
}

// undoWidth is the number of independent things that are taken back at the same time.
const undoWidth = 8

// undoName is the start of the name of runs that take other runs back. No flow has such a name.
const undoName = "undo of "

// Undo prepares to take back what a run and the runs that it started wrote, or only what its records with these keys did. With force it also
// takes back what somebody else changed since. The error is a UsageError if that is not possible.
func (w *Workspace) Undo(ctx context.Context, id string, records []string, force bool) (*Undo, error) {
	run, err := w.RunNamed(ctx, id)
	if err != nil {
		return nil, err
	}
	switch {
	case run.GoesOn():
		return nil, Usage("flowdeck stop "+run.ID+" stops it", "run %s goes on", run.ID)
	case run.Counted:
		return nil, Usage("look at what it did in the service", "run %s was started with --no-history: it is not known what it wrote", run.ID)
	case run.Parent != "":
		root := run
		for root.Parent != "" {
			if root, err = w.RunNamed(ctx, root.Parent); err != nil {
				return nil, err
			}
		}
		return nil, Usage("flowdeck undo "+root.ID+" takes back both", "run %s was started by run %s", run.ID, root.ID)
	}
	history, err := w.History()
	if err != nil {
		return nil, err
	}
	undone, last, err := w.undone(ctx, history, run.ID)
	if err != nil {
		return nil, err
	}
	if last != nil && (last.GoesOn() || last.Resumable()) {
		return nil, Usage("flowdeck resume "+last.ID+" goes on with it", "run %s takes it back, and has not ended: it is %s", last.ID, last.Status)
	}
	asked := engine.Undo{Run: run.ID, Records: records, Force: force, Skip: undone}
	u, err := w.undoing(ctx, run, asked)
	if err != nil {
		return nil, err
	}
	if len(u.phases) == 0 && len(undone) > 0 && !slices.ContainsFunc(u.cannot, func(m *made) bool { return m.doubt }) {
		return nil, Usage("flowdeck undo "+last.ID+" takes that back", "run %s was taken back by run %s: nothing is left", run.ID, last.ID)
	}
	for _, use := range u.Checked.Uses() {
		conn, ok := w.Connection(use.Name)
		switch {
		case !ok || typeOf(conn) != use.Service:
			return nil, Usage("declare it again, so that it leads to the same org",
				"run %s used connection %q, which the workspace does not have any more", run.ID, use.Name)
		case check.ReadOnly(conn):
			return nil, Usage("remove read_only from it", "connection %q of run %s is read_only", use.Name, run.ID)
		}
	}
	return u, nil
}

// undoing makes the plan of a run that takes another one back. It is the same whenever it is made, so that the run can be resumed.
func (w *Workspace) undoing(ctx context.Context, run store.Run, asked engine.Undo) (*Undo, error) {
	history, err := w.History()
	if err != nil {
		return nil, err
	}
	all, err := w.loadMade(ctx, history, run.ID)
	if err != nil {
		return nil, err
	}
	findOwn(all)
	if all, err = ofRecords(all, asked.Records, run.ID); err != nil {
		return nil, err
	}
	u := &Undo{
		Run: run, Start: engine.Start{Undoes: &asked}, workspace: w, history: history,
		made: map[int]*made{}, own: map[string]map[string]bool{}, moved: map[string]time.Time{},
	}
	for _, m := range all {
		if m.made != "" {
			u.own[m.made] = map[string]bool{}
		}
	}
	if err := w.undosMoved(ctx, history, run.ID, u.moved); err != nil {
		return nil, err
	}
	var can []*made
	for _, m := range all {
		u.made[m.number] = m
		for _, id := range m.values {
			if own := u.own[id]; own != nil {
				for _, text := range m.values {
					own[text] = true
				}
			}
		}
		if _, before := slices.BinarySearch(asked.Skip, m.number); before {
			continue
		}
		if m.why != "" {
			u.cannot = append(u.cannot, m)
		} else {
			can = append(can, m)
		}
	}
	slices.Reverse(u.cannot)
	u.findNewer(can)
	if len(can) > 0 {
		u.phases = phasesOf(can)
	}
	plan, err := u.plan()
	if err != nil {
		return nil, err
	}
	u.Checked = &Checked{Plan: plan, started: func(string) *engine.Plan { return nil }}
	return u, nil
}

// undoOf returns the plan of a run that takes another one back, so that it goes on. The error is a UsageError if the plan is another one now.
func (w *Workspace) undoOf(run store.Run) (*Checked, error) {
	ctx := context.Background() // reads the database of the workspace only
	undone, err := w.RunNamed(ctx, run.Start.Undoes.Run)
	if err != nil {
		return nil, err
	}
	u, err := w.undoing(ctx, undone, *run.Start.Undoes)
	if err != nil {
		return nil, err
	}
	if u.Checked.Plan.Digest() != run.Digest {
		return nil, Usage("use the version of flowdeck, and the key of its history, with which it started",
			"run %s cannot go on: what it takes back of run %s is not known as it was", run.ID, undone.ID)
	}
	return u.Checked, nil
}

// ofRecords returns the writes of the records with these keys, and of the runs that they started; all if there are no keys.
func ofRecords(all []*made, keys []string, run string) ([]*made, error) {
	if len(keys) == 0 {
		return all, nil
	}
	known := map[string]bool{}
	for _, m := range all {
		if m.of != "" {
			known[m.of] = true
		}
	}
	for _, key := range keys {
		if !known[key] {
			return nil, Usage("flowdeck runs show "+run+" --records all lists the records", "run %s changed nothing in a record with the key %q", run, key)
		}
	}
	return slices.DeleteFunc(all, func(m *made) bool { return !slices.Contains(keys, m.of) }), nil
}

// plan returns a plan with a loop for each phase, which has a record for each group.
func (u *Undo) plan() (*engine.Plan, error) {
	key, err := expr.Compile("record.key", expr.ObjectOf(map[string]expr.Type{"record": expr.Any}, false))
	if err != nil {
		return nil, err
	}
	p := &engine.Plan{Flow: undoName + u.Run.ID, About: "takes back what run " + u.Run.ID + " of " + u.Run.Flow + " wrote"}
	cards := u.workspace.config.Cards
	sum := sha256.New()
	for _, phase := range u.phases {
		var list []any
		calls := map[string]engine.CallCard{}
		for _, g := range phase.groups {
			record := g.record()
			for _, m := range g.writes {
				by := cards[cards[m.card].Undo.Card]
				calls[by.Name+" "+m.conn] = engine.CallCard{Card: by, Connection: m.conn, Retry: engine.DefaultRetry()}
			}
			fmt.Fprintf(sum, "%q %v\n", phase.name, record)
			list = append(list, record)
		}
		take := engine.TakeBack{Of: u.backs, Own: u.lastOwn, Took: u.took}
		for _, name := range slices.Sorted(maps.Keys(calls)) {
			take.Calls = append(take.Calls, calls[name])
		}
		p.Steps = append(p.Steps, engine.Step{Name: phase.name, Verb: "each", Do: engine.Loop{
			List: &engine.Template{Literal: list}, Key: &engine.Expression{Program: key, At: func(int) flow.Pos { return flow.Pos{} }}, Width: undoWidth,
			Allow: engine.Budget{Set: true, Percent: 100},
			Do:    []engine.Step{{Name: "undo", Verb: "card", Do: take}},
		}})
	}
	fmt.Fprintf(sum, "force: %t\n", u.Start.Undoes.Force)
	p.Source = hex.EncodeToString(sum.Sum(nil))
	return p, nil
}

// record returns the value of the record for a group: its key and, for each write, its number, its At, and those of the newer writes that changed
// what it created.
func (g *group) record() map[string]any {
	writes := make([]any, len(g.writes))
	for i, m := range g.writes {
		text := fmt.Sprintf("%d %d", m.number, m.at)
		for _, n := range m.newer {
			text += fmt.Sprintf(" %d", n)
		}
		writes[i] = text
	}
	return map[string]any{"key": g.key, "writes": writes}
}

// backs returns the calls that take back the writes of a group.
func (u *Undo) backs(record engine.Value) ([]engine.Back, error) {
	fields, _ := record.(map[string]any)
	list, _ := fields["writes"].([]any)
	var all []engine.Back
	for _, one := range list {
		text, _ := one.(string)
		var numbers []int64
		for part := range strings.FieldsSeq(text) {
			n, err := strconv.ParseInt(part, 10, 64)
			if err != nil {
				return nil, err
			}
			numbers = append(numbers, n)
		}
		writes, err := u.history.MadeAt(context.Background(), numbers[1:])
		if err != nil {
			return nil, err
		}
		if len(writes) != len(numbers)-1 {
			return nil, Usage("", "run %s was removed from the history", u.Run.ID)
		}
		b, err := u.workspace.back(&writes[0])
		if err != nil {
			return nil, err
		}
		if m := u.made[int(numbers[0])]; m != nil {
			b = m.identified(b)
		}
		b.Number, b.Check = int(numbers[0]), b.Check && !u.Start.Undoes.Force
		_, b.Keep = slices.BinarySearch(u.Start.Undoes.Keep, b.Number)
		_, b.Already = slices.BinarySearch(u.Start.Undoes.Already, b.Number)
		for i := range writes[1:] {
			newer, err := u.workspace.back(&writes[1+i])
			if err != nil {
				return nil, err
			}
			b.Left.Expect(newer.Left)
		}
		all = append(all, b)
	}
	return all, nil
}

// undone returns the numbers of the writes of a run that other runs took back and that were not made again since, ascending, and the last one
// of these runs; nil if there are none.
func (w *Workspace) undone(ctx context.Context, history *store.Store, run string) (numbers []int, last *store.Run, err error) {
	back := map[int]bool{}
	for filter := (store.Filter{Flow: undoName + run}); ; {
		page, err := history.Runs(ctx, filter)
		if err != nil {
			return nil, nil, err
		}
		if len(page) == 0 {
			break
		}
		for i := range page {
			if last == nil {
				last = &page[i]
			}
			if err := w.takenBack(ctx, history, page[i].ID, back); err != nil {
				return nil, nil, err
			}
		}
		filter.Before = page[len(page)-1].ID
	}
	for n := range back {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	return numbers, last, nil
}

// takenBack adds the numbers of the writes that an undo took back, unless they were made again by an undo of it.
func (w *Workspace) takenBack(ctx context.Context, history *store.Store, undo string, back map[int]bool) error {
	again, _, err := w.undone(ctx, history, undo)
	if err != nil {
		return err
	}
	number := 0
	for page := (store.Page{Limit: 1000}); ; {
		writes, err := history.Writes(ctx, undo, page)
		if err != nil || len(writes) == 0 {
			return err
		}
		for i := range writes {
			number++
			if _, undone := slices.BinarySearch(again, number); undone || !wasMade(&writes[i]) {
				continue
			}
			if n, err := strconv.Atoi(writes[i].Place.Key()); err == nil {
				back[n] = true
			}
		}
		page.After = writes[len(writes)-1].At
	}
}

// undoneBy returns the last run that took back what a run wrote; empty if none did.
func (w *Workspace) undoneBy(ctx context.Context, history *store.Store, run string) (string, error) {
	runs, err := history.Runs(ctx, store.Filter{Flow: undoName + run, Limit: 1})
	if err != nil || len(runs) == 0 {
		return "", err
	}
	return runs[0].ID, nil
}
