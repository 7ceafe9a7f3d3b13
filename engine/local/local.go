// Package local runs flows on goroutines of this process.
//
// It knows cards and connections, which it calls, and engine.Runtime, which it is. It knows no verb of
// the language: those are the interpreter's.
package local

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/clock"
)

// Config is what a run runs with.
type Config struct {
	Run         string                     // the run's id
	Cards       card.Set                   // by name
	Connections map[string]card.Connection // by name in the workspace, open
	Clock       clock.Clock                // nil: clock.System
	Listen      func(engine.Event)         // called for one event at a time, from any goroutine; it must be quick. May be nil
	Log         *slog.Logger               // nil: nothing is logged
	// Abort cuts off what is in flight when it ends: the second Ctrl-C. nil: never.
	Abort context.Context
}

// New is the Runtime of a run's first strand. When ctx ends, the run is canceled: nothing new begins, and
// what is in flight finishes unless Config.Abort ends too. A read that no record waits for is not waited
// for either.
func New(ctx context.Context, c Config) engine.Runtime {
	if c.Clock == nil {
		c.Clock = clock.System{}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Abort == nil {
		c.Abort = context.WithoutCancel(ctx)
	}
	return strand{run: &run{Config: c, ctx: ctx}, ctx: ctx}
}

// run is what the strands of a run share.
type run struct {
	Config
	ctx       context.Context // ends when the run is canceled
	listening sync.Mutex
}

// strand is the Runtime of one line of steps.
type strand struct {
	run *run
	// ctx ends when nothing new may begin on this strand: with the run's own for the first strand, with
	// Abort for a record in flight, which finishes its turn.
	ctx context.Context
}

var _ engine.Runtime = strand{}

func (s strand) Now() time.Time { return s.run.Clock.Now() }

func (s strand) Context() context.Context { return s.ctx }

func (s strand) Emit(e engine.Event) {
	if s.run.Listen == nil {
		return
	}
	s.run.listening.Lock()
	defer s.run.listening.Unlock()
	s.run.Listen(e)
}

func (s strand) Sleep(until time.Time) error {
	if err := s.run.Clock.Sleep(s.ctx, until); err != nil {
		return canceled(err)
	}
	return nil
}

func (s strand) Call(c engine.Call) (out engine.Value, err error) {
	err = s.attempt(c, func(ctx context.Context, target card.Card, call card.Call) (err error) {
		out, err = target.Run(ctx, call, c.In)
		return err
	})
	return out, err
}

func (s strand) Page(c engine.Call, at card.Cursor) (page card.Page, err error) {
	err = s.attempt(c, func(ctx context.Context, target card.Card, call card.Call) (err error) {
		page, err = target.Page(ctx, call, c.In, at)
		return err
	})
	return page, err
}

// attempt calls a card once. A panic of the card is an error of kind internal.
func (s strand) attempt(c engine.Call, do func(context.Context, card.Card, card.Call) error) (err error) {
	if s.ctx.Err() != nil {
		return canceled(context.Cause(s.ctx))
	}
	target, ok := s.run.Cards[c.Card]
	if !ok {
		return &card.Error{Kind: card.Internal, Message: fmt.Sprintf("there is no card %q here", c.Card)}
	}
	ctx := s.ctx
	if target.Effect != card.Reads {
		ctx = s.run.Abort // what it changes must not be left in doubt: it finishes
	}
	defer func() {
		if p := recover(); p != nil {
			s.run.Log.Error("a card panicked", "card", c.Card, "step", c.Path, "panic", p, "stack", string(debug.Stack()))
			err = &card.Error{Kind: card.Internal, Message: fmt.Sprintf("%s: a defect of the card: %v", c.Card, p)}
		}
	}()
	err = do(ctx, target, card.Call{
		Run: s.run.Run, Path: c.Path, Attempt: c.Attempt,
		ConnName: c.Connection, Conn: s.run.Connections[c.Connection],
	})
	if err != nil && ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return canceled(context.Cause(ctx))
	}
	return err
}

func canceled(cause error) error {
	return fmt.Errorf("%w: %w", engine.ErrCanceled, cause)
}
