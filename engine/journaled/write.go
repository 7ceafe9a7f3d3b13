package journaled

import (
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/killpoint"
)

// write makes one attempt of a write. It is in the journal before it is made.
func (s strand) write(target card.Card, c engine.Invocation) (engine.Value, error) {
	intent := engine.Intent{
		Place: c.Place, Attempt: c.Attempt, Card: c.Card, Connection: c.Connection,
		Target: target.Target(c.In, card.State{}), In: c.In, Aside: s.aside,
	}
	effect := target.EffectOf(c.In)
	intent.Destroys = effect == card.Destroys
	again := false // an earlier process began the write, and it is made again
	if _, doubtful := s.scope.doubtful(c.Place, c.Attempt); doubtful && !s.aside {
		settled, undone, err := s.settle(target, c, intent)
		if settled != nil || err != nil {
			return settled, err
		}
		if intent.Undone = undone; !undone {
			again = true
			c.Last = unanswered
		}
	}
	if err := engine.Lost(c.In); err != nil {
		return nil, err
	}
	var err error
	var begun *engine.Intent
	if again {
		begun = &intent
	}
	if intent.Before, err = s.before(target, c, begun); err != nil {
		return nil, err
	}
	intent.Before = target.Kept(c.In, intent.Before)
	made, err := s.run.Permit.Ask(s.Context(), c, effect)
	if err != nil {
		return nil, err
	}
	if err := s.begin(intent); err != nil {
		made(nil, engine.ErrCanceled)
		return nil, err
	}
	s.scope.keep(intent)
	killpoint.Passed(killpoint.BeginCommitted)
	out, err := s.Runtime.Call(c)
	made(out, err)
	killpoint.Passed(killpoint.CallAnswered)
	if errors.Is(err, engine.ErrCutOff) || again && engine.IsCanceled(err) {
		return out, err // it may have been done, now or by the earlier process
	}
	s.learn(c, out)
	if err == nil {
		s.scope.drop(c.Place) // no attempt follows
	}
	doubt := again && err == nil && !card.Changed(out)
	s.end(intent, engine.Effect{Value: out, Err: err, Doubt: doubt})
	killpoint.Passed(killpoint.EndQueued)
	if doubt {
		s.inDoubt(c)
	}
	return out, err
}

// begin adds a write that is about to be made, and everything that it depends on.
func (s strand) begin(intent engine.Intent) error {
	if err := s.flush(); err != nil {
		return err
	}
	if err := s.run.Journal.Begin(intent); err != nil {
		return engine.NotKept(err)
	}
	return nil
}

// inDoubt reports that an earlier process may have made the change of a call.
func (s strand) inDoubt(c engine.Invocation) {
	s.Emit(engine.Event{Kind: engine.InDoubt, Place: c.Place, Card: c.Card})
}

// unanswered is the failure of the attempt that an earlier process began.
var unanswered = &card.Error{Kind: card.Unavailable, Message: "the process ended before the answer arrived", Writes: card.Unanswered}

// end adds the result of a write. If that fails, so does the next write.
func (s strand) end(i engine.Intent, e engine.Effect) {
	e.Kind, e.Place, e.Nth = engine.CallEffect, i.Place, i.Attempt
	_ = s.run.Journal.End(i, e)
}

// settle decides about a write that an earlier process began. It returns the answer if the write was done, and nil if it must be
// made (again); undone reports that a person found out that it was not done.
func (s strand) settle(target card.Card, c engine.Invocation, i engine.Intent) (out engine.Value, undone bool, err error) {
	if s.run.Settled != nil {
		if done, decided := s.run.Settled(i); decided && done {
			out, err := s.answer(c)
			if err != nil {
				return nil, false, err
			}
			return s.done(i, out), false, nil
		} else if decided {
			return nil, true, nil
		}
	}
	if err := engine.Lost(c.In); err != nil { // it cannot be made again, nor can its card find out
		return nil, false, s.doubt(i, card.AsError(err).Message)
	}
	if target.EffectOf(c.In) == card.Idempotent {
		return nil, false, nil
	}
	done := false
	err = engine.RetryRead(s.run.nameOf(i), s.pauseBetween, func() (again bool, err error) {
		out, done, err = s.run.Did(s.Context(), c, s.known(c))
		return true, err
	})
	switch {
	case engine.IsCanceled(err):
		return nil, false, err
	case err != nil:
		return nil, false, s.doubt(i, card.AsError(err).Message)
	case done:
		s.learn(c, out)
		return s.done(i, out), false, nil
	}
	return nil, false, nil
}

// answer returns the answer of a write that was done, as a person decided, so that later steps can use it: nil if nobody knows
// it. If the state before the write is not known, what it created did not exist: that is what the person decided.
func (s strand) answer(c engine.Invocation) (out engine.Value, err error) {
	if engine.Lost(c.In) != nil {
		return nil, nil
	}
	before := s.known(c)
	if before.IsZero() {
		before.Missing = true
	}
	err = engine.RetryRead(c.Place.ID(), s.pauseBetween, func() (again bool, err error) {
		out, _, err = s.run.Did(s.Context(), c, before)
		return true, err
	})
	if engine.IsCanceled(err) {
		return nil, err
	}
	s.learn(c, out)
	return out, nil
}

// nameOf returns a name that is unique for a write, for the random part of delays.
func (r *Run) nameOf(i engine.Intent) string { return i.Place.ID() }

// pauseBetween waits between two attempts of Did.
func (s strand) pauseBetween(wait time.Duration, failure *card.Error) error {
	return s.Runtime.Sleep(engine.Place{}, s.Now().Add(wait))
}

// done adds the result of a write that turned out to be done. It counts as a change.
func (s strand) done(i engine.Intent, out engine.Value) engine.Value {
	answer, _ := out.(map[string]any)
	answer = maps.Clone(answer)
	if answer == nil {
		answer = map[string]any{}
	}
	answer["changed"] = true
	s.end(i, engine.Effect{Value: answer})
	return answer
}

// doubt pauses the run, and returns the error of its strand.
func (s strand) doubt(i engine.Intent, why string) error {
	s.run.Pause()
	if s.run.Paused != nil {
		s.run.Paused(Doubt{Intent: i, Why: why})
	}
	return fmt.Errorf("%w: %s may have been done", engine.ErrCutOff, i.Card)
}
