package enginetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// env allows expressions to read every root, with any type.
var env = expr.ObjectOf(map[string]expr.Type{
	"inputs": expr.Any, "steps": expr.Any, "vars": expr.Any, "run": expr.Any, "trigger": expr.Any, "error": expr.Any,
	"record": expr.Any, "index": expr.Any, "outer": expr.Any, "value": expr.Any,
}, false)

func at(int) flow.Pos { return flow.Pos{File: "f.yaml", Line: 1, Col: 1} }

// when returns a bare expression.
func when(source string) *engine.Expression {
	p, err := expr.Compile(source, env)
	if err != nil {
		panic(err)
	}
	return &engine.Expression{Program: p, At: at}
}

// text returns a template of a string with ${ }.
func text(source string) engine.Template {
	t, err := expr.CompileText(source, env)
	if err != nil {
		panic(err)
	}
	return engine.Template{Text: t, At: at}
}

// literal returns a template without an expression.
func literal(v engine.Value) engine.Template { return engine.Template{Literal: v} }

// duration formats a duration as in flows.
func duration(d time.Duration) string { return fmt.Sprintf("%dms", d.Milliseconds()) }

// waits returns a verb that waits for a duration.
func waits(d time.Duration) engine.Wait { return engine.Wait{For: literal(duration(d))} }

// object returns a template of an object.
func object(fields ...engine.Field) engine.Template { return engine.Template{Fields: fields} }

func field(name string, value engine.Template) engine.Field {
	return engine.Field{Name: name, Value: value}
}

// step returns a step without a guard.
func step(name string, do engine.Verb) engine.Step { return engine.Step{ID: name, Name: name, Do: do} }

func steps(steps ...engine.Step) []engine.Step { return steps }

func set(name, source string) engine.Step {
	return engine.Step{Name: "set-" + name, Do: engine.Set{Vars: object(field(name, text(source)))}}
}

func returns(source string) engine.Step { return step("return-1", engine.Return{Value: text(source)}) }

func flowOf(steps ...engine.Step) *engine.Plan { return &engine.Plan{Flow: "f", Steps: steps} }

// once is the retry of a card that is called only once.
var once = engine.Retry{Attempts: 1}

// callOf returns a step that calls a card once, with a number.
func callOf(c card.Card, n int) engine.Step {
	return engine.Step{Name: fmt.Sprint("card-", n), Do: calls(c, n, once)}
}

func calls(c card.Card, n int, retry engine.Retry) engine.CallCard {
	return engine.CallCard{Card: c, With: literal(map[string]any{"n": n}), Retry: retry}
}

// numbers returns a call of fake.number.list.
func numbers(list card.Card, count, size int) engine.CallCard {
	return engine.CallCard{Card: list, With: literal(map[string]any{"count": count, "size": size}), Retry: once}
}

// sweep returns a stream of fake.number.list to a helper that calls a card, one record at a time.
func sweep(list, do card.Card, count int) engine.Loop {
	return engine.Loop{Source: numbers(list, count, 50), To: flowOf(step("do", calls(do, 1, once))), Width: 1}
}

// start is the start of most runs.
var start = engine.Start{Run: "r1"}

// run runs a flow on a Runtime of a Host.
func run(rt engine.Runtime, p *engine.Plan, s engine.Start) (engine.Outcome, error) {
	if to, ok := rt.(Planned); ok {
		to.Runs(p)
	}
	return engine.Run(rt, p, s)
}

// runs runs a flow to its end.
func (w *world) runs(t *testing.T, p *engine.Plan, cards ...card.Card) (out engine.Outcome, err error) {
	t.Helper()
	w.run(t, func(_ *testing.T, rt engine.Runtime) { out, err = run(rt, p, start) }, cards...)
	return out, err
}

// lasts runs a flow to its end, and checks that it takes this number of units.
func (w *world) lasts(t *testing.T, units int, p *engine.Plan, cards ...card.Card) (out engine.Outcome, err error) {
	t.Helper()
	w.run(t, func(t *testing.T, rt engine.Runtime) {
		t.Helper()
		since := rt.Now()
		out, err = run(rt, p, start)
		w.took(t, rt, since, units)
	}, cards...)
	return out, err
}

// gives runs a flow and compares its result with want.
func gives(t *testing.T, host Host, want engine.Value, steps ...engine.Step) {
	t.Helper()
	out, err := newWorld(host).runs(t, flowOf(steps...))
	if err != nil || !cmp.Equal(out.Value, want) {
		t.Errorf("got %v, %s; want %v", out.Value, plain(err), want)
	}
}
