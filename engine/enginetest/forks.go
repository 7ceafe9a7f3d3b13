package enginetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

var forks = tests{
	"a fork runs all its branches at the same time, and waits for all": func(t *testing.T, host Host) {
		w := newWorld(host)
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			start := rt.Now()
			if err := rt.Fork(spot, 20, do); err != nil {
				t.Error(err)
			}
			w.took(t, rt, start, 1)
		}, w.fakeDo(func(ctx context.Context, n int) error {
			return errors.Join(w.meets(20)(ctx, n), w.takes(1)(ctx, n))
		}))
		if w.count("end") != 20 {
			t.Errorf("%d ended, want 20", w.count("end"))
		}
	},

	"when a branch fails the others start nothing new, their reads are cut off, and their writes finish": func(t *testing.T, host Host) {
		w := newWorld(host)
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			err := rt.Fork(spot, 3, func(rt engine.Runtime, i int) error {
				name := [...]string{"fake.do", "fake.do", "fake.read"}[i]
				if _, err := rt.Call(callAt(spot, name, i)); err != nil || i == 1 {
					return err
				}
				return do(rt, 10+i)
			})
			if plain(err) != "branch 1" || engine.IsCanceled(err) {
				t.Errorf("got %s, want the branch that failed by itself", plain(err))
			}
		}, w.does("fake.read", card.Reads, w.hangs), w.fakeDo(func(ctx context.Context, n int) error {
			if n == 1 {
				return errors.Join(w.meets(3)(ctx, n), &card.Error{Kind: card.Conflict, Message: "branch 1"})
			}
			return w.waitFor(ctx, "cut 2") // the others are halted
		}))
		log := w.seen()
		slices.Sort(log)
		if want := []string{"cut 2", "end 0", "end 1", "start 0", "start 1", "start 2"}; !slices.Equal(log, want) {
			t.Errorf("got %q, want %q", log, want)
		}
	},

	"if several branches fail, the error is that of the first in order": func(t *testing.T, host Host) {
		w := newWorld(host)
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			err := rt.Fork(spot, 4, func(rt engine.Runtime, i int) error {
				if err := do(rt, i); err != nil || i == 0 {
					return err
				}
				return fmt.Errorf("branch %d", i)
			})
			if plain(err) != "branch 1" {
				t.Errorf("got %s", plain(err))
			}
		}, w.fakeDo(func(ctx context.Context, n int) error {
			if err := w.meets(4)(ctx, n); err != nil || n == 3 {
				return err
			}
			return w.waitFor(ctx, "end %d", n+1)
		}))
	},

	"a fork of a canceled run is canceled": func(t *testing.T, host Host) {
		w := newWorld(host)
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			cancelRun(t, rt)
			if err := rt.Fork(spot, 2, do); !engine.IsCanceled(err) {
				t.Errorf("got %s", plain(err))
			}
		}, w.canceler(), w.fakeDo(nothing))
		if w.count("start") > 0 {
			t.Errorf("cards were called: %q", w.seen())
		}
	},
}
