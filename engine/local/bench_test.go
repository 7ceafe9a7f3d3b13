package local_test

import (
	"context"
	"fmt"
	"testing"
	"testing/fstest"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/check"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/flow/flowtest"
	"github.com/flowdeck/flowdeck/engine/local"
)

type echoInput struct {
	Name string `json:"name"`
	N    int    `json:"n"`
}

var echo = card.NewRead(card.Spec{Name: "bench.value.echo", Effect: card.Reads},
	func(_ context.Context, _ card.Call, in echoInput) (echoInput, error) { return in, nil })

var count = card.NewList(card.Spec{Name: "bench.number.list", Effect: card.Reads},
	func(_ context.Context, _ card.Call, in echoInput, at card.Cursor) ([]card.Raw[echoInput], card.Cursor, error) {
		items := make([]card.Raw[echoInput], 1000)
		for i := range items {
			items[i].Value = map[string]any{"name": "a", "n": i}
		}
		if len(at)+1 >= in.N/len(items) {
			return items, "", nil
		}
		return items, at + "x", nil
	})

type none struct{}

func (none) Test(context.Context) (card.Identity, error) { return card.Identity{}, nil }
func (none) Close() error                                { return nil }

// planned checks flows that use the cards. It returns the plan of the flow named f, and the Config to run it with.
func planned(tb testing.TB, text string, cards ...card.Card) (*engine.Plan, local.Config) {
	tb.Helper()
	ws, problems := flow.Load(fstest.MapFS{
		flow.WorkspaceFile: {Data: []byte("connections: {bench: {type: bench}}")}, "f.yaml": {Data: []byte(text)},
	}, "")
	set := card.NewSet(cards...)
	services := map[string]card.Service{"bench": card.NewService("bench", func(card.Settings, struct{}) (card.Connection, error) { return none{}, nil })}
	plan, found := check.New(set, services, ws).Plan(ws.Flow("f"), nil)
	if len(problems)+len(found) > 0 {
		tb.Fatal(problems, found)
	}
	return plan, local.Config{Run: "bench", Cards: set, Connections: map[string]card.Connection{"bench": none{}}}
}

// BenchmarkStep runs one step: a card that answers its input, with two expressions and no listener.
func BenchmarkStep(b *testing.B) {
	const steps = 100
	text := "flow: f\ninputs: {who: {type: string, default: ada}}\nsteps:\n"
	for i := range steps {
		text += fmt.Sprintf("  - card: bench.value.echo\n    with: {name: \"${ inputs.who }\", n: \"${ %d + 1 }\"}\n", i)
	}
	plan, config := planned(b, text, echo)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := engine.Run(local.New(b.Context(), config), plan, engine.Start{Run: "bench"}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/steps, "ns/step")
}

// BenchmarkRecord processes one record of a stream whose helper does nothing.
func BenchmarkRecord(b *testing.B) {
	const records = 10_000
	plan, config := planned(b, fmt.Sprintf(`flow: f
steps:
  - stream: bench.number.list
    with: {name: a, n: %d}
    to: nothing
---
flow: nothing
inputs: {record: {of: bench.number.list}}
steps:
  - stop: nothing
    if: inputs.record.n >= 0
`, records), count)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := engine.Run(local.New(b.Context(), config), plan, engine.Start{Run: "bench"}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/records, "ns/record")
}

// One operation is a dry run of a flow of n, 10 n and 100 n steps.
func BenchmarkGrowth(b *testing.B) {
	write := flowtest.Growing("fake")["tries"]
	for _, n := range []int{100, 1_000, 10_000} {
		b.Run(fmt.Sprintf("dry run/%d", n), func(b *testing.B) {
			plan, config := planned(b, write(n))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := engine.Run(local.New(b.Context(), config), plan, engine.Start{Run: "bench", DryRun: true, Inputs: plannedInputs(plan)}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
