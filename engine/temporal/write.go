package temporal

import (
	"errors"
	"maps"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// errLost is wrapped by the error of an activity whose worker was lost.
var errLost = errors.New("the worker was lost")

// mostLost is the number of workers that one attempt of a write may lose: perhaps it is the call that ends them.
const mostLost = 3

// write makes one attempt of a write. If its worker is lost, the write may have been done: it is made again if that does no harm, otherwise
// its card finds out whether it was done, and if it cannot, a person decides.
func (s strand) write(target card.Card, c engine.Invocation) (out engine.Value, err error) {
	counted, err := s.change(target, c)
	if err != nil {
		return nil, err
	}
	lost := 0
	defer func() { counted(out, err, lost > 0 && target.EffectOf(c.In) == card.Idempotent) }()
	before, read, err := s.before(target, c)
	if err != nil {
		return nil, err
	}
	w := s.written(target, c, before)
	for ; ; lost++ {
		a, err := perform[engine.ValueJSON](s, s.queue(s.cut, c, true), callActivity, callArg{s.run.Run, c, read, s.run.Job.Start.AsOf})
		out, isLost := a.Out.Value, errors.Is(err, errLost)
		made := isLost || !a.Began.IsZero()
		if a.Held && !made {
			s.notPlanned(c, a.Target, err)
		}
		if lost == 0 && !made {
			return out, err
		}
		if !made && err != nil && !engine.IsCanceled(err) { // an earlier worker may have made it
			failure := *card.AsError(err)
			failure.Writes = card.Unanswered
			err = &failure
		}
		if read { // an attempt that is made again does not see what was there before
			read = false
			s.keep(w, a.Before)
		}
		if lost == 0 && !a.Began.IsZero() {
			w.Began = a.Began
		}
		if err == nil {
			delete(s.run.states, c.Place.ID()) // no attempt follows
			if lost > 0 && !card.Changed(out) {
				w.Effect.Doubt = true
				s.Emit(engine.Event{Kind: engine.InDoubt, Place: c.Place, Card: c.Card})
			}
		}
		if lost > 0 && engine.IsCanceled(err) {
			err = engine.ErrCutOff // an earlier worker may have done it
		}
		switch {
		case errors.Is(err, engine.ErrCutOff):
			s.run.wrote(w)
			return nil, err
		case !isLost || lost == mostLost:
			w.ends(endOf(a.Ended, s.Now()), out, err)
			s.run.wrote(w)
			return out, err
		}
		c.Last = card.AsError(err)
		if target.EffectOf(c.In) != card.Idempotent {
			done, answer, err := s.settle(c, before, w)
			if done {
				w.ends(s.Now(), answer, nil)
			}
			if done || err != nil {
				s.run.wrote(w)
				return answer, err
			}
		}
		w.again()
	}
}

// endOf returns the time of the end of a call, which is now if its worker did not report one.
func endOf(reported, now time.Time) time.Time {
	if reported.IsZero() {
		return now
	}
	return reported
}

// before returns the state before a write that its undo or Did needs: the zero State if neither does. It is that before the first attempt, since
// an attempt that failed may have changed something. For Did, it is in the history before the write; for an undo only, the call reads it: then read is set.
func (s strand) before(target card.Card, c engine.Invocation) (state card.State, read bool, err error) {
	if state, known := s.run.states[c.Place.ID()]; known || !target.NeedsBefore(c.In) {
		return state, false, nil
	}
	if target.EffectOf(c.In) == card.Idempotent {
		return state, true, nil
	}
	c.State = true
	out, err := do[engine.ValueJSON](s, s.queue(s.ctx, c, false), callActivity, callArg{Run: s.run.Run, Call: c})
	if err != nil {
		return state, false, notRead(err)
	}
	state = target.Kept(c.In, engine.StateOf(out.Value))
	s.run.states[c.Place.ID()] = state
	return state, false, nil
}

// keep keeps the state that the first attempt of a write has read; nil if it is not known.
func (s strand) keep(w *Written, state *engine.StateJSON) {
	if state != nil {
		w.Intent.Before = state.State
	}
	s.run.states[w.Intent.Place.ID()] = w.Intent.Before
}

// settle finds out whether a write was done whose worker was lost, and returns its answer as far as it is known.
func (s strand) settle(c engine.Invocation, before card.State, w *Written) (done bool, answer engine.Value, err error) {
	arg := didArg{s.run.Run, c, engine.ValueJSON{Value: engine.StateValue(before)}, before.IsZero()}
	var found did
	err = engine.RetryRead(c.Place.ID(), s.pause, func() (again bool, err error) {
		found, err = do[did](s, s.queue(s.cut, c, false), didActivity, arg)
		return true, err
	})
	if err != nil && s.cut.Err() == nil {
		if found.Done, err = s.doubt(c, card.AsError(err).Message, w.Began); err == nil {
			w.Settled = &found.Done
		}
	}
	if err != nil {
		return false, nil, engine.ErrCutOff // it may have been done
	}
	fields, _ := found.Out.Value.(map[string]any)
	if fields = maps.Clone(fields); fields == nil {
		fields = map[string]any{}
	}
	fields["changed"] = true
	return found.Done, fields, nil
}

// pause waits between two attempts of Did.
func (s strand) pause(wait time.Duration, _ *card.Error) error {
	if workflow.NewTimer(s.cut, wait).Get(s.here, nil) != nil {
		return engine.ErrCanceled
	}
	return nil
}

// Settle is the name of the update that decides about a write in doubt. Its argument is a Settled. It fails if no write at the place is in doubt,
// or somebody has decided already.
const Settle = "flowdeck.settle"

// Settled is what a person found out about a write in doubt.
type Settled struct {
	Place engine.Place
	Done  bool
}

// Doubts is the name of the query for the writes about which nobody has decided. Its answer is a list of Doubt, in the order in which they came.
const Doubts = "flowdeck.doubts"

// Doubt is a write that may have been done, and of which its card cannot find out whether it was.
type Doubt struct {
	Place  engine.Place
	Card   string
	Target string // what it changes, by the name that people know
	Why    string
	Began  time.Time // the last attempt
}

// doubt waits until a person decides about a write. The rest of the run goes on.
func (s strand) doubt(c engine.Invocation, why string, began time.Time) (done bool, err error) {
	d := &Doubt{Place: c.Place, Card: c.Card, Target: s.run.Cards[c.Card].Target(c.In, card.State{}), Why: why, Began: began}
	q, decided := s.ask()
	s.run.doubts = append(s.run.doubts, doubtful{d, q})
	workflow.NewSelector(s.here).
		AddFuture(decided, func(f workflow.Future) { err = f.Get(s.here, &done) }).
		AddReceive(s.cut.Done(), func(workflow.ReceiveChannel, bool) { err = engine.ErrCutOff }).
		AddReceive(s.run.stopping.Done(), func(workflow.ReceiveChannel, bool) { err = engine.ErrCutOff }).
		Select(s.here)
	s.run.forget(d)
	return done, err
}

// doubtful is a doubt about which nobody has decided yet.
type doubtful struct {
	*Doubt
	question *question
}

func (r *run) forget(d *Doubt) {
	for i, other := range r.doubts {
		if other.Doubt == d {
			r.doubts = append(r.doubts[:i:i], r.doubts[i+1:]...)
			return
		}
	}
}

// open returns the writes about which nobody has decided.
func (r *run) open() []Doubt {
	all := []Doubt{}
	for _, d := range r.doubts {
		all = append(all, *d.Doubt)
	}
	return all
}

// takeDoubts sets the handlers of Settle and Doubts.
func (r *run) takeDoubts(ctx workflow.Context) error {
	err := workflow.SetQueryHandler(ctx, Doubts, func() ([]Doubt, error) {
		return r.open(), nil
	})
	if err != nil {
		return err
	}
	return takeAnswers(r, ctx, Settle, "no write is in doubt", func(s Settled) (*question, engine.Place, any) {
		for _, d := range r.doubts {
			if d.Place.Equal(s.Place) {
				return d.question, s.Place, s.Done
			}
		}
		return nil, s.Place, nil
	})
}
