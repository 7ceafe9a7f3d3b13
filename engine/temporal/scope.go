package temporal

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

func (s strand) Fork(_ engine.Place, n int, body func(rt engine.Runtime, i int) error) error {
	ctx, halt := workflow.WithCancel(s.ctx)
	defer halt()
	errs := make([]error, n)
	branches := workflow.NewWaitGroup(s.here)
	for i := range n {
		branches.Add(1)
		workflow.Go(s.here, func(here workflow.Context) {
			if errs[i] = body(strand{run: s.run, here: here, ctx: ctx, cut: s.cut, held: s.held}, i); errs[i] != nil {
				halt()
			}
			branches.Done()
		})
	}
	branches.Wait(s.here)
	var halted error
	for _, err := range errs {
		switch {
		case err != nil && !engine.IsCanceled(err):
			return err
		case halted == nil:
			halted = err
		}
	}
	return halted
}

func (s strand) Within(l engine.Limit, body func(engine.Runtime) error) error {
	if l.Shield {
		return s.shielded(l.For, body)
	}
	left := l.For
	if !l.Until.IsZero() {
		left = l.Until.Sub(s.Now())
	}
	inner, over := s, false
	var halt, cut workflow.CancelFunc
	inner.ctx, halt = workflow.WithCancel(s.ctx)
	inner.cut, cut = workflow.WithCancel(s.cut)
	end := func() {
		halt()
		cut()
	}
	defer end()
	timing, stop := workflow.WithCancel(s.run.free)
	defer stop()
	alarm := func(here workflow.Context) {
		if left <= 0 || workflow.NewTimer(timing, left).Get(here, nil) == nil {
			over = true
			end()
		}
	}
	if left <= 0 {
		alarm(s.here)
	} else {
		workflow.Go(s.here, alarm)
	}
	err := body(inner)
	if engine.IsCanceled(err) && s.ctx.Err() == nil && over {
		return &card.Error{Kind: card.Timeout, Message: fmt.Sprintf("it took longer than %s", l.For)}
	}
	return err
}

// shielded runs body on a strand that continues for a time after this one is halted.
func (s strand) shielded(most time.Duration, body func(engine.Runtime) error) error {
	ctx, end := workflow.WithCancel(s.run.free)
	defer end()
	timing, stop := workflow.WithCancel(s.run.free)
	defer stop()
	workflow.Go(s.here, func(here workflow.Context) {
		either := workflow.NewSelector(here)
		for _, ctx := range []workflow.Context{s.ctx, timing} {
			either.AddReceive(ctx.Done(), func(workflow.ReceiveChannel, bool) {})
		}
		either.Select(here)
		if timing.Err() == nil && workflow.NewTimer(timing, most).Get(here, nil) == nil {
			end()
		}
	})
	return body(strand{run: s.run, here: s.here, ctx: ctx, cut: ctx, held: s.held})
}
