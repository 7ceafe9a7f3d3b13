package host_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	godiff "github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
)

// shelf is a service that has things with fields. Each of its cards can be undone exactly.
type shelf struct {
	mu     sync.Mutex
	things map[string]map[string]any
	writes int // that changed something
}

type (
	shelfSet struct {
		Name  string  `json:"name"`
		Field string  `json:"field"`
		Value *string `json:"value,omitempty"` // nil clears the field
	}
	shelfCreate struct {
		Name   string         `json:"name"`
		Fields map[string]any `json:"fields,omitempty"`
	}
	shelfDelete struct {
		Name string `json:"name"`
	}
)

func (s *shelf) before(name string) (card.State, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fields, there := s.things[name]
	if !there {
		return card.State{Missing: true}, nil
	}
	return card.State{Fields: map[string]any{"fields": maps.Clone(fields)}}, nil
}

// change makes a change if it is one. make returns false if it is none.
func (s *shelf) change(change func() (bool, error)) (thingMade, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	changed, err := change()
	if changed {
		s.writes++
	}
	return thingMade{Changed: changed}, err
}

func (s *shelf) set(in shelfSet) (thingMade, error) {
	return s.change(func() (bool, error) {
		fields, there := s.things[in.Name]
		switch {
		case !there:
			return false, &card.Error{Kind: card.NotFound, Message: "no " + in.Name, Writes: card.Answered}
		case in.Value == nil && fields[in.Field] == nil, in.Value != nil && fields[in.Field] == *in.Value:
			return false, nil
		case in.Value == nil:
			delete(fields, in.Field)
		default:
			fields[in.Field] = *in.Value
		}
		return true, nil
	})
}

func (s *shelf) create(in shelfCreate) (thingMade, error) {
	return s.change(func() (bool, error) {
		if _, there := s.things[in.Name]; there {
			return false, &card.Error{Kind: card.Conflict, Message: in.Name + " is there", Writes: card.Answered}
		}
		s.things[in.Name] = map[string]any{}
		maps.Copy(s.things[in.Name], in.Fields)
		return true, nil
	})
}

func (s *shelf) remove(in shelfDelete) (thingMade, error) {
	return s.change(func() (bool, error) {
		_, there := s.things[in.Name]
		delete(s.things, in.Name)
		return there, nil
	})
}

func (s *shelf) config() host.Config {
	set := card.NewWrite(
		card.Spec{Name: "w.thing.set", Effect: card.Idempotent, Undo: card.Undo{Extent: card.Exact, Card: "w.thing.set", NeedsBefore: true}},
		card.Write[shelfSet, thingMade]{
			Do:     func(_ context.Context, _ card.Call, in shelfSet) (thingMade, error) { return s.set(in) },
			Before: func(_ context.Context, _ card.Call, in shelfSet) (card.State, error) { return s.before(in.Name) },
			After: func(in shelfSet, before card.State) card.Predicted {
				var value any
				if in.Value != nil {
					value = *in.Value
				}
				return card.Predicted{Fields: map[string]any{"fields": map[string]any{in.Field: value}}}
			},
			Back: func(in shelfSet, _ thingMade, before card.State) any {
				back := shelfSet{Name: in.Name, Field: in.Field}
				if was, ok := card.Field(before.Fields, []string{"fields", in.Field}).(string); ok {
					back.Value = &was
				}
				return back
			},
		})
	create := card.NewWrite(
		card.Spec{Name: "w.thing.create", Effect: card.Creates, InDoubt: "it is a fake", Undo: card.Undo{Extent: card.Exact, Card: "w.thing.delete"}},
		card.Write[shelfCreate, thingMade]{
			Do:     func(_ context.Context, _ card.Call, in shelfCreate) (thingMade, error) { return s.create(in) },
			Before: func(_ context.Context, _ card.Call, in shelfCreate) (card.State, error) { return s.before(in.Name) },
			After: func(in shelfCreate, _ card.State) card.Predicted {
				fields := maps.Clone(in.Fields)
				if fields == nil {
					fields = map[string]any{}
				}
				return card.Predicted{Fields: map[string]any{"fields": fields}}
			},
			Back: func(in shelfCreate, _ thingMade, _ card.State) any { return shelfDelete{in.Name} },
		})
	remove := card.NewWrite(
		card.Spec{Name: "w.thing.delete", Effect: card.Destroys, InDoubt: "it is a fake",
			Undo: card.Undo{Extent: card.Exact, Card: "w.thing.create", NeedsBefore: true}},
		card.Write[shelfDelete, thingMade]{
			Do:     func(_ context.Context, _ card.Call, in shelfDelete) (thingMade, error) { return s.remove(in) },
			Before: func(_ context.Context, _ card.Call, in shelfDelete) (card.State, error) { return s.before(in.Name) },
			After:  func(shelfDelete, card.State) card.Predicted { return card.Predicted{Gone: true} },
			Back: func(in shelfDelete, _ thingMade, before card.State) any {
				fields, _ := before.Fields["fields"].(map[string]any)
				return shelfCreate{in.Name, fields}
			},
		})
	return host.Config{
		Cards: card.NewSet(set, create, remove),
		Services: map[string]card.Service{"w": card.NewService("w", func(card.Settings, struct{}) (card.Connection, error) {
			return thingsConnection{}, nil
		})},
	}
}

// state returns a copy of the things as JSON.
func (s *shelf) state() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := map[string]string{}
	for name, fields := range s.things {
		text, _ := json.Marshal(fields)
		all[name] = string(text)
	}
	return all
}

var shelfNames = []string{"a", "b", "c", "d"}

// randomWrites writes a flow with loops and single steps that write to a few things.
func randomWrites(random *rand.Rand) string {
	var b strings.Builder
	b.WriteString("flow: main\nretry: {attempts: 1}\nsteps:\n")
	write := func(indent, name string) {
		switch random.IntN(5) {
		case 0:
			fmt.Fprintf(&b, "%s- {card: w.thing.create, with: {name: \"%s\", fields: {x: \"%d\"}}, on_error: continue}\n", indent, name, random.IntN(3))
		case 1:
			fmt.Fprintf(&b, "%s- {card: w.thing.delete, with: {name: \"%s\"}, on_error: continue}\n", indent, name)
		default:
			fmt.Fprintf(&b, "%s- {card: w.thing.set, with: {name: \"%s\", field: %s, value: \"%d\"}, on_error: continue}\n",
				indent, name, []string{"x", "y"}[random.IntN(2)], random.IntN(3))
		}
	}
	for range 1 + random.IntN(6) {
		switch random.IntN(3) {
		case 0:
			write("  ", shelfNames[random.IntN(len(shelfNames))])
		case 1: // independent of each other
			b.WriteString("  - each: [a, b, c, d]\n    concurrency: 3\n    allow: {percent: 100}\n    do:\n")
			for range 1 + random.IntN(3) {
				write("      ", "${ record }")
			}
		default: // one after the other, with the same things
			b.WriteString("  - each: [1, 2, 3]\n    concurrency: 1\n    allow: {percent: 100}\n    do:\n")
			for range 1 + random.IntN(2) {
				write("      ", shelfNames[random.IntN(len(shelfNames))])
			}
		}
	}
	return b.String()
}

// An undo restores everything; what somebody else changed since stays as it is, and the plan says so before.
func TestAnUndoRestoresWhatNobodyElseChanged(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		random := rand.New(rand.NewPCG(seed, 1))
		source := randomWrites(random)
		s := &shelf{things: map[string]map[string]any{"a": {"x": "0"}, "b": {"x": "1", "y": "1"}}}
		initial := s.state()
		w, on, run := runShelf(t, s, source)
		foreign := map[string]map[string]string{} // by thing, the fields that somebody else set
		if seed%2 == 1 {
			for range 1 + random.IntN(2) {
				name, field := shelfNames[random.IntN(len(shelfNames))], "x" // each thing that the run made has it
				value := "somebody else"
				if made, err := s.set(shelfSet{name, field, &value}); err == nil && made.Changed {
					if foreign[name] == nil {
						foreign[name] = map[string]string{}
					}
					foreign[name][field] = value
				}
			}
		}
		left := s.state()
		fail := func(format string, args ...any) {
			t.Helper()
			t.Errorf("seed %d: %s\n%s\nbefore %v\nafter %v\nundone %v", seed, fmt.Sprintf(format, args...), source, initial, left, s.state())
		}

		u, err := w.Undo(t.Context(), run.Run, nil, false)
		if err != nil {
			t.Fatal(err)
		}
		plan, err := u.Plan(t.Context(), on)
		if err != nil {
			t.Fatal(err)
		}
		if diff := godiff.Diff(left, s.state()); diff != "" {
			fail("the plan changed something: %s", diff)
		}
		before := s.writes
		report, err := w.Run(t.Context(), host.Run{Flow: u.Checked, Connections: on, Start: u.Start})
		if err != nil {
			t.Fatal(err)
		}
		if made := s.writes - before; made != plan.Counts[string(host.WillUndo)] {
			fail("the undo made %d writes; the plan: %v", made, plan.Counts)
		}
		kept := plan.Counts[string(host.WillKeep)] > 0
		if want := map[bool]engine.Status{true: engine.SucceededWithErrors, false: engine.Succeeded}[kept]; report.Status != want {
			fail("it is %s; want %s", report.Status, want)
		}
		undone := s.state()
		for _, name := range shelfNames {
			if fields, touched := foreign[name]; touched {
				for field, value := range fields {
					if s.things[name][field] != value {
						fail("%s of %s, which somebody else set, is %v", field, name, s.things[name][field])
					}
				}
			} else if undone[name] != initial[name] {
				fail("%s is %s; want %s", name, undone[name], initial[name])
			}
		}
		if seed%2 == 0 && len(foreign) == 0 && plan.Makes() { // an undo of the undo makes it again
			again, err := w.Undo(t.Context(), report.Run, nil, false)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Run(t.Context(), host.Run{Flow: again.Checked, Connections: on, Start: again.Start}); err != nil {
				t.Fatal(err)
			}
			if diff := godiff.Diff(left, s.state()); diff != "" {
				fail("the undo of the undo differs: %s", diff)
			}
		}
	}
}

// runShelf runs a flow in a new workspace.
func runShelf(t *testing.T, s *shelf, source string) (*host.Workspace, *host.Connections, *host.Report) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"flowdeck.yaml": "connections:\n  w: {type: w}\n", "main.yaml": source} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w, err := host.Open(dir, s.config())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	f, err := w.FlowNamed("main")
	if err != nil {
		t.Fatal(err)
	}
	checked, err := w.Check(f, nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, source)
	}

	on, err := w.Connect(t.Context(), checked.Uses())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = on.Close() })
	run, err := w.Run(t.Context(), host.Run{Flow: checked, Connections: on})
	if err != nil {
		t.Fatal(err)
	}
	return w, on, run
}
