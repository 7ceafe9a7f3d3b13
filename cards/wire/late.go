package wire

import (
	"context"
	"errors"
	"fmt"
)

// ErrTooLong is the cause of the end of a request that exceeds its time limit.
var ErrTooLong = errors.New("no complete answer in time")

// Late adds ErrTooLong to an error if the request whose context this is exceeded its time limit, to distinguish this from the end of the
// caller's context.
func Late(ctx context.Context, err error) error {
	if errors.Is(context.Cause(ctx), ErrTooLong) {
		return fmt.Errorf("%w: %w", ErrTooLong, err)
	}
	return err
}
