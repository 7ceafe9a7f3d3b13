package expr

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/flowdeck/flowdeck/engine/meter"
	"github.com/flowdeck/flowdeck/engine/words"
)

// Eval computes the value. The error is an *Error, or the cause of ctx if ctx was canceled.
func (p *Program) Eval(ctx context.Context, scope Scope) (any, error) {
	ev := newEvaluation(ctx, scope)
	defer ev.free()
	return p.run(ev)
}

// EvalBool computes a condition. If the value is nil or otherwise not a boolean, the error is an *Error; if it is an
// Unknown, an *UndecidableError; if ctx was canceled, its cause.
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
	args  []any   // arguments of the active calls, as a stack
	lets  []any   // values of the lets, by slot
	loops []round // rounds of the active closures, by depth

	rounds   int // number of closure evaluations
	elements int // number of elements of the lists and objects that closures and literals made
	work     int // number of elements and bytes read
	bytes    int // number of bytes made by functions and operators
	pauses   int // number of calls of pause
	parts    int // number of elements of the result
	text     int // number of bytes of the result as JSON

	doubt *Unknown // the evaluation continued without knowing this value; a real run might have stopped
}

// round is one evaluation of a closure, for one element.
type round struct {
	elem  any
	index int
	acc   any // #acc of reduce
}

var evaluations = sync.Pool{New: func() any { return new(evaluation) }}

func newEvaluation(ctx context.Context, scope Scope) *evaluation {
	ev := evaluations.Get().(*evaluation)
	ev.ctx, ev.scope = ctx, scope
	return ev
}

// free returns the evaluation to the pool, without its values.
func (ev *evaluation) free() {
	meter.Made(ev.ctx, ev.bytes+elementSize*ev.elements)
	clear(ev.args[:cap(ev.args)])
	clear(ev.lets)
	clear(ev.loops)
	*ev = evaluation{args: ev.args[:0], lets: ev.lets[:0], loops: ev.loops[:0]}
	evaluations.Put(ev)
}

// reserve allocates space for lets and loops.
func (ev *evaluation) reserve(lets, loops int) {
	for len(ev.lets) < lets {
		ev.lets = append(ev.lets, nil)
	}
	for len(ev.loops) < loops {
		ev.loops = append(ev.loops, round{})
	}
}

// run evaluates the program. One evaluation may run several programs, one after the other. A panic is a bug of this
// package: it becomes an error of the expression and does not end the run.
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
	if err == nil && p.made {
		if v, err = ev.leave(v); err != nil {
			err = place(err, p.src.extent())
		}
	}
	// An evaluation that continued without knowing a value may do more than a real run.
	if wrong, ok := err.(*Error); ok && wrong.budget && ev.doubt != nil {
		return *ev.doubt, nil
	}
	return v, err
}

// time returns the current time of the site.
func (ev *evaluation) time() (instant, error) {
	if ev.scope.Site == nil {
		return instant{}, faultf("there is no clock here")
	}
	return newInstant(ev.scope.Site.Now()), nil
}

// notBoolean returns the fault of a condition of another kind.
func notBoolean(what, kind string) *fault {
	f := &fault{message: words.MustBe(what, "boolean", kind), hint: "compare it, as in x != nil"}
	switch {
	case kind == "nil":
		f.hint = "handle nil: x ?? false, or x == nil"
	case kind == "string":
		f.hint = `compare it, as in x == "text"`
	case kind == "integer" || kind == "number":
		f.hint = "compare it, as in x > 0"
	case strings.HasPrefix(kind, "list"):
		f.hint = "compare it, as in len(x) > 0"
	}
	return f
}
