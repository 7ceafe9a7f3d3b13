package store

import (
	"context"
	"database/sql"
	"time"
)

// WaitingSchedules returns the first time of a schedule whose occasion waits; the zero time if there is none.
func (s *Store) WaitingSchedules(ctx context.Context) (first time.Time, err error) {
	var at sql.NullInt64
	err = s.failure(s.db.QueryRowContext(ctx, "SELECT min(at) FROM occasions WHERE status = ? AND trigger LIKE 'schedule %'", string(Waiting)).Scan(&at))
	if at.Valid {
		first = time.UnixMicro(at.Int64)
	}
	return first, err
}
