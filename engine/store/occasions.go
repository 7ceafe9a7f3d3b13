package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/flowdeck/flowdeck/engine"
)

// Occasion is something that starts one run of a flow without a person at a terminal: an occurrence of a schedule, an event, a request.
type Occasion struct {
	ID      int64
	Flow    string
	Trigger string // of the flow: its kind and what distinguishes it from others of the kind, as "schedule 0 6 * * * Europe/Berlin"
	Key     string // identifies the occasion among those of the trigger. It must not be secret
	// Lane is the name of those that start one after another, by At: each when the run of the one before has ended. Empty: it waits for no other.
	Lane     string
	At       time.Time // when it happened
	Received time.Time // set by Submit
	By       string    // who or what started it, for the run
	Value    engine.Value
	Inputs   map[string]engine.Value // of the flow, given by a caller; nil: the trigger computes them
	// Request identifies what was asked for: another one with the same Key is an error of Submit. It is kept as a digest. Empty: any is the same.
	Request []byte
	Status  OccasionStatus
	Reason  string // of Dropped
	Run     string // the id of the run; empty if there is none. If Status is Waiting: of one that may have been started elsewhere
	// Unreadable is set by Occasions if a secret of Value or Inputs is encrypted under a key that this process does not have: it is an engine.LostSecret there.
	Unreadable error
}

// OccasionStatus is the status of an Occasion. The texts are those of the database.
type OccasionStatus string

const (
	Waiting OccasionStatus = "waiting"
	Started OccasionStatus = "started" // as Run
	Dropped OccasionStatus = "dropped" // it starts nothing, for a Reason
)

// occasion is the payload of an Occasion as JSON.
type occasion struct {
	By     string                      `json:",omitempty"`
	Value  engine.ValueJSON            `json:",omitzero"`
	Inputs map[string]engine.ValueJSON `json:",omitzero"`
}

func (o Occasion) aad() string { return aad("", "occasion", o.Flow+"\x00"+o.Trigger, o.Key, 0) }

// Submit adds occasions. When it returns, they are durable. fresh reports for each whether it is new: one with the same Flow, Trigger and Key is not
// added again, whatever became of it. If its Request was another one, the error has the code CodeOtherRequest. If as is not nil, the occasions are only added if this process still leads.
func (s *Store) Submit(ctx context.Context, as *Leadership, all ...Occasion) (fresh []bool, err error) {
	packed, err := s.packed(all)
	if err != nil {
		return nil, err
	}
	digests, err := s.digests(all)
	if err != nil {
		return nil, err
	}
	err = s.write(ctx, func(tx *tx) error {
		if err := as.holds(tx); err != nil {
			return err
		}
		if err := s.sameRequests(tx, all, digests); err != nil {
			return err
		}
		fresh, err = s.submit(tx, all, packed, digests)
		return err
	})
	return fresh, err
}

// packed encodes the payloads of occasions.
func (s *Store) packed(all []Occasion) ([]payload, error) {
	packed := make([]payload, len(all))
	for i, o := range all {
		p := occasion{By: o.By, Value: engine.ValueJSON{Value: o.Value}}
		if o.Inputs != nil {
			p.Inputs = make(map[string]engine.ValueJSON, len(o.Inputs))
			for name, v := range o.Inputs {
				p.Inputs[name] = engine.ValueJSON{Value: v}
			}
		}
		var err error
		if packed[i], err = s.pack(o.aad(), p); err != nil {
			return nil, err
		}
	}
	return packed, nil
}

// submit adds occasions, with the digests of their requests, and reports for each whether it is new.
func (s *Store) submit(tx *tx, all []Occasion, packed []payload, digests map[int]string) (fresh []bool, err error) {
	for i, o := range all {
		if err := packed[i].keep(tx, noRun); err != nil {
			return nil, err
		}
		n, err := tx.change(`INSERT OR IGNORE INTO occasions (flow, trigger, key, lane, at, received, status, asker, payload, digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			o.Flow, o.Trigger, o.Key, o.Lane, o.At.UnixMicro(), s.now(), string(Waiting), s.config.Veil.String(o.By), packed[i].row, digests[i])
		if err != nil {
			return nil, err
		}
		fresh = append(fresh, n > 0)
	}
	return fresh, nil
}

// noRun is the number of the run of blobs that belong to no run.
const noRun = 0

// Occasions returns occasions with a status in the order in which they happened, with their secrets; an empty status selects all, the latest
// first. run selects that of one run.
func (s *Store) Occasions(ctx context.Context, f OccasionFilter) (all []Occasion, err error) {
	query, args := "SELECT id, flow, trigger, key, lane, at, received, status, reason, run, payload FROM occasions WHERE 1", []any{}
	for _, c := range []struct{ column, value string }{{"status", string(f.Status)}, {"flow", f.Flow}, {"trigger", f.Trigger}, {"run", f.Run}} {
		if c.value != "" {
			query, args = query+" AND "+c.column+" = ?", append(args, c.value)
		}
	}
	if f.Key != "" {
		query, args = query+" AND key = ?", append(args, f.Key)
	}
	if f.ID != 0 {
		query, args = query+" AND id = ?", append(args, f.ID)
	}
	if f.Elsewhere {
		query += " AND elsewhere <> 0"
	}
	order := " ORDER BY id DESC LIMIT ?"
	if f.Status == Waiting {
		order = " ORDER BY at, id LIMIT ?"
	}
	err = s.each(ctx, query+order, append(args, Page{Limit: f.Limit}.limit()), func(rows *sql.Rows) error {
		var o Occasion
		var at, received int64
		var data []byte
		if err := rows.Scan(&o.ID, &o.Flow, &o.Trigger, &o.Key, &o.Lane, &at, &received, &o.Status, &o.Reason, &o.Run, &data); err != nil {
			return err
		}
		o.At, o.Received = time.UnixMicro(at), time.UnixMicro(received)
		var p occasion
		if err := (reader{store: s, run: noRun}).readKept(o.aad(), data, &p); err != nil {
			return err
		}
		o.Unreadable = s.opens(noRun, o.aad(), data)
		o.By, o.Value = p.By, p.Value.Value
		if p.Inputs != nil {
			o.Inputs = make(map[string]engine.Value, len(p.Inputs))
			for name, v := range p.Inputs {
				o.Inputs[name] = v.Value
			}
		}
		all = append(all, o)
		return nil
	})
	return all, err
}

// OccasionFilter selects occasions. Zero fields select all.
type OccasionFilter struct {
	ID                 int64
	Status             OccasionStatus
	Flow, Trigger, Key string
	Run                string
	Elsewhere          bool // only those whose run goes on elsewhere, or may have been started there
	Limit              int  // 0: 100
}

// Turns returns occasions that wait, in the order in which they can start: the first one of each flow, then the second ones. Of each lane there is only
// the first, since the others wait for it. They are without By, Value and Inputs, which Occasions reads.
func (s *Store) Turns(ctx context.Context, limit int) (all []Occasion, err error) {
	err = s.each(ctx, `SELECT id, flow, trigger, key, lane, at, received, run FROM (
			SELECT id, flow, trigger, key, lane, at, received, run, row_number() OVER (PARTITION BY flow ORDER BY at, id) AS turn FROM (
				SELECT id, flow, trigger, key, lane, at, received, run, row_number() OVER (PARTITION BY lane ORDER BY at, id) AS place FROM occasions WHERE status = ?
			) WHERE lane = '' OR place = 1
		) ORDER BY turn, at, id LIMIT ?`, []any{string(Waiting), limit}, func(rows *sql.Rows) error {
		o := Occasion{Status: Waiting}
		var at, received int64
		err := rows.Scan(&o.ID, &o.Flow, &o.Trigger, &o.Key, &o.Lane, &at, &received, &o.Run)
		o.At, o.Received = time.UnixMicro(at), time.UnixMicro(received)
		all = append(all, o)
		return err
	})
	return all, err
}

// WaitingOccasions returns the number of occasions that wait, and since when the first one does.
func (s *Store) WaitingOccasions(ctx context.Context) (n int, oldest time.Time, err error) {
	var first sql.NullInt64
	err = s.failure(s.db.QueryRowContext(ctx, "SELECT count(*), min(received) FROM occasions WHERE status = ?", string(Waiting)).Scan(&n, &first))
	if first.Valid {
		oldest = time.UnixMicro(first.Int64)
	}
	return n, oldest, err
}

// Drop ends an occasion that waits without a run. It does nothing if the occasion does not wait any more. The leader must know that a run which may have been
// started elsewhere was not; others do not drop such an occasion.
func (s *Store) Drop(ctx context.Context, as *Leadership, id int64, reason string) error {
	reason = s.config.Veil.String(reason)
	return s.write(ctx, func(tx *tx) error {
		if err := as.holds(tx); err != nil {
			return err
		}
		return tx.exec("UPDATE occasions SET status = ?, reason = ?, run = '', elsewhere = 0 WHERE id = ? AND status = ? AND (elsewhere = 0 OR ?)", string(Dropped), reason, id, string(Waiting), as != nil)
	})
}

// ErrStarted is the error of Create for a run whose occasion does not wait any more: another process was faster.
var ErrStarted = errors.New("the occasion has started its run")

// starts marks the occasion of a run as started, in the transaction that creates the run.
func (r Run) starts(tx *tx) error {
	if r.Occasion == 0 {
		return nil
	}
	if err := r.As.holds(tx); err != nil {
		return err
	}
	n, err := tx.change("UPDATE occasions SET status = ?, run = ? WHERE id = ? AND status = ? AND elsewhere = 0", string(Started), r.ID, r.Occasion, string(Waiting))
	if err == nil && n == 0 {
		err = errStarted()
	}
	return err
}
