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
}

// Schedules returns the schedules that Schedule has added and ForgetSchedules has not removed, in the order of flows and triggers.
func (s *Store) Schedules(ctx context.Context) (all []ScheduleState, err error) {
	err = s.each(ctx, "SELECT flow, trigger, last FROM schedules ORDER BY flow, trigger", nil, func(rows *sql.Rows) error {
		var one ScheduleState
		var last int64
		err := rows.Scan(&one.Flow, &one.Trigger, &last)
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
		return tx.row("SELECT last FROM schedules WHERE flow = ? AND trigger = ?", []any{flow, trigger}, &last)
	})
	state.Last = time.UnixMicro(last)
	return state, err
}

// ForgetSchedules removes schedules: each that comes back is a new one.
func (s *Store) ForgetSchedules(ctx context.Context, as *Leadership, gone []ScheduleState) error {
	return s.write(ctx, func(tx *tx) error {
		if err := as.holds(tx); err != nil {
			return err
		}
		for _, one := range gone {
			if err := tx.exec("DELETE FROM schedules WHERE flow = ? AND trigger = ?", one.Flow, one.Trigger); err != nil {
				return err
			}
		}
		return nil
	})
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

// PauseSchedules pauses all schedules that a flow has or will have, whether or not the flow exists.
func (s *Store) PauseSchedules(ctx context.Context, flow string) error {
	return s.write(ctx, func(tx *tx) error { return tx.exec("INSERT OR IGNORE INTO paused_flows (flow) VALUES (?)", flow) })
}

// ResumeSchedules lets the schedules of a flow go on with their next times, and reports whether they were paused.
func (s *Store) ResumeSchedules(ctx context.Context, flow string) (paused bool, err error) {
	err = s.write(ctx, func(tx *tx) error {
		n, err := tx.change("DELETE FROM paused_flows WHERE flow = ?", flow)
		if paused = n > 0; err != nil || !paused {
			return err
		}
		// Without a server, nothing has passed over the times of the pause.
		return tx.exec("UPDATE schedules SET last = max(last, ?) WHERE flow = ?", s.now(), flow)
	})
	return paused, err
}

// PausedFlows returns the names of the flows whose schedules are paused, in their order.
func (s *Store) PausedFlows(ctx context.Context) (flows []string, err error) {
	err = s.each(ctx, "SELECT flow FROM paused_flows ORDER BY flow", nil, func(rows *sql.Rows) error {
		var flow string
		err := rows.Scan(&flow)
		flows = append(flows, flow)
		return err
	})
	return flows, err
}

// LastOccasion returns the latest occasion of a trigger; nil if there is none.
func (s *Store) LastOccasion(ctx context.Context, flow, trigger string) (*Occasion, error) {
	all, err := s.Occasions(ctx, OccasionFilter{Flow: flow, Trigger: trigger, Limit: 1})
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return &all[0], nil
}
