// Package expr is the expression language of the flows: what stands in ${ … } and behind if, when, until.
//
// It is the syntax of expr-lang inside a fence. Expressions are checked against types before they run, read no
// clock, no environment and no network, walk objects in the order of their sorted keys, and stop at a budget.
// The same expression over the same values gives the same result, on every machine and after every restart.
//
// How it works: expr-lang parses; [Compile] checks the tree against our own types and writes it anew, with every
// operator, field access and function as a call of ours; expr-lang's machine runs the new tree. Its checker, its
// optimizer and its built-in functions are never used: they know no nil, no places and no order.
//
// What it must not know: YAML, flows, steps, cards, connections. It sees text, types and values. It is the only
// importer of expr-lang.
//
// The value model, wherever a value enters or leaves: nil, bool, int, float64, string, []any, map[string]any, and
// json.Number for what neither int nor float64 can hold. Values are never changed once they are made, and a result
// may share its parts with the values it was made from.
package expr
