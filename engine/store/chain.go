package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"strings"
)

// Each run has a chain of hashes over what it did, so that a later change of its rows is found: see Verify. A link is appended in the transaction
// that changes the row which it is about, and has a digest of columns of that row:
//
//	hash = SHA-256(hash before ‖ kind ‖ row ‖ content)
//
// If Config.Keyed is set it is HMAC-SHA-256, with a key that is made of Config.Key. A later link about the same columns replaces an earlier one, whose content
// nobody can compute again. So what different people do is in different columns: who uses an approval does not confirm who gave it.
//
// The table heads has the number of links, with a hash of its own.

// linkKind is the kind of a link. The texts are those of the journal.
type linkKind string

const (
	startLink  linkKind = "start"  // of a run
	resumeLink linkKind = "resume" // of a run that goes on
	finishLink linkKind = "finish" // of a run that has ended or pauses
	beginLink  linkKind = "begin"  // of a write
	endLink    linkKind = "end"    // of a write
	settleLink linkKind = "settle" // of a write about which a person decided
	clearLink  linkKind = "clear"  // of a write whose doubt a later attempt has resolved
	limitLink  linkKind = "limits" // of a run: how much it may do was changed
	askLink    linkKind = "ask"    // of an approval
	decideLink linkKind = "decide" // of an approval that is not open any more
	useLink    linkKind = "use"    // of an approval on which the run acts
)

// covered is a part of a row that a link is about. A column that is NULL is not in the digest, so that one that is added later breaks no chain.
type covered struct {
	what    string // for people
	table   string
	columns []string
	query   string // for the columns of a row, by its number
}

func coveredBy(what, table, key string, columns ...string) covered {
	return covered{what, table, columns, "SELECT " + strings.Join(columns, ", ") + " FROM " + table + " WHERE " + key + " = ?"}
}

var (
	startOfRun = coveredBy("how it was started", "runs", "seq",
		"id", "flow", "started_by", "started", "parent", "dry", "digest", "sources", "start", "connections", "plan", "origin")
	endOfRun = coveredBy("how it ended", "runs", "seq",
		"status", "reason", "ended", "report", "owner", "fence", "quota", "answered", "answer")
	limitsOfRun = coveredBy("how much it may do", "runs", "seq", "limits")
	callOfWrite = coveredBy("what was asked for, or the state before it", "writes", "id",
		"place", "attempt", "card", "connection", "target", "began", "times", "aside", "destroys", "input", "before", "texts")
	resultOfWrite = coveredBy("its result, or what was decided about it", "writes", "id", "ended", "seq", "changed", "doubt", "settled", "result", "all_texts")
	askOfApproval = coveredBy("what was asked", "approvals", "id", "run", "place", "nth", "request", "digest", "asked", "expires")
	decisionOnIt  = coveredBy("what was decided, and by whom", "approvals", "id", "state", "decided", "decider", "note")
	useOfApproval = coveredBy("whether the run acted on it", "approvals", "id", "used")
)

// covers returns what a link of a kind is about; nil if it is about no row.
func (k linkKind) covers() *covered {
	switch k {
	case startLink:
		return &startOfRun
	case finishLink:
		return &endOfRun
	case beginLink:
		return &callOfWrite
	case endLink, settleLink, clearLink:
		return &resultOfWrite
	case limitLink:
		return &limitsOfRun
	case askLink:
		return &askOfApproval
	case decideLink:
		return &decisionOnIt
	case useLink:
		return &useOfApproval
	}
	return nil
}

// pointers returns what a row is scanned into.
func pointers(values []any) []any {
	all := make([]any, len(values))
	for i := range values {
		all[i] = &values[i]
	}
	return all
}

// digest returns the digest of the values of the columns, as the database returns them.
func (c *covered) digest(values []any) []byte {
	sum := sha256.New()
	for i, name := range c.columns {
		switch v := values[i].(type) {
		case nil:
		case int64:
			field(sum, name, 'i', binary.BigEndian.AppendUint64(nil, uint64(v)))
		case string:
			field(sum, name, 't', []byte(v))
		case []byte:
			field(sum, name, 'b', v)
		default: // a value that flowdeck does not write
			field(sum, name, '?', fmt.Append(nil, v))
		}
	}
	return sum.Sum(nil)
}

func field(sum hash.Hash, name string, kind byte, value []byte) {
	head := append([]byte(name), 0, kind)
	_, _ = sum.Write(binary.BigEndian.AppendUint64(head, uint64(len(value)))) // hash.Hash.Write never returns an error
	_, _ = sum.Write(value)
}

// initial are the digests of what no link is about yet.
var initial = map[*covered][]byte{
	&resultOfWrite: resultOfWrite.digest([]any{int64(0), nil, int64(0), int64(1), nil, nil, nil}),
	&limitsOfRun:   limitsOfRun.digest([]any{nil}),
	&decisionOnIt:  decisionOnIt.digest([]any{string(OpenApproval), int64(0), "", ""}),
	&useOfApproval: useOfApproval.digest([]any{int64(0)}),
}

// tail is the end of a chain. The zero tail is not read yet.
type tail struct {
	nth  int64
	hash []byte
}

// chainKey is the key of the hashes. The zero chainKey is none.
type chainKey struct{ id, key []byte }

// next returns the hash of the link after one.
func (k chainKey) next(before []byte, kind linkKind, row int64, content []byte) []byte {
	sum := sha256.New()
	if k.key != nil {
		sum = hmac.New(sha256.New, k.key)
	}
	field(sum, "before", 'b', before)
	field(sum, "kind", 't', []byte(kind))
	field(sum, "row", 'i', binary.BigEndian.AppendUint64(nil, uint64(row)))
	field(sum, "content", 'b', content)
	return sum.Sum(nil)
}

// chainKey returns the key of the hashes that this process makes. It must not be called by the writer.
func (k *keys) chainKey() (chainKey, error) {
	if !k.store.config.Keyed {
		return chainKey{}, nil
	}
	aead, err := k.load()
	if aead == nil || err != nil {
		return chainKey{}, err
	}
	key := hmac.New(sha256.New, k.mac)
	key.Write([]byte("chain"))
	of := chainKey{key: key.Sum(nil)}
	id := hmac.New(sha256.New, of.key)
	id.Write([]byte("id"))
	of.id = id.Sum(nil)[:8]
	return of, nil
}

// head returns the hash of the end of a chain.
func (k chainKey) head(at tail) []byte { return k.next(at.hash, "head", at.nth, nil) }

// end reads the end of the chain of a run; nil if it has none. If it was changed, its hash is nil, so that no later link fits: the key of this process
// must not confirm what somebody else did.
func (k chainKey) end(tx *tx, run int64) (*tail, error) {
	var at tail
	var head []byte
	err := tx.row("SELECT h.nth, h.hash, c.hash FROM heads h LEFT JOIN chain c ON c.run = h.run AND c.nth = h.nth WHERE h.run = ?", []any{run}, &at.nth, &head, &at.hash)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	if !hmac.Equal(head, k.head(at)) && (head != nil || k.key != nil) {
		at.hash = nil
	}
	return &at, nil
}

// link appends a link to the chain of a run. at is its end, if it is known in this transaction. A run without a chain gets none. The note is what the link
// says that no row has; empty for nothing.
func (k chainKey) link(tx *tx, at *tail, run int64, kind linkKind, row int64, note string) error {
	if at.nth == 0 && kind != startLink {
		end, err := k.end(tx, run)
		if end == nil || err != nil {
			return err
		}
		*at = *end
	}
	none := sha256.Sum256([]byte(note))
	content := none[:]
	if of := kind.covers(); of != nil {
		values := make([]any, len(of.columns))
		id := row
		if of.table == "runs" {
			id = run
		}
		if err := tx.row(of.query, []any{id}, pointers(values)...); err != nil {
			return err
		}
		content = of.digest(values)
	}
	at.nth, at.hash = at.nth+1, k.next(at.hash, kind, row, content)
	var says any
	if note != "" {
		says = note
	}
	if err := tx.exec("INSERT INTO chain (run, nth, kind, row, content, hash, key, note) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		run, at.nth, string(kind), row, content, at.hash, k.id, says); err != nil {
		return err
	}
	return tx.exec("INSERT OR REPLACE INTO heads (run, nth, hash) VALUES (?, ?, ?)", run, at.nth, k.head(*at))
}

// link appends a link to the chain of the run.
func (l *Log) link(tx *tx, kind linkKind, row int64) error {
	return l.key.link(tx, &l.tail, l.seq, kind, row, "")
}

// Chain is the end of the chain of hashes of a run.
type Chain struct {
	Head    string `json:"head"`    // the last hash, in hexadecimal
	Entries int64  `json:"entries"` // the number of its links
	Keyed   bool   `json:"keyed"`   // the last hash was made with a key
}

// ChainOf returns the end of the chain of a run; nil if it has none.
func (s *Store) ChainOf(ctx context.Context, run string) (*Chain, error) {
	var c Chain
	var hash []byte
	err := s.db.QueryRowContext(ctx, "SELECT nth, hash, key IS NOT NULL FROM chain WHERE run = (SELECT seq FROM runs WHERE id = ?) ORDER BY nth DESC LIMIT 1",
		run).Scan(&c.Entries, &hash, &c.Keyed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	c.Head = hex.EncodeToString(hash)
	return &c, s.failure(err)
}
