package clock

import (
	"context"
	"sync"
	"time"
)

// WithTimeout returns a context that ends after a time, with the cause context.DeadlineExceeded. Pauses do not count.
func WithTimeout(ctx context.Context, c Clock, most time.Duration) (context.Context, context.CancelFunc) {
	ctx, end := context.WithCancelCause(ctx)
	w := &stopwatch{clock: c, ctx: ctx, end: end, left: most}
	w.start()
	return WithPause(ctx, w.pause), func() { end(context.Canceled) }
}

type pauseKey struct{}

// WithPause returns a context whose Pause calls pause and, at the end of the pause, the function that pause returned.
func WithPause(ctx context.Context, pause func() (resume func())) context.Context {
	return context.WithValue(ctx, pauseKey{}, pause)
}

// Pause stops the time of the WithTimeout around ctx, if there is one, until resume is called. It may be called by many
// goroutines at the same time: the time continues when all have resumed.
func Pause(ctx context.Context) (resume func()) {
	if pause, ok := ctx.Value(pauseKey{}).(func() func()); ok {
		return pause()
	}
	return func() {}
}

// stopwatch ends a context when it has run for a time.
type stopwatch struct {
	clock Clock
	ctx   context.Context
	end   context.CancelCauseFunc

	mu     sync.Mutex
	left   time.Duration // when the stopwatch was last started
	since  time.Time     // when it was last started
	pauses int           // number of pauses; the stopwatch runs while there are none
	stop   func()        // stops the stopwatch while it runs
}

func (w *stopwatch) start() {
	w.since = w.clock.Now()
	alarm, cancel := w.clock.WithDeadline(w.ctx, w.since.Add(w.left))
	silence := context.AfterFunc(alarm, func() { w.end(context.DeadlineExceeded) })
	w.stop = func() {
		silence()
		cancel()
	}
}

func (w *stopwatch) pause() (resume func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.pauses++; w.pauses == 1 {
		w.stop()
		w.left -= w.clock.Now().Sub(w.since)
	}
	return w.resume
}

func (w *stopwatch) resume() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.pauses--; w.pauses == 0 {
		w.start()
	}
}
