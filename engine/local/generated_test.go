package local_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/card/cardtest"
	"github.com/flowdeck/flowdeck/engine/check"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/flow/flowtest"
	"github.com/flowdeck/flowdeck/engine/local"
)

type personInput struct {
	ID   string         `json:"id"`
	Tags []string       `json:"tags,omitempty"`
	Note map[string]any `json:"note,omitempty"`
	Send bool           `json:"send,omitempty" default:"true"`
}

type personOutput struct {
	ID     string         `json:"id"`
	Status string         `json:"status"`
	Note   map[string]any `json:"note"`
	Tags   []string       `json:"tags"`
}

type peopleInput struct {
	Q string `json:"q,omitempty"`
}

// person is one, or an error that depends on the id.
func person(_ context.Context, _ card.Call, in personInput) (personOutput, error) {
	switch len(in.ID) % 5 {
	case 0:
		return personOutput{}, &card.Error{Kind: card.NotFound, Message: "nobody"}
	case 4:
		return personOutput{}, &card.Error{Kind: card.Unavailable, Message: "busy", Details: map[string]any{"id": in.ID}}
	}
	return personOutput{ID: in.ID, Status: "ACTIVE", Note: in.Note, Tags: in.Tags}, nil
}

var (
	generatedCards = []card.Card{
		cardtest.Fake("bench.person.get", card.Reads, person),
		cardtest.Fake("bench.person.update", card.Idempotent, person),
		cardtest.Fake("bench.person.create", card.Creates, person),
		card.NewList(card.Spec{Name: "bench.person.list", Effect: card.Reads, Key: "id"},
			func(_ context.Context, _ card.Call, in peopleInput, at card.Cursor) (people []personOutput, next card.Cursor, err error) {
				for i := range (len(in.Q) + 2) % 5 {
					people = append(people, personOutput{ID: fmt.Sprintf("%s%d", at, i), Status: "ACTIVE"})
				}
				if len(at) < 2 {
					next = at + "x"
				}
				return people, next, nil
			}),
	}
	personGives  = map[string]flowtest.Sort{"id": flowtest.Text, "status": flowtest.Text, "note": flowtest.Object, "tags": flowtest.Any}
	personTakes  = map[string]flowtest.Sort{"id": flowtest.Text, "note": flowtest.Object, "send": flowtest.Bool}
	generatedFor = flowtest.Vocabulary{Connection: "bench", Cards: []flowtest.Card{
		{Name: "bench.person.get", With: personTakes, Needs: []string{"id"}, Gives: personGives},
		{Name: "bench.person.update", With: personTakes, Needs: []string{"id"}, Gives: personGives},
		{Name: "bench.person.create", With: personTakes, Needs: []string{"id"}, Gives: personGives},
		{Name: "bench.person.list", List: true, With: map[string]flowtest.Sort{"q": flowtest.Text}, Gives: personGives},
	}}
)

// endsWell runs a generated flow, if it is accepted, and makes a dry run of it. Whatever goes wrong is a mistake of the
// flow, and has a place in it: nothing is internal.
func endsWell(t *testing.T, data []byte) (ran bool) {
	text := flowtest.Flows(data, generatedFor)
	ws, problems := flow.Load(fstest.MapFS{
		flow.WorkspaceFile: {Data: []byte("connections: {bench: {type: bench}}")}, "f.yaml": {Data: []byte(text)},
	}, "")
	set := card.NewSet(generatedCards...)
	services := map[string]card.Service{"bench": card.NewService("bench", func(card.Settings, struct{}) (card.Connection, error) { return none{}, nil })}
	plan, found := check.New(set, services, ws).Plan(ws.Flow("f"), nil)
	if plan == nil || problems.Err() != nil || found.Err() != nil {
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
				Run: "r1", Cards: set, Connections: map[string]card.Connection{"bench": none{}}, Keeper: keeper{},
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
	ran, all := 0, 200
	for i := range all {
		if endsWell(t, fmt.Appendf(nil, "seed %d", i)) {
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
	f.Fuzz(func(t *testing.T, data []byte) { endsWell(t, data) })
}
