package expr

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
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

// left implements leave; it also reports whether the value was changed.
func (ev *evaluation) left(v any, depth int) (out any, changed bool, err error) {
	if depth > maxNested {
		return nil, false, faultf("the result is nested more than %d deep", maxNested)
	}
	switch v := v.(type) {
	case nil, bool, int, string, json.Number, Unknown:
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
	if err := ev.made(4 * len(list)); err != nil {
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
	if err := ev.made(4 * len(object)); err != nil {
		return nil, false, err
	}
	copied := object
	for name, e := range object {
		e, other, err := ev.left(e, depth+1)
		if err != nil {
			return nil, false, err
		}
		if !other {
			continue
		}
		if !changed {
			copied, changed = maps.Clone(object), true
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

// decode parses JSON into the value model.
func decode(text string) (any, error) {
	if !json.Valid([]byte(text)) { // a Decoder reads one value, and ignores what follows it
		return nil, words.NotJSON([]byte(text), json.Unmarshal([]byte(text), new(json.RawMessage)))
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, words.NotJSON([]byte(text), err)
	}
	return numbers(v), nil
}

// numbers converts every json.Number in a decoded value to the value model.
func numbers(v any) any {
	switch v := v.(type) {
	case json.Number:
		return number(v)
	case []any:
		for i, e := range v {
			v[i] = numbers(e)
		}
	case map[string]any:
		for name, e := range v {
			v[name] = numbers(e)
		}
	}
	return v
}

// encode formats a value as JSON on one line, with sorted keys.
func (ev *evaluation) encode(v any) (string, error) {
	v, err := ev.leave(v)
	if err != nil {
		return "", err
	}
	if err := ev.made(textSize(v)); err != nil {
		return "", err
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return "", err
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

// textSize estimates the number of bytes of the strings in a value.
func textSize(v any) int {
	n := 0
	switch v := v.(type) {
	case string:
		n = len(v)
	case []any:
		for _, e := range v {
			n += textSize(e)
		}
	case map[string]any:
		for name, e := range v {
			n += len(name) + textSize(e)
		}
	}
	return n
}

// sortedKeys returns the names of an object in the order in which objects are walked.
func sortedKeys(object map[string]any) []string { return slices.Sorted(maps.Keys(object)) }
