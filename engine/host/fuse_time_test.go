package host

import (
	"context"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/store"
)

// timed returns the fuse of a flow with a limit of one hour, and its clock.
func timed(before keptLimits) (f *fuse, now *time.Time, why *string) {
	now, why = new(time.Time), new(string)
	*now = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	f = fused(before, new(keptLimits), why, engine.Fuse{Measure: engine.TimeMeasure, Most: int64(time.Hour)})
	f.now = func() time.Time { return *now }
	return f, now, why
}

func TestTheTimeInWhichARunOnlyWaitsForPeopleDoesNotCount(t *testing.T) {
	t.Parallel()
	f, now, _ := timed(keptLimits{})
	f.time.since = *now
	pass := func(d time.Duration, want time.Duration) {
		t.Helper()
		*now = now.Add(d)
		f.mu.Lock()
		defer f.mu.Unlock()
		if got := f.went(); got != want {
			t.Errorf("the run went on for %s, want %s", got, want)
		}
	}
	work := func(kind engine.EventKind, step string) {
		f.works("r1", engine.Event{Kind: kind, Verb: "card", Place: engine.Place{}.Step(step)})
	}
	pass(time.Minute, time.Minute)
	first := f.asks()
	pass(24*time.Hour, time.Minute)
	work(engine.StepEnded, "skipped") // by its guard: it never started
	second := f.asks()
	pass(24*time.Hour, time.Minute)
	work(engine.StepStarted, "a") // in another record
	pass(time.Minute, 2*time.Minute)
	first()
	work(engine.StepEnded, "a")
	pass(24*time.Hour, 2*time.Minute)
	second()
	pass(time.Minute, 3*time.Minute)
}

func TestARunThatWaitedForAPersonPausesWhenItsTimeIsOver(t *testing.T) {
	t.Parallel()
	f, now, _ := timed(keptLimits{})
	start := *now
	set := func(d time.Duration) {
		f.mu.Lock()
		defer f.mu.Unlock()
		*now = start.Add(d)
	}
	paused, slept, wake := make(chan string), make(chan time.Time), make(chan bool)
	f.pause = func(why string) { paused <- why }
	f.goOn(t.Context(), func(_ context.Context, until time.Time) error {
		slept <- until
		<-wake
		return nil
	})
	if until := (<-slept).Sub(start); until != time.Hour {
		t.Errorf("its time is over after %s", until)
	}
	set(30 * time.Minute)
	answered := f.asks()
	set(time.Hour)
	wake <- true
	set(240 * time.Hour)
	answered()
	if until := (<-slept).Sub(start); until != 240*time.Hour+30*time.Minute {
		t.Errorf("its time is over after %s", until)
	}
	set(241 * time.Hour)
	wake <- true
	if why, want := <-paused, "limit of 1h0m0s (f.yaml:1:0): the run went on for 1h30m0s"; why != want {
		t.Errorf("got %q, want %q", why, want)
	}
}

// A process that is killed has not reported its last moments.
func TestARunThatIsKilledAgainAndAgainHasNoMoreTime(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	report := func(used time.Duration, at time.Time) *Allowance { return &Allowance{Used: used.Seconds(), At: at} }
	for name, test := range map[string]struct {
		status engine.Status
		kept   *keptTime
		report *Allowance
		last   time.Time // when a write ended
		want   time.Duration
	}{
		"paused":                          {store.Paused, nil, report(time.Minute, start.Add(time.Hour)), start.Add(time.Hour), time.Minute},
		"killed":                          {store.Interrupted, nil, report(time.Minute, start.Add(time.Hour)), start.Add(time.Hour), time.Minute + lostTime},
		"killed after a late write":       {store.Interrupted, nil, report(time.Minute, start.Add(time.Minute)), start.Add(2 * time.Minute), 2 * time.Minute},
		"killed before its first report":  {store.Interrupted, nil, nil, time.Time{}, lostTime},
		"killed again before a report":    {store.Interrupted, &keptTime{time.Hour, start.Add(48 * time.Hour)}, report(time.Minute, start), start, time.Hour + lostTime},
		"killed again, after a write":     {store.Interrupted, &keptTime{time.Hour, start.Add(48 * time.Hour)}, report(time.Hour, start), start.Add(49 * time.Hour), 2 * time.Hour},
		"paused after it was killed once": {store.Paused, &keptTime{time.Minute, start}, report(time.Hour, start.Add(2*time.Hour)), start, time.Hour},
	} {
		f, _, _ := timed(keptLimits{Time: test.kept})
		f.resumeTime(store.Run{Started: start, Status: test.status}, test.last, test.report)
		if f.time.before != test.want || f.kept.Time.Used != test.want {
			t.Errorf("%s: it went on for %s, and %s is kept; want %s", name, f.time.before, f.kept.Time.Used, test.want)
		}
	}
}
