package expr

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine/words"
)

// kindOf returns the kind of a value inside an expression; 0 for a number that only json.Number can represent, and for
// anything outside of the value model.
func kindOf(v any) kinds {
	switch v.(type) {
	case nil:
		return kNil
	case bool:
		return kBool
	case int:
		return kInt
	case float64:
		return kFloat
	case string:
		return kString
	case instant:
		return kTime
	case time.Duration:
		return kDuration
	case []any:
		return kList
	case map[string]any:
		return kObject
	}
	return 0
}

// kindWord returns the kind of a value for messages.
func kindWord(v any) string {
	switch v := v.(type) {
	case json.Number:
		return "number too large or too precise for arithmetic"
	default:
		if word, ok := kindNames[kindOf(v)]; ok {
			return string(word)
		}
		return fmt.Sprintf("%T", v)
	}
}

// leave converts the result of an expression to the value model. Values that are in the model already are not copied.
//
// A few rounds of `[#acc, #acc]` make a value that is small in memory but huge when it is written. So leave counts its
// size as written.
func (ev *evaluation) leave(v any) (any, error) {
	out, _, err := ev.left(v, 0)
	return out, err
}

// Compose returns a value that was made of the values of expressions, as if an expression had made it: within the same limits
// of its size as written and of its depth. The error is an *Error, or the cause of ctx if ctx was canceled.
func Compose(ctx context.Context, v any) (any, error) {
	ev := newEvaluation(ctx, Scope{})
	defer ev.free()
	v, err := ev.leave(v)
	return v, place(err, span{})
}

// left implements leave; it also reports whether the value was changed.
func (ev *evaluation) left(v any, depth int) (out any, changed bool, err error) {
	if depth > maxNested {
		return nil, false, faultf("the result is nested more than %d deep", maxNested)
	}
	switch was := v; v := v.(type) {
	case string:
		return was, false, ev.writes(len(v)) // v would be allocated again
	case nil, bool, int, json.Number, Unknown:
		return v, false, nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, false, faultf("the result is not a finite number")
		}
		return v, false, nil
	case instant:
		return v.String(), true, nil
	case time.Duration:
		return v.String(), true, nil
	case []any:
		return ev.leftList(v, depth)
	case map[string]any:
		return ev.leftObject(v, depth)
	}
	return nil, false, faultf("%s is not a value", words.A(kindWord(v)))
}

func (ev *evaluation) leftList(list []any, depth int) (out any, changed bool, err error) {
	if list == nil {
		return []any{}, true, nil
	}
	if err := ev.holds(len(list), depth); err != nil {
		return nil, false, err
	}
	copied := list
	for i, e := range list {
		e, other, err := ev.left(e, depth+1)
		if err != nil {
			return nil, false, err
		}
		if !other {
			continue
		}
		if !changed {
			copied, changed = slices.Clone(list), true
		}
		copied[i] = e
	}
	return copied, changed, nil
}

func (ev *evaluation) leftObject(object map[string]any, depth int) (out any, changed bool, err error) {
	if object == nil {
		return map[string]any{}, true, nil
	}
	if err := ev.holds(len(object), depth); err != nil {
		return nil, false, err
	}
	copied := object
	for name, e := range object {
		if err := cmp.Or(ev.pause(), ev.writes(len(name))); err != nil {
			return nil, false, err
		}
		e, other, err := ev.left(e, depth+1)
		if err != nil {
			return nil, false, err
		}
		if !other {
			continue
		}
		if !changed {
			copied, changed = make(map[string]any, len(object)), true
			if err := ev.copyTo(copied, object); err != nil {
				return nil, false, err
			}
		}
		copied[name] = e
	}
	return copied, changed, nil
}

// scalarText converts a value to a string; it returns false for nil, a list and an object.
func scalarText(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case bool:
		return strconv.FormatBool(v), true
	case int:
		return strconv.Itoa(v), true
	case float64:
		return words.Number(v), true
	case json.Number:
		return v.String(), true
	case instant:
		return v.String(), true
	case time.Duration:
		return v.String(), true
	}
	return "", false
}

// number converts a JSON number: to an int or a float64 if that is exact; otherwise it stays a json.Number.
func number(n json.Number) any {
	text := n.String()
	if !strings.ContainsAny(text, ".eE") {
		if i, err := strconv.Atoi(text); err == nil {
			return i
		}
		return n
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || decimal(strconv.FormatFloat(f, 'e', -1, 64)) != decimal(text) {
		return n
	}
	return f
}

// decimal returns the canonical text of a number: its significant digits and the exponent.
func decimal(text string) string {
	mantissa, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	exp, err := strconv.Atoi(cmp.Or(exponent, "0"))
	if err != nil {
		return text
	}
	sign := ""
	if rest, ok := strings.CutPrefix(mantissa, "-"); ok {
		sign, mantissa = "-", rest
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	exp -= len(fraction)
	trimmed := strings.TrimRight(digits, "0")
	if trimmed == "" {
		return "0"
	}
	return sign + trimmed + "e" + strconv.Itoa(exp+len(digits)-len(trimmed))
}
