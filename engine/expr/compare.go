package expr

import (
	"cmp"
	"encoding/json"
	"math"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine/words"
)

// truth is a boolean, or maybe if it depends on an Unknown.
type truth int8

const (
	no truth = iota
	yes
	maybe
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

// equal compares two values: numbers by value, whatever their types, and times by the moment. The result is maybe if it
// depends on an Unknown, which is then stored as the evaluation's doubt.
func equal(ev *evaluation, a, b any) (truth, error) {
	if u, ok := b.(Unknown); ok {
		ev.doubtful(u)
		return maybe, nil
	}
	switch x := a.(type) {
	case nil:
		return truthOf(b == nil), nil
	case bool:
		y, ok := b.(bool)
		return truthOf(ok && x == y), nil
	case string:
		y, ok := b.(string)
		if !ok || len(x) != len(y) {
			return no, nil
		}
		return truthOf(x == y), ev.spend(len(x))
	case int, float64, json.Number:
		return truthOf(equalNumbers(a, b)), nil
	case instant:
		y, ok := b.(instant)
		return truthOf(ok && x.t.Equal(y.t)), nil
	case time.Duration:
		y, ok := b.(time.Duration)
		return truthOf(ok && x == y), nil
	case []any:
		if y, ok := b.([]any); ok {
			return equalLists(ev, x, y)
		}
	case map[string]any:
		if y, ok := b.(map[string]any); ok {
			return equalObjects(ev, x, y)
		}
	case Unknown:
		ev.doubtful(x)
		return maybe, nil
	}
	return no, nil
}

func equalLists(ev *evaluation, x, y []any) (truth, error) {
	if len(x) != len(y) {
		return no, nil
	}
	if err := ev.spend(elementSize * len(x)); err != nil {
		return no, err
	}
	all := yes
	for i := range x {
		if err := ev.pause(); err != nil {
			return no, err
		}
		switch same, err := equal(ev, x[i], y[i]); {
		case same == no:
			return no, err
		case same == maybe:
			all = maybe
		}
	}
	return all, nil
}

func equalObjects(ev *evaluation, x, y map[string]any) (truth, error) {
	if err := ev.spend(elementSize * len(x)); err != nil {
		return no, err
	}
	if ev.scope.Dry {
		return equalInDryRun(ev, x, y)
	}
	if len(x) != len(y) {
		return no, nil
	}
	for name, v := range x {
		if err := ev.pause(); err != nil {
			return no, err
		}
		w, ok := y[name]
		if !ok {
			return no, nil
		}
		if same, err := equal(ev, v, w); same != yes {
			return same, err
		}
	}
	return yes, nil
}

// equalInDryRun compares objects in a dry run, in which a field that is Unknown may also be missing.
func equalInDryRun(ev *evaluation, x, y map[string]any) (truth, error) {
	all := yes
	both := make(map[string]any, len(x))
	if err := cmp.Or(ev.copyTo(both, x), ev.copyTo(both, y)); err != nil {
		return no, err
	}
	names, err := ev.names(both)
	if err != nil {
		return no, err
	}
	for _, name := range names {
		v, left := x[name]
		w, right := y[name]
		if left && right {
			same, err := equal(ev, v, w)
			if same == no {
				return no, err
			}
			all = max(all, same)
			continue
		}
		u, ok := both[name].(Unknown)
		if !ok {
			return no, nil
		}
		ev.doubtful(u)
		all = maybe
	}
	return all, nil
}

// in reports whether a list contains an element or an object a name.
func in(ev *evaluation, v, of any) (any, error) {
	switch of := of.(type) {
	case []any:
		if err := ev.spend(len(of)); err != nil {
			return nil, err
		}
		some := no
		for _, e := range of {
			same, err := equal(ev, v, e)
			if same == yes || err != nil {
				return true, err
			}
			some = max(some, same)
		}
		if some == maybe {
			return *ev.doubt, nil
		}
		return false, nil
	case map[string]any:
		name, ok := v.(string)
		if !ok {
			return nil, mustBe("the name of a field", "string", kindWord(v))
		}
		if err := ev.spend(len(name)); err != nil {
			return nil, err
		}
		field, ok := of[name]
		if u, unknown := field.(Unknown); unknown {
			return u, nil
		}
		return ok, nil
	}
	_, text := of.(string)
	return nil, notContainer(kindWord(of), text)
}

// notContainer returns the fault of the right side of `in`.
func notContainer(kind string, text bool) *fault {
	f := mustBe("the right side of in", "list or object", kind)
	switch {
	case text:
		f.hint = `for a part of a string, write: text contains "part"`
	case kind == string(KindNil):
		f.hint = "give a value for that case, as in x ?? []"
	}
	return f
}

func equalNumbers(a, b any) bool {
	switch x := a.(type) {
	case int:
		switch y := b.(type) {
		case int:
			return x == y
		case float64:
			return orderMixed(x, y) == 0
		}
	case float64:
		switch y := b.(type) {
		case int:
			return orderMixed(y, x) == 0
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

// orderMixed compares an integer and a float64 exactly: above 2^53 many integers round to the same float64.
func orderMixed(i int, f float64) int {
	whole, fraction := math.Modf(f)
	switch {
	case whole >= math.MaxInt64: // 2^63 as a float64
		return -1
	case whole < math.MinInt64:
		return 1
	}
	return cmp.Or(order(i, int(whole)), order(0, fraction))
}

func isNumber(v any) bool {
	switch v.(type) {
	case int, float64, json.Number:
		return true
	}
	return false
}

// compare counts its work, and orders two values of the same kind.
func (ev *evaluation) compare(a, b any) (int, error) {
	work := 1
	x, ok := a.(string)
	if y, both := b.(string); ok && both {
		work += min(len(x), len(y))
	}
	if err := ev.spend(work); err != nil {
		return 0, err
	}
	return compare(a, b)
}

// compare orders two values of the same kind. The result is negative, zero or positive.
func compare(a, b any) (int, error) {
	switch x := a.(type) {
	case int:
		switch y := b.(type) {
		case int:
			return order(x, y), nil
		case float64:
			return orderMixed(x, y), nil
		}
	case float64:
		switch y := b.(type) {
		case int:
			return -orderMixed(y, x), nil
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

// order compares two values of the same type.
func order[T int | float64 | time.Duration](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// mismatch returns the fault of two operands whose kinds cannot be combined.
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
		f.hint = "date(string) converts a string to a time"
	case a == "duration" && b == "string" || a == "string" && b == "duration":
		f.hint = `duration("36h") converts a string to a duration`
	case isTime(a) != isTime(b):
		f.hint = "days(n) and hours(n) convert a number to a duration"
	case (a == "string") != (b == "string"):
		f.hint = "string(x) converts a value to a string, int(x) and float(x) a string to a number"
	}
	return f
}
