// Package local implements engine.Runtime with goroutines of this process.
//
// It knows cards and connections, which it calls. It must not know the verbs of the language: those belong to the
// interpreter.
package local

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/clock"
	"github.com/flowdeck/flowdeck/engine/window"
)

// Config configures a run.
type Config struct {
	Run         string                     // the run's id
	Cards       card.Set                   // by name
	Connections map[string]card.Connection // open connections, by their names in the workspace
	Clock       clock.Clock                // nil: clock.System
	Listen      func(engine.Event)         // called for one event at a time, from any goroutine; it must return quickly. nil: events are dropped
	Log         *slog.Logger               // nil: nothing is logged
	// Abort cuts off calls in flight when it ends: the second Ctrl-C. nil: never.
	Abort context.Context
	// Start starts a flow as a new run, as engine.Runtime.Start does. It is called once for each id. nil: no flow can
	// be started.
	Start func(flow string, s engine.Start) error
	// Respond keeps the answer to the request that started the run, as engine.Runtime.Respond does. nil: there is no request.
	Respond func(at engine.Place, r engine.Response) error
	// Await asks a person, as engine.Runtime.Await does, until ctx ends. nil: nobody can be asked.
	Await func(ctx context.Context, at engine.Place, a engine.Approval) (engine.Decision, error)
	// Files are the files that cards read and write. nil: there are none.
	Files card.Files
	// Widths changes the concurrency of streams while they run. nil: nothing does.
	Widths *Widths
	// Tables are the tables of the workspace. nil: there are none.
	Tables card.Tables
	// Serial runs the records of streams and the branches of forks one after another, in their order, so that a run does the same each time.
	// A branch that waits for another one by itself waits in vain.
	Serial bool
	// Permit is asked before each attempt of a write of a run without a journal. nil: all are made.
	Permit engine.Permit
	// Read is called, on any goroutine, with each answer and page of a card that reads. It must return quickly, and not keep what it gets.
	// nil: nothing is called.
	Read func(answer engine.Value)
	// Keeper keeps results and snapshots. nil: results are not kept, and a snapshot is an error.
	Keeper engine.Keeper
}

// New returns the Runtime of a run's first strand. When ctx ends, the run is canceled: nothing new starts, and calls in
// flight finish unless Config.Abort ends too. A read of a page that no record waits for is cut off.
func New(ctx context.Context, c Config) engine.Runtime { return first(ctx, c) }

func first(ctx context.Context, c Config) strand {
	if c.Clock == nil {
		c.Clock = clock.System{}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Abort == nil {
		c.Abort = context.WithoutCancel(ctx)
	}
	return strand{run: &run{Config: c}, ctx: ctx, cut: c.Abort, held: window.NewHeld()}
}

// run is the state that the strands of a run share.
type run struct {
	Config
	listening sync.Mutex
	starting  sync.Mutex
	started   map[string]bool // ids of runs; guarded by starting
	broken    atomic.Pointer[error]

	responding sync.Mutex
	responded  engine.Place // zero: it has not; guarded by responding
}

// breaks ends the run because results cannot be kept. It returns the error of its first call.
func (r *run) breaks(err error) error {
	err = engine.NotKept(err)
	r.broken.CompareAndSwap(nil, &err)
	return r.unkept()
}

// unkept returns the reason why results cannot be kept; nil if they can.
func (r *run) unkept() error {
	if err := r.broken.Load(); err != nil {
		return *err
	}
	return nil
}

// strand is the Runtime of one sequence of steps. Its three contexts end in this order, if they end.
type strand struct {
	run  *run
	ctx  context.Context // nothing new starts: the run is canceled, or the strand halted. For a record in flight, which finishes its turn, it is cut
	held *window.Held    // the values of the streams of the run, or of the record around
	cut  context.Context // calls in flight are cut off: after Abort, or when the time of a step has ended
}

var _ engine.Runtime = strand{}

func (s strand) Now() time.Time { return s.run.Clock.Now() }

// Moment returns the current time: this Runtime resumes no run.
func (s strand) Moment(engine.Place) time.Time { return s.run.Clock.Now() }

// Position returns the start of the list: this Runtime resumes no run.
func (s strand) Position(engine.Place) (engine.Position, error) { return engine.Position{}, nil }

func (s strand) Context() context.Context { return s.ctx }

func (s strand) Emit(e engine.Event) {
	if s.run.Listen == nil {
		return
	}
	s.run.listening.Lock()
	defer s.run.listening.Unlock()
	s.run.Listen(e)
}

func (s strand) Sleep(_ engine.Place, until time.Time) error {
	if err := s.run.Clock.Sleep(s.ctx, until); err != nil {
		return canceled(err)
	}
	return nil
}

func (s strand) Start(_ engine.Place, flow string, start engine.Start) error {
	if s.ctx.Err() != nil {
		return canceled(context.Cause(s.ctx))
	}
	if s.run.Start == nil {
		return &card.Error{Kind: card.Internal, Message: "no flow can be started here"}
	}
	s.run.starting.Lock()
	defer s.run.starting.Unlock()
	if s.run.started[start.Run] {
		return nil
	}
	if err := s.run.Start(flow, start); err != nil {
		return err
	}
	if s.run.started == nil {
		s.run.started = map[string]bool{}
	}
	s.run.started[start.Run] = true
	return nil
}

func (s strand) Respond(at engine.Place, r engine.Response) error {
	if s.ctx.Err() != nil {
		return canceled(context.Cause(s.ctx))
	}
	s.run.responding.Lock()
	defer s.run.responding.Unlock()
	if before := s.run.responded; !before.IsZero() && !before.Equal(at) {
		return engine.RespondedBefore(before.String())
	}
	if !r.Shown {
		if s.run.Config.Respond == nil {
			return &card.Error{Kind: card.Internal, Message: "no request can be answered here"}
		}
		if err := s.run.Config.Respond(at, r); err != nil {
			return err
		}
	}
	s.run.responded = at
	return nil
}

func (s strand) Await(at engine.Place, a engine.Approval) (engine.Decision, error) {
	if s.ctx.Err() != nil {
		return engine.Decision{}, canceled(context.Cause(s.ctx))
	}
	if s.run.Config.Await == nil {
		return engine.Decision{}, &card.Error{Kind: card.Internal, Message: "nobody can be asked here"}
	}
	s.Emit(engine.Event{Kind: engine.Asked, Place: at, Approval: &a})
	d, err := s.run.Config.Await(s.ctx, at, a)
	if err != nil {
		if cause := context.Cause(s.ctx); cause != nil && (errors.Is(err, s.ctx.Err()) || errors.Is(err, cause)) {
			err = canceled(cause)
		}
		return engine.Decision{}, err
	}
	s.Emit(engine.Event{Kind: engine.Decided, Place: at, Approval: &a, Decision: &d})
	return d, nil
}

func (s strand) Within(l engine.Limit, body func(engine.Runtime) error) error {
	if l.Shield {
		return s.shielded(l.For, body)
	}
	inner, over := s, l.Until
	if over.IsZero() {
		over = s.run.Clock.Now().Add(l.For)
	}
	for _, ctx := range []*context.Context{&inner.ctx, &inner.cut} {
		limited, cancel := s.run.Clock.WithDeadline(*ctx, over)
		defer cancel()
		*ctx = limited
	}
	err := body(inner)
	// Do not check the contexts: they end one after the other, and the first one already ends body.
	if engine.IsCanceled(err) && s.ctx.Err() == nil && !s.run.Clock.Now().Before(over) {
		return timedOut(l.For)
	}
	return err
}

// shielded runs body on a strand that continues for a time after this one is halted.
func (s strand) shielded(most time.Duration, body func(engine.Runtime) error) error {
	ctx, end := context.WithCancelCause(s.run.Abort)
	var timing sync.WaitGroup
	timing.Add(1)
	stop := context.AfterFunc(s.ctx, func() {
		defer timing.Done()
		limited, cancel := s.run.Clock.WithDeadline(ctx, s.run.Clock.Now().Add(most))
		defer cancel()
		<-limited.Done()
		end(context.Cause(limited))
	})
	err := body(strand{run: s.run, ctx: ctx, cut: ctx, held: s.held})
	if stop() {
		timing.Done()
	}
	end(nil)
	timing.Wait()
	return err
}

func timedOut(most time.Duration) *card.Error {
	return &card.Error{Kind: card.Timeout, Message: fmt.Sprintf("it took longer than %s", most)}
}

func (s strand) Call(c engine.Invocation) (out engine.Value, err error) {
	if c.State {
		state, err := s.before(c)
		return engine.StateValue(state), err
	}
	if target, known := s.run.Cards[c.Card]; known && s.run.Permit != nil {
		if effect := target.EffectOf(c.In); effect != card.Reads {
			made, err := s.run.Permit(s.ctx, c, effect)
			if err != nil {
				return nil, err
			}
			defer func() { made(out, err) }()
		}
	}
	err = s.attempt(c, func(ctx context.Context, target card.Card, call card.Call) (err error) {
		if out, err = target.Run(ctx, call, c.In); err == nil && s.run.Read != nil && target.EffectOf(c.In) == card.Reads {
			s.run.Read(out)
		}
		return err
	})
	return out, err
}

func (s strand) Page(c engine.Invocation, at card.Cursor) (page card.Page, err error) {
	err = s.attempt(c, func(ctx context.Context, target card.Card, call card.Call) (err error) {
		if page, err = target.Page(ctx, call, c.In, at); err == nil && s.run.Read != nil {
			s.run.Read(page.Items)
		}
		return err
	})
	return page, err
}

// before reads the state before a write.
func (s strand) before(c engine.Invocation) (before card.State, err error) {
	s.cut = s.ctx // it only reads
	err = s.attempt(c, func(ctx context.Context, target card.Card, call card.Call) (err error) {
		before, err = target.Before(ctx, call, c.In)
		return err
	})
	if errors.Is(err, engine.ErrCutOff) { // nothing was written
		err = canceled(context.Cause(s.ctx))
	}
	return before, err
}

// Did finds out whether a write was done although its answer was lost, as card.Card.Did does.
func (c Config) Did(ctx context.Context, i engine.Invocation, before card.State) (out engine.Value, done bool, err error) {
	err = first(ctx, c).attempt(i, func(ctx context.Context, target card.Card, call card.Call) (err error) {
		out, done, err = target.Did(ctx, call, i.In, before)
		return err
	})
	return out, done, err
}

// Before reads the state before a write, as card.Card.Before does. It is cut off when ctx ends.
func (c Config) Before(ctx context.Context, i engine.Invocation) (before card.State, err error) {
	return first(ctx, c).before(i)
}

// attempt calls a card once. A panic of the card is an error of kind internal.
func (s strand) attempt(c engine.Invocation, do func(context.Context, card.Card, card.Call) error) (err error) {
	if s.ctx.Err() != nil {
		return canceled(context.Cause(s.ctx))
	}
	target, ok := s.run.Cards[c.Card]
	if !ok {
		return &card.Error{Kind: card.Internal, Message: fmt.Sprintf("unknown card %q", c.Card)}
	}
	around := s.ctx
	if target.EffectOf(c.In) != card.Reads {
		around = s.cut // a call that changes something finishes, because otherwise it would be in doubt
	}
	ctx := around
	if c.Timeout > 0 {
		limited, end := clock.WithTimeout(around, s.run.Clock, c.Timeout)
		defer end()
		ctx = limited
	}
	defer func() {
		if p := recover(); p != nil {
			s.run.Log.Error("a card panicked", "card", c.Card, "step", c.Place.String(), "panic", p, "stack", string(debug.Stack()))
			err = &card.Error{Kind: card.Internal, Message: fmt.Sprintf("bug in card %s: %v", c.Card, p)}
		}
	}()
	err = do(ctx, target, card.Call{
		Run: s.run.Run, Place: c.Place, Attempt: c.Attempt, Last: c.Last, Files: s.run.Files, Tables: s.run.Tables,
		ConnName: c.Connection, Conn: s.run.Connections[c.Connection], Serial: s.run.Serial,
	})
	switch cause := context.Cause(ctx); {
	case cause == nil || !errors.Is(err, ctx.Err()) && !errors.Is(err, cause): // a card may return either
		return err
	case around.Err() == nil:
		late := timedOut(c.Timeout)
		if errors.Is(err, card.ErrNotSent) {
			late.Writes = card.Answered
		}
		return late
	case errors.Is(err, card.ErrNotSent):
		return canceled(cause)
	default:
		return fmt.Errorf("%w: %w", engine.ErrCutOff, cause)
	}
}

func canceled(cause error) error {
	return fmt.Errorf("%w: %w", engine.ErrCanceled, cause)
}
