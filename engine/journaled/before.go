package journaled

import (
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// before returns the state before a call, for its undo: the zero State if that does not need it. It is read before the first attempt that is
// begun. Later attempts, also those of later processes, have the same one, since an attempt that failed may have changed something.
//
// A call of a run that is held to a plan is held before each attempt: since the last one, somebody may have changed what it changes. The state must
// then be that of the plan, or the one that an earlier attempt has left.
//
// The read is a part of the attempt: if it fails, so does the attempt, and the step's retry decides about the next one. i is the intent of an
// attempt that an earlier process began, which may have been made; nil for another one.
func (s strand) before(target card.Card, c engine.Invocation, i *engine.Intent) (card.State, error) {
	kept, begun := s.scope.before(c.Place)
	hold := s.run.Hold != nil
	if begun && !hold {
		return kept, nil
	}
	now := card.State{}
	if s.run.Before != nil && (hold && target.HasBefore() || !begun && target.NeedsBefore(c.In)) {
		var err error
		if now, err = s.run.Before(s.Context(), c); engine.IsCanceled(err) {
			return now, err
		} else if err != nil {
			failure := *card.AsError(err)
			failure.Message = "the state before the change cannot be read: " + failure.Message
			return now, s.notMade(c, failure, i)
		}
	}
	if hold {
		if stale := s.run.Hold(c, now); stale != nil {
			return now, s.notMade(c, *stale, i)
		}
	}
	if begun {
		return kept, nil
	}
	return now, nil
}

// notMade adds the failure of an attempt that is not made, and returns it. i is as for before.
func (s strand) notMade(c engine.Invocation, failure card.Error, i *engine.Intent) error {
	if i != nil {
		failure.Writes = card.Unanswered
		s.end(*i, engine.Effect{Err: &failure})
		return &failure
	}
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
