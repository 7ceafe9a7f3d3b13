package enginetest

import (
	"context"
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/card/cardtest"
)

// sample returns an object with every kind of value.
func sample() map[string]any {
	return map[string]any{
		"nil": nil, "true": true, "int": 3, "float": 3.0, "half": 0.5, "huge": 1e21, "negative": -7,
		"number": json.Number("18446744073709551617"), "string": "<a & b> «made».id \u2028", "empty": "",
		"list": []any{1, 1.0, nil, "x", []any{}, map[string]any{}}, "object": map[string]any{"a": map[string]any{"b": []any{2.0}}},
		"lookalike": map[string]any{"$unknown": []any{"a", "b"}},
	}
}

// echo returns a card that answers its input under "in", or fails if the input asks for an error.
func echo(seen func(card.Call, any) error) card.Card {
	return cardtest.Fake("fake.echo", card.Reads,
		func(_ context.Context, call card.Call, in map[string]any) (card.Raw[map[string]any], error) {
			return card.Raw[map[string]any]{Value: map[string]any{"in": in}}, seen(call, in)
		})
}

var values = tests{
	"inputs and answers of cards arrive unchanged": func(t *testing.T, host Host) {
		w := newWorld(host)
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			out, err := rt.Call(engine.Invocation{Place: spot, Attempt: 1, Card: "fake.echo", In: sample()})
			if want := map[string]any{"in": sample()}; err != nil || !cmp.Equal(out, any(want)) {
				t.Errorf("the answer: %s, %s", plain(err), cmp.Diff(any(want), out))
			}
		}, echo(func(_ card.Call, in any) error {
			if want := sample(); !cmp.Equal(in, any(want)) {
				t.Errorf("the inputs: %s", cmp.Diff(any(want), in))
			}
			return nil
		}))
	},

	"records, outcomes and values of a stream arrive unchanged": func(t *testing.T, host Host) {
		w := newWorld(host)
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			noKey := &card.Error{Kind: card.Invalid, Message: "no key", Details: sample()}
			records := []engine.Record{
				{Place: list.Record(0, "]\x00/", 1), Index: 0, Value: sample()},
				{Place: list.Record(0, "1", 0), Index: 1, Value: nil, Err: noKey},
			}
			tally, err := rt.Stream(engine.Window{Place: list, Width: 1, Values: 2}, func(engine.Runtime, card.Cursor) (engine.Batch, error) {
				return engine.Batch{Records: slices.Clone(records)}, nil
			}, func(_ engine.Runtime, r engine.Record) (engine.Outcome, error) {
				if want := records[r.Index]; !cmp.Equal(r, want) {
					t.Errorf("record %d: %s", r.Index, cmp.Diff(want, r))
				}
				return engine.Outcome{Status: engine.Succeeded, Value: r.Value, Returned: true}, r.Err
			})
			if want := []engine.Value{sample()}; err != nil || !cmp.Equal(tally.Values, want) || tally.First == nil || !cmp.Equal(tally.First.Err, error(noKey)) {
				t.Errorf("got %+v, %s", tally, plain(err))
			}
		})
	},

	"an error of a card keeps all of its fields": func(t *testing.T, host Host) {
		w := newWorld(host)
		want := &card.Error{
			Kind: card.Forbidden, Code: "E0000006", Status: 403, Message: "no", Hint: "ask", Wait: w.Unit, Details: sample(),
		}
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			_, err := rt.Call(engine.Invocation{Place: spot, Attempt: 1, Card: "fake.echo", In: map[string]any{}})
			if got := card.AsError(err); !cmp.Equal(got, want) {
				t.Errorf("got %s", cmp.Diff(want, got))
			}
		}, echo(func(card.Call, any) error { return want }))
	},

	"an error of a body keeps its step through a stream, a fork and a limit": func(t *testing.T, host Host) {
		w := newWorld(host)
		want := &engine.Error{Cause: &card.Error{Kind: card.Conflict, Message: "m"}, Pos: at(0), Place: list.Record(0, "k", 0).Step("s"), Card: "fake.do", Attempts: 3}
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			tally, _ := rt.Stream(engine.Window{Place: list, Width: 1}, func(engine.Runtime, card.Cursor) (engine.Batch, error) {
				return engine.Batch{Records: []engine.Record{{Place: list.Record(0, "k", 0)}}}, nil
			}, func(engine.Runtime, engine.Record) (engine.Outcome, error) { return engine.Outcome{}, want })
			for what, err := range map[string]error{
				"a stream": tally.First.Err,
				"a fork":   rt.Fork(spot, 1, func(engine.Runtime, int) error { return want }),
				"a limit":  rt.Within(limit(w.long()), func(engine.Runtime) error { return want }),
			} {
				if !cmp.Equal(err, error(want)) {
					t.Errorf("%s: got %+v", what, err)
				}
			}
		})
	},

	"a card receives its run, its place, its attempt, the failure before and its connection": func(t *testing.T, host Host) {
		w := newWorld(host)
		place := list.Record(3, "a].b/\x00", 1).Step("call")
		last := &card.Error{Kind: card.Unavailable, Code: card.CodePartly, Writes: card.Answered, Details: map[string]any{"added": []any{"00u1"}}}
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			if _, err := rt.Call(engine.Invocation{Place: place, Attempt: 2, Last: last, Card: "fake.echo", Connection: "prod", In: map[string]any{}}); err != nil {
				t.Error(err)
			}
		}, echo(func(call card.Call, _ any) error {
			if call.Run != "r1" || call.Place.ID() != place.ID() || call.Place.String() != place.String() || call.Attempt != 2 || !cmp.Equal(call.Last, last) || call.ConnName != "prod" {
				t.Errorf("got %+v", call)
			}
			return nil
		}))
	},

	"a panic of a card is an error of kind internal": func(t *testing.T, host Host) {
		w := newWorld(host)
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			if _, err := rt.Call(engine.Invocation{Place: spot, Attempt: 1, Card: "fake.echo", In: map[string]any{}}); kind(err) != card.Internal {
				t.Errorf("got %s", plain(err))
			}
		}, echo(func(card.Call, any) error { panic("oops") }))
	},

	"a card that the Runtime does not have is an error of kind internal": func(t *testing.T, host Host) {
		newWorld(host).run(t, func(t *testing.T, rt engine.Runtime) {
			if _, err := rt.Call(engine.Invocation{Place: spot, Attempt: 1, Card: "fake.echo", In: map[string]any{}}); kind(err) != card.Internal {
				t.Errorf("got %s", plain(err))
			}
		})
	},
}
