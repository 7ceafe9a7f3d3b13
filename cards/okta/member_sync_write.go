package okta

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

// mostAtOnce is how many requests of one call are in flight.
const mostAtOnce = 8

// atOnce calls do for the numbers below n, mostAtOnce of them at once. After an error no further call starts, and those in flight end.
// It returns all errors.
func atOnce(n int, do func(i int) error) (failures []error) {
	var next atomic.Int64
	var mu sync.Mutex
	var all sync.WaitGroup
	failed := func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(failures) > 0
	}
	for range min(n, mostAtOnce) {
		all.Go(func() {
			for !failed() {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if err := do(i); err != nil {
					mu.Lock()
					failures = append(failures, err)
					mu.Unlock()
				}
			}
		})
	}
	all.Wait()
	return failures
}

// A memberWrite is one change of a membership, and what is known of it.
type memberWrite struct {
	op   oktaapi.Operation
	id   string // of the user
	done bool
	lost bool // no answer came, so that it may have been done
}

// carryOut adds and removes the users of a plan. If it fails after it has changed something, or may have, the error has details, and
// its code reports that a part was done.
func (plan SyncedMembers) carryOut(ctx context.Context, call card.Call, groupID string) error {
	org, err := session(call)
	if err != nil {
		return err
	}
	var writes []memberWrite
	for _, id := range plan.Added {
		writes = append(writes, memberWrite{op: oktaapi.AssignUserToGroup, id: id})
	}
	adds := len(writes)
	for _, id := range plan.Removed {
		writes = append(writes, memberWrite{op: oktaapi.UnassignUserFromGroup, id: id})
	}
	send := func(writes []memberWrite) []error {
		return atOnce(len(writes), func(i int) error {
			w := &writes[i]
			_, err := org.Do(ctx, w.op, oktaapi.Args{Path: []string{groupID, w.id}})
			w.done, w.lost = err == nil, isLost(err)
			return err
		})
	}
	failures := send(writes[:adds])
	if len(failures) == 0 {
		failures = send(writes[adds:])
	}
	if len(failures) == 0 {
		return nil
	}
	return partly(ctx, writes, failures)
}

// isLost reports whether a request may have been done although no answer of Okta's shows it.
func isLost(err error) bool {
	switch failure := (*card.Error)(nil); {
	case err == nil || errors.Is(err, card.ErrNotSent):
		return false
	case !errors.As(err, &failure):
		return true // the context ended while the request was in flight
	default:
		return failure.MayBeDone()
	}
}

// partly returns the error of a call of which a part was done or may have been done; the first failure itself if nothing was.
func partly(ctx context.Context, writes []memberWrite, failures []error) error {
	ids := map[string][]any{"added": {}, "removed": {}, "in_doubt": {}}
	done := 0
	for _, w := range writes {
		switch {
		case w.lost:
			ids["in_doubt"] = append(ids["in_doubt"], w.id)
		case w.done && w.op.Name == oktaapi.AssignUserToGroup.Name:
			ids["added"] = append(ids["added"], w.id)
		case w.done:
			ids["removed"] = append(ids["removed"], w.id)
		}
		if w.done {
			done++
		}
	}
	failure := worst(failures)
	switch {
	case done == 0 && len(ids["in_doubt"]) == 0:
		return failure
	case ctx.Err() != nil:
		return context.Cause(ctx) // without ErrNotSent
	}
	cause := card.AsError(failure)
	details := map[string]any{"code": cause.Code, "answer": cause.Details}
	for name, list := range ids {
		details[name] = list
	}
	what := fmt.Sprintf("%d of %d members were added or removed", done, len(writes))
	if doubt := len(ids["in_doubt"]); doubt > 0 {
		what += fmt.Sprintf(", and %d more may have been,", doubt)
	}
	return &card.Error{
		Kind: cause.Kind, Code: card.CodePartly, Changed: len(ids["in_doubt"]) == 0, Status: cause.Status, Wait: cause.Wait, Hint: cause.Hint, Details: details, Err: failure,
		Message: what + " before this failed: " + cause.Message,
	}
}

// worst returns the failure that decides what happens next: refused credentials end the run.
func worst(failures []error) error {
	for _, err := range failures {
		if failure := (*card.Error)(nil); errors.As(err, &failure) && failure.Kind == card.Unauthorized {
			return err
		}
	}
	return failures[0]
}
