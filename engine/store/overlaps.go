package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"
	"time"
)

// betweenReadAndBegin is how long the state before a write may have been read before the write was begun. Of writes in one record it is not needed: they are
// made one after the other, or overlap.
const betweenReadAndBegin = time.Second

// Overlapped returns the writes of a run, by their At, whose state before may not be the one that they have changed: another write of the run
// on the same target was going on, or ended just before, in another record. Calls on one target wait for each other, but the states before them are read earlier.
// A login and an id are the same target if a write of the run has both.
func (s *Store) Overlapped(ctx context.Context, run string) (map[int64]bool, error) {
	seq, err := s.seq(ctx, run)
	if err != nil {
		return nil, err
	}
	aliases, err := s.aliases(ctx, seq)
	if err != nil {
		return nil, err
	}
	found := map[int64]bool{}
	err = s.each(ctx, `WITH alias AS MATERIALIZED (SELECT value ->> 0 AS org, value ->> 1 AS name, value ->> 2 AS id FROM json_each(?)), w AS MATERIALIZED (
			SELECT writes.id, place, connection, coalesce(alias.id, lower(target)) AS target, before, min(began) OVER (PARTITION BY place) AS began,
				iif(ended = 0, 9223372036854775807, ended) AS ended, changed = 1 OR doubt = 1 OR ended = 0 OR settled = 1 AS made
			FROM writes LEFT JOIN alias ON org = connection AND name = target WHERE writes.id > ? AND writes.id < ? AND target <> '')
		SELECT DISTINCT w.id, w.place, v.place, v.ended > w.began FROM w JOIN w v ON v.target = w.target AND v.connection = w.connection
		WHERE w.before IS NOT NULL AND v.place <> w.place AND v.made AND v.began < w.ended AND v.ended > w.began - ?`,
		[]any{aliases, firstWrite(seq), firstWrite(seq + 1), betweenReadAndBegin.Microseconds()}, func(rows *sql.Rows) error {
			var id int64
			var at, other string
			var overlaps bool
			if err := rows.Scan(&id, &at, &other, &overlaps); err != nil {
				return err
			}
			if overlaps || innerRecord(at) != innerRecord(other) {
				found[id] = true
			}
			return nil
		})
	return found, err
}

// aliases returns the targets of a run that have a login whose id is known, with the id in its place, as JSON: a list of [connection, target, target].
func (s *Store) aliases(ctx context.Context, seq int64) (string, error) {
	type login struct{ connection, text string }
	var targets []login
	ids := map[login]string{} // of those in targets
	if err := s.each(ctx, "SELECT DISTINCT connection, target FROM writes WHERE id > ? AND id < ? AND instr(target, '@') > 0",
		[]any{firstWrite(seq), firstWrite(seq + 1)}, func(rows *sql.Rows) error {
			var t login
			err := rows.Scan(&t.connection, &t.text)
			targets = append(targets, t)
			for part := range strings.SplitSeq(t.text, targetMark) {
				ids[login{t.connection, Subject(part)}] = ""
			}
			return err
		}); err != nil {
		return "", err
	}
	several := map[login]bool{}
	if err := s.each(ctx, "SELECT DISTINCT w.connection, s.text FROM writes w JOIN subjects s ON s.write = w.id WHERE w.id > ? AND w.id < ? AND instr(s.text, ?) > 0 AND ?",
		[]any{firstWrite(seq), firstWrite(seq + 1), pairMark, len(targets) > 0}, func(rows *sql.Rows) error {
			var of login
			err := rows.Scan(&of.connection, &of.text)
			text, id, _ := strings.Cut(of.text, pairMark)
			of.text = text
			if before, asked := ids[of]; asked {
				several[of] = several[of] || before != "" && before != id
				ids[of] = id
			}
			return err
		}); err != nil {
		return "", err
	}
	all := [][3]string{}
	for _, t := range targets {
		parts := strings.Split(t.text, targetMark)
		for i, part := range parts {
			of := login{t.connection, Subject(part)}
			if parts[i] = of.text; ids[of] != "" && !several[of] {
				parts[i] = ids[of]
			}
		}
		all = append(all, [3]string{t.connection, t.text, strings.Join(parts, targetMark)})
	}
	text, err := json.Marshal(all)
	return string(text), err
}

// targetMark separates the parts of a target: see card.Spec.Target.
const targetMark = " ← "
