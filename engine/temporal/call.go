package temporal

import (
	"errors"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

const (
	abandon = enums.PARENT_CLOSE_POLICY_ABANDON
	once    = enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE
)

func (s strand) Call(c engine.Invocation) (engine.Value, error) {
	if err := s.hold(); err != nil {
		return nil, err
	}
	if target, known := s.run.Cards[c.Card]; known && !c.State && target.EffectOf(c.In) != card.Reads {
		return s.write(target, c)
	}
	out, err := do[engine.ValueJSON](s, s.queue(s.ctx, c, false), callActivity, callArg{Run: s.run.Run, Call: c})
	return out.Value, err
}

func (s strand) Page(c engine.Invocation, at card.Cursor) (card.Page, error) {
	if err := s.hold(); err != nil {
		return card.Page{}, err
	}
	out, err := do[page](s, s.queue(s.ctx, c, false), pageActivity, pageArg{s.run.Run, c, at})
	return out.page(), err
}

// queue returns a context whose activities go to the workers of the call's connection: to one that may write if that is what they do.
func (s strand) queue(ctx workflow.Context, c engine.Invocation, writes bool) workflow.Context {
	if w := s.run.Workflows; w != nil && w.Queue != nil && c.Connection != "" {
		if queue := w.Queue(s.run.Job.connected(c.Connection), writes); queue != "" {
			return workflow.WithTaskQueue(ctx, queue)
		}
	}
	return ctx
}

// do performs an activity, and returns its output.
func do[T any](s strand, on workflow.Context, name string, arg any) (T, error) {
	a, err := perform[T](s, on, name, arg)
	return a.Out, err
}

// perform performs an activity. It is cut off when a context ends: a read when its strand is halted, a call that changes something only when the
// time of a step has ended, because otherwise it would be in doubt. The answer has the state before a write also if the worker was lost, if
// it had reported it.
func perform[T any](s strand, on workflow.Context, name string, arg any) (a answer[T], err error) {
	if err := fits(arg); err != nil {
		return a, &card.Error{Kind: card.Invalid, Message: err.Error(), Writes: card.Answered} // nothing was sent
	}
	err = workflow.ExecuteActivity(on, name, arg).Get(s.here, &a)
	switch {
	case err == nil && engine.IsCanceled(a.Err.Err) && on.Err() == nil:
		err = errors.New("the worker stopped")
	case err == nil:
		return a, a.Err.Err
	}
	if late := (*temporal.TimeoutError)(nil); errors.As(err, &late) && late.HasLastHeartbeatDetails() {
		if late.LastHeartbeatDetails(&a.Before) != nil {
			a.Before = nil // as if there was none
		}
	}
	return a, lost(err)
}

// lost returns the error of an activity that ended without an answer. Activities never fail by themselves: they answer
// with an error.
func lost(err error) error {
	if temporal.IsCanceledError(err) {
		return engine.ErrCanceled // no worker had started it: once one has, Temporal waits for its answer
	}
	failure := &card.Error{Kind: card.Unavailable, Message: "the worker ended before the answer arrived", Writes: card.Unanswered, Err: errLost}
	if bug := (*temporal.ApplicationError)(nil); errors.As(err, &bug) {
		failure.Kind, failure.Message = card.Internal, bug.Error()
	}
	return failure
}
