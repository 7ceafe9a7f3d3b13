package store

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Verified is what Verify found.
type Verified struct {
	Run   string `json:"run"`
	Flow  string `json:"flow"`
	Chain *Chain `json:"chain,omitempty"` // nil if it has none: it is from before there were chains
	// Problem is the first thing that does not fit; nil if all does.
	Problem *Mismatch `json:"problem,omitempty"`
}

// Mismatch is something in the history that is not as the run has left it, or that cannot be verified.
type Mismatch struct {
	Entry int64  `json:"entry,omitempty"` // the number of the link in the chain; 0 if it is about none
	Step  string `json:"step,omitempty"`  // the place of the write; empty for the run
	Card  string `json:"card,omitempty"`
	What  string `json:"what"`
}

// Verify computes the chain of hashes of a run again, from its rows. It reports what was changed, removed or added since, by somebody who did not also
// compute the chain. The error is not nil only if the history cannot be read.
func (s *Store) Verify(ctx context.Context, run string) (v Verified, err error) {
	seq, err := s.seq(ctx, run)
	if err != nil {
		return v, err
	}
	key, err := s.keys.chainKey()
	if err != nil {
		return v, err
	}
	tx, err := s.db.BeginTx(ctx, nil) // so that a run which goes on does not change in between
	if err != nil {
		return v, s.failure(err)
	}
	defer func() { _ = tx.Rollback() }() // it has changed nothing
	c := verifying{store: s, tx: tx, seq: seq, key: key, last: map[covering]known{}}
	if err := tx.QueryRowContext(ctx, "SELECT id, flow FROM runs WHERE seq = ?", seq).Scan(&v.Run, &v.Flow); err != nil {
		return v, s.failure(err)
	}
	c.run = v.Run
	if err := c.chain(ctx); err != nil {
		return v, err
	}
	if c.end.Entries == 0 && c.problem == nil {
		v.Problem, err = c.unchained(ctx)
		return v, err
	}
	v.Chain = &c.end
	for _, step := range []func(context.Context) error{c.ofRun, c.sources, c.blobs, c.approvals, c.writes} {
		if c.problem == nil {
			if err := step(ctx); err != nil {
				return v, err
			}
		}
	}
	v.Problem = c.problem
	return v, nil
}

// covering identifies a part of a row.
type covering struct {
	of  *covered
	row int64
}

// known is what the last link about a part of a row says of it.
type known struct {
	nth     int64
	content [sha256.Size]byte
}

// fits reports whether the values are those of the last link or, if no link is about them, those of a new row.
func (k known) fits(of *covered, values []any) bool {
	if k.nth == 0 {
		return bytes.Equal(of.digest(values), initial[of])
	}
	return bytes.Equal(of.digest(values), k.content[:])
}

type verifying struct {
	store   *Store
	tx      *sql.Tx
	seq     int64
	run     string
	key     chainKey
	problem *Mismatch

	end   Chain
	last  map[covering]known
	ended linkKind // the last link about the run
	saved map[string]bool
}

func (c *verifying) fail(nth int64, format string, args ...any) {
	if c.problem == nil {
		c.problem = &Mismatch{Entry: nth, What: fmt.Sprintf(format, args...)}
	}
}

// unchained returns what is wrong with a run without a chain; nil if it is from before there were chains. With a key it is not known whether it is, as
// whoever can write the history can remove a chain.
func (c *verifying) unchained(ctx context.Context) (*Mismatch, error) {
	if c.key.key != nil {
		return &Mismatch{What: "it has no chain: an older version has run it, or somebody without the key has added it, or removed its chain"}, nil
	}
	var last int64
	if err := c.tx.QueryRowContext(ctx, "SELECT coalesce((SELECT value FROM meta WHERE name = 'unchained'), 0)").Scan(&last); err != nil {
		return nil, c.store.failure(err)
	}
	if c.seq > last {
		return &Mismatch{What: "the chain is missing: runs have one since before it was started"}, nil
	}
	return nil, nil
}

// chain computes the hashes again.
func (c *verifying) chain(ctx context.Context) error {
	var before []byte
	var n int64
	end := tail{}
	var head []byte
	err := c.tx.QueryRowContext(ctx, "SELECT nth, hash FROM heads WHERE run = ?", c.seq).Scan(&end.nth, &head)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return c.store.failure(err)
	}
	query := "SELECT nth, kind, row, content, hash, key, note FROM chain WHERE run = ? ORDER BY nth"
	if err := c.store.eachOf(ctx, c.tx, query, []any{c.seq}, func(rows *sql.Rows) error {
		var nth, row int64
		var kind linkKind
		var content, hash, id []byte
		var note sql.NullString
		if err := rows.Scan(&nth, &kind, &row, &content, &hash, &id, &note); err != nil || c.problem != nil {
			return err
		}
		n++
		switch {
		case nth != n:
			c.fail(n, "entry %d of the chain is missing", n)
		case len(id) == 0 && c.key.id != nil:
			c.fail(nth, "entry %d of the chain was made without the key, so that whoever can write the history can have made it", nth)
		case !bytes.Equal(id, c.key.id):
			c.fail(nth, "the chain has a key that this process does not have: set FLOWDECK_KEY to that of the run")
		case !hmac.Equal(hash, c.key.next(before, kind, row, content)):
			c.fail(nth, "entry %d of the chain was changed, or is at another place", nth)
		}
		before = hash
		c.end = Chain{hex.EncodeToString(hash), nth, len(id) > 0}
		of, says := kind.covers(), sha256.Sum256([]byte(note.String))
		switch {
		case of == nil && kind != resumeLink:
			c.fail(nth, "entry %d of the chain has an unknown kind", nth)
		case of == nil && !bytes.Equal(content, says[:]) || (of != nil || note.String == "") && note.Valid:
			c.fail(nth, "entry %d of the chain was changed: its note", nth)
		case of != nil && len(content) == sha256.Size:
			c.last[covering{of, row}] = known{nth, [sha256.Size]byte(content)}
		}
		if row == 0 && kind != limitLink {
			c.ended = kind
		}
		return nil
	}); err != nil {
		return err
	}
	end.hash = before
	switch {
	case n < end.nth:
		c.fail(n+1, "the chain has %d entries, and the run says %d: the last ones are missing", n, end.nth)
	case n > end.nth:
		c.fail(end.nth+1, "the chain has %d entries, and the run says %d", n, end.nth)
	case n > 0 && !hmac.Equal(head, c.key.head(end)) && (head != nil || c.key.key != nil):
		c.fail(n, "the number of entries of the chain was changed, or was made without the key")
	}
	return nil
}

// ofRun compares the row of the run.
func (c *verifying) ofRun(ctx context.Context) error {
	for _, of := range []*covered{&startOfRun, &endOfRun, &limitsOfRun} {
		want, linked := c.last[covering{of, 0}]
		switch {
		case of == &endOfRun && c.ended != finishLink:
			var status Status
			if err := c.tx.QueryRowContext(ctx, "SELECT status FROM runs WHERE seq = ?", c.seq).Scan(&status); err != nil {
				return c.store.failure(err)
			}
			if status != Running && status != Queued {
				c.fail(0, "the run is %s, and the chain has no entry of its end", status)
			}
			continue
		case !linked && initial[of] == nil:
			c.fail(0, "the chain has no entry of %s", of.what)
			return nil
		}
		values := make([]any, len(of.columns))
		if err := c.tx.QueryRowContext(ctx, of.query, c.seq).Scan(pointers(values)...); err != nil {
			return c.store.failure(err)
		}
		if !want.fits(of, values) {
			c.fail(want.nth, "the run was changed: %s", of.what)
		}
	}
	return nil
}

// sources compares the flows of the run with their digest, which its row has.
func (c *verifying) sources(ctx context.Context) error {
	return c.store.eachOf(ctx, c.tx, `SELECT r.sources, s.files FROM runs r LEFT JOIN sources s ON s.hash = r.sources
		WHERE r.seq = ? AND r.sources IS NOT NULL`, []any{c.seq}, func(rows *sql.Rows) error {
		var hash, files []byte
		if err := rows.Scan(&hash, &files); err != nil {
			return err
		}
		sum := sha256.New()
		r, err := gzip.NewReader(bytes.NewReader(files))
		if err == nil {
			_, err = io.Copy(sum, io.LimitReader(r, mostSources))
		}
		if err != nil || !bytes.Equal(sum.Sum(nil), hash) {
			c.fail(0, "the flows of the run were changed")
		}
		return nil
	})
}

// blobs compares the values that are too long for a row with their hashes, which the rows have.
func (c *verifying) blobs(ctx context.Context) error {
	c.saved = map[string]bool{}
	return c.store.eachOf(ctx, c.tx, "SELECT hash, data FROM blobs WHERE run = ?", []any{c.seq}, func(rows *sql.Rows) error {
		var hash, data []byte
		err := rows.Scan(&hash, &data)
		sum := sha256.Sum256(data)
		c.saved[string(hash)] = bytes.Equal(hash, sum[:])
		return err
	})
}

// approvals compares the rows of the approvals, and finds those that are missing.
func (c *verifying) approvals(ctx context.Context) error {
	parts := []*covered{&askOfApproval, &decisionOnIt, &useOfApproval}
	columns := slices.Concat(askOfApproval.columns, decisionOnIt.columns, useOfApproval.columns)
	query := "SELECT id, " + strings.Join(columns, ", ") + " FROM approvals WHERE run = ? ORDER BY id"
	if err := c.store.eachOf(ctx, c.tx, query, []any{c.seq}, func(rows *sql.Rows) error {
		values := make([]any, 1+len(columns))
		if err := rows.Scan(pointers(values)...); err != nil || c.problem != nil {
			return err
		}
		id, _ := values[0].(int64)
		left := values[1:]
		for _, of := range parts {
			at, is := covering{of, id}, left[:len(of.columns)]
			left = left[len(of.columns):]
			want := c.last[at]
			delete(c.last, at)
			switch {
			case want.nth == 0 && of == &askOfApproval:
				c.fail(0, "an approval was added that is not in the chain")
			case !want.fits(of, is) && want.nth == 0:
				c.fail(0, "the approval was changed, and the chain has no entry of it: %s", of.what)
			case !want.fits(of, is):
				c.fail(want.nth, "the approval was changed: %s", of.what)
			}
		}
		if request, _ := values[4].([]byte); len(request) == 1+sha256.Size && request[0] == blobMark && !c.saved[string(request[1:])] {
			c.fail(0, "the approval was changed: %s", askOfApproval.what)
		}
		if c.problem != nil {
			c.name(values[2], nil)
		}
		return nil
	}); err != nil {
		return err
	}
	c.missing("approvals", "approval")
	return nil
}

// missing reports the first row of a table that is in the chain, and that was not found.
func (c *verifying) missing(table, what string) {
	left := slices.SortedFunc(maps.Keys(c.last), func(a, b covering) int { return int(c.last[a].nth - c.last[b].nth) })
	for _, one := range left {
		if one.of.table == table {
			c.fail(c.last[one].nth, "the %s of entry %d of the chain is missing", what, c.last[one].nth)
			return
		}
	}
}

// writes compares the rows of the writes, and finds those that are missing.
func (c *verifying) writes(ctx context.Context) error {
	columns := slices.Concat(callOfWrite.columns, resultOfWrite.columns)
	calls := len(callOfWrite.columns)
	texts, allTexts := 1+slices.Index(columns, "texts"), 1+slices.Index(columns, "all_texts")
	query := "SELECT id, " + strings.Join(columns, ", ") + ", " + subjectsOf("writes.id") + " FROM writes WHERE id > ? AND id < ? ORDER BY id"
	if err := c.store.eachOf(ctx, c.tx, query, []any{firstWrite(c.seq), firstWrite(c.seq + 1)}, func(rows *sql.Rows) error {
		if c.problem != nil {
			return nil
		}
		values := make([]any, 2+len(columns))
		if err := rows.Scan(pointers(values)...); err != nil {
			return err
		}
		id, _ := values[0].(int64)
		subjects, values := values[len(values)-1], values[:len(values)-1]
		for _, of := range []*covered{&callOfWrite, &resultOfWrite} {
			is := values[1 : 1+calls]
			if of == &resultOfWrite {
				is = values[1+calls:]
			}
			at := covering{of, id}
			want := c.last[at]
			delete(c.last, at)
			switch {
			case want.nth == 0 && of == &callOfWrite:
				c.fail(0, "a write was added that is not in the chain")
			case !want.fits(of, is) && want.nth == 0:
				c.fail(0, "the write was changed, and the chain has no entry of %s", of.what)
			case !want.fits(of, is):
				c.fail(want.nth, "the write was changed: %s", of.what)
			}
			for i, value := range is {
				if data, _ := value.([]byte); len(data) == 1+sha256.Size && data[0] == blobMark && !c.saved[string(data[1:])] {
					c.fail(want.nth, "the write was changed: its %s", of.columns[i])
				}
			}
		}
		want := values[allTexts]
		if want == nil {
			want = values[texts]
		}
		all, _ := subjects.(string)
		if hash, _ := want.([]byte); want != nil && !bytes.Equal(hash, hashOf(all)) { // nil: an older version has begun it
			c.fail(0, "the write was changed: the texts by which it is found")
		}
		if c.problem != nil {
			c.name(values[1], values[3])
		}
		return nil
	}); err != nil || c.problem != nil {
		return err
	}
	c.missing("writes", "write")
	return nil
}

// name adds which write the problem is about.
func (c *verifying) name(place, name any) {
	c.problem.Card, _ = name.(string)
	text, _ := place.(string)
	p, err := reader{store: c.store, run: c.seq, people: true}.place(c.run, text)
	if c.problem.Step = p.String(); err != nil { // that is what was changed
		c.problem.Step = ""
	}
}
