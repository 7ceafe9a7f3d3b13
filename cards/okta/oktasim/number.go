package oktasim

import (
	"cmp"
	"strconv"
	"strings"
)

// compareNumbers compares numbers by value: 5 equals 5.0, and 10 is greater than 9. Other strings are not compared.
// Integers are equal if their digits are equal, because a float64 cannot represent long ones.
func (o operator) compareNumbers(value, with string) bool {
	a, errA := strconv.ParseFloat(value, 64)
	b, errB := strconv.ParseFloat(with, 64)
	order := cmp.Compare(a, b)
	switch {
	case errA != nil || errB != nil:
		return false
	case order == 0 && !strings.ContainsAny(value+with, ".eE") && len(value) == len(with):
		order = strings.Compare(value, with)
	}
	switch o {
	case equals:
		return order == 0
	case greater:
		return order > 0
	case greaterEqual:
		return order >= 0
	case less:
		return order < 0
	case lessEqual:
		return order <= 0
	}
	return false
}
