package local_test

import (
	"context"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/local"
)

// All values share one string of a megabyte, so that the tests need little memory.
const megabytes = `
  - set: {big: '${ repeat("x", 1000000) }'}
`

func TestTheItemsOfAnEachAreLimitedInBytes(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ steps, want string }{
		"as many as fit": {`
  - id: all
    each: 1..60
    do: [{set: {a: 1}}]
    collect: vars.big
  - fail: ${ len(steps.all.items) } items
`, "60 items"},
		"too many": {`
  - id: all
    each: 1..100
    do: [{set: {a: 1}}]
    collect: vars.big
  - fail: '${ steps.all.ok } ok, ${ steps.all.items == nil ? "none" : "some" } kept'
`, "100 ok, none kept"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plan, config := planned(t, "flow: f\nsteps:"+megabytes+test.steps)
			_, err := engine.Run(local.New(t.Context(), config), plan, engine.Start{Run: "r1"})
			if e := card.AsError(err); e == nil || e.Message != test.want {
				t.Errorf("got %v; want %s", err, test.want)
			}
		})
	}
}

func TestTheItemsOfAListAreLimitedInBytes(t *testing.T) {
	t.Parallel()
	big := strings.Repeat("x", 1<<20)
	pages := 0
	list := card.NewList(card.Spec{Name: "bench.big.list", Effect: card.Reads},
		func(_ context.Context, _ card.Call, _ struct{}, at card.Cursor) ([]echoInput, card.Cursor, error) {
			pages++
			return []echoInput{{Name: big}}, at + "x", nil
		})
	plan, config := planned(t, "flow: f\nsteps:\n  - card: bench.big.list\n    result: all\n", list)
	_, err := engine.Run(local.New(t.Context(), config), plan, engine.Start{Run: "r1"})
	if e := card.AsError(err); e == nil || e.Message != "the records of `result: all` take more than 256 MiB of memory" || pages > 300 {
		t.Errorf("got %v after %d pages", err, pages)
	}
}

func TestWhatARepeatBuildsUpIsBoundedInBytes(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ steps, until, want, hint string }{
		"a list that grows": {
			"- set: {all: '${ concat(vars.all, [vars.big]) }'}", "len(vars.all) == 10000",
			`after 281 rounds the values of variable "all" take more than 256 MiB of memory`, `keep less in "all"`,
		},
		"a list of itself twice": {
			"- set: {all: '${ [vars.all, vars.all] }'}", "false",
			`the result has more than 4000000 elements; a part that occurs twice counts twice`, "",
		},
		"a value that is replaced": {
			"- set: {all: '${ [vars.big] }'}\n- set: {n: '${ vars.n + 1 }'}", "vars.n == 500", "after 500", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			steps := strings.ReplaceAll(test.steps, "\n", "\n      ")
			plan, config := planned(t, "flow: f\nsteps:"+megabytes+`
  - set: {all: '${ [] }', n: 0}
  - id: repeat
    repeat:
      `+steps+`
    until: `+test.until+`
    max: 10000
  - fail: after ${ vars.n }
`)
			_, err := engine.Run(local.New(t.Context(), config), plan, engine.Start{Run: "r1"})
			if e := card.AsError(err); e == nil || err.Error() != test.want || !strings.Contains(e.Hint, test.hint) {
				t.Errorf("got %v, %+v", err, e)
			}
		})
	}
}
