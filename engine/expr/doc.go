// Package expr is the expression language of flows: expressions in ${ … } and in keys such as if, when and until.
//
// It is a subset of the syntax of expr-lang. Expressions are checked against types before they run. They cannot read
// the clock, the environment or the network, they walk objects in the order of their sorted keys, and they have a
// budget. The same expression over the same values has the same result, on every machine and after every restart.
//
// How it works: expr-lang parses the text. [Compile] checks the tree against our own types and makes a thunk (a
// closure) for every node; evaluation calls the outermost thunk. Functions and operators are tables of literals
// (functions*.go, operators.go), from which the documentation is generated. In a dry run values may be [Unknown].
//
// It must not know YAML, flows, steps, cards or connections. It only knows strings, types and values. No other package
// may import expr-lang, and this one imports its parser only.
//
// Values that enter or leave are in the value model: nil, bool, int, float64, string, []any, map[string]any, and
// json.Number for a number that neither int nor float64 can represent. Values are never changed after they are made,
// and a result may share its parts with the values it was made from.
package expr
