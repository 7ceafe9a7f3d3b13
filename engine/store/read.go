package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

const runColumns = "seq, id, flow, status, reason, started_by, started, ended, parent, dry, digest, connections, report, owner, sources IS NULL, limits, origin"

// row scans a run. It finds out whether its owner lives.
func (s *Store) row(scan func(...any) error) (seq int64, r Run, err error) {
	var started, ended int64
	var conns string
	var report, limits, origin []byte
	var owner string
	if err := scan(&seq, &r.ID, &r.Flow, &r.Status, &r.Reason, &r.Start.By, &started, &ended, &r.Parent, &r.Start.DryRun, &r.Digest, &conns, &report, &owner, &r.Counted, &limits, &origin); err != nil {
		return 0, r, err
	}
	r.Started, r.Ended, r.Report, r.Start.Run = time.UnixMicro(started), fromMicro(ended), report, r.ID
	r.Limits = limits
	if err := json.Unmarshal([]byte(conns), &r.Connections); err != nil {
		return 0, r, s.damaged()
	}
	if origin != nil && json.Unmarshal(origin, &r.Origin) != nil {
		return 0, r, s.damaged()
	}
	if r.Status == Running || r.Status == Queued {
		if r.Owner = s.ownerOf(s.db, owner); r.Owner == nil {
			r.Status = Interrupted
		}
	}
	return seq, r, nil
}

// toMicro returns the number of a time in the database; 0 for the zero time.
func toMicro(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.UnixMicro()
}

// fromMicro returns the time of a number in the database.
func fromMicro(micro int64) time.Time {
	if micro == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micro)
}

// inDoubt is the condition of a run with a write that may have been done.
const inDoubt = "EXISTS (SELECT 1 FROM writes w WHERE w.doubt = 1 AND w.id > runs.seq << 32 AND w.id < (runs.seq + 1) << 32)"

// Runs returns the runs that a filter selects, the last first. They have no Sources, and of Start only By and DryRun.
func (s *Store) Runs(ctx context.Context, f Filter) (runs []Run, err error) {
	where, args := []string{listed}, []any{}
	add := func(condition string, arg any) {
		where, args = append(where, condition), append(args, arg)
	}
	if f.Flow != "" {
		add("flow = ?", f.Flow)
	}
	if f.By != "" {
		add("started_by = ?", s.config.Veil.String(f.By))
	}
	if f.Flows != nil {
		where = append(where, "flow IN ("+strings.TrimPrefix(strings.Repeat(", ?", len(f.Flows)), ", ")+")")
		for _, name := range f.Flows {
			args = append(args, name)
		}
	}
	switch f.Status {
	case "":
	case Interrupted:
		add("status IN (?, '"+string(Queued)+"')", string(Running))
	default:
		add("status = ?", string(f.Status))
	}
	switch {
	case f.Parent == nil:
	case f.Open:
		add("(parent = ? OR status NOT IN ('running', 'queued') AND (status = 'paused' OR "+inDoubt+"))", *f.Parent)
	default:
		add("parent = ?", *f.Parent)
	}
	if !f.Since.IsZero() {
		add("started >= ?", f.Since.UnixMicro())
	}
	if f.Before != "" {
		add("seq < (SELECT seq FROM runs WHERE id = ?)", f.Before)
	}
	if f.InDoubt {
		where = append(where, inDoubt)
	}
	limit := Page{Limit: f.Limit}.limit()
	rows, err := s.db.QueryContext(ctx, "SELECT "+runColumns+" FROM runs WHERE "+strings.Join(where, " AND ")+" ORDER BY seq DESC", args...)
	if err != nil {
		return nil, s.failure(err)
	}
	defer rows.Close()
	for rows.Next() && len(runs) < limit {
		_, r, err := s.row(rows.Scan)
		if err != nil {
			return nil, s.failure(err)
		}
		if (f.Status == "" || f.Status == r.Status) && !(f.InDoubt && r.Status == Running) {
			runs = append(runs, r)
		}
	}
	return runs, s.failure(rows.Err())
}

// Last names the last run that no other run started.
const Last = "last"

// Run returns a run by its id, the start of its id, or Last. The secrets of its start are hidden.
func (s *Store) Run(ctx context.Context, id string) (Run, error) {
	seq, err := s.seq(ctx, id)
	if err != nil {
		return Run{}, err
	}
	_, r, err := s.row(s.db.QueryRowContext(ctx, "SELECT "+runColumns+" FROM runs WHERE seq = ?", seq).Scan)
	if err != nil {
		return r, s.failure(err)
	}
	var files []byte
	err = s.db.QueryRowContext(ctx, "SELECT s.files FROM runs r JOIN sources s ON s.hash = r.sources WHERE r.seq = ?", seq).Scan(&files)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return r, s.failure(err)
	}
	if r.Sources, err = unpackSources(files); err != nil {
		return r, s.damaged()
	}
	r.Start, err = s.start(ctx, seq, r.ID, true)
	return r, err
}

// seq returns the number of a run.
func (s *Store) seq(ctx context.Context, id string) (int64, error) {
	end := id + "\U0010ffff" // a run that was started by one with the same start of its id has a longer one
	query, args := `SELECT seq, id FROM runs WHERE `+listed+` AND id >= ? AND id < ?
		AND (id = ? OR parent = '' OR NOT EXISTS (SELECT 1 FROM runs p WHERE p.id = runs.parent AND p.id >= ? AND p.id < ?)) ORDER BY id LIMIT 5`,
		[]any{id, end, id, id, end}
	if id == Last {
		query, args = "SELECT seq, id FROM runs WHERE "+listed+" AND parent = '' ORDER BY started DESC, seq DESC LIMIT 1", nil
	}
	var seqs []int64
	var names []string
	if err := s.each(ctx, query, args, func(rows *sql.Rows) error {
		var seq int64
		var name string
		err := rows.Scan(&seq, &name)
		seqs, names = append(seqs, seq), append(names, name)
		return err
	}); err != nil {
		return 0, err
	}
	switch {
	case len(seqs) == 0 && id == Last:
		return 0, invalid(card.NotFound, "no_run", "there are no runs yet", "")
	case len(seqs) == 0 || id == "":
		return 0, invalid(card.NotFound, "no_run", fmt.Sprintf("there is no run %q", id), "flowdeck runs  lists them")
	case len(seqs) > 1 && names[0] != id:
		return 0, invalid(card.Invalid, "ambiguous_run", fmt.Sprintf("%q may be %s", id, strings.Join(names, ", ")), "give more of the id")
	}
	return seqs[0], nil
}

const writeColumns = "id, place, attempt, card, connection, target, began, times, aside, ended, changed, doubt, settled, destroys, input, result, before"

// write scans a write for people.
func (s *Store) scanWrite(rows *sql.Rows, runs map[int64]string, people bool) (w Write, err error) {
	var place string
	var began, ended int64
	var settled sql.NullBool
	var input, result, before []byte
	if err := rows.Scan(&w.At, &place, &w.Attempt, &w.Card, &w.Connection, &w.Target, &began, &w.Times, &w.Aside, &ended, &w.Changed, &w.Doubt, &settled, &w.Destroys, &input, &result, &before); err != nil {
		return w, err
	}
	seq := runOf(w.At)
	if runs[seq] == "" {
		var id string
		if err := s.db.QueryRow("SELECT id FROM runs WHERE seq = ?", seq).Scan(&id); err != nil {
			return w, err
		}
		runs[seq] = id
	}
	w.Run, w.Began, w.Ended = runs[seq], time.UnixMicro(began), fromMicro(ended)
	if settled.Valid {
		w.Settled = &settled.Bool
	}
	r := reader{store: s, run: seq, people: people}
	read := r.read
	if !people {
		read = r.readKept
	}
	if w.Place, err = r.place(w.Run, place); err != nil {
		return w, err
	}
	var in engine.ValueJSON
	if err := read(aad(w.Run, "write", place, "in", w.Attempt), input, &in); err != nil {
		return w, err
	}
	var out engine.EffectJSON
	if err := read(aad(w.Run, "write", place, "out", w.Attempt), result, &out); err != nil {
		return w, err
	}
	var state engine.StateJSON
	err = read(beforeRow(w.Run, place), before, &state)
	w.In, w.Result, w.Err, w.Before = in.Value, out.Effect.Value, out.Effect.Err, state.State
	return w, err
}

func (s *Store) writesOf(ctx context.Context, where string, args ...any) (all []Write, err error) {
	return s.writesFor(ctx, true, where, args...)
}

// writesFor returns writes for people, without secrets, or for what is done with them.
func (s *Store) writesFor(ctx context.Context, people bool, where string, args ...any) (all []Write, err error) {
	runs := map[int64]string{}
	err = s.each(ctx, "SELECT "+writeColumns+" FROM writes WHERE EXISTS (SELECT 1 FROM runs WHERE seq = writes.id >> 32 AND status <> '"+string(fetching)+"') AND "+where, args, func(rows *sql.Rows) error {
		w, err := s.scanWrite(rows, runs, people)
		all = append(all, w)
		return err
	})
	return all, err
}

// Writes returns writes of a run in the order in which they were first begun. Secrets are hidden.
func (s *Store) Writes(ctx context.Context, run string, p Page) ([]Write, error) {
	seq, err := s.seq(ctx, run)
	if err != nil {
		return nil, err
	}
	return s.writesOf(ctx, "id > ? AND id < ? ORDER BY id LIMIT ?", max(p.After, firstWrite(seq)), firstWrite(seq+1), p.limit())
}

// History returns what any run did to something, the last first: by its login, id, or name. Page.After is the At of the last one.
func (s *Store) History(ctx context.Context, subject string, p Page) ([]Write, error) {
	before := p.After
	if before == 0 {
		before = 1<<63 - 1
	}
	return s.writesOf(ctx, "id IN (SELECT write FROM subjects WHERE text = ? AND write < ? ORDER BY write DESC LIMIT ?) ORDER BY id DESC",
		strings.ToLower(strings.TrimSpace(subject)), before, p.limit())
}

// Doubts returns the writes of a run that may have been done, and that nobody has decided about.
func (s *Store) Doubts(ctx context.Context, run string) ([]Write, error) {
	seq, err := s.seq(ctx, run)
	if err != nil {
		return nil, err
	}
	return s.writesOf(ctx, "doubt = 1 AND id > ? AND id < ? ORDER BY id", firstWrite(seq), firstWrite(seq+1))
}

// Left is what became of the calls of a card that a run counted as in doubt.
type Left struct {
	InDoubt int // nobody has decided about them
	Done    int // a person found out that they were done, and the run has not gone on since
}

// LeftInDoubt returns what became of the calls of a run that were in doubt, by card. It is nil for a run that kept its counts only: it has no
// writes that a person could settle.
func (s *Store) LeftInDoubt(ctx context.Context, run string) (map[string]Left, error) {
	seq, err := s.seq(ctx, run)
	if err != nil {
		return nil, err
	}
	var all map[string]Left
	err = s.each(ctx, `SELECT card, count(DISTINCT iif(doubt = 1, place, NULL)), count(DISTINCT iif(settled = 1 AND changed = 0, place, NULL))
		FROM writes WHERE id > ? AND id < ? GROUP BY card`, []any{firstWrite(seq), firstWrite(seq + 1)}, func(rows *sql.Rows) error {
		var card string
		var left Left
		err := rows.Scan(&card, &left.InDoubt, &left.Done)
		if all == nil {
			all = map[string]Left{}
		}
		all[card] = left
		return err
	})
	return all, err
}
