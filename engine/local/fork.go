package local

import (
	"context"

	"github.com/sourcegraph/conc"

	"github.com/flowdeck/flowdeck/engine"
)

func (s strand) Fork(_ engine.Place, n int, body func(rt engine.Runtime, i int) error) error {
	ctx, halt := context.WithCancelCause(s.ctx)
	defer halt(nil)

	errs := make([]error, n)
	var branches conc.WaitGroup
	begin := branches.Go
	if s.run.Serial {
		begin = func(branch func()) { branch() }
	}
	for i := range n {
		begin(func() {
			errs[i] = body(strand{run: s.run, ctx: ctx, cut: s.cut, held: s.held}, i)
			if errs[i] != nil {
				halt(errs[i])
			}
		})
	}
	branches.Wait()
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
