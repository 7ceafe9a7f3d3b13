package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Leadership is that of this process over the others that start runs for the occasions of the workspace.
type Leadership struct {
	store *Store
	fence int64
}

// LedError is the error of Lead while another process leads.
type LedError struct{ Owner }

func (e *LedError) Error() string {
	return fmt.Sprintf("process %d on %s serves this workspace", e.PID, e.Host)
}

// Lead makes this process the leader, if no other one that is alive is. Otherwise the error is a *LedError. It counts as alive until its process
// has ended, which is only known on its machine, and unless its last heartbeat is silent: the one after which the caller has waited too long for
// another. The caller must not compare it with a clock, which jumps, and differs between machines. A leader of before that was only stopped for a
// while notices it at its next write.
func (s *Store) Lead(ctx context.Context, silent time.Time) (*Leadership, error) {
	owner, err := s.owner()
	if err != nil {
		return nil, err
	}
	l := &Leadership{store: s}
	err = s.write(ctx, func(tx *tx) error {
		var old string
		switch err := tx.row("SELECT owner, fence FROM leader", nil, &old, &l.fence); {
		case errors.Is(err, sql.ErrNoRows):
		case err != nil:
			return err
		case old != owner.id:
			if o := s.ownerRow(tx.conn, old); o != nil && !o.Heartbeat.Equal(silent) && !s.hasEnded(old, o.Host) {
				return &card.Error{Kind: card.Conflict, Err: &LedError{*o}}
			}
		}
		if err := tx.exec("DELETE FROM holds"); err != nil { // another leader may not have these reasons
			return err
		}
		l.fence++
		return tx.exec("INSERT OR REPLACE INTO leader (one, owner, fence) VALUES (1, ?, ?)", owner.id, l.fence)
	})
	if led := (*LedError)(nil); errors.As(err, &led) {
		return nil, led
	}
	return l, err
}

// ErrNotLeading is the error of a write of a process that does not lead any more.
var ErrNotLeading = errors.New("another process serves this workspace now")

func (l *Leadership) holds(tx *tx) error {
	if l == nil {
		return nil
	}
	var fence int64
	if err := tx.row("SELECT fence FROM leader", nil, &fence); err != nil {
		return err
	}
	return l.is(fence)
}

// Check returns an error if this process does not lead any more. Writes check it, too.
func (l *Leadership) Check(ctx context.Context) error {
	var fence int64
	if err := l.store.db.QueryRowContext(ctx, "SELECT fence FROM leader").Scan(&fence); err != nil {
		return l.store.failure(err)
	}
	return l.is(fence)
}

// is returns an error if the number of the leader is another one.
func (l *Leadership) is(fence int64) error {
	if fence == l.fence {
		return nil
	}
	return &card.Error{Kind: card.Conflict, Code: "not_leading", Message: ErrNotLeading.Error(), Err: ErrNotLeading}
}

// Resign gives up the leadership.
func (l *Leadership) Resign(ctx context.Context) error {
	return l.store.write(ctx, func(tx *tx) error {
		return tx.exec("UPDATE leader SET owner = '' WHERE fence = ?", l.fence)
	})
}

// Leader returns the process that leads; nil if there is none that is alive.
func (s *Store) Leader(ctx context.Context) (*Owner, error) {
	var owner string
	switch err := s.db.QueryRowContext(ctx, "SELECT owner FROM leader").Scan(&owner); {
	case errors.Is(err, sql.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, s.failure(err)
	}
	return s.ownerOf(s.db, owner), nil
}
