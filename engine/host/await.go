package host

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/store"
	"github.com/flowdeck/flowdeck/engine/words"
)

// nextLook is the time until a run that waits for an approval looks again.
const nextLook = time.Second

// mayAsk returns an error if the run could ask for an approval, and nobody could find the question.
func (r *runs) mayAsk(p *engine.Plan) error {
	if r.asked.NoHistory && !r.asked.Start.DryRun && p.Asks() {
		return Usage("run it without --no-history", "flow %q asks for an approval, which is kept in the history", p.Flow)
	}
	return nil
}

// await returns what asks people for the run, and waits for their decision.
func (r *runs) await(k *kept, p *engine.Plan, s engine.Start) func(context.Context, engine.Place, engine.Approval) (engine.Decision, error) {
	return func(ctx context.Context, at engine.Place, asks engine.Approval) (engine.Decision, error) {
		if k.log == nil || k.counted {
			return engine.Decision{}, &card.Error{Kind: card.Invalid, Message: "an approval is kept in the history, and this run has none"}
		}
		asks.For = within(ctx, r.workspace.config.Clock.Now(), asks.For)
		a, err := k.log.Asks(at, store.Question{Ask: asks, Flow: p.Digest(), Plan: r.hold.digest()})
		if err != nil {
			return engine.Decision{}, engine.NotKept(err)
		}
		defer r.fuse.asks()()
		return r.decision(ctx, k, s.Run, a)
	}
}

// within returns the time for an approval: that of its step, and of those around it, ends it, too.
func within(ctx context.Context, now time.Time, most time.Duration) time.Duration {
	if over, limited := ctx.Deadline(); limited {
		return min(most, max(over.Sub(now), 0))
	}
	return most
}

// decision waits until somebody has decided, the time is over, or the run or the step ends.
func (r *runs) decision(ctx context.Context, k *kept, run string, a store.Approval) (engine.Decision, error) {
	clock := r.workspace.config.Clock
	// A record in flight finishes when the run is stopped or paused, but it does not wait for people.
	waiting, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	defer context.AfterFunc(k.ctx, func() { stop(context.Cause(k.ctx)) })()
	for {
		if d, decided := a.Decision(); decided {
			if err := k.log.Use(a); err != nil {
				return engine.Decision{}, engine.NotKept(err)
			}
			return d, nil
		}
		if !clock.Now().Before(a.Expires) {
			over, err := k.log.Expire(a)
			if err != nil {
				return engine.Decision{}, engine.NotKept(err)
			}
			if _, decided := over.Decision(); !decided {
				return engine.Decision{}, engine.NotDecided(a.Expires)
			}
			a = over
			continue
		}
		if r.asked.PauseToAsk && k.ctx.Err() == nil {
			r.pausedToAsk(k, run, a)
		}
		if k.ctx.Err() != nil {
			return engine.Decision{}, fmt.Errorf("%w: %w", engine.ErrCanceled, context.Cause(k.ctx))
		}
		next := clock.Now().Add(nextLook)
		if a.Expires.Before(next) {
			next = a.Expires
		}
		if err := clock.Sleep(waiting, next); err != nil {
			if k.ctx.Err() == nil { // the run goes on without this step
				_, _ = k.log.Withdraw(a) // if it fails, nobody uses the decision
			}
			return engine.Decision{}, fmt.Errorf("%w: %w", engine.ErrCanceled, err)
		}
		if now, err := k.log.Again(a); err == nil { // otherwise it is read again at the next look
			a = now
		}
	}
}

// pausedToAsk pauses the runs because one of them waits for an approval.
func (r *runs) pausedToAsk(k *kept, run string, a store.Approval) {
	r.mu.Lock()
	k.paused = cmp.Or(k.paused, waitsForApproval+promptLine(a.Ask.Prompt))
	r.mu.Unlock()
	r.pause("run " + run + " waits for an approval")
}

// waitsForApproval begins the reason of a run that waits for an approval.
const waitsForApproval = "waits for an approval: "

// promptLine returns the start of a prompt, for a line.
func promptLine(prompt string) string {
	const most = 120
	line := []rune(words.VisibleLine(prompt))
	if len(line) > most {
		return string(line[:most-1]) + "…"
	}
	return string(line)
}
