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
	made, target := answer[engine.ValueJSON]{}, c.Cards[arg.Call.Card]
	var now card.State
	if arg.Before || arg.Held != nil && target.HasBefore() {
		if now, err = stateBefore(rt, arg.Call); err != nil {
			return answered(engine.ValueJSON{}, err), nil
		}
	}
	if arg.Held != nil {
		if made.Held, err = a.held(ctx, arg, now); err != nil {
			made.Err.Err, made.Target = err, target.Target(arg.Call.In, now)
			return made.fitting(), nil
		}
	}
	if arg.Before {
		made.Before = &engine.StateJSON{State: target.Kept(arg.Call.In, now)}
		stop()
		stop = beating(ctx, made.Before)
	}
	made.Began = rt.Now()
	made.Out.Value, made.Err.Err = rt.Call(arg.Call)
	made.Ended = rt.Now()
	return made.fitting(), nil
}

// held compares a call with the plan to which its run is held. It returns an error for one that is not made.
func (a *Activities) held(ctx context.Context, arg callArg, now card.State) (compared bool, err error) {
	hold, err := a.Hold(ctx, arg.Run)
	if err != nil {
		failure := *card.AsError(err)
		failure.Writes = card.Answered // nothing was sent
		return false, &failure
	}
	if stale := hold(arg.Call, *arg.Held, now); stale != nil {
		stale.Writes = card.Answered
		return true, stale
	}
	return true, nil
}

// stateBefore reads the state before a write.
func stateBefore(rt engine.Runtime, c engine.Invocation) (card.State, error) {
	c.State = true
	out, err := rt.Call(c)
	if err != nil {
		return card.State{}, notRead(err)
	}
	return engine.StateOf(out), nil
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
