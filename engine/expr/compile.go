package expr

import (
	"fmt"
	"slices"

	"github.com/expr-lang/expr/ast"
)

// Program is a compiled expression. It is safe for concurrent use.
type Program struct {
	src    source
	typ    Type // inside of the expression; the method Type returns the type outside of it
	code   thunk
	lets   int // maximum number at the same time
	loops  int // nesting depth of closures
	reads  []Read
	maybes []Maybe       // see Maybes
	quoted bool          // it is a call of quote()
	direct bool          // the value is that of a path, so it is in the value model already
	made   bool          // the value is new: it is not part of a value that was measured before
	whole  bool          // see ReadsRoot
	nonNil [2][][]string // paths that are not nil if the expression is false, and if it is true
	isNil  [2][][]string // paths that are nil in these cases

	trueIfNil [][]string // paths each of which makes the expression true if it is nil
}

// Read is a path that an expression follows from a root, such as steps.group.id.
type Read struct {
	Path          []string // starts with the root and ends before a computed index
	Offset, Width int
	// Nil is the number of names in Path up to the first value that may be nil and is read without ?. (steps.group in
	// steps.group.id: 2). It is 0 if there is none, or if the expression itself checks for nil.
	Nil       int
	Condition bool // the value of the path must be true or false
}

// Compile compiles an expression and checks it against the types of its roots, which are the fields of the object env.
// The error is an *Error.
func Compile(source string, env Type) (*Program, error) {
	p, err := compile(source, env)
	if err != nil {
		return nil, err
	}
	return p, nil
}

// CompileBool is Compile for a condition. It is also an error if the expression can be nil or something other than true
// or false. If the type is not known, EvalBool checks the value.
func CompileBool(source string, env Type) (*Program, error) {
	p, err := compile(source, env)
	if err != nil {
		return nil, err
	}
	if f := wrongCondition(p.typ, "the condition"); f != nil {
		return nil, f.placed(p.src.extent())
	}
	if n := len(p.reads); n > 0 && p.direct {
		p.reads[n-1].Condition = true
	}
	return p, nil
}

// ReadsRoot reports whether the expression reads a root as a whole, as in keys(vars), instead of fields of it. The
// result may then contain the root's value.
func (p *Program) ReadsRoot() bool { return p.whole }

// Source returns the text of the expression.
func (p *Program) Source() string { return p.src.text }

// Type returns the type of the value of Eval, in which times and durations are strings.
func (p *Program) Type() Type { return p.typ.outside() }

// Reads returns the paths that the expression reads from the roots, in the order of the text.
func (p *Program) Reads() []Read { return p.reads }

// NonNil returns the paths that are certainly not nil if the expression has the value: steps.group for
// `steps.group == nil` and false. A step that ends the flow in the one case guards the steps after it in the other.
func (p *Program) NonNil(when bool) [][]string { return by(when, p.nonNil) }

// Nil returns the paths that are certainly nil if the expression has the value.
func (p *Program) Nil(when bool) [][]string { return by(when, p.isNil) }

func by(when bool, paths [2][][]string) [][]string {
	if when {
		return paths[1]
	}
	return paths[0]
}

// TrueIfNil returns the paths each of which makes a condition true if it is nil: steps.group for `steps.group == nil`.
func (p *Program) TrueIfNil() [][]string { return p.trueIfNil }

func compile(text string, env Type) (p *Program, err *Error) {
	// Turn panics of expr-lang's parser and of the checker into errors.
	defer func() {
		if r := recover(); r != nil {
			p, err = nil, &Error{Width: len(text), Message: fmt.Sprintf("internal error: %v", r)}
		}
	}()
	src := newSource(text)
	tree, err := parse(src)
	if err != nil {
		if at := err.Offset; filterOperators[text[at:min(at+err.Width, len(text))]] != "" {
			if hint := fromFilter(text, env); hint != "" {
				err.Hint = hint
			}
		}
		return nil, err
	}
	return program(src, tree, env)
}

// program compiles a part of an expression.
func program(src source, tree ast.Node, env Type) (*Program, *Error) {
	c := &checker{src: src, env: env, functions: byName, binaries: binaryOperators, unaries: unaryOperators}
	out := c.visit(tree)
	if c.err != nil {
		return nil, c.err
	}
	direct := out.from >= 0 && out.path != nil
	return &Program{
		src: src, typ: out.typ, code: out.run, lets: c.mostVars, loops: c.mostLoops, reads: c.reads, maybes: c.maybes,
		quoted: isQuote(tree), direct: direct, made: !direct || len(out.path) == 1 && slices.Contains(bindings, out.path[0]), whole: c.whole,
		nonNil: [2][][]string{c.sure(tree, false), c.sure(tree, true)},
		isNil:  [2][][]string{c.nils(tree, false, false), c.nils(tree, true, false)}, trueIfNil: c.nils(tree, true, true),
	}, nil
}
