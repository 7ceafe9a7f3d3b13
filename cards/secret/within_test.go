package secret

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestAFileThatBlocksEndsAtItsTimeLimitAndWithTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		blocks := func() ([]byte, error) {
			<-release
			return []byte("late"), nil
		}
		began := time.Now()
		if text, err := within(t.Context(), "token", blocks); text != nil || !errors.Is(err, errTooLate) || time.Since(began) != 10*time.Second {
			t.Errorf("got %q, %v after %s", text, err, time.Since(began))
		}
		interrupted := errors.New("interrupted")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(interrupted) })
		began = time.Now()
		if text, err := within(ctx, "token", blocks); text != nil || !errors.Is(err, interrupted) || time.Since(began) != time.Second {
			t.Errorf("got %q, %v after %s", text, err, time.Since(began))
		}
		close(release)
	})
}
