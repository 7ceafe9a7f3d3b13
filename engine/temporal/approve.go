package temporal

import (
	"fmt"
	"slices"

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

// question waits for the answer of a person.
type question struct {
	answer   workflow.Settable
	answered bool
}

// ask returns a question, and the future of its answer.
func (s strand) ask() (*question, workflow.Future) {
	future, answer := workflow.NewFuture(s.here)
	return &question{answer: answer}, future
}

// takeAnswers sets the handler of an update that answers questions. find returns the question, nil if there is none, and the answer. Once the run
// is stopped, the update is refused.
func takeAnswers[A any](r *run, ctx workflow.Context, update, none string, find func(A) (q *question, at engine.Place, answer any)) error {
	return workflow.SetUpdateHandlerWithOptions(ctx, update, func(_ workflow.Context, a A) error {
		q, _, answer := find(a)
		q.answered = true
		q.answer.SetValue(answer)
		return nil
	}, workflow.UpdateHandlerOptions{Validator: func(a A) error {
		switch q, at, _ := find(a); {
		case r.refuses() != nil:
			return r.refuses()
		case q == nil:
			return fmt.Errorf("%s at %s", none, at)
		case q.answered:
			return fmt.Errorf("somebody has decided at %s already", at)
		}
		return nil
	}})
}

// takeDecisions sets the handler of Decide.
func (r *run) takeDecisions(ctx workflow.Context) error {
	return takeAnswers(r, ctx, Decide, "nothing is asked", func(d Decided) (*question, engine.Place, any) {
		for _, a := range r.asked {
			if a.Place.Equal(d.Place) {
				return a.question, d.Place, d.Decision
			}
		}
		return nil, d.Place, nil
	})
}

// asking is an approval about which nobody has decided yet.
type asking struct {
	Pending
	question *question
}

// pending returns the approvals about which nobody has decided.
func (r *run) pending() (all []Pending) {
	for _, a := range r.asked {
		all = append(all, a.Pending)
	}
	return all
}

func (s strand) Await(at engine.Place, a engine.Approval) (engine.Decision, error) {
	var d engine.Decision
	if err := s.hold(); err != nil {
		return d, err
	}
	if s.run.refuses() != nil { // a record in flight finishes, but it does not wait for people
		return d, engine.ErrCanceled
	}
	s.Emit(engine.Event{Kind: engine.Asked, Place: at, Approval: &a})
	q, decision := s.ask()
	pending := Pending{at, a, s.Now()}
	s.run.asked = append(s.run.asked, asking{pending, q})
	defer func() {
		s.run.asked = slices.DeleteFunc(s.run.asked, func(other asking) bool { return other.question == q })
	}()
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
		AddReceive(s.run.stopping.Done(), func(workflow.ReceiveChannel, bool) { err = engine.ErrCanceled }).
		AddFuture(workflow.NewTimer(timing, max(0, until.Sub(s.Now()))), func(workflow.Future) {
			if err = engine.NotDecided(until); s.ctx.Err() != nil {
				err = engine.ErrCanceled
			}
		}).
		Select(s.here)
	s.run.answered(pending, d, err == nil, s.Now())
	if err != nil {
		return d, err
	}
	s.Emit(engine.Event{Kind: engine.Decided, Place: at, Approval: &a, Decision: &d})
	return d, nil
}
