package expr

import (
	"context"
	"sync"

	"github.com/expr-lang/expr/vm"
)

// Eval computes the value. The error is an *Error, or the cause of ctx if that was cancelled.
func (p *Program) Eval(ctx context.Context, scope Scope) (any, error) {
	ev := begin(&p.pool, ctx, scope)
	defer ev.end(&p.pool)
	return p.run(ev)
}

// EvalBool computes a condition. Nil, and anything else that is not true or false, is an *Error.
func (p *Program) EvalBool(ctx context.Context, scope Scope) (bool, error) {
	v, err := p.Eval(ctx, scope)
	if err != nil {
		return false, err
	}
	b, ok := v.(bool)
	if !ok {
		return false, conditionFault(kindWord(v), "the condition").placed(p.extent())
	}
	return b, nil
}

// evaluation is the state of one evaluation, and the machine it runs on.
type evaluation struct {
	machine vm.VM
	ctx     context.Context
	scope   Scope
	rounds  int
	work    int   // elements and bytes that were read
	bytes   int   // that were made
	stopped error // why the context ended
}

// begin takes an evaluation from the pool.
func begin(pool *sync.Pool, ctx context.Context, scope Scope) *evaluation {
	ev, ok := pool.Get().(*evaluation)
	if !ok {
		ev = &evaluation{machine: vm.VM{MemoryBudget: maxMemory}}
	}
	ev.ctx, ev.scope = ctx, scope
	ev.rounds, ev.work, ev.bytes, ev.stopped = 0, 0, 0, nil
	return ev
}

// end gives it back. A machine keeps a frame for every closure it ever entered in one run, so one that entered many
// is left to the garbage collector.
func (ev *evaluation) end(pool *sync.Pool) {
	if ev.rounds > 1000 {
		return
	}
	ev.ctx, ev.scope = nil, Scope{}
	clear(ev.machine.Stack[:cap(ev.machine.Stack)])
	clear(ev.machine.Variables)
	pool.Put(ev)
}

// run evaluates; the same evaluation may run several programs, one after the other.
func (p *Program) run(ev *evaluation) (any, error) {
	if err := ev.alive(); err != nil {
		return nil, err
	}
	v, err := ev.machine.Run(p.code, ev)
	if err != nil {
		return nil, p.failure(ev, err)
	}
	if p.direct {
		return v, nil
	}
	v, err = ev.leave(v)
	if err != nil {
		return nil, p.failure(ev, err)
	}
	return v, nil
}

// time is the site's now.
func (ev *evaluation) time() (instant, error) {
	if ev.scope.Site == nil {
		return instant{}, faultf("there is no clock here")
	}
	return newInstant(ev.scope.Site.Now()), nil
}
