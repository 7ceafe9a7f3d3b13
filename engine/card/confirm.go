package card

import (
	"context"
	"errors"
	"strings"
	"sync"
)

// confirmed has the writes of one attempt that the service confirmed.
type confirmed struct {
	mu     sync.Mutex
	writes []string
}

type confirmedKey struct{}

// Confirm records that the service confirmed a write of the call whose context this is. A connection calls it for each request that
// may have changed something. If the call fails afterward, its error reports that it changed something, and its hint has the writes.
// write is for people, such as "POST /api/v1/groups".
func Confirm(ctx context.Context, write string) {
	if c, ok := ctx.Value(confirmedKey{}).(*confirmed); ok {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.writes = append(c.writes, write)
	}
}

// mostConfirmed is the maximum number of writes that a hint lists.
const mostConfirmed = 5

// in returns the error of an attempt that failed after its confirmed writes.
func (c *confirmed) in(ctx context.Context, err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch n := len(c.writes); {
	case n == 0, err == nil:
		return err
	case errors.Is(err, ErrNotSent): // only the last request was not sent
		return context.Cause(ctx)
	case n > mostConfirmed:
		c.writes = append(c.writes[:mostConfirmed:mostConfirmed], "…")
	}
	cause := (*Error)(nil)
	if !errors.As(err, &cause) || cause.Code == CodePartly { // the context ended; or the card reports its changes itself
		return err
	}
	failure := *cause
	failure.Changed = true
	done := "done before the failure: " + strings.Join(c.writes, ", ")
	failure.Hint = strings.TrimSuffix(done+"; "+failure.Hint, "; ")
	return &failure
}
