package cases

import (
	"context"
	"errors"

	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/host"
)

// PrepareAll checks cases, several at a time. It returns those that can be run in the order of all, and their problems. If flows have problems
// themselves, the error is a host.ProblemsError with those of all of them.
func (s *Suite) PrepareAll(all []*flow.Case) (ready []*Case, problems flow.Problems, err error) {
	prepared := make([]*Case, len(all))
	found := make([]flow.Problems, len(all))
	errs := make([]error, len(all))
	flow.InParallel(len(all), func(i int) { prepared[i], found[i], errs[i] = s.Prepare(all[i]) })
	for i := range all {
		problems = append(problems, found[i]...)
		if prepared[i] != nil {
			ready = append(ready, prepared[i])
		}
	}
	problems.Sort()
	return ready, problems, together(errs)
}

// together returns the errors of several cases as one. A problem that several flows have, since they run the same one, is in it once.
func together(errs []error) error {
	all, seen := &host.ProblemsError{}, map[string]bool{}
	for _, err := range errs {
		one := (*host.ProblemsError)(nil)
		if err != nil && !errors.As(err, &one) {
			return err
		}
		if one == nil {
			continue
		}
		all.Source = one.Source
		for _, p := range one.Problems {
			if !seen[p.String()] {
				seen[p.String()] = true
				all.Problems = append(all.Problems, p)
			}
		}
	}
	if all.Source == nil {
		return nil
	}
	all.Problems.Sort()
	return all
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
