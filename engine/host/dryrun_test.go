package host

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/check"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// admits reports whether a value of a dry run may be one of a real run: the same, but for what is unknown, which may also be
// missing.
func admits(dry, known any) bool {
	switch d := dry.(type) {
	case expr.Unknown:
		return true
	case string:
		if r, ok := known.(string); ok && strings.HasPrefix(d, startedRun) {
			return strings.HasPrefix(r, startedRun) // each run has its own ids
		}
	case []any:
		r, ok := known.([]any)
		if !ok || len(d) != len(r) {
			return false
		}
		for i := range d {
			if !admits(d[i], r[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		r, ok := known.(map[string]any)
		for name := range r {
			if _, there := d[name]; !there {
				return false
			}
		}
		for name, v := range d {
			if _, unknown := v.(expr.Unknown); !unknown && (!ok || !admits(v, r[name])) {
				return false
			}
		}
		return ok
	}
	return reflect.DeepEqual(dry, known)
}

// startedRun starts the ids of the runs that the run "r" starts.
const startedRun = "r."

// played is the result of a run of the flow main and of those that it started.
type played struct {
	writes      map[string][]Withheld // by run
	ended       map[string]engine.Status
	value       any
	err         error
	undecidable bool
	endless     int  // the number of repeats that made all their rounds
	cut         bool // it was canceled
}

func (p played) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v %v %v\n", p.ended, p.value, p.err)
	for run, writes := range p.writes {
		for _, w := range writes {
			fmt.Fprintf(&b, "  %s: %s %v %s\n", run, w.Card, w.Input, w.Step)
		}
	}
	return b.String()
}

// playFlow checks the flow main of an author, and returns a function that runs it with a pick for its outer loops; false if the check finds a problem.
func playFlow(t *testing.T, a *author, pick engine.Pick) (play func(dry bool, seed int) played, ok bool) {
	t.Helper()
	files := a.workspace()
	s := &shop{}
	ws, problems := flow.Load(files, "")
	if problems.Err() != nil {
		t.Fatalf("the author writes wrong YAML: %v", problems)
	}
	cards := s.cards()
	for name, c := range cards {
		c.NoConnection = true
		cards[name] = c
	}
	checker := check.New(cards, nil, ws)
	var main *flow.Flow
	for _, f := range ws.Flows() {
		if f.Name.Text == "main" {
			main = f
		}
	}
	plan, _ := checker.Plan(main, nil)
	if plan == nil {
		return nil, false
	}
	return func(dry bool, seed int) (out played) {
		s.seed, s.calls, s.writes = seed, 0, map[string][]Withheld{}
		out.ended = map[string]engine.Status{}
		list := newDryRun(&listed{}, nil)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		rt := &plain{
			ctx: ctx, cancel: cancel, steps: new(int),
			shop: s, cards: cards, flows: checker.Planned, runs: new(int),
			listen: func(run string, e engine.Event) {
				list.see(run, e)
				out.undecidable = out.undecidable || e.Kind == engine.RecordEnded && e.Status == engine.Undecidable
				if e.Kind == engine.StepEnded && e.Verb == "repeat" && e.Err != nil && engine.Describe(e.Err).Code == "repeat_max" {
					out.endless++
				}
			},
			ended: func(run string, o engine.Outcome, _ error) {
				out.ended[run] = o.Status
				out.undecidable = out.undecidable || o.Status == engine.Undecidable
			},
		}
		start := engine.Start{Run: "r", DryRun: dry, Picks: map[string]engine.Pick{}}
		for _, loop := range plan.OuterLoops() {
			start.Picks[loop] = pick
		}
		o, err := rt.play(plan, start)
		out.value, out.err, out.cut = o.Value, err, ctx.Err() != nil
		out.writes = s.writes
		if dry {
			if len(s.writes) > 0 {
				t.Fatalf("a dry run writes %v", s.writes)
			}
			list.sort()
			for _, w := range list.Writes {
				out.writes[w.run] = append(out.writes[w.run], w)
			}
		}
		return out
	}, true
}

// checkDryRun compares a dry run of a flow with real runs, if nothing in it is undecidable.
func checkDryRun(t *testing.T, a *author) (accepted, decided, writes bool) {
	t.Helper()
	pick := engine.Pick{}
	switch a.Pick(6) {
	case 0:
		pick.Max = 1 + a.Pick(2)
	case 1:
		pick.Only = []string{a.one("i1", "i2", "two", "TWO")}
	}
	files := *a
	play, ok := playFlow(t, a, pick)
	if !ok {
		return false, false, false
	}
	dry := play(true, 0)
	if dry.undecidable || dry.cut {
		return true, false, len(dry.writes) > 0
	}
	for seed := range 3 {
		run := play(false, seed)
		if run.cut || run.endless > dry.endless { // a dry run expects that what a repeat waits for comes
			continue
		}
		same := reflect.DeepEqual(dry.ended, run.ended) && admits(dry.value, run.value) && len(dry.writes) == len(run.writes)
		for name := range dry.writes {
			d, r := dry.writes[name], run.writes[name]
			same = same && len(d) == len(r)
			for i := range min(len(d), len(r)) {
				same = same && d[i].Card == r[i].Card && admits(d[i].Input, r[i].Input)
			}
		}
		if !same {
			for name, f := range files.workspace() {
				t.Logf("%s: %s", name, f.Data)
			}
			t.Fatalf("%+v\nthe dry run: %s\nthe run: %s", pick, dry, run)
		}
	}
	return true, true, len(dry.writes) > 0
}

func TestADryRunIsTheRunWithoutItsWrites(t *testing.T) {
	t.Parallel()
	all, accepted, decided, written := 500, 0, 0, 0
	for i := range all {
		a, d, w := checkDryRun(t, newAuthor(fmt.Appendf(nil, "%d", i)))
		if a {
			accepted++
		}
		if a && d {
			decided++
		}
		if a && d && w {
			written++
		}
	}
	if accepted < all*9/10 || written < all/4 {
		t.Errorf("of %d flows, %d are valid, of which a dry run decides %d, and lists writes of %d", all, accepted, decided, written)
	}
}

func FuzzADryRunIsTheRunWithoutItsWrites(f *testing.F) {
	for i := range 20 {
		f.Add(fmt.Appendf(nil, "%d", i))
	}
	f.Fuzz(func(t *testing.T, data []byte) { checkDryRun(t, newAuthor(data)) })
}
