package serve

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/clock"
	"github.com/flowdeck/flowdeck/engine/meter"
	"github.com/flowdeck/flowdeck/engine/store"
)

// The tests are named after requirements of the threat model.

// wrong is the clock of a machine that somebody sets to another time. Waiting takes as long as ever.
type wrong struct {
	clock.System
	by atomic.Int64
}

func (w *wrong) Now() time.Time { return time.Now().Add(time.Duration(w.by.Load())) }

func (w *wrong) Sleep(ctx context.Context, until time.Time) error {
	return w.System.Sleep(ctx, time.Now().Add(until.Sub(w.Now())))
}

func TestT16ALeaderThatIsSuspendedIsReplacedAndWritesNothingMore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	files := map[string]string{"flowdeck.yaml": settings, "hourly.yaml": hourly("")}
	first := open(t, dir, nil, files)
	old, err := first.lead(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	first.submit(store.Occasion{Flow: "hourly", Trigger: "test", Key: "1", At: time.Now(), Inputs: map[string]any{}})
	// The looks of the second take no time, so that no heartbeat of the first is seen meanwhile.
	second := open(t, dir, clock.NewJumping(time.Now()), nil)
	lead, err := second.lead(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	second.await("suspended or out of reach")
	if err := lead.Check(t.Context()); err != nil {
		t.Error(err)
	}
	d := &dispatcher{Server: first.Server, lead: old, park: t.Context(), abort: t.Context()}
	if err := d.dispatch(t.Context(), true); err != nil { // it does not know yet, and tries to create the run
		t.Error(err)
	}
	first.runs.wait()
	if got := first.occasions(); !slices.Equal(got, []string{"1 waiting"}) {
		t.Errorf("got %q, want an occasion that waits for the new leader", got)
	}
	if runs, err := first.Workspace.Runs(t.Context(), store.Filter{}); err != nil || len(runs) != 0 {
		t.Errorf("got %+v, %v; want no run", runs, err)
	}
	all, err := first.history.Occasions(t.Context(), store.OccasionFilter{})
	if err != nil {
		t.Fatal(err)
	}
	_, submitted := first.history.Submit(t.Context(), old, store.Occasion{Flow: "hourly", Trigger: "test", Key: "2", At: time.Now()})
	_, scheduled := first.history.Schedule(t.Context(), old, "hourly", "test")
	for what, err := range map[string]error{
		"a look at the schedules": (&scheduler{Server: first.Server, lead: old}).run(t.Context()),
		"an occasion":             submitted,
		"a new schedule":          scheduled,
		"the time of a schedule":  first.history.Advance(t.Context(), old, "hourly", "test", time.Now()),
		"a dropped occasion":      first.history.Drop(t.Context(), old, all[0].ID, "late"),
	} {
		if !errors.Is(err, store.ErrNotLeading) {
			t.Errorf("%s of the old leader: got %v, want ErrNotLeading", what, err)
		}
	}
}

// The wall clocks of both servers jump by a day, and one of both machines is suspended: what counts is that heartbeats come.
func TestT16ALeaderThatLivesIsNotReplaced(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	files := map[string]string{"flowdeck.yaml": settings, "hourly.yaml": hourly("")}
	synctest.Test(t, func(t *testing.T) {
		var mine, other wrong
		leader := open(t, dir, &mine, files).start()
		for leader.Status() != Leading {
			time.Sleep(time.Second)
		}
		second := open(t, dir, &other, nil).start()
		for i, jump := range []time.Duration{0, 24 * time.Hour, -24 * time.Hour, 0} {
			[]*wrong{&other, &mine}[i%2].by.Store(int64(jump))
			time.Sleep(3 * patient * standBy)
			if leader.Status() != Leading || second.Status() != StandingBy {
				t.Errorf("after a jump by %v: the leader is %s, and the second %s", jump, leader.Status(), second.Status())
			}
		}
		if err := leader.stop(); err != nil {
			t.Error(err)
		}
		time.Sleep(2 * standBy)
		if second.Status() != Leading {
			t.Errorf("the second is %s, after the first has ended", second.Status())
		}
		if err := second.stop(); err != nil {
			t.Error(err)
		}
		if err := errors.Join(leader.Workspace.Close(), second.Workspace.Close()); err != nil {
			t.Error(err)
		}
	})
}

// Two servers take turns while clocks are put back and forward for summer time, and jump by a day.
func TestT16EachTimeStartsOneRunHoweverClocksJump(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	start := time.Date(2026, 3, 28, 12, 30, 0, 0, time.UTC)
	now := &moved{at: start}
	one := open(t, dir, now, map[string]string{"flowdeck.yaml": settings, "hourly.yaml": hourly("    missed: all\n")})
	servers := []*served{one, open(t, dir, now, nil)}
	tick := func(i int, at time.Time) {
		t.Helper()
		now.at = at
		s := servers[i%2]
		lead, err := s.lead(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join((&scheduler{Server: s.Server, lead: lead}).tick(t.Context(), at), lead.Resign(t.Context())); err != nil {
			t.Fatal(err)
		}
	}
	tick(0, start)
	var want []string
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 48 { // over the change in the night to March 29
		at := start.Add(time.Duration(i+1) * time.Hour)
		if i%5 == 0 {
			tick(i, at.Add(-30*time.Minute))
			tick(i, at.Add(-time.Duration(i)*time.Minute))
		}
		if i == 24 { // somebody sets the clock wrong for a moment: what was missed in the future has its runs, once
			tick(i, at.Add(24*time.Hour))
			tick(i, at.Add(-24*time.Hour))
		}
		tick(i+1, at)
	}
	for at := start.Truncate(time.Hour).Add(time.Hour); at.Before(start.Add((24 + 25) * time.Hour)); at = at.Add(time.Hour) {
		want = append(want, at.In(berlin).Format("2006-01-02T15:04"))
	}
	var got []string
	for _, o := range one.occasions() {
		key, status, _ := strings.Cut(o, " ")
		got = append(got, key)
		if status != "waiting" {
			t.Errorf("%s is %s", key, status)
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// moved is a clock that is set.
type moved struct {
	clock.System
	at time.Time
}

func (m *moved) Now() time.Time                                   { return m.at }
func (m *moved) Sleep(ctx context.Context, until time.Time) error { return ctx.Err() }

// A server that was suspended parks its runs when it goes on: after another one has taken over, and looked for runs to resume.
func TestT16TheRunsOfALeaderThatWasSuspendedGoOn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	files := map[string]string{"flowdeck.yaml": settings, "slow.yaml": "flow: slow\nsteps:\n  - each: [1, 2, 3]\n    concurrency: 1\n    do: [{wait: 2s}]\n"}
	synctest.Test(t, func(t *testing.T) {
		old := open(t, dir, nil, files).start()
		old.submit(store.Occasion{Flow: "slow", Trigger: "test", Key: "1", At: time.Now(), Inputs: map[string]any{}})
		run := strings.Fields(old.await("started"))[2]
		next := open(t, dir, nil, nil)
		lead, err := next.history.Leader(t.Context())
		if err != nil || lead == nil {
			t.Fatalf("got %v, %v; want a leader", lead, err)
		}
		if _, err := next.history.Lead(t.Context(), lead.Heartbeat); err != nil { // as if it had waited for long
			t.Fatal(err)
		}
		next.start()
		if err := <-old.ended; !errors.Is(err, store.ErrNotLeading) {
			t.Errorf("the old leader ended with %v", err)
		}
		time.Sleep(strays)
		if resumed := next.await("resumed"); !strings.Contains(resumed, run) {
			t.Errorf("%s goes on, want %s", resumed, run)
		}
		next.await("ended", run, "succeeded")
		if err := errors.Join(next.stop(), old.Workspace.Close(), next.Workspace.Close()); err != nil {
			t.Error(err)
		}
	})
}

// What a server that stands by answers, and what it starts when it leads, is what the files have then.
func TestAServerThatStandsByFollowsTheFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	files := map[string]string{"flowdeck.yaml": settings, "echo.yaml": echo}
	synctest.Test(t, func(t *testing.T) {
		first := open(t, dir, nil, files).start()
		for first.Status() != Leading {
			time.Sleep(time.Second)
		}
		second := open(t, dir, nil, nil).start()
		second.await("standing by")
		if err := os.WriteFile(filepath.Join(dir, "echo.yaml"), []byte(strings.Replace(echo, "flow: echo", "flow: other", 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		second.await("read again")
		if second.Flow("other") == nil || second.Flow("echo") != nil || second.Status() != StandingBy {
			t.Error("the second server, which stands by, must have the flows of the files")
		}
		if err := first.stop(); err != nil {
			t.Fatal(err)
		}
		second.submit(store.Occasion{Flow: "other", Trigger: "test", Key: "1", At: time.Now(), Inputs: map[string]any{}})
		second.await("ended", "flow=other", "succeeded")
		if err := errors.Join(second.stop(), first.Workspace.Close(), second.Workspace.Close()); err != nil {
			t.Error(err)
		}
	})
}

// Of the runs, the one ends that has made most since memory was last plentiful: not one that made much long ago.
func TestT10TheRunEndsThatFillsTheMemory(t *testing.T) {
	t.Parallel()
	m, now := memory{most: 1000, runs: map[*tenant]bool{}}, time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC)
	names := map[string]context.Context{}
	tenants := map[string]*tenant{}
	for _, flow := range []string{"old", "small", "large"} {
		one, ctx, cut, leave := m.enter(flow, t.Context(), t.Context())
		defer leave()
		m.named(one, "run of "+flow)
		names[flow], tenants[flow] = ctx, one
		if flow == "old" {
			meter.Made(ctx, 100*meter.Noticed)
		}
		meter.Made(cut, meter.Noticed)
	}
	if flow, _ := m.look(100, now); flow != "" {
		t.Errorf("with enough memory, a run of %s is ended", flow)
	}
	meter.Made(names["small"], meter.Noticed)
	meter.Made(names["large"], 3*meter.Noticed)
	if flow, _ := m.look(900, now); flow != "" {
		t.Errorf("below the limit, a run of %s is ended", flow)
	}
	for _, want := range []string{"large", "small", ""} {
		flow, run := m.look(1001, now)
		if flow != want || want != "" && run != "run of "+want {
			t.Errorf("got %s, %s; want %q", flow, run, want)
		}
		if flow, _ := m.look(1400, now.Add(relief-1)); flow != "" {
			t.Errorf("a run of %s is ended while the one before frees its memory", flow)
		}
		now = now.Add(relief)
	}
	for flow, ctx := range names {
		why := (*card.Error)(nil)
		if ended := errors.As(context.Cause(ctx), &why) && why.Code == "memory"; ended == (flow == "old") {
			t.Errorf("%s: its context ended with %v", flow, context.Cause(ctx))
		}
	}
}

func TestT10AnotherRunEndsAtOnceIfMemoryIsTakenFasterThanItIsFreed(t *testing.T) {
	t.Parallel()
	m, now := memory{most: 1000, runs: map[*tenant]bool{}}, time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC)
	for _, flow := range []string{"large", "small"} {
		one, ctx, _, leave := m.enter(flow, t.Context(), t.Context())
		defer leave()
		m.named(one, "run of "+flow)
		meter.Made(ctx, map[string]int{"large": 3, "small": 1}[flow]*meter.Noticed)
	}
	for _, step := range []struct {
		used uint64
		want string
	}{{1100, "large"}, {1599, ""}, {1600, "small"}} {
		now = now.Add(glance)
		if flow, _ := m.look(step.used, now); flow != step.want {
			t.Errorf("with %d in use: got %q, want %q", step.used, flow, step.want)
		}
	}
}
