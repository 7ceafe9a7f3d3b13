package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"github.com/flowdeck/flowdeck/engine"
)

// Resumption is that a run went on. The chain of the run has it.
type Resumption struct {
	At     time.Time                `json:"at"`
	By     string                   `json:"by,omitempty"`     // the account, or the token, that resumed it; empty if it is not known
	Digest string                   `json:"digest,omitempty"` // of its flow from then on
	Allow  map[engine.Measure]int64 `json:"allow,omitempty"`  // what it may do from then on, if that was given
}

// Resumptions returns when, how and by whom a run was resumed, in this order. It is not verified: see Verify.
func (s *Store) Resumptions(ctx context.Context, run string) (all []Resumption, err error) {
	err = s.each(ctx, "SELECT note FROM chain WHERE run = (SELECT seq FROM runs WHERE id = ?) AND kind = ? AND note IS NOT NULL ORDER BY nth",
		[]any{run, string(resumeLink)}, func(rows *sql.Rows) error {
			var note string
			var r Resumption
			if err := rows.Scan(&note); err != nil {
				return err
			}
			if json.Unmarshal([]byte(note), &r) == nil { // else it was changed, which Verify finds
				all = append(all, r)
			}
			return nil
		})
	return all, err
}
