package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Repeats returns the run that a run repeats directly or indirectly, or the run itself, and then all runs that repeat one of them, in the order
// of their starts.
func (s *Store) Repeats(ctx context.Context, id string) ([]Run, error) {
	first, err := s.Run(ctx, id)
	if err != nil {
		return nil, err
	}
	for seen := map[string]bool{}; first.Start.Repeats != "" && !seen[first.ID]; {
		seen[first.ID] = true
		before, err := s.Run(ctx, first.Start.Repeats)
		if failure := (*card.Error)(nil); errors.As(err, &failure) && failure.Kind == card.NotFound {
			break // it was pruned
		} else if err != nil {
			return nil, err
		}
		first = before
	}
	all, known := []Run{first}, map[string]bool{first.ID: true}
	var later []string
	if err := s.each(ctx, "SELECT id FROM runs WHERE flow = ? AND seq > (SELECT seq FROM runs WHERE id = ?) AND parent = '' AND status <> ? ORDER BY seq",
		[]any{first.Flow, first.ID, string(pruned)}, func(rows *sql.Rows) error {
			var id string
			err := rows.Scan(&id)
			later = append(later, id)
			return err
		}); err != nil {
		return nil, err
	}
	for _, id := range later {
		run, err := s.Run(ctx, id)
		if err != nil {
			return nil, err
		}
		if known[run.Start.Repeats] {
			known[run.ID] = true
			all = append(all, run)
		}
	}
	return all, nil
}
