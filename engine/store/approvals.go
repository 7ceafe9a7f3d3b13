package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// Question is what a run asks people. It is kept, shown and digested without secrets.
type Question struct {
	Ask  engine.Approval
	Flow string // the digest of the flow
	Plan string `json:",omitempty"` // the digest of the plan that the run is held to; empty if it is held to none
}

// ApprovalState is what became of an Approval.
type ApprovalState string

const (
	OpenApproval      ApprovalState = "open"
	ApprovedApproval  ApprovalState = "approved"
	RejectedApproval  ApprovalState = "rejected"
	ExpiredApproval   ApprovalState = "expired"   // nobody decided in time
	WithdrawnApproval ApprovalState = "withdrawn" // the run does not wait for it any more: the time of its step ended, or another branch failed
	ReplacedApproval  ApprovalState = "replaced"  // the run went on with other values, and asks anew
)

// Approval is a Question that a run has asked, and what became of it.
type Approval struct {
	Question
	Run     string
	Place   engine.Place // of the step
	Digest  string       // of what was shown: see digest
	Asked   time.Time
	Expires time.Time
	State   ApprovalState
	Decided time.Time // zero if nobody has decided
	Decider string    // who did
	Note    string
	Used    time.Time // when the run acted on the decision; zero if it has not

	id int64
}

// Decision returns the decision of a person; false if there is none.
func (a Approval) Decision() (engine.Decision, bool) {
	d := engine.Decision{Approved: a.State == ApprovedApproval, By: a.Decider, Note: a.Note, At: a.Decided}
	return d, d.Approved || a.State == RejectedApproval
}

// NewApproval returns an open approval that a run asks for, which is not kept here.
func NewApproval(q Question, run string, at engine.Place, asked, expires time.Time) (a Approval, err error) {
	a = Approval{Question: q, Run: run, Place: at, Asked: asked, Expires: expires, State: OpenApproval}
	a.Digest, err = q.digest(run, at.String(), expires)
	return a, err
}

// digest binds an approval to what was shown: the SHA-256 of a JSON list of everything that matters to the decision.
func (q Question) digest(run, place string, expires time.Time) (string, error) {
	text, err := json.Marshal([]any{"flowdeck approval 1", run, place, q.Flow, q.Plan, q.Ask.Prompt, engine.ValueJSON{Value: q.Ask.Show}, q.Ask.By, q.Ask.Self, expires.UTC().Format(time.RFC3339Nano)})
	if err != nil {
		return "", &card.Error{Kind: card.Storage, Message: "the approval cannot be kept: " + err.Error(), Err: err}
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// withoutSecrets returns the question as it is shown.
func (s *Store) withoutSecrets(q Question) Question {
	v := s.config.Veil
	by := q.Ask.By
	q.Ask.Prompt, q.Ask.Show, q.Ask.By = v.String(q.Ask.Prompt), v.Value(q.Ask.Show), nil
	for _, name := range by {
		q.Ask.By = append(q.Ask.By, v.String(name))
	}
	return q
}

// Asks keeps a question of the run. If the run has asked the same at this place before, it returns that one, with its decision if there is one.
// It is durable when Asks returns.
func (l *Log) Asks(at engine.Place, q Question) (Approval, error) {
	q = l.store.withoutSecrets(q)
	before, err := l.lastApproval(at)
	if err != nil {
		return Approval{}, err
	}
	nth := 1
	if before != nil {
		same, err := q.digest(l.id, l.place(at), before.Expires)
		if err != nil || same == before.Digest && before.State != WithdrawnApproval {
			return before.Approval, err
		}
		nth = before.nth + 1
	}
	// Times are as exact as their rows.
	a := Approval{Question: q, Run: l.id, Place: at, Asked: time.UnixMicro(l.store.now()), State: OpenApproval}
	a.Expires = a.Asked.Add(q.Ask.For.Truncate(time.Microsecond))
	place := l.place(at)
	if a.Digest, err = q.digest(l.id, place, a.Expires); err != nil {
		return a, err
	}
	p, err := l.pack(l.aad("approval", place, "request", nth), q)
	if err != nil {
		return a, err
	}
	return a, l.commit(p.size(), func(tx *tx) error {
		if err := p.keep(tx, l.seq); err != nil {
			return err
		}
		if before != nil {
			if err := l.closes(tx, before.id, ReplacedApproval); err != nil {
				return err
			}
		}
		if err := tx.row(`INSERT INTO approvals (run, place, nth, request, digest, asked, expires) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id`,
			[]any{l.seq, place, nth, p.row, a.Digest, a.Asked.UnixMicro(), a.Expires.UnixMicro()}, &a.id); err != nil {
			return err
		}
		return l.link(tx, askLink, a.id)
	})
}

// lastApproval returns the last question at a place; nil if there is none.
func (l *Log) lastApproval(at engine.Place) (last *numbered, err error) {
	place := l.place(at)
	err = l.store.eachApproval(context.Background(), "WHERE a.run = ? AND a.place = ? ORDER BY a.nth", []any{l.seq, place}, func(a numbered) { last = &a })
	return last, err
}

// Again returns what became of a question of the run.
func (l *Log) Again(a Approval) (Approval, error) {
	found := a
	err := l.store.eachApproval(context.Background(), "WHERE a.id = ?", []any{a.id}, func(n numbered) { found = n.Approval })
	return found, err
}

// Expire ends a question that nobody has decided in time, and Withdraw one that the run does not wait for any more. They return what became of it:
// a person may have decided meanwhile.
func (l *Log) Expire(a Approval) (Approval, error)   { return l.close(a, ExpiredApproval) }
func (l *Log) Withdraw(a Approval) (Approval, error) { return l.close(a, WithdrawnApproval) }

func (l *Log) close(a Approval, as ApprovalState) (Approval, error) {
	if err := l.commit(0, func(tx *tx) error { return l.closes(tx, a.id, as) }); err != nil {
		return a, err
	}
	return l.Again(a)
}

// closes ends an approval, if it is open.
func (l *Log) closes(tx *tx, id int64, as ApprovalState) error {
	n, err := tx.change("UPDATE approvals SET state = ? WHERE id = ? AND state = ?", string(as), id, string(OpenApproval))
	if err == nil && n > 0 {
		err = l.link(tx, decideLink, id)
	}
	return err
}

// Use notes that the run acts on the decision. The error has the kind conflict if somebody has written the decision into the database.
func (l *Log) Use(a Approval) error {
	if err := l.genuine(a); err != nil {
		return err
	}
	now := l.store.now()
	return l.commit(0, func(tx *tx) error {
		n, err := tx.change("UPDATE approvals SET used = ? WHERE id = ? AND used = 0", now, a.id)
		if err == nil && n > 0 {
			err = l.link(tx, useLink, a.id)
		}
		return err
	})
}

// numbered is an Approval with its number at its place.
type numbered struct {
	Approval
	nth int
}

const approvalColumns = "a.id, a.run, r.id, a.place, a.nth, a.request, a.digest, a.asked, a.expires, a.state, a.decided, a.decider, a.note, a.used"

// eachApproval reads approvals. The condition is SQL.
func (s *Store) eachApproval(ctx context.Context, where string, args []any, see func(numbered)) error {
	return s.each(ctx, "SELECT "+approvalColumns+" FROM approvals a JOIN runs r ON r.seq = a.run "+where, args, func(rows *sql.Rows) error {
		var a numbered
		var seq, asked, expires, decided, used int64
		var place string
		var request []byte
		if err := rows.Scan(&a.id, &seq, &a.Run, &place, &a.nth, &request, &a.Digest, &asked, &expires, &a.State, &decided, &a.Decider, &a.Note, &used); err != nil {
			return err
		}
		r := reader{store: s, run: seq, people: true}
		if err := r.read(aad(a.Run, "approval", place, "request", a.nth), request, &a.Question); err != nil {
			return err
		}
		var err error
		if a.Place, err = r.place(a.Run, place); err != nil {
			return err
		}
		a.Asked, a.Expires, a.Decided, a.Used = time.UnixMicro(asked), time.UnixMicro(expires), fromMicro(decided), fromMicro(used)
		if a.State == OpenApproval && !s.config.Clock.Now().Before(a.Expires) {
			a.State = ExpiredApproval // its run has not noticed yet
		}
		see(a)
		return nil
	})
}
