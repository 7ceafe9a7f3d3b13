package expr

import (
	"math"
	"time"
)

// arithmetic computes one of + - * / % **. An integer overflow and a result that is not finite are faults.
func arithmetic(ev *evaluation, operator string, a, b any) (any, error) {
	switch x := a.(type) {
	case int:
		switch y := b.(type) {
		case int:
			return integers(operator, x, y)
		case float64:
			return floats(operator, float64(x), y)
		case time.Duration:
			if operator == "*" {
				return scale(y, float64(x))
			}
		}
	case float64:
		switch y := b.(type) {
		case int:
			return floats(operator, x, float64(y))
		case float64:
			return floats(operator, x, y)
		case time.Duration:
			if operator == "*" {
				return scale(y, x)
			}
		}
	case string:
		if y, ok := b.(string); ok && operator == "+" {
			return x + y, ev.made(len(x) + len(y))
		}
	case instant:
		switch y := b.(type) {
		case instant:
			if operator == "-" {
				return between(y, x)
			}
		case time.Duration:
			switch operator {
			case "+":
				return x.add(y)
			case "-":
				if y == math.MinInt64 {
					return nil, tooLong()
				}
				return x.add(-y)
			}
		}
	case time.Duration:
		return durations(operator, x, b)
	}
	return nil, mismatch(verbOf(operator), a, b)
}

// verbs are the names of the operators in messages. Operators without an entry compare.
var verbs = map[string]string{
	"+": "add", "-": "subtract", "*": "multiply", "/": "divide", "%": "divide", "**": "raise",
}

func verbOf(operator string) string {
	if verb, ok := verbs[operator]; ok {
		return verb
	}
	return "compare"
}

func integers(operator string, x, y int) (any, error) {
	switch operator {
	case "+":
		if sum := x + y; (sum > x) == (y > 0) {
			return sum, nil
		}
	case "-":
		if difference := x - y; (difference < x) == (y > 0) {
			return difference, nil
		}
	case "*":
		if x == 0 || y == 0 {
			return 0, nil
		}
		if product := x * y; product/y == x && (x != -1 || y != math.MinInt64) && (y != -1 || x != math.MinInt64) {
			return product, nil
		}
	case "%":
		if y == 0 {
			return nil, byZero()
		}
		if y == -1 { // the processor traps on the smallest integer
			return 0, nil
		}
		return x % y, nil
	default:
		return floats(operator, float64(x), float64(y))
	}
	return nil, faultf("the result overflows 64 bits")
}

func floats(operator string, x, y float64) (any, error) {
	var f float64
	switch operator {
	case "+":
		f = x + y
	case "-":
		f = x - y
	case "*":
		f = x * y
	case "/":
		if y == 0 {
			return nil, byZero()
		}
		f = x / y
	case "%":
		i, ok := whole(x)
		j, ok2 := whole(y)
		if !ok || !ok2 {
			return nil, mustBe("the operand of %", "integer", "decimal").withHint("int(x) cuts off the fraction")
		}
		return integers(operator, i, j)
	default:
		f = math.Pow(x, y)
	}
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, faultf("the result is not a finite number")
	}
	return f, nil
}

func durations(operator string, x time.Duration, b any) (any, error) {
	switch y := b.(type) {
	case time.Duration:
		switch operator {
		case "+", "-":
			sum, err := integers(operator, int(x), int(y))
			if err != nil {
				return nil, tooLong()
			}
			return time.Duration(sum.(int)), nil
		case "/":
			return floats("/", float64(x), float64(y))
		}
	case instant:
		if operator == "+" {
			return y.add(x)
		}
	case int, float64:
		f := float(y)
		switch operator {
		case "*":
			return scale(x, f)
		case "/":
			if f == 0 {
				return nil, byZero()
			}
			return scale(x, 1/f)
		}
	}
	return nil, mismatch(verbOf(operator), x, b)
}

func byZero() *fault { return faultf("division by zero") }

// negate returns a number or duration with the opposite sign.
func negate(v any) (any, error) {
	switch v := v.(type) {
	case int:
		return integers("-", 0, v)
	case float64:
		return -v, nil
	case time.Duration:
		return durations("-", 0, v)
	}
	return nil, mustBe("the operand of -", "number", kindWord(v))
}

// positive returns a number unchanged: it is the unary +.
func positive(v any) (any, error) {
	if kindOf(v)&kNumber == 0 {
		return nil, mustBe("the operand of +", "number", kindWord(v))
	}
	return v, nil
}

// float converts an int or a float64 to a float64.
func float(v any) float64 {
	if i, ok := v.(int); ok {
		return float64(i)
	}
	f, _ := v.(float64)
	return f
}

// rangeOf returns the list of the integers from a to b.
func rangeOf(ev *evaluation, a, b any) (any, error) {
	from, ok := whole(a)
	to, ok2 := whole(b)
	if !ok || !ok2 {
		wrong := a
		if ok {
			wrong = b
		}
		return nil, mustBe("the operand of ..", "integer", kindWord(wrong))
	}
	if from > to {
		return []any{}, nil
	}
	if span := uint64(to) - uint64(from); span >= maxMemory {
		return nil, tooMuch("the range has more than %d elements", maxMemory)
	}
	n := to - from + 1
	if err := ev.made(elementSize * n); err != nil {
		return nil, err
	}
	list := make([]any, n)
	for i := range list {
		list[i] = from + i
	}
	return list, nil
}
