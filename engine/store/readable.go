package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Readable returns an error with the code other_key if a resumed run would need secrets that are encrypted with a key which this process
// does not have. Secrets that were never kept are no error: see Missing.
func (s *Store) Readable(ctx context.Context, id string) error {
	seq, err := s.seq(ctx, id)
	if err != nil {
		return err
	}
	if id, err = s.id(ctx, seq); err != nil {
		return err
	}
	var start []byte
	if err := s.db.QueryRowContext(ctx, "SELECT start FROM runs WHERE seq = ?", seq).Scan(&start); err != nil {
		return s.failure(err)
	}
	if err := s.opens(seq, aad(id, "run", "", "start", 0), start); err != nil {
		return err
	}
	return s.each(ctx, `SELECT place, attempt, result FROM writes WHERE result IS NOT NULL AND id IN (
			SELECT write FROM effects WHERE run = ?1 UNION SELECT r.write FROM streams s JOIN records r ON r.stream = s.id WHERE s.run = ?1)`,
		[]any{seq}, func(rows *sql.Rows) error {
			var place string
			var nth int
			var result []byte
			if err := rows.Scan(&place, &nth, &result); err != nil {
				return err
			}
			return s.opens(seq, aad(id, "write", place, "out", nth), result)
		})
}

// opens returns an error if a payload has a secret that cannot be decrypted.
func (s *Store) opens(run int64, row string, payload []byte) error {
	if len(payload) == 0 || payload[0] == plainMark {
		return nil
	}
	var value json.RawMessage
	err := reader{store: s, run: run}.read(row, payload, &value)
	if other := (*keyError)(nil); errors.As(err, &other) {
		return invalid(card.Storage, "other_key", "it has secrets that "+other.of, "set FLOWDECK_KEY to the key of the run, or unlock its keyring; without the key, it cannot go on")
	}
	if isNotKept(err) {
		return nil
	}
	return err
}
