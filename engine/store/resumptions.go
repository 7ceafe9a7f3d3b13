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

// Resumed adds that a run which is fetched went on after a pause. The last call must have an At that is not before the others. It is durable as with Add.
func (l *Log) Resumed(r Resumption) error {
	note, err := json.Marshal(r)
	if err != nil {
		return err
	}
	text := l.hidden(string(note))
	return l.put(len(text), func(tx *tx) error { return l.key.link(tx, &l.tail, l.seq, resumeLink, 0, text) })
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
