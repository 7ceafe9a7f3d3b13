// Package clock is the clock for everything in flowdeck that waits.
//
// There are two clocks: System is the clock of the machine. Jumping returns from a sleep immediately and moves its time
// forward instead. The package must not know why anything waits.
package clock

import (
	"context"
	"sync"
	"time"
)

// A Clock reads the time and waits. Clocks are safe for concurrent use.
type Clock interface {
	// Now returns the current time.
	Now() time.Time
	// Sleep returns nil at until, or the cause of ctx if ctx ends before. If until has passed, Sleep returns
	// immediately, with the cause if ctx has ended.
	Sleep(ctx context.Context, until time.Time) error
	// WithDeadline is context.WithDeadline with this clock.
	WithDeadline(ctx context.Context, at time.Time) (context.Context, context.CancelFunc)
}

// System is the machine's clock.
type System struct{}

// Now returns time.Now.
func (System) Now() time.Time { return time.Now() }

// Sleep waits with a timer.
func (System) Sleep(ctx context.Context, until time.Time) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	wait := time.Until(until)
	if wait <= 0 {
		return nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// WithDeadline is context.WithDeadline.
func (System) WithDeadline(ctx context.Context, at time.Time) (context.Context, context.CancelFunc) {
	return context.WithDeadline(ctx, at)
}

// Jumping is a clock whose Sleep returns immediately and moves the time forward. Use NewJumping to make one.
type Jumping struct {
	mu        sync.Mutex
	now       time.Time
	deadlines map[*deadline]struct{}
}

type deadline struct {
	at     time.Time
	cancel context.CancelCauseFunc
}

// NewJumping returns a clock that shows now until the first Sleep.
func NewJumping(now time.Time) *Jumping {
	return &Jumping{now: now, deadlines: map[*deadline]struct{}{}}
}

// Now returns the current time of the clock: the latest time of a Sleep so far, or that of NewJumping.
func (j *Jumping) Now() time.Time {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.now
}

// Sleep moves the clock forward to until, unless that has passed, and ends the contexts whose deadline is reached. If ctx is one of them, the clock
// stays at that deadline.
func (j *Jumping) Sleep(ctx context.Context, until time.Time) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	for ctx.Err() == nil {
		next := until
		for d := range j.deadlines {
			if d.at.Before(next) {
				next = d.at
			}
		}
		if next.After(j.now) {
			j.now = next
		}
		for d := range j.deadlines {
			if !d.at.After(j.now) {
				d.cancel(context.DeadlineExceeded)
				delete(j.deadlines, d)
			}
		}
		if next.Equal(until) && ctx.Err() == nil {
			return nil
		}
	}
	return context.Cause(ctx)
}

// WithDeadline returns a context that ends when the clock reaches at. Its Deadline method reports no deadline, since
// net/http and others would compare it with the machine's clock.
func (j *Jumping) WithDeadline(ctx context.Context, at time.Time) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	d := &deadline{at: at, cancel: cancel}
	j.mu.Lock()
	defer j.mu.Unlock()
	if at.After(j.now) {
		j.deadlines[d] = struct{}{}
	} else {
		cancel(context.DeadlineExceeded)
	}
	return ctx, func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		delete(j.deadlines, d)
		cancel(context.Canceled)
	}
}
