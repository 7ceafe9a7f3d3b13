package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"
)

// PollState is how far the records of a service were read for a trigger of a flow.
type PollState struct {
	Flow, Trigger string
	Position      []byte    // JSON that only the service can read; nil: nothing was read yet
	At            time.Time // everything up to this time of the service was read; zero: unknown
	Ended         time.Time // when all was read last, by the clock of this machine
}

// Polled is a page of records to add with MovePoll.
type Polled struct {
	State PollState
	// Keys identify the records of the page. Those that are known start nothing more.
	Keys []string
	// Forget is the time of the service before which a record must have been read that the service cannot return again. Zero: any may be returned.
	Forget    time.Time
	Occasions []Occasion
}

// Polls returns the polls that MovePoll knows.
func (s *Store) Polls(ctx context.Context) (all []PollState, err error) {
	err = s.each(ctx, "SELECT flow, trigger, position, at, ended FROM polls ORDER BY flow, trigger", nil, func(rows *sql.Rows) error {
		var one PollState
		var at, ended int64
		err := rows.Scan(&one.Flow, &one.Trigger, &one.Position, &at, &ended)
		one.At, one.Ended = fromMicro(at), fromMicro(ended)
		all = append(all, one)
		return err
	})
	return all, err
}

// Poll returns the state of a poll. That of a new one has no Position.
func (s *Store) Poll(ctx context.Context, flow, trigger string) (PollState, error) {
	state := PollState{Flow: flow, Trigger: trigger}
	var at, ended int64
	err := s.db.QueryRowContext(ctx, "SELECT position, at, ended FROM polls WHERE flow = ? AND trigger = ?", flow, trigger).Scan(&state.Position, &at, &ended)
	if errors.Is(err, sql.ErrNoRows) {
		return state, nil
	}
	state.At, state.Ended = fromMicro(at), fromMicro(ended)
	return state, s.failure(err)
}

// WasPolled reports for each key whether a record with it was read before, and was not forgotten.
func (s *Store) WasPolled(ctx context.Context, flow, trigger string, keys []string) ([]bool, error) {
	known := make([]bool, len(keys))
	for i, key := range keys {
		err := s.db.QueryRowContext(ctx, "SELECT 1 FROM polled WHERE flow = ? AND trigger = ? AND key = ?", flow, trigger, key).Scan(new(int))
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return nil, s.failure(err)
		}
		known[i] = err == nil
	}
	return known, nil
}

// MovePoll adds the occasions of a page of records, and moves the poll to its state, in one transaction, so that each record starts one run whenever
// the process is killed. fresh is that of Submit. It is an error if this process does not lead.
func (s *Store) MovePoll(ctx context.Context, as *Leadership, p Polled) (fresh []bool, err error) {
	packed, err := s.packed(p.Occasions)
	if err != nil {
		return nil, err
	}
	flow, trigger := p.State.Flow, p.State.Trigger
	err = s.write(ctx, func(tx *tx) error {
		if err := as.holds(tx); err != nil {
			return err
		}
		if fresh, err = s.submit(tx, p.Occasions, packed, nil); err != nil {
			return err
		}
		for _, key := range p.Keys {
			if err := tx.exec("INSERT OR REPLACE INTO polled (flow, trigger, key, at) VALUES (?, ?, ?, ?)", flow, trigger, key, toMicro(p.State.At)); err != nil {
				return err
			}
		}
		if !p.Forget.IsZero() {
			if err := tx.exec("DELETE FROM polled WHERE flow = ? AND trigger = ? AND at < ?", flow, trigger, p.Forget.UnixMicro()); err != nil {
				return err
			}
		}
		return tx.exec("INSERT OR REPLACE INTO polls (flow, trigger, position, at, ended) VALUES (?, ?, ?, ?, ?)",
			flow, trigger, string(p.State.Position), toMicro(p.State.At), toMicro(p.State.Ended))
	})
	return fresh, err
}

// ForgetPolls removes the polls that are not among those of the triggers that are given: should one come back, it is a new one.
func (s *Store) ForgetPolls(ctx context.Context, as *Leadership, kept []PollState) error {
	all, err := s.Polls(ctx)
	if err != nil {
		return err
	}
	for _, one := range all {
		if slices.ContainsFunc(kept, func(k PollState) bool { return k.Flow == one.Flow && k.Trigger == one.Trigger }) {
			continue
		}
		if err := s.write(ctx, func(tx *tx) error {
			if err := as.holds(tx); err != nil {
				return err
			}
			if err := tx.exec("DELETE FROM polled WHERE flow = ? AND trigger = ?", one.Flow, one.Trigger); err != nil {
				return err
			}
			return tx.exec("DELETE FROM polls WHERE flow = ? AND trigger = ?", one.Flow, one.Trigger)
		}); err != nil {
			return err
		}
	}
	return nil
}
