package store

import (
	"bytes"
	"context"
	"crypto/hmac"
	"database/sql"
	"errors"
	"fmt"

	"github.com/flowdeck/flowdeck/engine/card"
)

// genuine returns an error if the decision about an approval is not in the chain of its run, as it is now, made with the key of this process: somebody has
// written it into the database. Verify finds more, but a run must not act on it first. Without a key it finds an edit only.
func (l *Log) genuine(a Approval) error {
	ctx, db := context.Background(), l.store.db
	forged := invalid(card.Conflict, "forged", fmt.Sprintf("the decision about %s of run %s is not in the chain of hashes of the run: it was changed, or made without the key of this process", a.Place, a.Run),
		"flowdeck runs verify "+a.Run+" shows what was changed; set FLOWDECK_KEY to that of the run for who decides, too")
	var chained bool
	if err := db.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM heads WHERE run = ?)", l.seq).Scan(&chained); err != nil {
		return l.store.failure(err)
	}
	if !chained && l.key.key == nil {
		return nil // an older version made it, or Verify finds it
	}
	values := make([]any, len(decisionOnIt.columns))
	if err := db.QueryRowContext(ctx, decisionOnIt.query, a.id).Scan(pointers(values)...); err != nil {
		return l.store.failure(err)
	}
	var content, hash, before []byte
	err := db.QueryRowContext(ctx, `SELECT c.content, c.hash, b.hash FROM chain c JOIN chain b ON b.run = c.run AND b.nth = c.nth - 1
		WHERE c.run = ? AND c.kind = ? AND c.row = ? ORDER BY c.nth DESC LIMIT 1`, l.seq, string(decideLink), a.id).Scan(&content, &hash, &before)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return forged
	case err != nil:
		return l.store.failure(err)
	case !bytes.Equal(content, decisionOnIt.digest(values)), !hmac.Equal(hash, l.key.next(before, decideLink, a.id, content)):
		return forged
	}
	return nil
}

// holds returns an error if the chain of a run has a key, and this process has another one, or none: what it adds would not fit.
func (k chainKey) holds(tx *tx, run int64) error {
	var id []byte
	err := tx.row("SELECT c.key FROM heads h JOIN chain c ON c.run = h.run AND c.nth = h.nth WHERE h.run = ?", []any{run}, &id)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if len(id) > 0 && !bytes.Equal(id, k.id) {
		return invalid(card.Conflict, "other_key", "the chain of hashes of the run has a key that this process does not have", "set FLOWDECK_KEY to that of the run")
	}
	return nil
}
