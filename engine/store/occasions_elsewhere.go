package store

import (
	"context"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Send notes that the run of an occasion that waits is about to be started elsewhere: in processes that do not share the history. It returns the id of the run: run, or
// the one of an earlier Send, whose run may have been started. Until Sent, people cannot drop the occasion. If it does not wait any more, the error is ErrStarted.
func (s *Store) Send(ctx context.Context, as *Leadership, id int64, run string) (kept string, err error) {
	err = s.write(ctx, func(tx *tx) error {
		if err := as.holds(tx); err != nil {
			return err
		}
		n, err := tx.change("UPDATE occasions SET run = CASE elsewhere WHEN 0 THEN ? ELSE run END, elsewhere = 1 WHERE id = ? AND status = ?", run, id, string(Waiting))
		if err != nil {
			return err
		}
		if n == 0 {
			return errStarted()
		}
		return tx.row("SELECT run FROM occasions WHERE id = ?", []any{id}, &kept)
	})
	return kept, err
}

// Sent marks an occasion as started, whose run goes on elsewhere with the id of Send. It does nothing if it is marked already.
func (s *Store) Sent(ctx context.Context, as *Leadership, id int64) error {
	return s.write(ctx, func(tx *tx) error {
		if err := as.holds(tx); err != nil {
			return err
		}
		return tx.exec("UPDATE occasions SET status = ? WHERE id = ? AND status = ? AND elsewhere <> 0", string(Started), id, string(Waiting))
	})
}

// EndedElsewhere notes that the run of an occasion does not go on elsewhere any more.
func (s *Store) EndedElsewhere(ctx context.Context, as *Leadership, id int64) error {
	return s.write(ctx, func(tx *tx) error {
		if err := as.holds(tx); err != nil {
			return err
		}
		return tx.exec("UPDATE occasions SET elsewhere = 0 WHERE id = ? AND status = ?", id, string(Started))
	})
}

func errStarted() error {
	return &card.Error{Kind: card.Conflict, Code: "started", Message: ErrStarted.Error(), Err: ErrStarted}
}
