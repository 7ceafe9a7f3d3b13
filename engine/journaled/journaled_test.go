package journaled_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/enginetest"
	"github.com/flowdeck/flowdeck/engine/journaled"
	"github.com/flowdeck/flowdeck/engine/local"
)

func TestARuntimeWithAJournalPassesTheConformanceSuite(t *testing.T) {
	t.Parallel()
	enginetest.Run(t, enginetest.Host{
		Unit: time.Second, Virtual: true,
		Run: func(t *testing.T, s enginetest.Setup, body func(*testing.T, engine.Runtime, func())) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				rt, err := journaled.New(journaled.Config{Journal: enginetest.NewJournal(), Cards: s.Cards}).Over(
					local.New(ctx, local.Config{Run: s.Run, Cards: s.Cards, Listen: s.Listen, Start: s.Start, Respond: s.Respond, Await: s.Await, Keeper: s.Keeper}))
				if err != nil {
					t.Fatal(err)
				}
				body(t, rt, func() { cancel(errors.New("interrupted")) })
			})
		},
	})
}
