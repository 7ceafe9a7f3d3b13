package expr

import (
	"context"
	"fmt"
	"sync"

	"github.com/flowdeck/flowdeck/engine/words"
)

// Eval computes the value. The error is an *Error, or the cause of ctx if that was canceled.
func (p *Program) Eval(ctx context.Context, scope Scope) (any, error) {
	ev := newEvaluation(ctx, scope)
	defer ev.free()
	return p.run(ev)
}

// EvalBool computes a condition. Nil, and any other value that is not a boolean, is an *Error; an Unknown is an
// *UndecidableError.
func (p *Program) EvalBool(ctx context.Context, scope Scope) (bool, error) {
	v, err := p.Eval(ctx, scope)
	if err != nil {
		return false, err
	}
	switch v := v.(type) {
	case bool:
		return v, nil
	case Unknown:
		return false, &UndecidableError{v}
	}
	return false, notBoolean("the condition", kindWord(v)).placed(p.src.extent())
}

// evaluation is the state of one evaluation.
type evaluation struct {
	ctx   context.Context
	scope Scope
	args  []any   // of the calls under way, as a stack
	lets  []any   // the values of the lets, by their slots
	loops []round // of the closures under way, by their depth

	rounds   int // of closures
	elements int // of the lists and objects that closures and literals made
	work     int // elements and bytes that were read
	bytes    int // that functions and operators made

	doubt *Unknown // the evaluation went on without knowing it, although a real run might not
}

// round is one element that a closure is evaluated for.
type round struct {
	elem  any
	index int
	acc   any // of reduce
}

var evaluations = sync.Pool{New: func() any { return new(evaluation) }}

func newEvaluation(ctx context.Context, scope Scope) *evaluation {
	ev := evaluations.Get().(*evaluation)
	ev.ctx, ev.scope = ctx, scope
	return ev
}

// free gives the evaluation back, without the values that it holds.
func (ev *evaluation) free() {
	clear(ev.args[:cap(ev.args)])
	clear(ev.lets)
	clear(ev.loops)
	*ev = evaluation{args: ev.args[:0], lets: ev.lets[:0], loops: ev.loops[:0]}
	evaluations.Put(ev)
}

// reserve makes room for lets and loops.
func (ev *evaluation) reserve(lets, loops int) {
	for len(ev.lets) < lets {
		ev.lets = append(ev.lets, nil)
	}
	for len(ev.loops) < loops {
		ev.loops = append(ev.loops, round{})
	}
}

// run evaluates; the same evaluation may run several programs, one after the other. A panic is a bug of this package:
// it ends the expression and not the run around it.
func (p *Program) run(ev *evaluation) (v any, err error) {
	defer func() {
		if r := recover(); r != nil {
			v, err = nil, &Error{Width: len(p.src.text), Message: fmt.Sprintf("internal error: %v", r)}
		}
	}()
	if err := ev.alive(); err != nil {
		return nil, err
	}
	ev.reserve(p.lets, p.loops)
	v, err = p.code(ev)
	if err == nil && !p.direct {
		if v, err = ev.leave(v); err != nil {
			err = place(err, p.src.extent())
		}
	}
	// An evaluation that went on without knowing a value may do more than a real run.
	if wrong, ok := err.(*Error); ok && wrong.budget && ev.doubt != nil {
		return *ev.doubt, nil
	}
	return v, err
}

// time is the site's now.
func (ev *evaluation) time() (instant, error) {
	if ev.scope.Site == nil {
		return instant{}, faultf("there is no clock here")
	}
	return newInstant(ev.scope.Site.Now()), nil
}

// notBoolean is the fault of a condition of another kind.
func notBoolean(what, kind string) *fault {
	f := &fault{message: words.MustBe(what, "boolean", kind)}
	if kind == "nil" {
		f.hint = "handle nil: x ?? false, or x == nil"
	}
	return f
}
