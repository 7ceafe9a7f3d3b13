package local_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/enginetest/generated"
	"github.com/flowdeck/flowdeck/engine/local"
)

// endsWell runs a generated flow, if it is accepted, and makes a dry run of it. Whatever goes wrong is a mistake of the
// flow, and has a place in it: nothing is internal.
func endsWell(t *testing.T, set card.Set, data []byte) (ran bool) {
	text := generated.Text(data)
	plan := generated.Plan(text, set)
	if plan == nil {
		return false
	}
	look := func(what string, err error, place bool) {
		if err == nil {
			return
		}
		e := card.AsError(err)
		d := engine.Describe(err)
		if e.Kind == card.Internal || strings.HasPrefix(e.Message, "internal") || place && d.Place == "" {
			t.Errorf("%s: %+v\n%s", what, d, text)
		}
	}
	for _, dry := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			rt := local.New(t.Context(), local.Config{
				Run: "r1", Cards: set, Connections: generated.Connections(), Keeper: keeper{},
				Start: func(string, engine.Start) error { return nil },
				Await: func(_ context.Context, at engine.Place, _ engine.Approval) (engine.Decision, error) {
					return engine.Decision{Approved: len(at.ID())%2 == 0, By: "grace"}, nil
				},
				Listen: func(e engine.Event) { look(fmt.Sprintf("event %d", e.Kind), e.Err, false) },
			})
			out, err := engine.Run(rt, plan, engine.Start{Run: "r1", DryRun: dry})
			look("the run", err, true)
			if _, err := json.Marshal(out.Value); err != nil {
				t.Errorf("the value of the flow is not JSON: %v\n%s", err, text)
			}
		})
	}
	return true
}

// keeper keeps snapshots in memory, and results nowhere.
type keeper struct{}

func (keeper) Results(engine.Place) (engine.Results, error)   { return keeper{}, nil }
func (keeper) Snapshot(engine.Place) (engine.Snapshot, error) { return &snapshot{}, nil }

func (keeper) Add(engine.Record, engine.Outcome, error) error { return nil }
func (keeper) Close() (string, error)                         { return "results", nil }

type snapshot struct{ records []engine.Record }

func (s *snapshot) Write(records []engine.Record) error {
	s.records = append(s.records, records...)
	return nil
}

func (s *snapshot) Read() (records []engine.Record, err error) {
	records, s.records = s.records, nil
	return records, nil
}

func (*snapshot) Complete() (int, bool) { return 0, false }

func (*snapshot) Leave(bool) {}

func TestNoFlowEndsWithAnInternalError(t *testing.T) {
	t.Parallel()
	set := generated.Cards()
	ran, all := 0, 200
	for i := range all {
		if endsWell(t, set, fmt.Appendf(nil, "seed %d", i)) {
			ran++
		}
		if t.Failed() {
			t.FailNow()
		}
	}
	if ran < all/3 {
		t.Errorf("only %d of %d flows ran", ran, all)
	}
}

func FuzzNoFlowEndsWithAnInternalError(f *testing.F) {
	for i := range 50 {
		f.Add(fmt.Appendf(nil, "%d", i))
	}
	set := generated.Cards()
	f.Fuzz(func(t *testing.T, data []byte) { endsWell(t, set, data) })
}
