package machines

import (
	"context"
	"iter"
	"sync"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/temporal"
)

// mostAsked is the number of runs that are asked at the same time: one without a worker takes seconds not to answer.
const mostAsked = 16

// pasts returns the runs that the server lists, the last first, as Past returns each. It leaves out those that were started with another key, and those
// that the server has deleted meanwhile.
func (r *Runs) pasts(ctx context.Context, f temporal.Filter, wanted func(temporal.Listed) bool) iter.Seq2[*host.Past, error] {
	return inTurns(r.client.Runs(ctx, f), func(at temporal.Listed) bool { return !at.OtherKey() && wanted(at) }, func(at temporal.Listed) (*host.Past, error) {
		run, err := r.run(ctx, at)
		if err != nil {
			return nil, err
		}
		return run.Past(ctx)
	})
}

// inTurns yields what read returns for each run that is wanted, in their order. It reads some at the same time, and leaves out runs that are not found. It ends
// after the first error.
func inTurns(
	all iter.Seq2[temporal.Listed, error], wanted func(temporal.Listed) bool, read func(temporal.Listed) (*host.Past, error),
) iter.Seq2[*host.Past, error] {
	return func(yield func(*host.Past, error) bool) {
		var turn []temporal.Listed
		flush := func() bool {
			found, errs := make([]*host.Past, len(turn)), make([]error, len(turn))
			var reading sync.WaitGroup
			for i, at := range turn {
				reading.Go(func() { found[i], errs[i] = read(at) })
			}
			reading.Wait()
			turn = turn[:0]
			for i, err := range errs {
				if err != nil && card.AsError(err).Kind == card.NotFound {
					continue
				}
				if !yield(found[i], err) || err != nil {
					return false
				}
			}
			return true
		}
		for at, err := range all {
			if err != nil {
				if flush() {
					yield(nil, err)
				}
				return
			}
			if !wanted(at) {
				continue
			}
			if turn = append(turn, at); len(turn) == mostAsked && !flush() {
				return
			}
		}
		flush()
	}
}
