package host_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
)

// certain returns a name, which starts with a prefix, of a thing that each call makes.
func certain(prefix string) string {
	for fate(prefix) < 5 {
		prefix += "x"
	}
	return prefix
}

// made returns a step that makes a thing.
func made(prefix string) string {
	return fmt.Sprintf("{card: w.thing.create, with: {name: %q}}", certain(prefix))
}

func records(n int) (list string) {
	for i := range n {
		list += fmt.Sprintf("{n: %d, a: %q, b: %q, f: %q}, ", i, certain(fmt.Sprintf("a%d", i)), certain(fmt.Sprintf("b%d", i)), certain(fmt.Sprintf("f%d", i)))
	}
	return "[" + list + "]"
}

const (
	makesA = "{card: w.thing.create, with: {name: \"${ record.a }\"}}"
	makesB = "{card: w.thing.create, with: {name: \"${ record.b }\"}}"
	makesF = "{card: w.thing.create, with: {name: \"${ record.f }\"}}"
)

// pauseFlows reach a limit of one change while something fails. Each run ends with the status, and what begins goes to its end.
var pauseFlows = map[string]struct {
	steps string
	end   engine.Status
	whole string // which things are made in the end; empty: with each a also its b and f
}{
	"another record fails": {
		"  - {each: " + records(4) + ", concurrency: 4, do: [{if: record.n == 1, then: [{fail: no}]}, {try: [" + makesA + ", " + makesB + "], finally: [" + makesF + "]}]}",
		engine.Failed, "",
	},
	"in the finally of records": {
		"  - {each: " + records(4) + ", concurrency: 4, allow: all, do: [{try: [" + makesA + ", " + makesB + ", {fail: no}], finally: [" + makesF + "]}]}",
		engine.SucceededWithErrors, "abf*4",
	},
	"in a finally": {"  - {try: [" + made("a0") + ", {fail: no}], finally: [" + made("b0") + ", " + made("f0") + "]}", engine.Failed, "abf*1"},
	"another branch fails": {
		"  - {parallel: {x: [" + made("a0") + ", {fail: no}], y: [{try: [" + made("a1") + ", " + made("b1") + "], finally: [" + made("f1") + "]}]}}",
		engine.Failed, "any",
	},
	"in a record, the inner loop": {
		"  - {each: " + records(2) + ", as: r, allow: all, do: [{try: [{each: " + records(3) + ", concurrency: 3, " +
			"do: [{if: record.n == 1, then: [{fail: no}]}, {card: w.thing.create, with: {name: \"${ r.a }${ record.a }\"}}]}], " +
			"catch: [{do: [" + strings.ReplaceAll(makesA, "record.a", "r.a") + "]}], finally: [" + strings.ReplaceAll(makesF, "record.f", "r.f") + "]}]}",
		engine.Succeeded, "f*2",
	},
}

func TestARunThatReachesALimitPausesAlsoIfSomethingFails(t *testing.T) {
	t.Parallel()
	for name, row := range pauseFlows {
		for range 2 {
			org := &things{made: map[string]int{}, calls: map[string]int{}}
			files := map[string]string{"flowdeck.yaml": "connections:\n  w: {type: w}\n", "main.yaml": "flow: main\nsteps:\n" + row.steps + "\n"}
			one := 1
			var paused int
			status := limitedRuns(t, files, org, func() (*int, int) { return &one, 0 }, func(r *host.Report) {
				if r.Status == store.Paused {
					paused++
				}
			})
			if status != row.end || paused == 0 && org.total() > 1 {
				t.Errorf("%s: the run ends as %s after %d pauses", name, status, paused)
			}
			for thing, n := range org.made {
				if n != 1 {
					t.Errorf("%s: %q was made %d times", name, thing, n)
				}
			}
			for i := range 4 {
				a, b, f := org.made[certain(fmt.Sprintf("a%d", i))], org.made[certain(fmt.Sprintf("b%d", i))], org.made[certain(fmt.Sprintf("f%d", i))]
				want := map[string]bool{"": a == b && a == f, "abf*4": a+b+f == 3, "abf*1": i > 0 || a+b+f == 3, "f*2": i > 1 || f == 1, "any": true}
				if !want[row.whole] {
					t.Errorf("%s: %d of a, %d of b and %d of f of %d were made", name, a, b, f, i)
				}
			}
		}
	}
}

func TestAPercentageIsCountedWhereTheRunChangesSomething(t *testing.T) {
	t.Parallel()
	const update = "{card: okta.user.update, with: {user_id: \"${ record.id }\", department: Y}}"
	for steps, want := range map[string]string{
		"{stream: okta.user.list, snapshot: true, connection: small, do: [" + update + "]}": "small",
		"{stream: okta.user.list, snapshot: true, do: [" + update + "]}":                    "okta",
		"{stream: okta.user.list, snapshot: true, connection: small, to: helper}":           "small",
		"{card: okta.user.list, connection: small}":                                         "small",
		"{wait: 1s}": "okta",
		"{each: [{id: x}], do: [" + update + "]}\n  - {each: [{id: x}], connection: small, do: [" + update + "]}": "okta small",
	} {
		_, checked, _ := prepare(t, workspace(t, map[string]string{
			"flowdeck.yaml": "connections:\n  okta: {type: okta, simulate: {seed: org.yaml}}\n  small: {type: okta, simulate: {seed: org.yaml}}\n",
			"main.yaml": "flow: main\nlimits: {writes: 50% of okta.user.list}\nsteps:\n  - " + steps +
				"\n---\nflow: helper\ninputs: {record: {type: object, properties: {id: {type: string}}}}\nsteps:\n  - " + strings.ReplaceAll(update, "record.id", "inputs.record.id") + "\n",
		}), "main")
		var on []string
		checked.Plan.EachFuse(nil, func(_ engine.Fuse, use engine.Use) { on = append(on, use.Name) })
		uses := map[string]bool{}
		for _, use := range checked.Uses() {
			uses[use.Name] = true
		}
		if got := strings.Join(on, " "); got != want || !uses[on[0]] {
			t.Errorf("%s: the list is read on %s, want %s", steps, got, want)
		}
	}
}
