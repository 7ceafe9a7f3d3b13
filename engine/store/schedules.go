package store

import (
	"context"
	"database/sql"
	"time"
)

// ScheduleState is how far a schedule of a flow has come.
type ScheduleState struct {
	Flow, Trigger string
	Last          time.Time // its occurrences up to this time are occasions, or were left out
	Paused        bool
}

// Schedules returns the schedules that Keep knows.
func (s *Store) Schedules(ctx context.Context) (all []ScheduleState, err error) {
	err = s.each(ctx, "SELECT flow, trigger, last, paused FROM schedules ORDER BY flow, trigger", nil, func(rows *sql.Rows) error {
		var one ScheduleState
		var last int64
		err := rows.Scan(&one.Flow, &one.Trigger, &last, &one.Paused)
		one.Last = time.UnixMicro(last)
		all = append(all, one)
		return err
	})
	return all, err
}

// Schedule returns the state of a schedule. One that is new has come as far as now.
func (s *Store) Schedule(ctx context.Context, as *Leadership, flow, trigger string) (state ScheduleState, err error) {
	state.Flow, state.Trigger = flow, trigger
	var last int64
	err = s.write(ctx, func(tx *tx) error {
		if err := as.holds(tx); err != nil {
			return err
		}
		if err := tx.exec("INSERT OR IGNORE INTO schedules (flow, trigger, last) VALUES (?, ?, ?)", flow, trigger, s.now()); err != nil {
			return err
		}
		return tx.row("SELECT last, paused FROM schedules WHERE flow = ? AND trigger = ?", []any{flow, trigger}, &last, &state.Paused)
	})
	state.Last = time.UnixMicro(last)
	return state, err
}

// Advance moves a schedule to a time, together with the occasions of its occurrences since.
func (s *Store) Advance(ctx context.Context, as *Leadership, flow, trigger string, to time.Time, all ...Occasion) error {
	packed, err := s.packed(all)
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx *tx) error {
		if err := as.holds(tx); err != nil {
			return err
		}
		if _, err := s.submit(tx, all, packed, nil); err != nil {
			return err
		}
		return tx.exec("UPDATE schedules SET last = ? WHERE flow = ? AND trigger = ?", to.UnixMicro(), flow, trigger)
	})
}

// PauseSchedules pauses the schedules of a flow, or lets them go on. A flow that was never served is remembered by its triggers, which
// the caller names.
func (s *Store) PauseSchedules(ctx context.Context, flow string, triggers []string, paused bool) error {
	return s.write(ctx, func(tx *tx) error {
		for _, trigger := range triggers {
			if err := tx.exec(`INSERT INTO schedules (flow, trigger, last, paused) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET paused = excluded.paused`,
				flow, trigger, s.now(), paused); err != nil {
				return err
			}
		}
		return nil
	})
}

// LastOccasion returns the latest occasion of a trigger; nil if there is none.
func (s *Store) LastOccasion(ctx context.Context, flow, trigger string) (*Occasion, error) {
	all, err := s.Occasions(ctx, OccasionFilter{Flow: flow, Trigger: trigger, Limit: 1})
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return &all[0], nil
}
