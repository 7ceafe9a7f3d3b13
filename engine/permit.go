package engine

import (
	"context"

	"github.com/flowdeck/flowdeck/engine/card"
)

// A Permit is asked before each attempt of a card that may change something, with its effect. It returns the function that must be called
// with the result of the attempt, or an error that wraps ErrCanceled if the attempt must not be made. It may wait for other attempts, until
// ctx ends. It is called on several strands.
type Permit func(ctx context.Context, c Invocation, effect card.Effect) (done func(Value, error), err error)

// Ask asks p. A nil Permit permits all.
func (p Permit) Ask(ctx context.Context, c Invocation, effect card.Effect) (done func(Value, error), err error) {
	if p == nil {
		return func(Value, error) {}, nil
	}
	return p(ctx, c, effect)
}
