package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/flowdeck/flowdeck/engine/card"
)

// repeats is the run that a row of runs repeats, in SQL; null or empty if there is none.
const repeats = `json_extract(` + startText + `, '$.Repeats')`

// undoes is the run that a row of runs takes back, in SQL; null or empty if there is none.
const undoes = `json_extract(` + startText + `, '$.Undoes.Run')`

// startText is the JSON of the start of a row of runs, in SQL.
const startText = `CAST(substr(
	CASE substr(start, 1, 1) WHEN x'62' THEN (SELECT data FROM blobs WHERE run = runs.seq AND hash = substr(runs.start, 2)) ELSE start END, 2) AS TEXT)`

// RepeatedError is the error of Create for a run that repeats another one, which was repeated meanwhile.
type RepeatedError struct{ Run, By string }

func (e *RepeatedError) Error() string {
	return fmt.Sprintf("run %s repeats run %s, and was started meanwhile", e.By, e.Run)
}

// first returns an error if the run repeats one that another run repeats already, in the transaction that creates the run: both would do
// the same.
func (r Run) first(tx *tx) error {
	if err := r.alone(tx); err != nil {
		return err
	}
	if r.Start.Repeats == "" {
		return nil
	}
	var by string
	err := tx.row(`SELECT coalesce((SELECT id FROM runs WHERE flow = one.flow AND seq > one.seq AND parent = '' AND `+repeats+` = one.id), '')
		FROM runs one WHERE id = ? AND `+listed, []any{r.Start.Repeats}, &by)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return invalid(card.NotFound, "no_run", fmt.Sprintf("there is no run %q", r.Start.Repeats), "flowdeck runs  lists them")
	case err != nil || by == "":
		return err
	}
	return &card.Error{Kind: card.Conflict, Err: &RepeatedError{Run: r.Start.Repeats, By: by}}
}

// alone returns an error if the run takes back a run that another one is taking back, in the transaction that creates the run.
func (r Run) alone(tx *tx) error {
	if r.Start.Undoes == nil {
		return nil
	}
	var other string
	if err := tx.row("SELECT coalesce(min(id), '') FROM runs WHERE flow = ? AND status IN (?, ?, ?)",
		[]any{r.Flow, string(Running), string(Queued), string(Paused)}, &other); err != nil || other == "" {
		return err
	}
	return invalid(card.Conflict, "undo_goes_on", fmt.Sprintf("run %s takes it back, and has not ended", other), "flowdeck runs show "+other+" shows it")
}

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
	if err := s.each(ctx, "SELECT id FROM runs WHERE flow = ? AND seq > (SELECT seq FROM runs WHERE id = ?) AND parent = '' AND "+listed+" ORDER BY seq",
		[]any{first.Flow, first.ID}, func(rows *sql.Rows) error {
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
