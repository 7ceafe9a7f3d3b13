package expr

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

var numberFunctions = []definition{
	{
		theme: "number", name: "int", params: []param{one("value", Type{set: kNumber | kString})}, returns: Int,
		call: func(_ *evaluation, args []any) (any, error) {
			if text, ok := args[0].(string); ok {
				if n, err := strconv.Atoi(strings.TrimSpace(text)); err == nil {
					return n, nil
				}
				return nil, faultf("int: %q is not an integer", text).at(0)
			}
			return toInt(math.Trunc, args[0])
		},
		summary: "An integer, from a number (its fraction is cut off) or a string.",
		example: `int("42") + int(1.9)`, result: `43`,
	},
	{
		theme: "number", name: "float", params: []param{one("value", Type{set: kNumber | kString})}, returns: Float,
		call: func(_ *evaluation, args []any) (any, error) {
			text, ok := args[0].(string)
			if !ok {
				return float(args[0]), nil
			}
			if f, ok := parseFloat(strings.TrimSpace(text)); ok {
				return f, nil
			}
			return nil, faultf("float: %q is not a number", text).at(0)
		},
		summary: "A decimal, from a number or a string.",
		example: `float("1.5") * 2`, result: `3`,
	},
	rounding("round", math.Round, "The nearest integer; a half is rounded away from 0.", `round(2.5)`, `3`),
	rounding("floor", math.Floor, "The greatest integer that is not greater than n.", `floor(-1.5)`, `-2`),
	rounding("ceil", math.Ceil, "The least integer that is not less than n.", `ceil(1.2)`, `2`),
	{
		theme: "number", name: "abs", params: []param{one("n", Type{set: kNumber | kDuration})}, returns: Type{set: kNumber | kDuration},
		infer: func(_ *checker, args []operand) Type {
			return Type{set: args[0].typ.kinds() & (kNumber | kDuration | kNothing)}
		},
		call: func(_ *evaluation, args []any) (any, error) {
			zero := args[0]
			switch zero.(type) {
			case int, float64:
				zero = 0
			default:
				zero, _ = scale(1, 0)
			}
			if c, err := compare(args[0], zero); err != nil || c >= 0 {
				return args[0], err
			}
			return negate(args[0])
		},
		summary: "The number or duration without its sign.",
		example: `abs(-3)`, result: `3`,
	},
	extreme("min", -1, "The least of the values, or of the elements of one list; nil for an empty list.", `min(3, 1, 2)`, `1`),
	extreme("max", 1, "The greatest of the values, or of the elements of one list; nil for an empty list.", `max([date("2026-01-01"), date("2026-02-01")])`, `"2026-02-01T00:00:00Z"`),
	{
		theme: "number", name: "mean", params: []param{one("list", ListOf(Number))}, returns: Float.OrNil(),
		call: func(ev *evaluation, args []any) (any, error) {
			list := args[0].([]any)
			if len(list) == 0 {
				return nil, nil
			}
			if err := numeric("mean", list); err != nil {
				return nil, err
			}
			if err := ev.spend(len(list)); err != nil {
				return nil, err
			}
			n, total, scaled := float64(len(list)), 0.0, 0.0
			for _, e := range list {
				total += float(e)
				scaled += float(e) / n
			}
			if math.IsInf(total, 0) { // the mean is within the numbers
				return scaled, nil
			}
			return total / n, nil
		},
		summary: "The mean of the numbers; nil for an empty list.",
		example: `mean([1, 2, 6])`, result: `3`,
	},
	{
		theme: "number", name: "median", params: []param{one("list", ListOf(Number))}, returns: Float.OrNil(),
		call: func(ev *evaluation, args []any) (any, error) {
			list := args[0].([]any)
			if len(list) == 0 {
				return nil, nil
			}
			if err := numeric("median", list); err != nil {
				return nil, err
			}
			if err := ev.made(elementSize * len(list)); err != nil {
				return nil, err
			}
			numbers := make([]float64, len(list))
			for i, n := range list {
				numbers[i] = float(n)
			}
			slices.Sort(numbers)
			half := len(numbers) / 2
			if len(numbers)%2 == 1 {
				return numbers[half], nil
			}
			return numbers[half-1]/2 + numbers[half]/2, nil
		},
		summary: "The middle one of the sorted numbers, or the mean of the two in the middle; nil for an empty list.",
		example: `median([9, 1, 2])`, result: `2`,
	},
	{
		theme: "number", name: "type", light: true, shallow: true, params: []param{one("value", Any)}, returns: String,
		call: func(_ *evaluation, args []any) (any, error) {
			if isNumber(args[0]) {
				return string(KindNumber), nil
			}
			return kindWord(args[0]), nil
		},
		summary: "The kind of a value: nil, boolean, number, string, list, object, time or duration.",
		example: `type([])`, result: `"list"`,
	},
}

// parseFloat reads a number in decimal digits: strconv also takes 0x1p4, 1_000 and inf.
func parseFloat(text string) (float64, bool) {
	if strings.Trim(text, "+-.0123456789eE") != "" {
		return 0, false
	}
	f, err := strconv.ParseFloat(text, 64)
	return f, err == nil
}

func rounding(name string, f func(float64) float64, summary, example, result string) definition {
	return definition{
		theme: "number", name: name, params: []param{one("n", Number)}, returns: Int,
		call:    func(_ *evaluation, args []any) (any, error) { return toInt(f, args[0]) },
		summary: summary, example: example, result: result,
	}
}

// toInt rounds a number with f; an integer is returned unchanged.
func toInt(f func(float64) float64, v any) (any, error) {
	if i, ok := v.(int); ok {
		return i, nil
	}
	n, ok := whole(f(float(v)))
	if !ok {
		return nil, faultf("the result overflows 64 bits").at(0)
	}
	return n, nil
}

func extreme(name string, sign int, summary, example, result string) definition {
	return definition{
		theme: "number", name: name, params: []param{one("value", Any), repeated("values", Any)}, returns: Any,
		written: fmt.Sprintf("%s(value, values…) any", name),
		infer: func(_ *checker, args []operand) Type {
			if len(args) > 1 {
				t := nothing
				for _, a := range args {
					t = t.Or(a.typ)
				}
				return t
			}
			switch t := args[0].typ; {
			case t.kinds() == kList:
				return listElem(t).OrNil()
			case t.may(kList):
				return Any
			default:
				return t
			}
		},
		call: func(ev *evaluation, args []any) (any, error) {
			list := args
			if of, ok := args[0].([]any); ok && len(args) == 1 {
				list = of
			}
			if len(list) == 0 {
				return nil, nil
			}
			best := list[0]
			for i, v := range list {
				if v == nil {
					return nil, mustBe(fmt.Sprintf("value %d of %s", i+1, name), "number, string, time or duration", "nil").
						withHint("leave out nil: filter(list, # != nil)")
				}
				c, err := ev.compare(v, best)
				if err != nil {
					return nil, err
				}
				if c*sign > 0 {
					best = v
				}
			}
			return best, nil
		},
		summary: summary, example: example, result: result,
	}
}

func numeric(name string, list []any) error {
	for i, e := range list {
		if kindOf(e)&kNumber == 0 {
			return mustBe(fmt.Sprintf("element %d of %s", i, name), "number", kindWord(e)).at(0)
		}
	}
	return nil
}
