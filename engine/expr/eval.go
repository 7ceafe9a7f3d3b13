package expr

import (
	"context"
	"sync"
	"time"

	"github.com/expr-lang/expr/vm"
)

// Scope is what an evaluation sees. It may be used by several evaluations at once if Calls is nil.
type Scope struct {
	// Roots are the values of the roots, in the value model. One that is missing reads as nil.
	Roots map[string]any

	// Now is asked at most once per evaluation, and only if the expression calls now(). It may be nil if none does.
	Now func() time.Time

	// Seed is the run and the place. uuid() and random() derive from it and from how many calls came before.
	Seed string

	// Calls counts the calls of uuid() and random(). Evaluations that share a Seed, such as those of all inputs of a
	// step, share it too, lest they get the same results. Nil counts for this evaluation only.
	Calls *int
}

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
	now     instant
	asked   bool // now is known
	calls   int  // of uuid and random, if the scope does not count them
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
	ev.asked, ev.calls, ev.rounds, ev.work, ev.bytes, ev.stopped = false, 0, 0, 0, 0, nil
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

// time is the evaluation's now.
func (ev *evaluation) time() (instant, error) {
	if !ev.asked {
		if ev.scope.Now == nil {
			return instant{}, faultf("there is no clock here")
		}
		ev.now, ev.asked = newInstant(ev.scope.Now()), true
	}
	return ev.now, nil
}

// count is the number of calls of uuid and random before this one.
func (ev *evaluation) count() int {
	n := &ev.calls
	if ev.scope.Calls != nil {
		n = ev.scope.Calls
	}
	*n++
	return *n - 1
}
