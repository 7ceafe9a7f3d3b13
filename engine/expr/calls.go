package expr

import (
	"reflect"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/file"
)

// calls are all functions that the machine can call: the operators and what else the checker writes into a tree, under
// names that nobody can write, and the functions of functions.go. (If a name could be written, it would take the place
// of a function with a closure in expr-lang's parser.) Their first argument is the evaluation.
var calls = func() map[string]*builtin.Function {
	table := map[string]*builtin.Function{}
	add := func(name string, call func(ev *evaluation, args []any) (any, error)) {
		table[name] = &builtin.Function{Name: name, Func: func(params ...any) (any, error) {
			return call(params[0].(*evaluation), params[1:])
		}}
	}
	for name, call := range operators {
		add("op:"+name, call)
	}
	for i := range functions {
		if f := &functions[i]; f.call != nil {
			add("fn:"+f.name, f.run)
		}
	}
	return table
}()

var operators = map[string]func(ev *evaluation, args []any) (any, error){
	"root":  func(ev *evaluation, a []any) (any, error) { return ev.scope.Roots[a[0].(string)], nil },
	"fetch": func(_ *evaluation, a []any) (any, error) { return fetch(a[0], a[1]) },
	"slice": func(ev *evaluation, a []any) (any, error) {
		if err := ev.read(a[:1]); err != nil {
			return nil, err
		}
		return slice(a[0], a[1], a[2])
	},
	"tick":      func(ev *evaluation, _ []any) (any, error) { return nil, ev.tick() },
	"condition": func(_ *evaluation, a []any) (any, error) { return condition(a[0], a[1].(string)) },
	"isNil":     func(_ *evaluation, a []any) (any, error) { return a[0] == nil, nil },
	"list":      func(_ *evaluation, a []any) (any, error) { return asList(a[0], a[1].(string)) },
	"someList": func(_ *evaluation, a []any) (any, error) {
		if list, ok := a[0].([]any); ok && len(list) == 0 {
			return nil, faultf("reduce of an empty list, and no value to begin with").withHint("give one: reduce(list, …, 0)")
		}
		return asList(a[0], "reduce")
	},
	"key": func(_ *evaluation, a []any) (any, error) {
		if _, ok := a[0].(string); !ok {
			return nil, mustBe("the name of a field", "string", kindWord(a[0]))
		}
		return a[0], nil
	},
	"sum":    func(ev *evaluation, a []any) (any, error) { return sum(ev, a[0].([]any)) },
	"sortBy": func(ev *evaluation, a []any) (any, error) { return sortBy(ev, a) },

	"==": func(ev *evaluation, a []any) (any, error) { return equal(ev, a[0], a[1]) },
	"!=": func(ev *evaluation, a []any) (any, error) {
		same, err := equal(ev, a[0], a[1])
		return !same, err
	},
	"<":  ordered(func(c int) bool { return c < 0 }),
	">":  ordered(func(c int) bool { return c > 0 }),
	"<=": ordered(func(c int) bool { return c <= 0 }),
	">=": ordered(func(c int) bool { return c >= 0 }),
	"+":  calculated("+"),
	"-":  calculated("-"),
	"*":  calculated("*"),
	"/":  calculated("/"),
	"%":  calculated("%"),
	"**": calculated("**"),
	"-x": func(_ *evaluation, a []any) (any, error) { return negate(a[0]) },
	"..": func(ev *evaluation, a []any) (any, error) { return rangeOf(ev, a[0], a[1]) },
	"in": func(ev *evaluation, a []any) (any, error) { return in(ev, a[0], a[1]) },

	"matches":    func(ev *evaluation, a []any) (any, error) { return matches(ev, a[0], a[1]) },
	"contains":   searched("contains"),
	"startsWith": searched("startsWith"),
	"endsWith":   searched("endsWith"),
}

func ordered(accept func(int) bool) func(*evaluation, []any) (any, error) {
	return func(_ *evaluation, a []any) (any, error) {
		c, err := compare(a[0], a[1])
		return accept(c), err
	}
}

func calculated(operator string) func(*evaluation, []any) (any, error) {
	return func(ev *evaluation, a []any) (any, error) { return arithmetic(ev, operator, a[0], a[1]) }
}

func searched(operator string) func(*evaluation, []any) (any, error) {
	find := finders[operator]
	return func(ev *evaluation, a []any) (any, error) {
		x, y, found, err := texts(ev, operator, a[0], a[1])
		return found && find(x, y), err
	}
}

// asList lets a list pass, for a closure to walk over.
func asList(v any, of string) (any, error) {
	if _, ok := v.([]any); ok {
		return v, nil
	}
	f := mustBe("argument 1 of "+of, "list", kindWord(v))
	switch v.(type) {
	case nil:
		f.hint = "give a list for that case: x ?? []"
	case map[string]any:
		f.hint = "values(object) and keys(object) are lists"
	}
	return nil, f
}

// boolType marks the nodes that we make. The compiler adds a dereference, by reflection, behind every operand whose
// type it does not know, and none behind a boolean; it does nothing else with the type of a call.
var boolType = reflect.TypeFor[bool]()

// op makes the node of a call of one of the operators.
func op(name string, at file.Location, args ...ast.Node) ast.Node {
	return call("op:"+name, at, args...)
}

// call makes the node of a call of ours, with the evaluation as the first argument.
func call(name string, at file.Location, args ...ast.Node) ast.Node {
	nodes := make([]ast.Node, 0, len(args)+1)
	nodes = append(nodes, &ast.IdentifierNode{Value: "$env"})
	nodes = append(nodes, args...)
	return mark(&ast.CallNode{Callee: &ast.IdentifierNode{Value: name}, Arguments: nodes}, at)
}

// mark gives a node of ours its place and its type.
func mark[N ast.Node](n N, at file.Location) N {
	n.SetLocation(at)
	n.SetType(boolType)
	return n
}

// constant is a value that is computed once.
func constant(v any, at file.Location) ast.Node { return mark(&ast.ConstantNode{Value: v}, at) }
