package journaled

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// strand is the Runtime of one sequence of steps, with a journal.
type strand struct {
	engine.Runtime
	run   *Run
	scope *scope
	// aside is set for a finally of a run that was canceled: a resumed run does not find what it did, since it goes on
	// before the finally.
	aside bool
	// closed is set for a branch that was halted, and for a step whose time limit has ended: it does nothing that the journal does not
	// have, except for finding out about a write that is in doubt.
	closed bool
	// cut is set for a step whose time limit has ended. The records of its streams are closed, too. Those of a branch finish.
	cut bool
	// replay is set in a branch of a parallel that may still replay what the journal has.
	replay *replay
}

// on returns the strand for a body that runs on rt.
func (s strand) on(rt engine.Runtime) strand {
	s.Runtime = rt
	return s
}

func (s strand) recall(kind engine.EffectKind, at engine.Place, nth int) (engine.Effect, bool) {
	if s.aside {
		return engine.Effect{}, false
	}
	return s.scope.recall(kind, at, nth)
}

// add adds an effect that nothing durable depends on yet. If that fails, so does the next write.
func (s strand) add(e engine.Effect) {
	if !s.aside {
		_ = s.scope.add(e)
	}
}

// flush adds what the strand depends on, before it does something that lasts.
func (s strand) flush() error {
	if s.aside {
		return nil
	}
	if err := s.scope.flush(); err != nil {
		return engine.NotKept(err)
	}
	return nil
}

var errHalted = fmt.Errorf("%w: another branch failed", engine.ErrCanceled)

func (s strand) Call(c engine.Invocation) (engine.Value, error) {
	if e, ok := s.recall(engine.CallEffect, c.Place, c.Attempt); ok {
		if e.Doubt {
			s.inDoubt(c)
		}
		return e.Value, e.Err
	}
	if _, doubtful := s.scope.doubtful(c.Place, c.Attempt); !doubtful { // a halt does not cut off a write either
		if s.closed {
			return nil, errHalted
		}
		s.replay.leave()
	}
	if target, known := s.run.Cards[c.Card]; known && !c.State && target.EffectOf(c.In) != card.Reads {
		return s.write(target, c)
	}
	if err := engine.Lost(c.In); err != nil {
		return nil, err
	}
	out, err := s.Runtime.Call(c)
	s.learn(c, out)
	if !engine.IsCanceled(err) {
		s.add(engine.Effect{Kind: engine.CallEffect, Place: c.Place, Nth: c.Attempt, Value: out, Err: err})
	}
	return out, err
}

// Page reads a page of a list for a card step. Stream reads its pages on a strand without a journal.
func (s strand) Page(c engine.Invocation, at card.Cursor) (card.Page, error) {
	sum := sha256.Sum256([]byte(at))
	place := c.Place.Branch(hex.EncodeToString(sum[:8]))
	if e, ok := s.recall(engine.PageEffect, place, c.Attempt); ok {
		return pageOf(e.Value), e.Err
	}
	if s.closed {
		return card.Page{}, errHalted
	}
	s.replay.leave()
	if err := engine.Lost(c.In); err != nil {
		return card.Page{}, err
	}
	page, err := s.Runtime.Page(c, at)
	s.learn(c, page.Items...)
	if !engine.IsCanceled(err) && page.Cut == nil {
		s.add(engine.Effect{Kind: engine.PageEffect, Place: place, Nth: c.Attempt, Value: pageValue(page), Err: err})
	}
	return page, err
}

// learn reports the secrets in what a card returned before the journal has it, so that the journal can encrypt them.
func (s strand) learn(c engine.Invocation, values ...engine.Value) {
	target := s.run.Cards[c.Card]
	var secrets []string
	for _, v := range values {
		secrets = append(secrets, target.Secrets(v)...)
	}
	if len(secrets) > 0 {
		s.Emit(engine.Event{Kind: engine.Learned, Place: c.Place, Secrets: secrets})
	}
}

// pageValue returns a page as the value of an Effect. A page that is Cut is read again.
func pageValue(p card.Page) engine.Value {
	return map[string]any{"items": p.Items, "next": string(p.Next)}
}

func pageOf(v engine.Value) card.Page {
	fields, _ := v.(map[string]any)
	items, _ := fields["items"].([]any)
	next, _ := fields["next"].(string)
	return card.Page{Items: items, Next: card.Cursor(next)}
}

func (s strand) Fork(at engine.Place, n int, body func(engine.Runtime, int) error) error {
	past, wasHalted := s.recall(engine.HaltEffect, at, 0)
	failed, _ := past.Value.(int)
	var halted, cutOff atomic.Bool
	halted.Store(wasHalted)
	replays := s.follow(n)
	err := s.Runtime.Fork(at, n, func(rt engine.Runtime, i int) error {
		branch := s.on(rt)
		branch.closed = s.closed || wasHalted && i != failed
		branch.replay = replays.branch()
		err := func() error {
			defer branch.replay.end(false)
			return body(branch, i)
		}()
		if err != nil { // it halts the others
			replays.wait()
		}
		if err != nil && !engine.IsCanceled(err) && halted.CompareAndSwap(false, true) {
			s.add(engine.Effect{Kind: engine.HaltEffect, Place: at, Value: i})
		}
		if s.run.isPaused() && engine.IsCanceled(err) {
			cutOff.Store(true)
		}
		return err
	})
	if err != nil && !engine.IsCanceled(err) && cutOff.Load() { // a branch has no end yet: a resumed run comes to the failure again
		return errPauses
	}
	return err
}

func (s strand) Within(l engine.Limit, body func(engine.Runtime) error) error {
	inner := s
	switch {
	case l.Shield && s.run.isPaused(): // the run goes on later, at the steps before the finally
		return errPauses
	case l.Shield:
		inner.aside = s.aside || s.run.ctx.Err() != nil && s.Context().Err() != nil // a record in flight finishes, and is not run again
		inner.closed, inner.cut = false, false                                      // it runs although its branch was halted
	default:
		if e, ok := s.recall(engine.LimitEffect, l.Place, 0); ok {
			if l.Until = e.Time; !s.Now().Before(l.Until) {
				return s.late(l, body)
			}
			break
		}
		l.Until = s.Now().Add(l.For)
		s.add(engine.Effect{Kind: engine.LimitEffect, Place: l.Place, Time: l.Until})
	}
	var inside error
	err := s.Runtime.Within(l, func(rt engine.Runtime) error {
		inside = body(inner.on(rt))
		return inside
	})
	if s.run.isPaused() && engine.IsCanceled(inside) { // also if the time ended meanwhile: a resumed run finds that out
		return inside
	}
	return err
}

// late replays a body whose time limit has ended. What the journal has of it was done in time.
func (s strand) late(l engine.Limit, body func(engine.Runtime) error) error {
	replay := s
	replay.closed, replay.cut = true, true
	err := body(replay)
	if !engine.IsCanceled(err) || s.Context().Err() != nil {
		return err
	}
	return s.Runtime.Within(l, func(engine.Runtime) error { return err }) // the error of the time limit
}

func (s strand) Start(at engine.Place, flow string, start engine.Start) error {
	return s.passes(engine.StartEffect, at, func() error { return s.Runtime.Start(at, flow, start) })
}

func (s strand) Respond(at engine.Place, r engine.Response) error {
	return s.passes(engine.RespondEffect, at, func() error { return s.Runtime.Respond(at, r) })
}

// passes does what has no effect if it was done before. A strand that does nothing new passes it only if the journal has it.
func (s strand) passes(kind engine.EffectKind, at engine.Place, do func() error) error {
	_, done := s.recall(kind, at, 0)
	if !done && s.closed {
		return errHalted
	}
	if !done {
		s.replay.leave()
	}
	if err := s.flush(); err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	if !done {
		s.add(engine.Effect{Kind: kind, Place: at})
	}
	return nil
}

func (s strand) Await(at engine.Place, a engine.Approval) (engine.Decision, error) {
	if e, ok := s.recall(engine.ApprovalEffect, at, 0); ok {
		return decisionOf(e), e.Err
	}
	if s.closed {
		return engine.Decision{}, errHalted
	}
	s.replay.leave()
	if err := s.flush(); err != nil {
		return engine.Decision{}, err
	}
	d, err := s.Runtime.Await(at, a)
	if !engine.IsCanceled(err) {
		s.add(decisionEffect(at, d, err))
	}
	return d, err
}

func decisionEffect(at engine.Place, d engine.Decision, err error) engine.Effect {
	e := engine.Effect{Kind: engine.ApprovalEffect, Place: at, Time: d.At, Err: err}
	if err == nil {
		e.Value = map[string]any{"approved": d.Approved, "by": d.By, "note": d.Note}
	}
	return e
}

func decisionOf(e engine.Effect) (d engine.Decision) {
	fields, _ := e.Value.(map[string]any)
	d.Approved, _ = fields["approved"].(bool)
	d.By, _ = fields["by"].(string)
	d.Note, _ = fields["note"].(string)
	d.At = e.Time
	return d
}

// longSleep is the length from which the end of a sleep is kept before the sleep: it must not start again with the process.
const longSleep = time.Second

func (s strand) Sleep(at engine.Place, until time.Time) error {
	e, ok := s.recall(engine.SleepEffect, at, 0)
	over := ok && !s.Now().Before(e.Time)
	if s.closed && !over {
		return errHalted
	}
	if !over {
		s.replay.leave()
	}
	if ok {
		return s.Runtime.Sleep(at, e.Time)
	}
	s.add(engine.Effect{Kind: engine.SleepEffect, Place: at, Time: until})
	if until.Sub(s.Now()) >= longSleep {
		if err := s.flush(); err != nil {
			return err
		}
	}
	return s.Runtime.Sleep(at, until)
}

func (s strand) Moment(at engine.Place) time.Time {
	if e, ok := s.recall(engine.NowEffect, at, 0); ok {
		return e.Time
	}
	now := s.Runtime.Moment(at)
	s.add(engine.Effect{Kind: engine.NowEffect, Place: at, Time: now})
	return now
}
