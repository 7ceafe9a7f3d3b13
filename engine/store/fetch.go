package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// fetching is the status of a run that is being fetched. Nobody finds it until it is whole.
const fetching Status = "fetching"

// ErrFetched is the error of Fetch for a run that the history has.
var ErrFetched = errors.New("the history has the run")

// Fetch adds a run that ran elsewhere and has ended there, with its Started, Ended and Origin. What it did is added with Open, Wrote, Answered and Close;
// then Finish makes it a run like others, which cannot be resumed. Until then nobody finds it. What a process left that has ended is removed. If another
// process fetches the run, the error is an *OwnedError.
func (s *Store) Fetch(ctx context.Context, r Run) (*Log, error) {
	if err := s.dropUnfetched(ctx); err != nil {
		return nil, err
	}
	if err := s.sweepPruned(ctx, r.ID); err != nil {
		return nil, err
	}
	r.Status, r.Quota, r.Occasion = fetching, "", 0
	l, err := s.create(ctx, r)
	if err != nil {
		return nil, err
	}
	l.ended, l.answered = r.Ended, map[string]int{}
	return l, nil
}

// unknown returns an error if the history has the run, or another process fetches it, in the transaction that creates it.
func (r Run) unknown(tx *tx) error {
	var status, host string
	var pid int
	var beat int64
	err := tx.row(`SELECT r.status, coalesce(o.pid, 0), coalesce(o.host, ''), coalesce(o.heartbeat, 0)
		FROM runs r LEFT JOIN owners o ON o.id = r.owner WHERE r.id = ?`, []any{r.ID}, &status, &pid, &host, &beat)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return err
	case Status(status) == fetching:
		return &card.Error{Kind: card.Conflict, Err: &OwnedError{r.ID, Owner{PID: pid, Host: host, Heartbeat: time.UnixMicro(beat)}}}
	}
	return &card.Error{Kind: card.Conflict, Err: ErrFetched}
}

// dropUnfetched makes runs that are being fetched ones that are being deleted, if their processes have ended.
func (s *Store) dropUnfetched(ctx context.Context) error {
	var left []int64
	if err := s.each(ctx, "SELECT seq, owner FROM runs WHERE status = ?", []any{string(fetching)}, func(rows *sql.Rows) error {
		var seq int64
		var owner string
		err := rows.Scan(&seq, &owner)
		if err == nil && s.ownerOf(s.db, owner) == nil {
			left = append(left, seq)
		}
		return err
	}); err != nil || len(left) == 0 {
		return err
	}
	return s.write(ctx, func(tx *tx) error {
		for _, seq := range left {
			if err := tx.exec("UPDATE runs SET status = ? WHERE seq = ? AND status = ?", string(pruned), seq, string(fetching)); err != nil {
				return err
			}
		}
		return nil
	})
}

// sweepPruned deletes a run that is being deleted, so that it can be added again.
func (s *Store) sweepPruned(ctx context.Context, id string) error {
	var seq int64
	err := s.db.QueryRowContext(ctx, "SELECT seq FROM runs WHERE id = ? AND status = ?", id, string(pruned)).Scan(&seq)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	} else if err != nil {
		return s.failure(err)
	}
	return s.sweep(ctx, seq)
}

// Drop gives up a run that is being fetched, and deletes what was added of it.
func (l *Log) Drop(ctx context.Context) error {
	if err := l.Release(); err != nil {
		return err
	}
	if err := l.store.dropUnfetched(ctx); err != nil {
		return err
	}
	return l.store.sweepPruned(ctx, l.id)
}

// Wrote adds an attempt of a write that was made elsewhere: its Intent, Began, Ended, Times and Settled and, unless Ended is zero, its Result, Err and Doubt.
// It is called in the order in which they began, on one goroutine. It is durable as with Add.
func (l *Log) Wrote(w Write) error {
	begun, err := l.newWrite(w.Intent)
	if err != nil {
		return err
	}
	begun.time, begun.times = w.Began.UnixMicro(), max(1, w.Times)
	if err := l.put(begun.in.size()+begun.before.size(), begun.begin); err != nil {
		return err
	}
	if !w.Ended.IsZero() {
		ended, err := l.newResult(w.Intent, engine.Effect{Value: w.Result, Err: w.Err, Doubt: w.Doubt})
		if err != nil {
			return err
		}
		ended.time = w.Ended.UnixMicro()
		if err := l.put(ended.out.size(), ended.end); err != nil {
			return err
		}
	}
	if w.Settled == nil {
		return nil
	}
	return l.put(0, func(tx *tx) error {
		id := l.writes // the write that was begun last
		if err := tx.exec("UPDATE writes SET settled = ?, doubt = 0 WHERE id = ?", *w.Settled, id); err != nil {
			return err
		}
		return l.link(tx, settleLink, id)
	})
}

// drops reports whether nobody needs a record that was closed: as in a local run when its stream has ended.
func (l *Log) drops(stream string, status Status) bool {
	return !l.ended.IsZero() && !inRecord(stream) && status != engine.Failed
}

// Answered adds an approval for which the run does not wait any more, with what became of it. It is durable as with Add, and not safe for concurrent use.
func (l *Log) Answered(a Approval) error {
	a.Question = l.store.withoutSecrets(a.Question)
	place := l.place(a.Place)
	l.answered[place]++
	nth := l.answered[place]
	p, err := l.pack(l.aad("approval", place, "request", nth), a.Question)
	if err != nil {
		return err
	}
	by, note := l.hidden(a.Decider), l.hidden(a.Note)
	return l.put(p.size(), func(tx *tx) error {
		if err := p.keep(tx, l.seq); err != nil {
			return err
		}
		var id int64
		if err := tx.row(`INSERT INTO approvals (run, place, nth, request, digest, asked, expires) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id`,
			[]any{l.seq, place, nth, p.row, a.Digest, a.Asked.UnixMicro(), a.Expires.UnixMicro()}, &id); err != nil {
			return err
		}
		if err := l.link(tx, askLink, id); err != nil {
			return err
		}
		if err := tx.exec("UPDATE approvals SET state = ?, decided = ?, decider = ?, note = ? WHERE id = ?",
			string(a.State), toMicro(a.Decided), by, note, id); err != nil {
			return err
		}
		if err := l.link(tx, decideLink, id); err != nil || a.Used.IsZero() {
			return err
		}
		if err := tx.exec("UPDATE approvals SET used = ? WHERE id = ?", a.Used.UnixMicro(), id); err != nil {
			return err
		}
		return l.link(tx, useLink, id)
	})
}
