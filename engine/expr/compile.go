package expr

import (
	"fmt"
)

// Program is a checked expression. It is safe for concurrent use.
type Program struct {
	src    source
	typ    Type // inside; Type gives the type of the value that leaves
	code   thunk
	lets   int // how many of them an evaluation holds at once
	loops  int // how deep closures are nested
	reads  []Read
	direct bool          // the value is that of a path, and so in the value model
	whole  bool          // see ReadsRoot
	nonNil [2][][]string // paths that are not nil if the expression is false, and if it is true
	isNil  [2][][]string // paths that are nil then

	trueIfNil [][]string // paths each of which makes the expression true if it is nil
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
	if f := wrongCondition(p.typ, "the condition"); f != nil {
		return nil, f.placed(p.src.extent())
	}
	return p, nil
}

// ReadsRoot reports whether the expression reads a root as a whole, as in keys(vars), rather than fields of it: the root's
// value may then be a part of the result.
func (p *Program) ReadsRoot() bool { return p.whole }

// Source is the text of the expression.
func (p *Program) Source() string { return p.src.text }

// Type is the type of the value of Eval. A time or a duration is a string there.
func (p *Program) Type() Type { return p.typ.outside() }

// Reads are the paths that the expression follows from the roots, in the order of the text.
func (p *Program) Reads() []Read { return p.reads }

// NonNil are the paths that are certainly not nil if the expression has the value: steps.group for
// `steps.group == nil` and false. A step that ends the flow in the one case guards the steps after it in the other.
func (p *Program) NonNil(when bool) [][]string { return by(when, p.nonNil) }

// Nil are the paths that are certainly nil if the expression has the value.
func (p *Program) Nil(when bool) [][]string { return by(when, p.isNil) }

func by(when bool, paths [2][][]string) [][]string {
	if when {
		return paths[1]
	}
	return paths[0]
}

// TrueIfNil are the paths each of which makes a condition true if it is nil: steps.group for `steps.group == nil`.
func (p *Program) TrueIfNil() [][]string { return p.trueIfNil }

func compile(text string, env Type) (p *Program, err *Error) {
	// No panic escapes, be it of expr-lang's parser or of the checker.
	defer func() {
		if r := recover(); r != nil {
			p, err = nil, &Error{Width: len(text), Message: fmt.Sprintf("internal error: %v", r)}
		}
	}()
	src := newSource(text)
	tree, err := parse(src)
	if err != nil {
		return nil, err
	}
	c := &checker{src: src, env: env, functions: byName, binaries: binaryOperators, unaries: unaryOperators}
	out := c.visit(tree)
	if c.err != nil {
		return nil, c.err
	}
	return &Program{
		src: src, typ: out.typ, code: out.run, lets: c.mostVars, loops: c.mostLoops, reads: c.reads,
		direct: out.from >= 0 && out.path != nil, whole: c.whole,
		nonNil: [2][][]string{c.sure(tree, false), c.sure(tree, true)},
		isNil:  [2][][]string{c.nils(tree, false, false), c.nils(tree, true, false)}, trueIfNil: c.nils(tree, true, true),
	}, nil
}
