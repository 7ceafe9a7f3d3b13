package cases

import (
	"context"

	"github.com/flowdeck/flowdeck/engine/flow"
)

// PrepareAll checks cases, several at a time. It returns those that can be run in the order of all, their problems, and the first error of a flow
// that has problems itself.
func (s *Suite) PrepareAll(all []*flow.Case) (ready []*Case, problems flow.Problems, err error) {
	prepared := make([]*Case, len(all))
	found := make([]flow.Problems, len(all))
	errs := make([]error, len(all))
	flow.InParallel(len(all), func(i int) { prepared[i], found[i], errs[i] = s.Prepare(all[i]) })
	for i := range all {
		problems = append(problems, found[i]...)
		if err == nil {
			err = errs[i]
		}
		if prepared[i] != nil {
			ready = append(ready, prepared[i])
		}
	}
	problems.Sort()
	return ready, problems, err
}

// RunAll runs cases, several at a time. The results are in the order of all. When ctx ends, those that have
// not started do not run, and those that run do not end: their Err has the cause.
func RunAll(ctx context.Context, all []*Case) []*Result {
	results := make([]*Result, len(all))
	flow.InParallel(len(all), func(i int) {
		if ctx.Err() != nil {
			results[i] = &Result{Case: all[i], Err: context.Cause(ctx)}
			return
		}
		results[i] = all[i].Run(ctx)
	})
	return results
}
