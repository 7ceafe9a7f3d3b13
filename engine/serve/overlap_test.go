package serve

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/engine/clock"
	"github.com/flowdeck/flowdeck/engine/store"
)

func TestAnEditOfAScheduleMakesNoRunsOverlap(t *testing.T) {
	t.Parallel()
	const edited = "schedule 5 * * * * UTC" // the flow has had it since an edit
	of := func(flow, trigger string) store.Occasion {
		return store.Occasion{Flow: flow, Trigger: trigger, Lane: flow + " " + trigger}
	}
	for name, c := range map[string]struct {
		goesOn, next store.Occasion
		waits        bool
	}{
		"the same schedule":                 {of("f", edited), of("f", edited), true},
		"as it was before the edit":         {of("f", "schedule 0 * * * * UTC"), of("f", edited), true},
		"a time that waits since before it": {of("f", edited), of("f", "schedule 0 * * * * UTC"), true},
		"two edits":                         {of("f", "schedule 0 * * * * UTC"), of("f", "schedule 1 * * * * UTC"), true},
		"another schedule of the flow":      {of("f", "schedule 9 * * * * UTC"), of("f", edited), false},
		"another flow":                      {of("g", "schedule 0 * * * * UTC"), of("f", edited), false},
		"an event of the flow":              {of("f", "event x"), of("f", edited), false},
		"for an event of the flow":          {of("f", "schedule 0 * * * * UTC"), of("f", "event x"), false},
	} {
		r := newRunning()
		r.add(c.goesOn)
		r.started(c.goesOn, "the run", false)
		before := r.before(c.next, func(id string) bool { return id == edited || id == "schedule 9 * * * * UTC" })
		if (before.run == "the run") != c.waits {
			t.Errorf("%s: the time waits for %+v", name, before)
		}
		r.done(c.goesOn)
		if before := r.before(c.next, func(string) bool { return false }); before.run != "" {
			t.Errorf("%s: nothing goes on, and it waits for %+v", name, before)
		}
	}
}

func TestTimesThatWaitStartAfterAnEdit(t *testing.T) {
	t.Parallel()
	now := clock.NewJumping(time.Date(2026, 3, 1, 11, 30, 0, 0, time.UTC))
	const slow = "flow: slow\ninputs: {at: string}\ntriggers:\n  - schedule: \"0 * * * *\"\n    missed: all\n    inputs: {at: \"${ trigger.scheduled_at }\"}\nsteps: [{wait: 20ms}, {return: \"${ inputs.at }\"}]\n"
	s := open(t, t.TempDir(), now, map[string]string{"flowdeck.yaml": settings, "slow.yaml": slow})
	tick := s.scheduler()
	tick(0)
	tick(2*time.Hour + 5*time.Minute) // 14:35
	for _, text := range []string{
		strings.Replace(slow, "0 * * * *", "40,41 * * * *", 1),
		"flow: slow\ninputs: {at: string}\nsteps: [{wait: 20ms}, {return: \"${ inputs.at }\"}]\n",
	} {
		if !s.edit("slow.yaml", text) {
			t.Fatal("the change is not used")
		}
		tick(0)
		tick(10 * time.Minute)
	}
	const want = "2026-03-01T13:00 2026-03-01T14:00 2026-03-01T14:40 2026-03-01T14:41"
	s.wantOccasions("before the start", strings.Split(strings.ReplaceAll(want, " ", " waiting,")+" waiting", ",")...)
	s.start()
	var results []string
	for range 4 {
		run := strings.Fields(s.await("started flow=slow"))[2]
		if ended := s.await("ended", "status=succeeded"); strings.Fields(ended)[2] != run {
			t.Errorf("%s overlaps with another: %s", run, ended)
		}
		past, err := s.Workspace.Past(t.Context(), strings.TrimPrefix(run, "run="))
		if err != nil {
			t.Fatal(err)
		}
		results = append(results, fmt.Sprint(past.Report.Result)[:16])
	}
	if !slices.Equal(results, strings.Fields(want)) {
		t.Errorf("got the times %q, want %q", results, want)
	}
	if err := s.stop(); err != nil {
		t.Error(err)
	}
}

func TestATimeWithASecretKeepsNoInputs(t *testing.T) {
	t.Parallel()
	now := clock.NewJumping(time.Date(2026, 3, 1, 11, 30, 0, 0, time.UTC))
	s := open(t, t.TempDir(), now, map[string]string{"flowdeck.yaml": settings, "hourly.yaml": strings.Replace(hourly(""), "{at: string}", "{at: {type: string, secret: true}}", 1)})
	tick := s.scheduler()
	tick(0)
	tick(time.Hour)
	all, err := s.history.Occasions(t.Context(), store.OccasionFilter{Flow: "hourly"})
	if err != nil || len(all) != 1 || all[0].Inputs != nil {
		t.Errorf("got %+v, %v; the inputs are computed when the run starts", all, err)
	}
}
