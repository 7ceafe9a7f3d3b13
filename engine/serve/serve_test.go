package serve

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/engine/clock"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/schedule"
	"github.com/flowdeck/flowdeck/engine/store"
	"github.com/flowdeck/flowdeck/engine/veil"
)

// served is a server under test with its log.
type served struct {
	*Server
	t     *testing.T
	dir   string
	lines chan string // "ended nightly succeeded"
	ended chan error
	stop  func() error
}

// open returns a server for a workspace with these files.
func open(t *testing.T, dir string, c clock.Clock, files map[string]string, change ...func(*host.Config)) *served {
	t.Helper()
	s, err := tryOpen(t, dir, c, nil, files, change...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// tryOpen returns a server for a workspace with these files, whose runs go on elsewhere unless on is nil.
func tryOpen(t *testing.T, dir string, c clock.Clock, on Elsewhere, files map[string]string, change ...func(*host.Config)) (*served, error) {
	t.Helper()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	config := host.Config{Cards: cards.All(), Triggers: cards.Triggers(), Services: cards.Services(), Clock: c}
	for _, f := range change {
		f(&config)
	}
	w, err := host.Open(dir, config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	s := &served{t: t, dir: dir, lines: make(chan string, 1000)}
	s.Server, err = New(Config{Workspace: w, Clock: c, Log: slog.New(lines{ch: s.lines}), Elsewhere: on})
	return s, err
}

// start serves until stop is called.
func (s *served) start() *served {
	ctx, cancel := context.WithCancel(s.t.Context())
	s.ended = make(chan error, 1)
	go func() { s.ended <- s.Run(ctx); close(s.ended) }()
	s.stop = func() error { cancel(); return <-s.ended }
	s.t.Cleanup(func() {
		cancel()
		for range s.ended { // until nothing writes to the folder of the test
		}
	})
	return s
}

// await waits for a line of the log with these words.
func (s *served) await(words ...string) string {
	s.t.Helper()
	var seen []string
	for {
		select {
		case line := <-s.lines:
			if seen = append(seen, line); !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(line, w) }) {
				return line
			}
		case <-time.After(30 * time.Second):
			s.t.Fatalf("no line with %q; got:\n%s", words, strings.Join(seen, "\n"))
		}
	}
}

func (s *served) submit(all ...store.Occasion) {
	s.t.Helper()
	if _, err := s.history.Submit(s.t.Context(), nil, all...); err != nil {
		s.t.Fatal(err)
	}
	s.Wake()
}

func (s *served) occasions() (all []string) {
	s.t.Helper()
	list, err := s.history.Occasions(s.t.Context(), store.OccasionFilter{})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, o := range slices.Backward(list) {
		all = append(all, strings.TrimSpace(fmt.Sprintf("%s %s %s", o.Key, o.Status, o.Reason)))
	}
	return all
}

// lines is a handler that sends each line to a channel.
type lines struct {
	ch   chan string
	with string
}

func (lines) Enabled(context.Context, slog.Level) bool { return true }
func (l lines) WithGroup(string) slog.Handler          { return l }
func (l lines) WithAttrs(all []slog.Attr) slog.Handler {
	for _, a := range all {
		l.with += fmt.Sprintf(" %s=%v", a.Key, a.Value)
	}
	return l
}
func (l lines) Handle(_ context.Context, r slog.Record) error {
	line := r.Message + l.with
	r.Attrs(func(a slog.Attr) bool { line += fmt.Sprintf(" %s=%v", a.Key, a.Value); return true })
	l.ch <- line
	return nil
}

const settings = "timezone: Europe/Berlin\n"

func hourly(more string) string {
	return "flow: hourly\ninputs: {at: string}\ntriggers:\n  - schedule: \"0 * * * *\"\n    inputs: {at: \"${ trigger.scheduled_at }\"}\n" + more + "steps: [{return: \"${ inputs.at }\"}]\n"
}

func TestMissedTimesOfAScheduleRunAsItSays(t *testing.T) {
	t.Parallel()
	for setting, want := range map[string][]string{
		"":                                    {"2026-03-01T15:00"},
		"    missed: last\n":                  {"2026-03-01T15:00"},
		"    missed: none\n":                  nil,
		"    missed: all\n":                   {"2026-03-01T13:00", "2026-03-01T14:00", "2026-03-01T15:00"},
		"    missed: all\n    within: 1h\n":   {"2026-03-01T15:00"},
		"    missed: last\n    within: 10m\n": nil,
	} {
		t.Run(setting, func(t *testing.T) {
			t.Parallel()
			now := clock.NewJumping(time.Date(2026, 3, 1, 11, 30, 0, 0, time.UTC)) // 12:30 in Berlin
			s := open(t, t.TempDir(), now, map[string]string{"flowdeck.yaml": settings, "hourly.yaml": hourly(setting)})
			tick := s.scheduler()
			tick(0)
			if got := s.occasions(); got != nil {
				t.Errorf("a new schedule starts now; got %q", got)
			}
			tick(2*time.Hour + 50*time.Minute)
			var waiting []string
			for _, key := range want {
				waiting = append(waiting, key+" waiting")
			}
			if got := s.occasions(); !slices.Equal(got, waiting) {
				t.Errorf("got %q, want %q", got, waiting)
			}
			tick(0)
			if got := s.occasions(); !slices.Equal(got, waiting) {
				t.Errorf("a second look changed the occasions: %q", got)
			}
			tick(40 * time.Minute) // 16:00
			if got := s.occasions(); len(got) != len(want)+1 || got[len(want)] != "2026-03-01T16:00 waiting" {
				t.Errorf("a punctual time: got %q", got)
			}
		})
	}
}

func TestThereIsABoundForMissedTimes(t *testing.T) {
	t.Parallel()
	var all []schedule.Occurrence
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for i := range 1000 {
		all = append(all, schedule.Occurrence{At: now.Add(time.Duration(i-1000) * time.Hour)})
	}
	if got := wanted(all, "all"); len(got) != 100 || !got[99].At.Equal(now.Add(-time.Hour)) {
		t.Errorf("got %d, want the latest 100", len(got))
	}
}

const echo = "flow: echo\ninputs: {n: {type: integer, default: 0}}\nsteps: [{return: \"${ inputs.n }\"}]\n"

func TestOccasionsStartOneRunEach(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), nil, map[string]string{"flowdeck.yaml": settings, "echo.yaml": echo}).start()
	now := time.Now()
	for i := range 20 {
		s.submit(
			store.Occasion{Flow: "echo", Trigger: "test", Key: fmt.Sprint(i), At: now, Inputs: map[string]any{"n": i}},
			store.Occasion{Flow: "echo", Trigger: "test", Key: fmt.Sprint(i / 2), At: now, Inputs: map[string]any{"n": i}},
		)
	}
	s.submit(
		store.Occasion{Flow: "echo", Trigger: "test", Key: "bad", At: now, Inputs: map[string]any{"n": "many"}},
		store.Occasion{Flow: "echo", Trigger: "schedule x", Key: "trigger", At: now},
	)
	for range 20 {
		s.await("ended", "status=succeeded")
	}
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) { // the last ones may still wait
		if waiting, err := s.history.Occasions(t.Context(), store.OccasionFilter{Status: store.Waiting}); err != nil || len(waiting) == 0 {
			break
		}
	}
	if err := s.stop(); err != nil {
		t.Error(err)
	}
	runs, err := s.Workspace.Runs(t.Context(), store.Filter{Flow: "echo"})
	if err != nil || len(runs) < 20 || len(runs) > 21 { // one failed: its input does not fit
		t.Errorf("got %d runs, %v; want one for each of 20 occasions", len(runs), err)
	}
	dropped, err := s.history.Occasions(t.Context(), store.OccasionFilter{Status: store.Dropped})
	if err != nil || len(dropped) != 1 {
		t.Errorf("got %+v, %v; want the one without a trigger", dropped, err)
	}
}

func TestRunsOfALaneFollowEachOther(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), nil, map[string]string{"flowdeck.yaml": settings, "slow.yaml": "flow: slow\ninputs: {n: integer}\nsteps: [{wait: 20ms}, {return: \"${ inputs.n }\"}]\n"})
	now := time.Now()
	for _, i := range []int{3, 1, 2} {
		s.submit(store.Occasion{Flow: "slow", Trigger: "test", Key: fmt.Sprint(i), Lane: "one", At: now.Add(time.Duration(i) * time.Second), Inputs: map[string]any{"n": i}})
	}
	s.start()
	var order []string
	for range 3 {
		started := s.await("started")
		order = append(order, strings.TrimPrefix(strings.Fields(started)[2], "run="))
		if ended := s.await("ended"); strings.Fields(started)[2] != strings.Fields(ended)[2] {
			t.Errorf("%q is followed by %q", started, ended)
		}
	}
	if err := s.stop(); err != nil {
		t.Error(err)
	}
	all, err := s.history.Occasions(t.Context(), store.OccasionFilter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range all {
		if i := slices.Index(order, o.Run); o.Key != fmt.Sprint(i+1) {
			t.Errorf("run %d is that of occasion %s", i+1, o.Key)
		}
	}
}

func TestAStartWithASecretWaitsForAServerWithItsKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	withKey := func(c *host.Config) {
		c.Veil, c.Key = veil.New(), func() ([]byte, error) { return []byte("a passphrase of a machine"), nil }
	}
	first := open(t, dir, nil, map[string]string{
		"flowdeck.yaml": settings, "s.yaml": "flow: s\ninputs: {password: {type: string, secret: true}}\nsteps: [{return: 1, if: inputs.password == \"hunter2hunter2\"}, {stop: other}]\n",
	}, withKey)
	if _, err := first.Submit(t.Context(), first.Flow("s"), store.Occasion{Flow: "s", Trigger: "test", Key: "1", At: time.Now(), Inputs: map[string]any{"password": "hunter2hunter2"}}); err != nil {
		t.Fatal(err)
	}
	if err := first.Workspace.Close(); err != nil {
		t.Fatal(err)
	}
	second := open(t, dir, nil, nil).start()
	second.await("what starts the flow waits", "flow=s", "FLOWDECK_KEY")
	if err := second.stop(); err != nil {
		t.Error(err)
	}
	if got := second.occasions(); len(got) != 1 || got[0] != "1 waiting" {
		t.Errorf("got %v", got)
	}
	if err := second.Workspace.Close(); err != nil {
		t.Fatal(err)
	}
	third := open(t, dir, nil, nil, withKey).start()
	third.await("ended", "flow=s", "succeeded")
	if err := third.stop(); err != nil {
		t.Error(err)
	}
}

func TestARunGoesOnWhoseFlowWasRemoved(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := open(t, dir, nil, map[string]string{"flowdeck.yaml": settings, "long.yaml": long}).start()
	first.submit(store.Occasion{Flow: "long", Trigger: "test", Key: "1", At: time.Now(), Inputs: map[string]any{}})
	first.await("started")
	if err := first.stop(); err != nil {
		t.Fatal(err)
	}
	if err := first.Workspace.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "long.yaml")); err != nil {
		t.Fatal(err)
	}
	second := open(t, dir, nil, map[string]string{"echo.yaml": echo}).start()
	second.await("ended", "flow=long", "succeeded")
	if err := second.stop(); err != nil {
		t.Error(err)
	}
}

const long = "flow: long\nsteps:\n  - id: l\n    each: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]\n    concurrency: 1\n    do: [{wait: 200ms}]\n"

func TestARunThatWasParkedGoesOnWithTheNextServer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := open(t, dir, nil, map[string]string{"flowdeck.yaml": settings, "long.yaml": long}).start()
	first.submit(store.Occasion{Flow: "long", Trigger: "test", Key: "1", Lane: "l", At: time.Now(), Inputs: map[string]any{}})
	first.await("started")
	if err := first.stop(); err != nil {
		t.Fatal(err)
	}
	runs, err := first.Workspace.Runs(t.Context(), store.Filter{})
	if err != nil || len(runs) != 1 || runs[0].Status != store.Paused || runs[0].Reason != parkedReason {
		t.Fatalf("got %+v, %v; want a run that is parked", runs, err)
	}
	if err := first.Workspace.Close(); err != nil {
		t.Fatal(err)
	}
	second := open(t, dir, nil, nil).start()
	second.await("resumed", runs[0].Run)
	second.await("ended", runs[0].Run, "succeeded")
	if err := second.stop(); err != nil {
		t.Error(err)
	}
}

func TestARunThatWasParkedGoesOnWithTheRunsThatItStarted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := open(t, dir, nil, map[string]string{
		"flowdeck.yaml": settings, "long.yaml": long, "parent.yaml": "flow: parent\nsteps: [{start: long}, {return: 1}]\n",
	}).start()
	first.submit(store.Occasion{Flow: "parent", Trigger: "test", Key: "1", At: time.Now(), Inputs: map[string]any{}})
	first.await("started")
	all := func() []host.Line {
		runs, err := first.Workspace.Runs(t.Context(), store.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		return runs
	}
	for len(all()) < 2 {
		time.Sleep(10 * time.Millisecond)
	}
	if err := first.stop(); err != nil {
		t.Fatal(err)
	}
	for _, r := range all() {
		if r.Status != store.Paused || r.Reason != parkedReason {
			t.Errorf("run %s of %s is %s: %q; want a run that is parked", r.Run, r.Flow, r.Status, r.Reason)
		}
	}
	if err := first.Workspace.Close(); err != nil {
		t.Fatal(err)
	}
	second := open(t, dir, nil, nil).start()
	second.await("ended", "flow=parent", "succeeded")
	runs, err := second.Workspace.Runs(t.Context(), store.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range runs {
		if r.Status != "succeeded" {
			t.Errorf("run %s of %s is %s: %q", r.Run, r.Flow, r.Status, r.Reason)
		}
	}
	if err := second.stop(); err != nil {
		t.Error(err)
	}
}

func TestTheSecondServerStandsByUntilTheFirstHasEnded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := open(t, dir, nil, map[string]string{"flowdeck.yaml": settings, "echo.yaml": echo}).start()
	first.submit(store.Occasion{Flow: "echo", Trigger: "test", Key: "1", At: time.Now(), Inputs: map[string]any{}})
	first.await("ended")
	second := open(t, dir, nil, nil).start()
	second.await("standing by")
	if err := first.stop(); err != nil {
		t.Fatal(err)
	}
	second.submit(store.Occasion{Flow: "echo", Trigger: "test", Key: "2", At: time.Now(), Inputs: map[string]any{}})
	second.await("ended", "succeeded")
	if err := second.stop(); err != nil {
		t.Error(err)
	}
}

func TestAChangeWithAProblemLeavesTheFlowsAsTheyWere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, nil, map[string]string{"flowdeck.yaml": settings, "echo.yaml": echo}).start()
	write := func(text string) {
		if err := os.WriteFile(filepath.Join(dir, "echo.yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(strings.Replace(echo, "return", "retrun", 1))
	s.await("stay as they were", "echo.yaml:3")
	s.submit(store.Occasion{Flow: "echo", Trigger: "test", Key: "1", At: time.Now(), Inputs: map[string]any{"n": 1}})
	s.await("ended", "succeeded")
	write(strings.Replace(echo, "flow: echo", "flow: other", 1))
	s.await("read again")
	s.submit(store.Occasion{Flow: "other", Trigger: "test", Key: "2", At: time.Now(), Inputs: map[string]any{"n": 2}})
	s.await("ended", "flow=other", "succeeded")
	if err := s.stop(); err != nil {
		t.Error(err)
	}
}
