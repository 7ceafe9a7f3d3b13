package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/dbos-inc/dbos-transact-golang/dbos"
	_ "github.com/dbos-inc/dbos-transact-golang/dbos/driver/sqlite" // for URLs of SQLite
)

// onDBOS runs workflows on github.com/dbos-inc/dbos-transact-golang: a step for each member, all in one workflow.
type onDBOS struct {
	ctx   dbos.Context
	org   *org
	slots chan struct{} // one for each step that runs
}

// newDBOS starts DBOS in this process with the database of a URL: sqlite:FILE or postgres://….
func newDBOS(ctx context.Context, url string, o *org, at int) (library, error) {
	c, err := dbos.NewContext(ctx, dbos.Config{
		AppName: "durable", DatabaseURL: url, Logger: slog.New(slog.DiscardHandler),
		ApplicationVersion: "1", // otherwise the hash of this binary
	})
	if err != nil {
		return nil, fmt.Errorf("connect to the database: %w", err)
	}
	d := &onDBOS{ctx: c, org: o, slots: make(chan struct{}, at)}
	dbos.RegisterWorkflow(c, d.sweepGroup)
	dbos.RegisterWorkflow(c, d.runSteps)
	if err := dbos.Launch(c); err != nil {
		return nil, fmt.Errorf("launch: %w", err)
	}
	return d, nil
}

func (d *onDBOS) close() error {
	dbos.Shutdown(d.ctx, 10*time.Second)
	return nil
}

func (d *onDBOS) sweep(_ context.Context, j job) (none tally, err error) {
	h, err := dbos.RunWorkflow(d.ctx, d.sweepGroup, j)
	if err != nil {
		return none, fmt.Errorf("run the workflow: %w", err)
	}
	return h.GetResult()
}

func (d *onDBOS) steps(_ context.Context, w work) error {
	h, err := dbos.RunWorkflow(d.ctx, d.runSteps, w)
	if err != nil {
		return fmt.Errorf("run the workflow: %w", err)
	}
	ran, err := h.GetResult()
	if err == nil && ran != w.Steps {
		err = fmt.Errorf("%d of %d steps ran", ran, w.Steps)
	}
	return err
}

// sweepGroup suspends the idle members of a group.
func (d *onDBOS) sweepGroup(ctx dbos.Context, j job) (done tally, err error) {
	next, err := dbos.RunAsStep(ctx, func(ctx context.Context) (string, error) { return d.org.Start(ctx, j.Group) })
	for err == nil && next != "" {
		var p page
		p, err = dbos.RunAsStep(ctx, func(ctx context.Context) (page, error) { return d.org.List(ctx, next) })
		if err != nil {
			return done, err
		}
		var suspended int
		suspended, err = d.all(ctx, len(p.Members), func(ctx context.Context, i int) (bool, error) {
			return d.org.SuspendIfIdle(ctx, p.Members[i], j.Cutoff)
		})
		done.Suspended += suspended
		done.Skipped += len(p.Members) - suspended
		next = p.Next
	}
	return done, err
}

// runSteps returns how many steps ran.
func (d *onDBOS) runSteps(ctx dbos.Context, w work) (ran int, err error) {
	if w.Width > 1 {
		return d.all(ctx, w.Steps, func(ctx context.Context, _ int) (bool, error) { return d.org.Nothing(ctx) })
	}
	for range w.Steps {
		if _, err := dbos.RunAsStep(ctx, d.org.Nothing); err != nil {
			return ran, err
		}
		ran++
	}
	return ran, nil
}

// all runs n steps, as many at a time as there are slots, and counts those that returned true.
func (d *onDBOS) all(ctx dbos.Context, n int, step func(context.Context, int) (bool, error)) (count int, err error) {
	var all []<-chan dbos.StepOutcome[bool]
	for i := range n {
		outcome, err := dbos.Go(ctx, func(ctx context.Context) (bool, error) {
			d.slots <- struct{}{}
			defer func() { <-d.slots }()
			return step(ctx, i)
		})
		if err != nil {
			return 0, err
		}
		all = append(all, outcome)
	}
	for _, outcome := range all {
		o := <-outcome
		if o.Err != nil {
			return 0, o.Err
		}
		if o.Result {
			count++
		}
	}
	return count, nil
}
