package cardstest

import (
	"context"
	"maps"
	"reflect"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/expr"
)

// rightStandIn compares what a dry run puts in place of an answer with the answer: what it knows must be so.
func rightStandIn(tb testing.TB, b Bench, c card.Card) {
	if c.IsList() {
		return
	}
	s := b.start(tb, b.scopes(c))
	in := s.input(tb, c)
	calls := []map[string]card.Value{in}
	for _, call := range b.Calls[c.Name] {
		calls = append(calls, call.In)
	}
	for _, in := range calls {
		s := b.start(tb, b.scopes(c))
		given := maps.Clone(in)
		if c.EffectOf(in) == card.Reads { // a dry run does not send a read of which it does not know an input, and sends all others
			if len(given) == 0 {
				continue
			}
			for name := range given {
				given[name] = expr.Unknown{Of: "another card", Text: "«other»"}
			}
		}
		plan := &engine.Plan{Flow: "dry", Steps: []engine.Step{{Name: "card", Do: engine.CallCard{
			Card: c, With: engine.Template{Literal: given}, Retry: engine.Retry{Attempts: 1},
		}}}}
		dry, err := engine.Run(idle{ctx: tb.Context()}, plan, engine.Start{Run: "dry", DryRun: true})
		if err != nil {
			tb.Fatal(err)
		}
		if real := s.run(tb, c, in); !knows(dry.Value, real) {
			tb.Errorf("a dry run of %v gives %v, and a run %v", in, dry.Value, real)
		}
	}
}

// idle is a Runtime for a dry run that reads nothing.
type idle struct {
	engine.Runtime
	ctx context.Context
}

func (i idle) Context() context.Context    { return i.ctx }
func (idle) Now() time.Time                { return time.Time{} }
func (idle) Moment(engine.Place) time.Time { return time.Time{} }
func (idle) Emit(engine.Event)             {}

// knows reports whether all that is known of a value is so.
func knows(dry, real card.Value) bool {
	switch d := dry.(type) {
	case expr.Unknown:
		return true
	case map[string]any:
		r, ok := real.(map[string]any)
		for name, v := range d {
			if ok = ok && knows(v, r[name]); !ok {
				return false
			}
		}
		return ok
	case []any:
		r, ok := real.([]any)
		if !ok || len(d) != len(r) {
			return false
		}
		for i, v := range d {
			if !knows(v, r[i]) {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(dry, real)
}
