package expr

import (
	"encoding/json"
	"math"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine/words"
)

// equal compares two values. Numbers are equal by what they are worth, times by the moment they are.
func equal(ev *evaluation, a, b any) (bool, error) {
	switch x := a.(type) {
	case nil:
		return b == nil, nil
	case bool:
		y, ok := b.(bool)
		return ok && x == y, nil
	case string:
		y, ok := b.(string)
		return ok && x == y, nil
	case int, float64, json.Number:
		return equalNumbers(a, b), nil
	case instant:
		y, ok := b.(instant)
		return ok && x.t.Equal(y.t), nil
	case time.Duration:
		y, ok := b.(time.Duration)
		return ok && x == y, nil
	case []any:
		y, ok := b.([]any)
		if !ok || len(x) != len(y) {
			return false, nil
		}
		if err := ev.spend(elementSize * len(x)); err != nil {
			return false, err
		}
		for i := range x {
			if same, err := equal(ev, x[i], y[i]); !same {
				return false, err
			}
		}
		return true, nil
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok || len(x) != len(y) {
			return false, nil
		}
		if err := ev.spend(elementSize * len(x)); err != nil {
			return false, err
		}
		for name, v := range x {
			w, ok := y[name]
			if !ok {
				return false, nil
			}
			if same, err := equal(ev, v, w); !same {
				return false, err
			}
		}
		return true, nil
	}
	return false, nil
}

func equalNumbers(a, b any) bool {
	switch x := a.(type) {
	case int:
		switch y := b.(type) {
		case int:
			return x == y
		case float64:
			return equalMixed(x, y)
		}
	case float64:
		switch y := b.(type) {
		case int:
			return equalMixed(y, x)
		case float64:
			return x == y
		}
	}
	if !isNumber(a) || !isNumber(b) {
		return false
	}
	x, _ := scalarText(a)
	y, _ := scalarText(b)
	return decimal(x) == decimal(y)
}

// equalMixed compares exactly: above 2^53 a float64 stands for many integers.
func equalMixed(i int, f float64) bool {
	return f >= math.MinInt64 && f < math.MaxInt64 && f == math.Trunc(f) && int(f) == i
}

func isNumber(v any) bool {
	switch v.(type) {
	case int, float64, json.Number:
		return true
	}
	return false
}

// compare orders two values of one kind: negative, zero or positive.
func compare(a, b any) (int, error) {
	switch x := a.(type) {
	case int:
		switch y := b.(type) {
		case int:
			return order(x, y), nil
		case float64:
			return order(float64(x), y), nil
		}
	case float64:
		switch y := b.(type) {
		case int:
			return order(x, float64(y)), nil
		case float64:
			return order(x, y), nil
		}
	case string:
		if y, ok := b.(string); ok {
			return strings.Compare(x, y), nil
		}
	case instant:
		if y, ok := b.(instant); ok {
			return x.t.Compare(y.t), nil
		}
	case time.Duration:
		if y, ok := b.(time.Duration); ok {
			return order(x, y), nil
		}
	}
	return 0, mismatch("compare", a, b)
}

func order[T int | float64 | time.Duration](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// mismatch is the fault of two operands that do not go together.
func mismatch(verb string, a, b any) *fault {
	return mismatched(verb, kindWord(a), kindWord(b))
}

func mismatched(verb, a, b string) *fault {
	f := faultf("cannot %s %s and %s", verb, words.A(a), words.A(b))
	isTime := func(k string) bool { return k == "time" || k == "duration" }
	switch {
	case a == "nil" && b == string(KindString), b == "nil" && a == string(KindString):
		f.hint = `give a value for that case, as in x ?? ""`
	case a == "nil" || b == "nil":
		f.hint = "give a value for that case, as in x ?? 0"
	case verb == "compare" && a == b:
		f.hint = "sortBy(list, .name) orders by a field"
	case verb == "add" && strings.HasPrefix(a, "list") && strings.HasPrefix(b, "list"):
		f.hint = "concat(list, list) joins lists"
	case verb == "add" && a == "object" && b == "object":
		f.hint = "merge(object, object) joins objects"
	case a == "time" && b == "string" || a == "string" && b == "time":
		f.hint = "date(text) makes a time of a string"
	case a == "duration" && b == "string" || a == "string" && b == "duration":
		f.hint = `duration("36h") makes a duration of a string`
	case isTime(a) != isTime(b):
		f.hint = "days(n) and hours(n) make a duration of a number"
	case (a == "string") != (b == "string"):
		f.hint = "string(x) makes text of a value, int(x) and float(x) a number of text"
	}
	return f
}
