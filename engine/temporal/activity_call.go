package temporal

import (
	"context"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/local"
)

// call makes a call. Its answer has the state before the call also if the call fails.
func (a *Activities) call(ctx context.Context, arg callArg) (answer[engine.ValueJSON], error) {
	stop := beating(ctx)
	defer func() { stop() }()
	c, err := a.config(ctx, arg.Run, arg.Call.Connection)
	if err != nil {
		return answered(engine.ValueJSON{}, err), nil
	}
	rt := local.New(ctx, c)
	made := answer[engine.ValueJSON]{}
	if arg.Before {
		state, err := stateBefore(rt, c.Cards[arg.Call.Card], arg.Call)
		if err != nil {
			return answered(engine.ValueJSON{}, err), nil
		}
		made.Before = &engine.StateJSON{State: state}
		stop()
		stop = beating(ctx, made.Before)
	}
	made.Began = rt.Now()
	made.Out.Value, made.Err.Err = rt.Call(arg.Call)
	made.Ended = rt.Now()
	return made.fitting(), nil
}

// stateBefore reads the state before a write, as far as a history needs it.
func stateBefore(rt engine.Runtime, of card.Card, c engine.Invocation) (card.State, error) {
	c.State = true
	out, err := rt.Call(c)
	if err != nil {
		return card.State{}, notRead(err)
	}
	return of.Kept(c.In, engine.StateOf(out)), nil
}

// notRead returns the error of a write that is not made because the state before it cannot be read.
func notRead(err error) error {
	if engine.IsCanceled(err) {
		return engine.ErrCanceled // nothing was written
	}
	failure := *card.AsError(err)
	failure.Message, failure.Writes = "the state before the change cannot be read: "+failure.Message, card.Answered
	return &failure
}
