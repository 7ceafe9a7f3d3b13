package serve

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/engine/clock"
)

// scheduler makes the server lead, and returns a function that lets time pass and looks at the schedules.
func (s *served) scheduler() (tick func(wait time.Duration)) {
	s.t.Helper()
	lead, err := s.lead(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return func(wait time.Duration) {
		s.t.Helper()
		if err := s.Clock.Sleep(s.t.Context(), s.Clock.Now().Add(wait)); err != nil {
			s.t.Fatal(err)
		}
		if err := (&scheduler{Server: s.Server, lead: lead}).tick(s.t.Context(), s.Clock.Now()); err != nil {
			s.t.Fatal(err)
		}
	}
}

// edit replaces a file of the workspace, or removes it if the text is empty, and reports whether the server uses the change.
func (s *served) edit(name, text string) bool {
	s.t.Helper()
	file := filepath.Join(s.dir, name)
	err := os.WriteFile(file, []byte(text), 0o600)
	if text == "" {
		err = os.Remove(file)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	w := s.flows.workspace.Reload()
	return s.follow(w, w.Source(w.File.Name))
}

// openHourly opens a server whose flow hourly has started nothing yet, at 12:30 in Berlin.
func openHourly(t *testing.T) (s *served, tick func(time.Duration)) {
	t.Helper()
	now := clock.NewJumping(time.Date(2026, 3, 1, 11, 30, 0, 0, time.UTC))
	s = open(t, t.TempDir(), now, map[string]string{"flowdeck.yaml": settings, "hourly.yaml": hourly("    missed: all\n")})
	tick = s.scheduler()
	tick(0)
	return s, tick
}

func (s *served) wantOccasions(when string, want ...string) {
	s.t.Helper()
	if got := s.occasions(); !slices.Equal(got, want) {
		s.t.Errorf("%s: got %q, want %q", when, got, want)
	}
}

func TestAPausedScheduleStartsNothing(t *testing.T) {
	t.Parallel()
	s, tick := openHourly(t)
	if err := s.history.PauseSchedules(t.Context(), "hourly"); err != nil {
		t.Fatal(err)
	}
	tick(time.Hour)
	s.resume("hourly", true)
	tick(time.Hour)
	s.wantOccasions("only the time after the pause", "2026-03-01T14:00 waiting")
	s.resume("hourly", false)
}

// resume resumes the schedules of a flow, which were paused or not.
func (s *served) resume(flow string, paused bool) {
	s.t.Helper()
	if got, err := s.history.ResumeSchedules(s.t.Context(), flow); err != nil || got != paused {
		s.t.Errorf("%s was paused: got %v, %v", flow, got, err)
	}
}

func TestAPauseEndsWithoutAServer(t *testing.T) {
	t.Parallel()
	s, tick := openHourly(t)
	if err := s.history.PauseSchedules(t.Context(), "hourly"); err != nil {
		t.Fatal(err)
	}
	if err := s.Clock.Sleep(t.Context(), s.Clock.Now().Add(3*time.Hour)); err != nil { // 15:30, and nothing has looked
		t.Fatal(err)
	}
	s.resume("hourly", true)
	tick(2 * time.Hour)
	s.wantOccasions("times in a pause are not missed", "2026-03-01T16:00 waiting", "2026-03-01T17:00 waiting")
}

func TestAPauseIsThatOfTheFlowWhateverItsSchedulesAre(t *testing.T) {
	t.Parallel()
	s, tick := openHourly(t)
	if err := s.history.PauseSchedules(t.Context(), "hourly"); err != nil {
		t.Fatal(err)
	}
	original := hourly("    missed: all\n")
	other := strings.Replace(original, "0 * * * *", "10 * * * *", 1)
	for _, text := range []string{
		other,
		strings.Replace(other, "    missed: all\n", "    timezone: Asia/Tokyo\n", 1),
		strings.Replace(other, "steps:", "  - schedule: \"20 * * * *\"\n    inputs: {at: now}\nsteps:", 1),
		"flow: hourly\ninputs: {at: string}\nsteps: [{return: 1}]\n",
		"",
		original,
	} {
		if !s.edit("hourly.yaml", text) {
			t.Fatalf("the change is not used:\n%s", text)
		}
		tick(0)
		tick(time.Hour)
		s.wantOccasions(text)
	}
	if !s.edit("hourly.yaml", strings.Replace(original, "flow: hourly", "flow: renamed", 1)) {
		t.Fatal("the new name is not used")
	}
	tick(0)
	tick(time.Hour)
	s.wantOccasions("a flow with another name", "2026-03-01T19:00 waiting")
	s.resume("renamed", false)
	s.resume("hourly", true)
}

func TestAScheduleThatIsPutBackStartsWithItsNextTime(t *testing.T) {
	t.Parallel()
	text := hourly("    missed: all\n")
	for name, change := range map[string]string{"the flow is removed": "", "its cron expression is another one": strings.Replace(text, "0 * * * *", "@yearly", 1)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, tick := openHourly(t)
			if !s.edit("hourly.yaml", change) {
				t.Fatal("the change is not used")
			}
			tick(0)
			tick(3 * time.Hour)
			if !s.edit("hourly.yaml", text) {
				t.Fatal("the change is not used")
			}
			tick(0)
			s.wantOccasions("a server ran all the time")
			tick(time.Hour)
			s.wantOccasions("the next time", "2026-03-01T16:00 waiting")
		})
	}
}

func TestAScheduleKeepsItsPlaceWhileAChangeIsNotUsed(t *testing.T) {
	t.Parallel()
	s, tick := openHourly(t)
	if s.edit("hourly.yaml", "flow: hourly\nsteps: [{retrun: 1}]\n") {
		t.Fatal("a flow with a problem is used")
	}
	tick(0)
	tick(3 * time.Hour) // nothing has looked for so long
	s.wantOccasions("the schedule goes on as it was", "2026-03-01T13:00 waiting", "2026-03-01T14:00 waiting", "2026-03-01T15:00 waiting")
}

func TestAScheduleThatAnEarlierServerDidNotHaveIsNew(t *testing.T) {
	t.Parallel()
	first, _ := openHourly(t)
	dir, now := first.dir, first.Clock
	for i, text := range []string{"", hourly("    missed: all\n")} {
		if err := first.Workspace.Close(); err != nil {
			t.Fatal(err)
		}
		if err := now.Sleep(t.Context(), now.Now().Add(3*time.Hour)); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "hourly.yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		first = open(t, dir, now, nil)
		first.scheduler()(0)
		if got := first.occasions(); got != nil {
			t.Errorf("server %d: got %q; the schedule starts with its next time", i+2, got)
		}
	}
}

func TestTheLogSaysHowManyTimesWereMissedAndStarted(t *testing.T) {
	t.Parallel()
	for setting, want := range map[string]string{
		"":                   "missed=3 started=1 left_out=2",
		"    missed: all\n":  "missed=3 started=3 left_out=0",
		"    missed: none\n": "missed=3 started=0 left_out=3",
	} {
		t.Run(setting, func(t *testing.T) {
			t.Parallel()
			now := clock.NewJumping(time.Date(2026, 3, 1, 11, 30, 0, 0, time.UTC))
			s := open(t, t.TempDir(), now, map[string]string{"flowdeck.yaml": settings, "hourly.yaml": hourly(setting)})
			tick := s.scheduler()
			tick(0)
			tick(3*time.Hour + 30*time.Minute) // 16:00, which is punctual
			s.await("times of a schedule were missed", "flow=hourly", "schedule=0 * * * *", want)
		})
	}
}
