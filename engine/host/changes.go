package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/store"
)

// ChangeLimit is the number of changes that a run, together with the runs that it started, may make in all of its processes, and how many it
// made. A change is a call of a card with a connection that changed something: tables and files of the workspace do not count.
type ChangeLimit struct {
	Allowed int  `json:"allowed"`
	Made    int  `json:"made"`
	InDoubt int  `json:"in_doubt"` // calls that may have changed something; they count as changes
	Reached bool `json:"reached"`  // the run was stopped before another change
}

// reason is the reason of a run that was stopped.
func (l ChangeLimit) reason() string {
	made := fmt.Sprintf("%d changes were made", l.Made)
	switch l.Made {
	case 0:
		made = "no change was made"
	case 1:
		made = "1 change was made"
	}
	if l.InDoubt > 0 {
		made += fmt.Sprintf(", and %d may have been made", l.InDoubt)
	}
	return "stopped by --max-changes: " + made
}

// changes reserves the changes that the runs of a request may make. It is safe for concurrent use.
type changes struct {
	full  func() // stops the runs; called once
	cards card.Set

	mu    sync.Mutex
	limit ChangeLimit
	going int // calls in flight, each of which may make a change
	// counted are the failed attempts that count as changes, by the run and the place of the call. Another attempt of a card that changes
	// nothing the second time counts once with it, and so does an attempt that an earlier process began.
	counted map[string]counted
	ended   chan struct{} // closed, and replaced, when a call ends
}

// counted is an attempt that failed and counts as a change. The zero counted is none.
type counted struct {
	attempt int
	inDoubt bool
}

// number returns how many changes it counts as: those that were made, and those that may have been.
func (c counted) number() (made, inDoubt int) {
	switch {
	case c.attempt == 0:
		return 0, 0
	case c.inDoubt:
		return 0, 1
	}
	return 1, 0
}

func newChanges(most int, cards card.Set, full func()) *changes {
	return &changes{full: full, cards: cards, limit: ChangeLimit{Allowed: most}, counted: map[string]counted{}, ended: make(chan struct{})}
}

// ofWorkspace reports whether a card changes only tables or files of the workspace.
func ofWorkspace(c card.Card) bool { return c.NoConnection || c.FilesOnly }

// namesOfWorkspace returns the names of these cards.
func namesOfWorkspace(cards card.Set) (names []string) {
	for name, c := range cards {
		if ofWorkspace(c) {
			names = append(names, name)
		}
	}
	return names
}

// resume counts the changes of earlier processes. n includes those in doubt.
func (c *changes) resume(n int, inDoubt []store.Write) {
	c.limit.Made, c.limit.InDoubt = n-len(inDoubt), len(inDoubt)
	for _, w := range inDoubt {
		c.counted[w.Run+" "+w.Place.ID()] = counted{attempt: w.Attempt, inDoubt: true}
	}
}

// of returns the Permit of a run; nil if there is no limit.
func (c *changes) of(run string) engine.Permit {
	if c == nil {
		return nil
	}
	return func(ctx context.Context, call engine.Invocation, effect card.Effect) (func(engine.Value, error), error) {
		if call.Connection == "" || ofWorkspace(c.cards[call.Card]) {
			return func(engine.Value, error) {}, nil
		}
		id := run + " " + call.Place.ID()
		before, err := c.reserve(ctx, id, call.Attempt, effect)
		if err != nil {
			return nil, err
		}
		return func(out engine.Value, err error) { c.end(id, before, call.Attempt, out, err) }, nil
	}
}

// reserve waits until it is known whether the call may make a change. It returns the earlier attempt that counts once with this one.
func (c *changes) reserve(ctx context.Context, id string, attempt int, effect card.Effect) (counted, error) {
	for {
		c.mu.Lock()
		before := c.counted[id]
		switch {
		case before.attempt != 0 && (effect == card.Idempotent || before.attempt == attempt):
			delete(c.counted, id)
			c.count(before, -1)
			c.going++
			c.mu.Unlock()
			return before, nil
		case c.limit.Made+c.limit.InDoubt+c.going < c.limit.Allowed:
			c.going++
			c.mu.Unlock()
			return counted{}, nil
		case c.going == 0:
			first := !c.limit.Reached
			c.limit.Reached = true
			c.mu.Unlock()
			if first {
				c.full()
			}
			return counted{}, errNoMoreChanges
		}
		ended := c.ended
		c.mu.Unlock()
		select {
		case <-ended:
		case <-ctx.Done():
			return counted{}, fmt.Errorf("%w: %w", engine.ErrCanceled, context.Cause(ctx))
		}
	}
}

var errNoMoreChanges = fmt.Errorf("%w: no more changes are allowed", engine.ErrCanceled)

// end counts a call that was reserved. It gives the reservation back if neither it nor the attempt before changed anything.
func (c *changes) end(id string, before counted, attempt int, out engine.Value, err error) {
	now := counted{}
	switch failure := card.AsError(err); {
	case err == nil && card.Changed(out):
		now.attempt = attempt
	case err == nil:
	case errors.Is(err, engine.ErrCutOff):
		now = counted{attempt, true}
	case engine.IsCanceled(err):
	case failure.Changed || failure.MayBeDone():
		now = counted{attempt, !failure.Changed}
	}
	if now.attempt == 0 || now.inDoubt && !before.inDoubt && before.attempt != 0 {
		now = before
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.going--
	c.count(now, 1)
	if now.attempt != 0 && err != nil {
		c.counted[id] = now
	}
	close(c.ended)
	c.ended = make(chan struct{})
}

// count adds an attempt n times. The caller holds mu.
func (c *changes) count(attempt counted, n int) {
	made, inDoubt := attempt.number()
	c.limit.Made += n * made
	c.limit.InDoubt += n * inDoubt
}

// soFar returns the limit and what was made; nil if there is no limit.
func (c *changes) soFar() *ChangeLimit {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	limit := c.limit
	return &limit
}

// reached reports whether the runs were stopped because they may make no more changes.
func (c *changes) reached() bool {
	limit := c.soFar()
	return limit != nil && limit.Reached
}

// explain gives a run the reason for which it was stopped, and the changes so far.
func (c *changes) explain(r *Report, dry bool) {
	if c == nil || dry {
		return
	}
	r.MaxChanges = c.soFar()
	if r.MaxChanges.Reached && r.Status == engine.Canceled {
		r.Reason = r.MaxChanges.reason()
	}
}

// noMoreChanges stops the runs, since they may make no more changes. They go on at the writes that were not made, so that no finally runs.
func (r *runs) noMoreChanges() {
	r.mu.Lock()
	for _, k := range r.kept {
		if k.journal != nil {
			k.journal.Pause()
		}
	}
	r.mu.Unlock()
	r.cancel(errNoMoreChanges)
}

// limitedByParent returns an error if a run is a part of another one with a limit, which would not count what it does.
func (r *runs) limitedByParent(id string) error {
	ctx := context.WithoutCancel(r.ctx)
	run, err := r.store.Run(ctx, id)
	if err != nil || r.asked.MaxChanges != nil || run.Parent == "" {
		return err
	}
	root, err := r.store.Root(ctx, run)
	if err != nil || root.MostChanges == nil {
		return err
	}
	return Usage("flowdeck resume "+root.ID+" goes on with both; --max-changes gives this run a limit of its own",
		"run %s was started by run %s, which may make at most %d changes", id, root.ID, *root.MostChanges)
}

// spent reports whether a run was stopped by its limit. When a person resumes it, the limit has done its work. A run that a person paused, or
// that was killed, keeps its limit.
func spent(run store.Run) bool {
	var report struct {
		MaxChanges *ChangeLimit `json:"max_changes"`
	}
	return run.Status == engine.Canceled && json.Unmarshal(run.Report, &report) == nil && report.MaxChanges != nil && report.MaxChanges.Reached
}

// limitResumed sets the limit of a run that goes on, and keeps it. k is its history.
func (r *runs) limitResumed(k *kept) error {
	ctx, most := context.WithoutCancel(r.ctx), k.before.MostChanges
	switch {
	case r.asked.MaxChanges != nil:
	case most == nil:
		return nil
	case r.asked.Resume.spent:
		return k.log.LimitChanges(nil)
	}
	cards := r.workspace.config.Cards
	n, inDoubt, err := r.store.Changes(ctx, k.before.ID, namesOfWorkspace(cards)...)
	if err != nil {
		return err
	}
	if more := r.asked.MaxChanges; more != nil {
		sum := n + *more
		if most = &sum; sum < n {
			return Usage("", "--max-changes %d: it is too large", *more)
		}
		if err := k.log.LimitChanges(most); err != nil {
			return err
		}
	}
	r.changes = newChanges(*most, cards, r.noMoreChanges)
	r.changes.resume(n, inDoubt)
	return nil
}
