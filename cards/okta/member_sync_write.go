package okta

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

// mostAtOnce is how many requests of one call are in flight.
const mostAtOnce = 8

// atOnce calls do for the numbers below n, mostAtOnce of them at once or, in a serial call, one. After an error no further call starts, and those in flight end.
// It returns all errors.
func atOnce(call card.Call, n int, do func(i int) error) (failures []error) {
	most := mostAtOnce
	if call.Serial {
		most = 1
	}
	var next atomic.Int64
	var mu sync.Mutex
	var all sync.WaitGroup
	failed := func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(failures) > 0
	}
	for range min(n, most) {
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

// carryOut adds and removes the users of the plan. It moves those whom it did, or may have done, from the plan to done. The error is one of
// the failures.
func (plan *SyncedMembers) carryOut(ctx context.Context, call card.Call, groupID string, done progress) error {
	org, err := session(call)
	if err != nil {
		return err
	}
	carry := func(ids []string, op oktaapi.Operation, name string) (rest []string, failures []error) {
		ends := make([]error, len(ids))
		sent := make([]bool, len(ids))
		failures = atOnce(call, len(ids), func(i int) error {
			sent[i] = true
			_, ends[i] = org.Do(ctx, op, oktaapi.Args{Path: []string{groupID, ids[i]}})
			return ends[i]
		})
		for i, id := range ids {
			switch {
			case sent[i] && ends[i] == nil:
				done[name] = append(done[name], id)
			case isLost(ends[i]):
				done[inDoubt] = append(done[inDoubt], id)
			default:
				rest = append(rest, id)
			}
		}
		return rest, failures
	}
	var failures []error
	if plan.Added, failures = carry(plan.Added, oktaapi.AssignUserToGroup, added); len(failures) == 0 {
		plan.Removed, failures = carry(plan.Removed, oktaapi.UnassignUserFromGroup, removed)
	}
	return worst(failures)
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

// worst returns the failure that decides what happens next: refused credentials end the run. It returns nil if there is none.
func worst(failures []error) error {
	if len(failures) == 0 {
		return nil
	}
	for _, err := range failures {
		if failure := (*card.Error)(nil); errors.As(err, &failure) && failure.Kind == card.Unauthorized {
			return err
		}
	}
	return failures[0]
}
