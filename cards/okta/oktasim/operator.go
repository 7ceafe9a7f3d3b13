package oktasim

import "strings"

// An operator compares an attribute with the value of an expression.
type operator string

const (
	equals       operator = "eq"
	differs      operator = "ne"
	startsWith   operator = "sw"
	endsWith     operator = "ew"
	contains     operator = "co"
	greater      operator = "gt"
	greaterEqual operator = "ge"
	less         operator = "lt"
	lessEqual    operator = "le"
	present      operator = "pr" // has no value
)

// ordering are the operators that compare times.
var ordering = []operator{equals, greater, greaterEqual, less, lessEqual}

func (o operator) compare(value, with string) bool {
	switch o {
	case startsWith:
		return strings.HasPrefix(value, with)
	case endsWith:
		return strings.HasSuffix(value, with)
	case contains:
		return strings.Contains(value, with)
	case differs:
		return value != with
	case greater:
		return value > with
	case greaterEqual:
		return value >= with
	case less:
		return value < with
	case lessEqual:
		return value <= with
	case present:
		return true
	}
	return value == with
}

func joinOperators(list []operator) string {
	words := make([]string, len(list))
	for i, o := range list {
		words[i] = string(o)
	}
	return strings.Join(words, ", ")
}
