package engine_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/card/cardtest"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// caller is a Runtime that records the connection of each card call. Started flows run immediately.
type caller struct {
	engine.Runtime
	flows map[string]*engine.Plan
	used  map[engine.Use]bool
}

func (r *caller) use(c engine.Invocation) {
	r.used[engine.Use{Service: "fake", Name: c.Connection}] = true
}

func (r *caller) Now() time.Time                                 { return time.Time{} }
func (r *caller) Moment(engine.Place) time.Time                  { return time.Time{} }
func (r *caller) Position(engine.Place) (engine.Position, error) { return engine.Position{}, nil }
func (r *caller) Context() context.Context                       { return context.Background() }
func (r *caller) Emit(engine.Event)                              {}
func (r *caller) Call(c engine.Invocation) (engine.Value, error) { r.use(c); return nil, nil }

func (r *caller) Page(c engine.Invocation, _ card.Cursor) (card.Page, error) {
	r.use(c)
	return card.Page{Items: []card.Value{1}}, nil
}

func (r *caller) Stream(w engine.Window, read func(engine.Runtime, card.Cursor) (engine.Batch, error), body func(engine.Runtime, engine.Record) (engine.Outcome, error)) (engine.Tally, error) {
	batch, err := read(r, "")
	for _, record := range batch.Records {
		if _, err := body(r, record); err != nil {
			return engine.Tally{}, err
		}
	}
	return engine.Tally{}, err
}

func (r *caller) Start(_ engine.Place, name string, s engine.Start) error {
	_, err := engine.Run(r, r.flows[name], s)
	return err
}

// want repeats the rule of connectionsOf independently. The first that is set wins: the step's own connection, the
// user's choice, the flow's connections, the connection of the step that runs the flow, the connections of the flow
// that contains this step, the service's name.
func want(own, person, callee, step, callerFlow string) string {
	for _, name := range []string{own, person, callee, step, callerFlow} {
		if name != "" {
			return name
		}
	}
	return "fake"
}

func named(name string) map[string]string {
	if name == "" {
		return nil
	}
	return map[string]string{"fake": name}
}

// The checker, the host and the interpreter choose the same connection for each card, for every combination of places
// that name a connection, with two levels of flows.
func TestTheConnectionOfACardIsTheSameForCheckAndRun(t *testing.T) {
	t.Parallel()
	read := cardtest.Fake("fake.user.get", card.Reads, func(context.Context, card.Call, struct{}) (struct{}, error) { return struct{}{}, nil })
	list := card.NewList(card.Spec{Name: "fake.user.list", Effect: card.Reads},
		func(context.Context, card.Call, struct{}, card.Cursor) ([]struct{}, card.Cursor, error) {
			return nil, "", nil
		})
	at := func(int) flow.Pos { return flow.Pos{} }
	one, err := expr.Compile("[1]", expr.ObjectOf(nil, false))
	if err != nil {
		t.Fatal(err)
	}
	listed := func(step string) engine.CallCard {
		return engine.CallCard{Card: list, Connection: step, Retry: engine.Retry{Attempts: 1}}
	}
	verbs := map[string]func(to *engine.Plan, step string) engine.Verb{
		"call": func(to *engine.Plan, step string) engine.Verb {
			return engine.CallFlow{To: to, Connections: named(step)}
		},
		"start": func(to *engine.Plan, step string) engine.Verb {
			return engine.StartFlow{To: to, Connections: named(step)}
		},
		"stream": func(to *engine.Plan, step string) engine.Verb {
			return engine.Loop{Source: listed(step), Connections: named(step), To: to, Width: 1}
		},
		"stream do": func(to *engine.Plan, step string) engine.Verb {
			return engine.Loop{Source: listed(step), Connections: named(step), Do: to.Steps, Width: 1}
		},
		"each": func(to *engine.Plan, step string) engine.Verb {
			return engine.Loop{Each: &engine.Expression{Program: one, At: at}, Connections: named(step), To: to, Width: 1}
		},
		"each do": func(to *engine.Plan, step string) engine.Verb {
			return engine.Loop{Each: &engine.Expression{Program: one, At: at}, Connections: named(step), Do: to.Steps, Width: 1}
		},
	}
	for verb, does := range verbs {
		for n := range 1 << 6 { // each of six places names a connection, or does not
			pick := func(bit int, name string) string {
				if n>>bit&1 == 0 {
					return ""
				}
				return name
			}
			own, person, callee, step, callerFlow, middle := pick(0, "own"), pick(1, "person"), pick(2, "callee"), pick(3, "step"), pick(4, "caller"), pick(5, "middle")
			inner := &engine.Plan{Flow: "inner", Connections: named(callee), Steps: []engine.Step{
				{Name: "card-1", Do: engine.CallCard{Card: read, Connection: own, Retry: engine.Retry{Attempts: 1}}},
			}}
			do := does(inner, step)
			if strings.HasSuffix(verb, "do") {
				callee = "" // the steps are like a flow without connections of its own
			}
			mid := &engine.Plan{Flow: "mid", Connections: named(middle), Steps: []engine.Step{{Name: "run-1", Do: do}}}
			outer := &engine.Plan{Flow: "outer", Connections: named(callerFlow), Steps: []engine.Step{{Name: "call-1", Do: engine.CallFlow{To: mid}}}}
			rt := &caller{flows: map[string]*engine.Plan{"inner": inner}, used: map[engine.Use]bool{}}
			chosen := named(person)
			if _, err := engine.Run(rt, outer, engine.Start{Run: "r", Connections: chosen}); err != nil {
				t.Fatal(err)
			}
			around := want("", person, middle, "", callerFlow)
			if around == "fake" {
				around = ""
			}
			wanted := []engine.Use{{Service: "fake", Name: want(own, person, callee, step, around)}}
			if strings.HasPrefix(verb, "stream") {
				wanted = append(wanted, engine.Use{Service: "fake", Name: want(step, person, "", "", around)})
			}
			for _, u := range wanted {
				if !rt.used[u] {
					t.Errorf("%s, own %q, user %q, callee %q, step %q, middle %q, caller %q: the run used %v, want %s", verb, own, person, callee, step, middle, callerFlow, rt.used, u.Name)
				}
			}
			checked := outer.Uses(chosen)
			for u := range rt.used {
				if !slices.Contains(checked, u) {
					t.Errorf("%s, own %q, user %q, callee %q, step %q, middle %q, caller %q: the run used %s, but the check has %v", verb, own, person, callee, step, middle, callerFlow, u.Name, checked)
				}
			}
			if len(checked) != len(rt.used) {
				t.Errorf("%s: %s: the check has %v, the run used %v", verb, fmt.Sprint(own, person, callee, step, middle, callerFlow), checked, rt.used)
			}
		}
	}
}
