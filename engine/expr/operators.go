package expr

import (
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// operator defines an operator: its names, its check, its implementation and its documentation.
type operator struct {
	names []string // all notations; messages use the first

	// The check of an application. An operator without both has its own kind of node in the parser's tree.
	binary func(c *checker, op *operator, n *ast.BinaryNode) operand
	unary  func(c *checker, op *operator, n *ast.UnaryNode) operand

	pairs []pair // for pairwise: the kinds of the two sides
	call  func(ev *evaluation, a, b any) (any, error)

	summary, example, result string // also for the operators after it that have no summary
}

// pair is the kinds of the two sides, and the kind of the result. If several pairs fit, the first is used.
type pair struct{ left, right, gives kinds }

var (
	onNumbers = []pair{{kInt, kInt, kInt}, {kNumber, kNumber, kFloat}}
	ordered   = []pair{{kNumber, kNumber, kBool}, {kString, kString, kBool}, {kTime, kTime, kBool}, {kDuration, kDuration, kBool}}
	equatable = append([]pair{
		{kNil, kAll, kBool}, {kAll, kNil, kBool}, {kBool, kBool, kBool}, {kList, kList, kBool}, {kObject, kObject, kBool},
	}, ordered...)
)

// operators are all operators of the language, in ascending order of precedence. The table in docs/expressions.md is
// generated from it.
var operators = []operator{
	{
		names:   []string{"? :"},
		summary: "one value or the other", example: `inputs.days > 30 ? 1 : 2`, result: `1`,
	},
	{
		names:   []string{"|"},
		summary: "passes a value to a function, as its first argument", example: `inputs.tags | join(" ")`, result: `"vpn mail"`,
	},
	{
		names: []string{"or", "||"}, binary: decidedBy(true),
		summary: "true if one side is", example: `false or true`, result: `true`,
	},
	{
		names: []string{"and", "&&"}, binary: decidedBy(false),
		summary: "true if both sides are", example: `true and inputs.days > 30`, result: `true`,
	},
	{
		names: []string{"=="}, binary: pairwise, pairs: equatable, call: sameAs(true),
		summary: "equal, not equal; lists and objects by their contents", example: `inputs.tags == ["vpn", "mail"]`, result: `true`,
	},
	{names: []string{"!="}, binary: pairwise, pairs: equatable, call: sameAs(false)},
	{
		names: []string{"<"}, binary: pairwise, pairs: ordered, call: inOrder(func(c int) bool { return c < 0 }),
		summary: "the order of numbers, strings, times or durations", example: `1 < 2 < 3`, result: `true`,
	},
	{names: []string{"<="}, binary: pairwise, pairs: ordered, call: inOrder(func(c int) bool { return c <= 0 })},
	{names: []string{">"}, binary: pairwise, pairs: ordered, call: inOrder(func(c int) bool { return c > 0 })},
	{names: []string{">="}, binary: pairwise, pairs: ordered, call: inOrder(func(c int) bool { return c >= 0 })},
	{
		names: []string{"in", "not in"}, binary: membership,
		summary: "an element of a list, a name in an object", example: `"vpn" in inputs.tags`, result: `true`,
	},
	{
		names: []string{"contains"}, binary: onStrings, call: finds("contains", strings.Contains),
		summary: "a string in a string", example: `inputs.group contains "tract"`, result: `true`,
	},
	{
		names: []string{"startsWith"}, binary: onStrings, call: finds("startsWith", strings.HasPrefix),
		summary: "a string at the start, at the end", example: `inputs.group startsWith "Con"`, result: `true`,
	},
	{names: []string{"endsWith"}, binary: onStrings, call: finds("endsWith", strings.HasSuffix)},
	{
		names: []string{"matches"}, binary: onStrings, call: matches,
		summary: "a regular expression (RE2) that fits some part of a string", example: `inputs.group matches "^[A-Z]"`, result: `true`,
	},
	{
		names: []string{".."}, binary: fromTo,
		summary: "the integers from one to the other", example: `1..4`, result: `[1,2,3,4]`,
	},
	{
		names: []string{"+"}, binary: pairwise, call: calculated("+"),
		pairs: append([]pair{
			{kString, kString, kString}, {kTime, kDuration, kTime}, {kDuration, kTime, kTime}, {kDuration, kDuration, kDuration},
		}, onNumbers...),
		summary: "numbers, times and durations; `+` also joins strings", example: `"Con" + "tractors"`, result: `"Contractors"`,
	},
	{
		names: []string{"-"}, binary: pairwise, call: calculated("-"),
		pairs: append([]pair{{kTime, kTime, kDuration}, {kTime, kDuration, kTime}, {kDuration, kDuration, kDuration}}, onNumbers...),
	},
	{
		names: []string{"not", "!"}, unary: negation,
		summary: "the opposite of a boolean", example: `not (inputs.group contains "x")`, result: `true`,
	},
	{
		names: []string{"*"}, binary: pairwise, call: calculated("*"),
		pairs:   append([]pair{{kDuration, kNumber, kDuration}, {kNumber, kDuration, kDuration}}, onNumbers...),
		summary: "`/` gives a decimal, `%` the remainder of integers", example: `7 % 3`, result: `1`,
	},
	{
		names: []string{"/"}, binary: pairwise, call: calculated("/"),
		pairs: []pair{{kNumber, kNumber, kFloat}, {kDuration, kDuration, kFloat}, {kDuration, kNumber, kDuration}},
	},
	{names: []string{"%"}, binary: pairwise, call: calculated("%"), pairs: []pair{{kNumber, kNumber, kInt}}},
	{
		names: []string{"-", "+"}, unary: sign,
		summary: "the sign of a number or a duration", example: `-(2 + 3)`, result: `-5`,
	},
	{
		names: []string{"**", "^"}, binary: pairwise, call: calculated("**"), pairs: []pair{{kNumber, kNumber, kFloat}},
		summary: "to the power of", example: `2 ** 10`, result: `1024`,
	},
	{
		names: []string{"??"}, binary: instead,
		summary: "a value in place of nil; with another operator to its right it needs `( )`", example: `(inputs.since ?? "") == ""`, result: `true`,
	},
}

// operatorsBy returns the operators for which hook is true, by each of their names.
func operatorsBy(hook func(op *operator) bool) map[string]*operator {
	named := map[string]*operator{}
	for i := range operators {
		if op := &operators[i]; hook(op) {
			for _, name := range op.names {
				named[name] = op
			}
		}
	}
	return named
}

var (
	binaryOperators = operatorsBy(func(op *operator) bool { return op.binary != nil })
	unaryOperators  = operatorsBy(func(op *operator) bool { return op.unary != nil })
)

// combine returns the type of the result for two types, from every combination of their kinds. If a side may be nil and
// no pair includes nil, the operator rejects it at run time. The result is nothing if no pair fits.
func combine(pairs []pair, l, r Type) Type {
	out := kinds(0)
	for a := kNil; a < kNothing; a <<= 1 {
		for b := kNil; b < kNothing; b <<= 1 {
			if !l.may(a) || !r.may(b) {
				continue
			}
			if i := slices.IndexFunc(pairs, func(p pair) bool { return p.left&a != 0 && p.right&b != 0 }); i >= 0 {
				out |= pairs[i].gives
			}
		}
	}
	if out == 0 {
		return nothing
	}
	return Type{set: out}
}

func sameAs(want bool) func(*evaluation, any, any) (any, error) {
	return func(ev *evaluation, a, b any) (any, error) {
		same, err := equal(ev, a, b)
		switch {
		case err != nil:
			return nil, err
		case same == maybe:
			return *ev.doubt, nil
		}
		return (same == yes) == want, nil
	}
}

func inOrder(accept func(int) bool) func(*evaluation, any, any) (any, error) {
	return func(ev *evaluation, a, b any) (any, error) {
		c, err := ev.compare(a, b)
		return accept(c), err
	}
}

func calculated(operator string) func(*evaluation, any, any) (any, error) {
	return func(ev *evaluation, a, b any) (any, error) { return arithmetic(ev, operator, a, b) }
}

func finds(operator string, find func(text, part string) bool) func(*evaluation, any, any) (any, error) {
	return func(ev *evaluation, a, b any) (any, error) {
		x, y, err := stringPair(ev, operator, a, b)
		return err == nil && find(x, y), err
	}
}
