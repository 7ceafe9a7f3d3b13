// Package expr is the expression language of the flows: the expressions in ${ … } and of keys such as if, when, until.
//
// It is the syntax of expr-lang with restrictions. Expressions are checked against types before they run, read no
// clock, no environment and no network, walk objects in the order of their sorted keys, and stop at a budget.
// The same expression over the same values gives the same result, on every machine and after every restart.
//
// How it works: expr-lang parses; [Compile] checks the tree against our own types and makes a closure, a thunk, of
// every node; evaluation calls the outermost one. Functions and operators are tables of literals (functions*.go,
// operators.go), and the documentation is made from them. In a dry run values may be [Unknown].
//
// What it must not know: YAML, flows, steps, cards, connections. It sees strings, types and values. It is the only
// importer of expr-lang, and it imports its parser only.
//
// The value model, wherever a value enters or leaves: nil, bool, int, float64, string, []any, map[string]any, and
// json.Number for a number that neither int nor float64 can hold. Values are never changed once they are made, and a
// result may share its parts with the values it was made from.
package expr
