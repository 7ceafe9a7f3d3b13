package journaled

import (
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// before returns the state before a call, for its undo and for the plan to which the run is held: the zero State if neither needs it. It is read before the first attempt that
// is begun. Later attempts, also those of later processes, have the same one, since an attempt that failed may have changed something.
//
// The read is a part of the attempt: if it fails, so does the attempt, which has written nothing, and the step's retry decides about the next one.
func (s strand) before(target card.Card, c engine.Invocation) (card.State, error) {
	if kept, begun := s.scope.before(c.Place); begun {
		return kept, nil
	}
	needed := target.NeedsBefore(c.In) || s.run.Hold != nil && target.HasBefore()
	state := card.State{}
	if needed && s.run.Before != nil {
		var err error
		if state, err = s.run.Before(s.Context(), c); engine.IsCanceled(err) {
			return state, err
		} else if err != nil {
			failure := *card.AsError(err)
			failure.Message = "the state before the change cannot be read: " + failure.Message
			return state, s.notMade(c, failure)
		}
	}
	if s.run.Hold != nil {
		if stale := s.run.Hold(c, state); stale != nil {
			return state, s.notMade(c, *stale)
		}
	}
	return state, nil
}

// heldAgain holds a write that an earlier process began, and may have made, to the plan: with the state as it is now, that of the plan or the one
// that the write has left.
func (s strand) heldAgain(target card.Card, c engine.Invocation, i engine.Intent) error {
	if s.run.Hold == nil {
		return nil
	}
	now := card.State{}
	if target.HasBefore() && s.run.Before != nil {
		var err error
		if now, err = s.run.Before(s.Context(), c); err != nil {
			return err
		}
	}
	stale := s.run.Hold(c, now)
	if stale == nil {
		return nil
	}
	stale.Writes = card.Unanswered
	s.end(i, engine.Effect{Err: stale})
	return stale
}

// notMade adds the failure of an attempt that was not made, and returns it.
func (s strand) notMade(c engine.Invocation, failure card.Error) error {
	failure.Writes = card.Answered // whatever the kind is, nothing was written
	s.add(engine.Effect{Kind: engine.CallEffect, Place: c.Place, Nth: c.Attempt, Err: &failure})
	return &failure
}

// known returns the state before a call that an earlier process began; the zero State if it is not known, or not completely.
func (s strand) known(c engine.Invocation) card.State {
	kept, _ := s.scope.before(c.Place)
	if engine.Lost(kept.Fields) != nil {
		return card.State{}
	}
	return kept
}

// before returns the state before the first attempt of a call, if one was begun. It may be the zero State.
func (s *scope) before(call engine.Place) (state card.State, begun bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	state, begun = s.states[call.ID()]
	return state, begun
}

// keep keeps the state before a call that was begun, for its next attempts.
func (s *scope) keep(i engine.Intent) {
	if i.Before.IsZero() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.states == nil {
		s.states = map[string]card.State{}
	}
	s.states[i.Place.ID()] = i.Before
}

// drop drops what keep has kept.
func (s *scope) drop(call engine.Place) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.states, call.ID())
}
