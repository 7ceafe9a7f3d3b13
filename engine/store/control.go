package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Ask asks the process that runs a run to stop or pause it, or to set its concurrency. The process does it within a second.
func (s *Store) Ask(ctx context.Context, run string, c Control) error {
	r, err := s.Run(ctx, run)
	if err != nil {
		return err
	}
	if r.Status != Running && r.Status != Queued {
		return invalid(card.Conflict, "run_not_running", fmt.Sprintf("run %s is %s", r.ID, r.Status), "")
	}
	return s.write(ctx, func(tx *tx) error {
		return tx.exec("INSERT INTO controls (run, kind, value, name, asker, at) VALUES ((SELECT seq FROM runs WHERE id = ?), ?, ?, ?, ?, ?)", r.ID, string(c.Kind), c.Value, c.Stream, c.By, s.now())
	})
}

// Controls returns what other processes ask for. The channel is closed by Release.
func (l *Log) Controls() <-chan Control { return l.control }

// deliver passes what other processes ask for to the runs of this one.
func (s *Store) deliver(ctx context.Context) {
	rows, err := s.db.QueryContext(ctx, "SELECT id, run, kind, value, name, asker, at FROM controls ORDER BY id LIMIT 1000")
	if err != nil {
		return // asked again at the next poll
	}
	var done []int64
	for rows.Next() {
		var id, run, at int64
		var c Control
		if rows.Scan(&id, &run, &c.Kind, &c.Value, &c.Stream, &c.By, &at) != nil {
			break
		}
		c.At = time.UnixMicro(at)
		if s.give(run, c) {
			done = append(done, id)
		}
	}
	if errors.Join(rows.Err(), rows.Close()) != nil || len(done) == 0 {
		return
	}
	_ = s.write(ctx, func(tx *tx) error { // if it fails, they are given again, which changes nothing
		for id := range slices.Values(done) {
			if err := tx.exec("DELETE FROM controls WHERE id = ?", id); err != nil {
				return err
			}
		}
		return nil
	})
}

// give passes a control to a run of this process. It reports false if the run is not of this process, or is busy.
func (s *Store) give(run int64, c Control) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.logs[run]
	if l == nil {
		return false
	}
	select {
	case l.control <- c:
		return true
	default:
		return false
	}
}
