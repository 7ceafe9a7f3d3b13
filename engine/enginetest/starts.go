package enginetest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

var starts = tests{
	"a flow is started once and with all of its inputs, however often its step runs": func(t *testing.T, host Host) {
		w := newWorld(host)
		want := engine.Start{
			Run: "r1.1", By: "run r1", Inputs: map[string]engine.Value{"sample": sample()},
			Connections: map[string]string{"okta": "prod"}, Picks: map[string]engine.Pick{"sweep": {Max: 3, Only: []string{"k", "l"}}}, DryRun: true,
		}
		w.start = func(flow string, s engine.Start) error {
			if w.note("start %s", flow); !cmp.Equal(s, want) {
				t.Errorf("got %s", cmp.Diff(want, s))
			}
			return nil
		}
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			for range 2 {
				if err := rt.Start(spot, "other", want); err != nil {
					t.Error(err)
				}
			}
		})
		if log := w.seen(); !cmp.Equal(log, []string{"start other"}) {
			t.Errorf("got %q", log)
		}
	},

	"a flow that could not be started is started when its step runs again": func(t *testing.T, host Host) {
		w := newWorld(host)
		w.start = func(string, engine.Start) error {
			if w.note("start"); w.count("start") == 1 {
				return &card.Error{Kind: card.Conflict, Message: "busy"}
			}
			return nil
		}
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			for _, want := range []string{"busy", "no error", "no error"} {
				if err := rt.Start(spot, "other", engine.Start{Run: "r1.1"}); plain(err) != want {
					t.Errorf("got %s, want %s", plain(err), want)
				}
			}
		})
		if n := w.count("start"); n != 2 {
			t.Errorf("started %d times, want 2", n)
		}
	},

	"the steps of a flow read what started its run, and those of a flow that it calls do not": func(t *testing.T, host Host) {
		read := engine.Step{Name: "return-1", Do: engine.Return{Value: text("${ [trigger] }")}}
		p := flowOf(step("called", engine.CallFlow{To: helperOf(read)}), returns("${ [trigger?.kind, trigger?.body, steps.called] }"))
		s := engine.Start{Run: "r1", Trigger: map[string]any{"kind": "schedule"}}
		newWorld(host).run(t, func(t *testing.T, rt engine.Runtime) {
			out, err := run(rt, p, s)
			if diff := cmp.Diff([]any{"schedule", nil, []any{nil}}, out.Value); diff != "" || err != nil {
				t.Errorf("%s, (-want +got)\n%s", plain(err), diff)
			}
		})
	},

	"the steps of a flow start new runs": func(t *testing.T, host Host) {
		w := newWorld(host)
		ids := map[string]bool{}
		w.start = func(_ string, s engine.Start) error {
			w.happens(func() { ids[s.Run] = true })
			return nil
		}
		body := steps(step("one", engine.StartFlow{To: flowOf()}), step("two", engine.StartFlow{To: flowOf()}))
		if _, err := w.runs(t, flowOf(step("each", engine.Loop{Each: when(`["a", "a", "b"]`), Key: when("record"), Width: 3, Do: body}))); err != nil {
			t.Error(err)
		}
		if len(ids) != 6 {
			t.Errorf("6 steps started %v", ids)
		}
	},
}
