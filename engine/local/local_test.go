package local_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/card/cardtest"
	"github.com/flowdeck/flowdeck/engine/enginetest"
	"github.com/flowdeck/flowdeck/engine/local"
)

// The suite runs in a synctest bubble: its clock only moves while every goroutine waits, and a goroutine that is left
// over is a deadlock, which fails the test.
func TestLocalPassesTheConformanceSuite(t *testing.T) {
	t.Parallel()
	enginetest.Run(t, enginetest.Host{
		Unit: time.Second, Virtual: true,
		Run: func(t *testing.T, s enginetest.Setup, body func(*testing.T, engine.Runtime, func())) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				rt := local.New(ctx, local.Config{Run: s.Run, Cards: s.Cards, Listen: s.Listen, Start: s.Start, Respond: s.Respond, Await: s.Await, Keeper: s.Keeper})
				body(t, rt, func() { cancel(errors.New("interrupted")) })
			})
		},
	})
}

func TestAbortCutsOffCallsInFlight(t *testing.T) {
	t.Parallel()
	for _, sent := range []bool{true, false} {
		abortsWrite(t, sent)
	}
}

// abortsWrite checks that a write that is cut off may have been done only if it had sent something.
func abortsWrite(t *testing.T, sent bool) {
	synctest.Test(t, func(t *testing.T) {
		abort, cut := context.WithCancel(t.Context())
		started := make(chan struct{})
		forever := cardtest.Fake("fake.wait", card.Creates, func(ctx context.Context, _ card.Call, _ struct{}) (struct{}, error) {
			close(started)
			<-ctx.Done()
			if !sent {
				return struct{}{}, errors.Join(card.ErrNotSent, ctx.Err())
			}
			return struct{}{}, ctx.Err()
		})
		rt := local.New(t.Context(), local.Config{Cards: card.NewSet(forever), Abort: abort})
		go func() { <-started; cut() }()
		_, err := rt.Call(engine.Invocation{Place: engine.Place{}.Step("a"), Attempt: 1, Card: "fake.wait", In: map[string]any{}})
		if !engine.IsCanceled(err) || errors.Is(err, engine.ErrCutOff) != sent {
			t.Errorf("sent %t: got %v, want the cancel", sent, err)
		}
	})
}
