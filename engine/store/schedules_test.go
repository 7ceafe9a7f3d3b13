package store

import (
	"slices"
	"testing"
	"time"
)

func TestPausesAndStartsOfEarlierVersionsAreKept(t *testing.T) {
	t.Parallel()
	s := open(t, Config{State: t.TempDir()})
	submit(t, s, []bool{true}, occasionAt("e1", noon))
	migration, err := migrations.ReadFile("migrations/009.sql")
	must(t, err)
	if _, err := s.db.Exec(`DROP TABLE paused_flows;
		DROP TABLE holds;
		ALTER TABLE occasions DROP COLUMN asker;
		ALTER TABLE schedules ADD COLUMN paused INTEGER NOT NULL DEFAULT 0;
		INSERT INTO schedules (flow, trigger, last, paused) VALUES ('a', 'schedule 1', 0, 1), ('a', 'schedule 2', 0, 1), ('b', 'schedule 1', 0, 0);` + string(migration)); err != nil {
		t.Fatal(err)
	}
	if got, err := s.PausedFlows(t.Context()); err != nil || !slices.Equal(got, []string{"a"}) {
		t.Errorf("got %q, %v", got, err)
	}
	if all, err := s.Schedules(t.Context()); err != nil || len(all) != 3 {
		t.Errorf("got %+v, %v; want the schedules as they were", all, err)
	}
	if all, err := s.Starts(t.Context(), StartFilter{By: "an event"}); err != nil || len(all) != 1 {
		t.Errorf("got %+v, %v; want what somebody has started", all, err)
	}
}

func TestSchedulesAreForgottenByTheLeaderOnly(t *testing.T) {
	t.Parallel()
	s := open(t, Config{State: t.TempDir()})
	lead, err := s.Lead(t.Context(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	state, err := s.Schedule(t.Context(), lead, "nightly", "schedule 0 2 * * * UTC")
	must(t, err)
	must(t, lead.Resign(t.Context()))
	next, err := s.Lead(t.Context(), time.Time{})
	must(t, err)
	if err := s.ForgetSchedules(t.Context(), lead, []ScheduleState{state}); err == nil {
		t.Error("one that does not lead any more must not")
	}
	must(t, s.ForgetSchedules(t.Context(), next, []ScheduleState{state}))
	if all, err := s.Schedules(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("got %+v, %v", all, err)
	}
}
