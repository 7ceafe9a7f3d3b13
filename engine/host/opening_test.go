package host_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/clock"
	"github.com/flowdeck/flowdeck/engine/host"
)

// failing is a connection whose tests fail with these errors, one after the other, and then succeed.
type failing struct {
	errs  []error
	tests *int
}

func (f failing) Test(context.Context) (card.Identity, error) {
	*f.tests++
	if *f.tests <= len(f.errs) {
		return card.Identity{}, f.errs[*f.tests-1]
	}
	return card.Identity{As: "ada"}, nil
}

func (f failing) Close() error { return nil }

// opened opens a connection whose tests fail. It returns the number of tests, the waits between them, and the error.
func opened(t *testing.T, interrupted bool, errs ...error) (tests int, waits []time.Duration, err error) {
	t.Helper()
	time0 := clock.NewJumping(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	w, err := host.Open(workspace(t, map[string]string{"flowdeck.yaml": "connections: {okta: {type: okta}}\n"}), host.Config{
		Cards: cards.All(), Clock: time0,
		Services: map[string]card.Service{"okta": card.NewService("okta", func(card.Settings, struct{}) (card.Connection, error) {
			return failing{errs, &tests}, nil
		})},
		Waiting: func(name string, wait time.Duration, err error) {
			if waits = append(waits, wait); name != "okta" || !strings.Contains(err.Error(), "down") {
				t.Errorf("waits for %q, %v", name, err)
			}
			if interrupted {
				interrupt()
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	conns, err := w.Connect(ctx, []engine.Use{{Service: "okta", Name: "okta"}})
	if conns != nil {
		defer conns.Close()
	}
	return tests, waits, err
}

func TestAConnectionIsOpenedDespiteAnOutageAndALimit(t *testing.T) {
	t.Parallel()
	down := &card.Error{Kind: card.Unavailable, Message: "down"}
	limited := &card.Error{Kind: card.RateLimit, Message: "down", Wait: 42 * time.Second}
	tests, waits, err := opened(t, false, down, limited, down)
	if err != nil || tests != 4 || len(waits) != 3 || waits[1] != limited.Wait || waits[0] < 250*time.Millisecond || waits[2] < waits[0] {
		t.Errorf("got %d tests, waits %v, %v", tests, waits, err)
	}
}

// The token of the connection may have been issued and lost: with rotation, the old one is valid for some seconds only.
func TestARequestForATokenWhoseAnswerIsLostIsTriedAgain(t *testing.T) {
	t.Parallel()
	lost := &card.Error{Kind: card.Unavailable, Writes: card.Answered, Message: "down"}
	tests, waits, err := opened(t, false, lost, lost)
	if err != nil || tests != 3 || len(waits) != 2 || waits[0] > time.Second {
		t.Errorf("got %d tests, waits %v, %v", tests, waits, err)
	}
}

func TestAnOutageOfTwentySecondsIsBridged(t *testing.T) {
	t.Parallel()
	down := make([]error, 100)
	for i := range down {
		down[i] = &card.Error{Kind: card.Timeout, Message: "down"}
	}
	tests, waits, err := opened(t, false, down...)
	total := time.Duration(0)
	for _, wait := range waits {
		total += wait
	}
	if !is[*host.ConnectionError](err) || tests != engine.DefaultRetry().Attempts || total < 20*time.Second || total > time.Minute {
		t.Errorf("got %d tests, waits of %s, %v", tests, total, err)
	}
}

func TestWhatNoWaitMendsIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	for _, kind := range []card.Kind{card.Unauthorized, card.Forbidden, card.NotFound, card.Invalid, card.Failed, card.Unavailable} {
		failure := &card.Error{Kind: kind, Message: "no"}
		if kind == card.Unavailable {
			failure.Code = card.CodeRefused
		}
		tests, waits, err := opened(t, false, failure)
		if !is[*host.ConnectionError](err) || tests != 1 || waits != nil {
			t.Errorf("%s: got %d tests, waits %v, %v", kind, tests, waits, err)
		}
	}
}

func TestCtrlCEndsAWaitForAConnection(t *testing.T) {
	t.Parallel()
	tests, waits, err := opened(t, true, &card.Error{Kind: card.RateLimit, Message: "down", Wait: time.Hour})
	if !engine.IsCanceled(err) || !errors.Is(err, context.Canceled) || tests != 1 || len(waits) != 1 {
		t.Errorf("got %d tests, waits %v, %v", tests, waits, err)
	}
}
