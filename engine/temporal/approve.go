package temporal

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"github.com/flowdeck/flowdeck/engine"
)

// Decide is the name of the update that decides about an approval. Its argument is a Decided. It fails if nothing is asked at the
// place, or somebody has decided already. It does not check who may decide: that is for the one who sends it.
const Decide = "flowdeck.decide"

// Decided is a decision about the approval at a place.
type Decided struct {
	Place    engine.Place
	Decision engine.Decision
}

// question is an approval that waits for its decision.
type question struct {
	answer  workflow.Settable
	decided bool
}

// takeDecisions sets the handler of Decide.
func (r *run) takeDecisions(ctx workflow.Context) error {
	return workflow.SetUpdateHandlerWithOptions(ctx, Decide, func(_ workflow.Context, d Decided) error {
		q := r.asked[d.Place.ID()]
		q.decided = true
		q.answer.SetValue(d.Decision)
		return nil
	}, workflow.UpdateHandlerOptions{Validator: func(d Decided) error {
		switch q := r.asked[d.Place.ID()]; {
		case q == nil:
			return fmt.Errorf("nothing is asked at %s", d.Place)
		case q.decided:
			return fmt.Errorf("somebody has decided at %s already", d.Place)
		}
		return nil
	}})
}

func (s strand) Await(at engine.Place, a engine.Approval) (engine.Decision, error) {
	var d engine.Decision
	if s.ctx.Err() != nil {
		return d, engine.ErrCanceled
	}
	s.Emit(engine.Event{Kind: engine.Asked, Place: at, Approval: &a})
	decision, answer := workflow.NewFuture(s.here)
	s.run.asked[at.ID()] = &question{answer: answer}
	defer delete(s.run.asked, at.ID())
	until := s.Now().Add(a.For)
	if _, err := do[none](s, s.ctx, askActivity, askArg{s.run.Run, at, a}); err != nil {
		return d, err
	}
	timing, stop := workflow.WithCancel(s.ctx)
	defer stop()
	var err error
	workflow.NewSelector(s.here).
		AddFuture(decision, func(f workflow.Future) { err = f.Get(s.here, &d) }).
		AddReceive(s.ctx.Done(), func(workflow.ReceiveChannel, bool) { err = engine.ErrCanceled }).
		AddFuture(workflow.NewTimer(timing, max(0, until.Sub(s.Now()))), func(workflow.Future) {
			if err = engine.NotDecided(until); s.ctx.Err() != nil {
				err = engine.ErrCanceled
			}
		}).
		Select(s.here)
	if err != nil {
		return d, err
	}
	s.Emit(engine.Event{Kind: engine.Decided, Place: at, Approval: &a, Decision: &d})
	return d, nil
}
