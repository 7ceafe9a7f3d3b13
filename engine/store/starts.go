package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"
)

// Starts are occasions as people look at them, and drop those that wait.

// OccasionStatuses returns the texts of all statuses that an occasion can have.
func OccasionStatuses() []string { return []string{string(Waiting), string(Started), string(Dropped)} }

// StartFilter selects occasions for Starts. Zero fields select all.
type StartFilter struct {
	ID     int64
	Flow   string
	Flows  []string // occasions of any of these flows; nil: of any flow
	By     string   // only those that this has started
	Status OccasionStatus
	Before int64 // the ID of an occasion: only earlier ones
	Limit  int   // 0: 100
}

// Starts returns occasions, the latest first, without Value and Inputs, so that no secret is read. The Reason of one that waits is why it does not
// start, if that is known.
func (s *Store) Starts(ctx context.Context, f StartFilter) (all []Occasion, err error) {
	leader, err := s.Leader(ctx)
	if err != nil {
		return nil, err
	}
	where, args := []string{"1"}, []any{}
	add := func(set bool, condition string, values ...any) {
		if set {
			where, args = append(where, condition), append(args, values...)
		}
	}
	add(f.ID != 0, "o.id = ?", f.ID)
	add(f.Flow != "", "o.flow = ?", f.Flow)
	add(f.By != "", "o.asker = ?", f.By)
	add(f.Status != "", "o.status = ?", string(f.Status))
	add(f.Before != 0, "o.id < ?", f.Before)
	if f.Flows != nil {
		var flows []any
		for _, flow := range f.Flows {
			flows = append(flows, flow)
		}
		add(true, "o.flow IN ("+strings.Join(slices.Repeat([]string{"?"}, len(flows)), ", ")+")", flows...)
	}
	err = s.each(ctx, `SELECT o.id, o.flow, o.trigger, o.asker, o.at, o.received, o.status, o.reason, o.run, coalesce(h.reason, '') FROM occasions o LEFT JOIN holds h USING (flow)
		WHERE `+strings.Join(where, " AND ")+" ORDER BY o.id DESC LIMIT ?", append(args, Page{Limit: f.Limit}.limit()), func(rows *sql.Rows) error {
		var o Occasion
		var at, received int64
		var hold string
		err := rows.Scan(&o.ID, &o.Flow, &o.Trigger, &o.By, &at, &received, &o.Status, &o.Reason, &o.Run, &hold)
		o.At, o.Received = time.UnixMicro(at), time.UnixMicro(received)
		if o.Status == Waiting {
			o.Reason, o.Run = hold, "" // whether it was started elsewhere is not known yet
			if leader == nil {
				o.Reason = "no server runs"
			}
		}
		all = append(all, o)
		return err
	})
	return all, err
}

// Hold notes why what starts a flow waits, until the flow is released, or another process leads.
func (s *Store) Hold(ctx context.Context, as *Leadership, flow, reason string) error {
	reason = s.config.Veil.String(reason)
	return s.write(ctx, func(tx *tx) error {
		if err := as.holds(tx); err != nil {
			return err
		}
		return tx.exec("INSERT OR REPLACE INTO holds (flow, reason) VALUES (?, ?)", flow, reason)
	})
}

// ReleaseHold removes what Hold has noted.
func (s *Store) ReleaseHold(ctx context.Context, as *Leadership, flow string) error {
	return s.write(ctx, func(tx *tx) error {
		if err := as.holds(tx); err != nil {
			return err
		}
		return tx.exec("DELETE FROM holds WHERE flow = ?", flow)
	})
}

// DropWaiting ends occasions that wait, in one transaction: those with the ids or, without ids, all of a flow. It returns how many they were; one that does not
// wait any more, or whose run may have been started elsewhere, stays as it is. When it returns, that is durable.
func (s *Store) DropWaiting(ctx context.Context, ids []int64, flow, reason string) (n int, err error) {
	reason = s.config.Veil.String(reason)
	const drop = "UPDATE occasions SET status = 'dropped', reason = ? WHERE status = 'waiting' AND elsewhere = 0 AND "
	err = s.write(ctx, func(tx *tx) error {
		if len(ids) == 0 {
			dropped, err := tx.change(drop+"flow = ?", reason, flow)
			n = int(dropped)
			return err
		}
		for _, id := range ids {
			dropped, err := tx.change(drop+"id = ?", reason, id)
			if err != nil {
				return err
			}
			n += int(dropped)
		}
		return nil
	})
	return n, err
}

// CountWaiting returns the number of occasions of a flow that wait.
func (s *Store) CountWaiting(ctx context.Context, flow string) (n int, err error) {
	return n, s.failure(s.db.QueryRowContext(ctx, "SELECT count(*) FROM occasions WHERE status = 'waiting' AND flow = ?", flow).Scan(&n))
}
