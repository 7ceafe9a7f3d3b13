// Package clock is the time for everything in flowdeck that waits.
//
// There are two clocks: System, the machine's own, and Jumping, whose sleeps return at once and move it
// on instead. It must not know why anything waits.
package clock

import (
	"context"
	"sync"
	"time"
)

// A Clock reads the time and waits. Clocks are safe for concurrent use.
type Clock interface {
	// Now is the present time.
	Now() time.Time
	// Sleep returns nil at until, or the cause of ctx's end if that comes first. A time that has passed
	// returns at once, with the cause if ctx has ended already.
	Sleep(ctx context.Context, until time.Time) error
	// WithDeadline is context.WithDeadline by this clock.
	WithDeadline(ctx context.Context, at time.Time) (context.Context, context.CancelFunc)
}

// System is the machine's clock.
type System struct{}

// Now is time.Now.
func (System) Now() time.Time { return time.Now() }

// Sleep waits on a timer of its own.
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

// Jumping is a clock that never makes anybody wait: Sleep moves it on. Make one with NewJumping.
type Jumping struct {
	mu        sync.Mutex
	now       time.Time
	deadlines map[*deadline]struct{}
}

type deadline struct {
	at     time.Time
	cancel context.CancelCauseFunc
}

// NewJumping is a clock that stays at now until something sleeps.
func NewJumping(now time.Time) *Jumping {
	return &Jumping{now: now, deadlines: map[*deadline]struct{}{}}
}

// Now is where the sleeps so far have moved the clock.
func (j *Jumping) Now() time.Time {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.now
}

// Sleep moves the clock on to until if that is later, and ends the contexts whose deadline that passes.
func (j *Jumping) Sleep(ctx context.Context, until time.Time) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if until.After(j.now) {
		j.now = until
	}
	for d := range j.deadlines {
		if !d.at.After(j.now) {
			d.cancel(context.DeadlineExceeded)
			delete(j.deadlines, d)
		}
	}
	if ctx.Err() != nil { // the sleeper's own deadline lay before until
		return context.Cause(ctx)
	}
	return nil
}

// WithDeadline is a context that ends when the clock reaches at. Its Deadline method reports none,
// since net/http and others would hold it against the machine's clock.
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
