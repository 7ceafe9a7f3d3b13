package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// Approvals returns the approvals of a run, or of all runs if run is empty, in the order in which they were asked: those that are open or, if all is
// set, all of them. One of a run that has ended is not open. Secrets are hidden.
func (s *Store) Approvals(ctx context.Context, run string, all bool) (found []Approval, err error) {
	where, args := "WHERE r.status <> ?", []any{string(pruned)}
	if run != "" {
		where, args = where+" AND r.id = ?", append(args, run)
	}
	if !all {
		where += " AND a.state = 'open' AND " + mayGoOn
	}
	err = s.eachApproval(ctx, where+" ORDER BY a.asked, a.id", args, func(a numbered) {
		if all || a.State == OpenApproval {
			found = append(found, a.Approval)
		}
	})
	return found, err
}

// UsedApprovals returns the approvals that a run, those that started it, or those that they started, have acted on.
func (s *Store) UsedApprovals(ctx context.Context, run string) (found []Approval, err error) {
	root, _, _ := strings.Cut(run, ".")
	err = s.eachApproval(ctx, "WHERE a.used > 0 AND (r.id = ? OR substr(r.id, 1, ?) = ?) ORDER BY a.id", []any{root, len(root) + 1, root + "."},
		func(a numbered) { found = append(found, a.Approval) })
	return found, err
}

// mayGoOn is the condition of a run that goes on or can be resumed, in SQL.
const mayGoOn = "r.status IN ('queued', 'running', 'paused', 'canceled')"

// Decide keeps the decision about an approval that is open. It is made once: the error has the kind conflict if the approval is not open any more. The
// caller has checked who decides.
func (s *Store) Decide(ctx context.Context, a Approval, d engine.Decision) (Approval, error) {
	state := RejectedApproval
	if d.Approved {
		state = ApprovedApproval
	}
	by, note := s.config.Veil.String(d.By), s.config.Veil.String(d.Note)
	key, err := s.keys.chainKey()
	if err != nil {
		return a, err
	}
	decided := false
	if err := s.write(ctx, func(tx *tx) error {
		var run int64
		if err := tx.row("SELECT run FROM approvals WHERE id = ?", []any{a.id}, &run); err != nil {
			return err
		}
		if err := key.holds(tx, run); err != nil {
			return err
		}
		now := s.now()
		n, err := tx.change("UPDATE approvals SET state = ?, decided = ?, decider = ?, note = ? WHERE id = ? AND digest = ? AND state = 'open' AND expires > ? AND EXISTS (SELECT 1 FROM runs r WHERE r.seq = run AND "+mayGoOn+")",
			string(state), now, by, note, a.id, a.Digest, now)
		if decided = n == 1; decided && err == nil {
			err = key.link(tx, &tail{}, run, decideLink, a.id, "")
		}
		return err
	}); err != nil {
		return a, err
	}
	if err := s.eachApproval(ctx, "WHERE a.id = ?", []any{a.id}, func(n numbered) { a = n.Approval }); err != nil {
		return a, err
	}
	if err := a.NotOpen(); !decided && err == nil {
		return a, invalid(card.Conflict, "run_ended", fmt.Sprintf("run %s has ended", a.Run), "")
	} else if !decided {
		return a, err
	}
	return a, nil
}

// NotOpen returns the error of a decision about an approval that is not open; nil if it is.
func (a Approval) NotOpen() error {
	const again = "an approval is decided once"
	at := a.Place.String()
	switch a.State {
	case OpenApproval:
		return nil
	case ApprovedApproval, RejectedApproval:
		return invalid(card.Conflict, "decided", fmt.Sprintf("%s of run %s was %s by %s", at, a.Run, a.State, a.Decider), again)
	case ExpiredApproval:
		return invalid(card.Conflict, "expired", fmt.Sprintf("%s of run %s expired at %s", at, a.Run, a.Expires.UTC().Format("2006-01-02 15:04:05 MST")), "nobody decided in time: run the flow again")
	case ReplacedApproval:
		return invalid(card.Conflict, "replaced", fmt.Sprintf("run %s asks another thing now at %s", a.Run, at), "'flowdeck approvals' lists what is asked")
	}
	return invalid(card.Conflict, "withdrawn", fmt.Sprintf("run %s does not wait for %s any more", a.Run, at), "")
}
