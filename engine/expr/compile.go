package expr

import (
	"errors"
	"fmt"
	"sync"

	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"
)

// Program is a checked expression. It is safe for concurrent use.
type Program struct {
	src    source
	typ    Type // inside; Type gives what leaves
	code   *vm.Program
	notes  map[file.Location]note
	reads  []Read
	direct bool          // it gives a value of a root as it is
	nonNil [2][][]string // paths that are not nil if the expression is false, and if it is true
	pool   sync.Pool
}

// note is what an error at a place wants to know, kept aside since errors are rare.
type note struct {
	subject string // what is read from, or empty
	args    []span
}

// Read is a path that an expression follows from a root, such as steps.group.id.
type Read struct {
	Path          []string // the root first; it ends where an index is computed
	Offset, Width int
	// Nil counts the names of Path up to the first value that may be nil and yet is read on without ?. (steps.group in
	// steps.group.id: 2). It is 0 where there is none, or where the expression itself made sure.
	Nil int
}

// Compile checks an expression against the types of its roots, which are the fields of the object env.
// The error is an *Error.
func Compile(source string, env Type) (*Program, error) {
	p, err := compile(source, env)
	if err != nil {
		return nil, err
	}
	return p, nil
}

// CompileBool is Compile for a condition: an expression that is known to give nil or something else than true or
// false, if only at times, is an error as well. What is not known is checked when it is evaluated, by EvalBool.
func CompileBool(source string, env Type) (*Program, error) {
	p, err := compile(source, env)
	if err != nil {
		return nil, err
	}
	if f := notBool(p.typ, "the condition"); f != nil {
		return nil, f.placed(p.extent())
	}
	return p, nil
}

// Source is the text of the expression.
func (p *Program) Source() string { return p.src.text }

// Type is the type of what Eval gives. A time or a duration is a string by then.
func (p *Program) Type() Type { return p.typ.outside() }

// Reads are the paths that the expression follows from the roots, in the order of the text.
func (p *Program) Reads() []Read { return p.reads }

// NonNil are the paths that are certainly not nil if the expression has the value: steps.group for
// `steps.group == nil` and false. A step that ends the flow in the one case guards the steps after it in the other.
func (p *Program) NonNil(when bool) [][]string {
	if when {
		return p.nonNil[1]
	}
	return p.nonNil[0]
}

func compile(text string, env Type) (p *Program, err *Error) {
	// No panic escapes: expr-lang's parser and compiler have met fuzzers, but not all of them.
	defer func() {
		if r := recover(); r != nil {
			p, err = nil, &Error{Width: len(text), Message: fmt.Sprintf("cannot compile this expression: %v", r)}
		}
	}()
	src := newSource(text)
	tree, err := parse(src)
	if err != nil {
		return nil, err
	}
	c := &checker{src: src, env: env, notes: map[file.Location]note{}}
	out := c.visit(tree)
	if c.err != nil {
		return nil, c.err
	}
	code, err := assemble(src, out.node)
	if err != nil {
		return nil, err
	}
	return &Program{
		src: src, typ: out.typ, code: code, notes: c.notes, reads: c.reads,
		direct: out.from >= 0 && out.path != nil,
		nonNil: [2][][]string{c.sure(tree, false), c.sure(tree, true)},
	}, nil
}

// extent is where the expression stands in its source, without the white space around it.
func (p *Program) extent() span {
	from, to := 0, len(p.src.text)
	for from < to && isSpace(p.src.text[from]) {
		from++
	}
	for to > from && isSpace(p.src.text[to-1]) {
		to--
	}
	return span{from, to}
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// failure is the error of an evaluation, with its place.
func (p *Program) failure(ev *evaluation, err error) error {
	if ev.stopped != nil {
		return ev.stopped
	}
	at, n := p.extent(), note{}
	message := err.Error()
	if wrong := (*file.Error)(nil); errors.As(err, &wrong) {
		n = p.notes[wrong.Location]
		at, message = p.src.name(wrong.Location), wrong.Message
	}
	f := (*fault)(nil)
	switch {
	case errors.As(err, &f):
		if f.arg > 0 && f.arg <= len(n.args) {
			at = n.args[f.arg-1]
		}
		return f.about(n.subject).placed(at)
	case message == "memory budget exceeded":
		return faultf("the expression makes more than %d elements", maxMemory).withHint(budgetHint).placed(at)
	}
	return faultf("cannot evaluate this: %s", message).placed(at)
}
