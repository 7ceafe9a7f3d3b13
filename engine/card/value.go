package card

import (
	"bytes"
	"encoding/json"
	"math"
	"reflect"
	"strconv"
	"strings"
)

// Value is a value of a flow: nil, bool, int, float64, string, []any or map[string]any, or json.Number for a number
// that neither int nor float64 represents exactly.
type Value = any

// EncodeJSON writes a value as JSON, without escaping <, > and &.
func EncodeJSON(v Value) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// Number returns the value of a JSON number: an int if it is an integer and fits, a float64 if that represents it to
// the last digit, otherwise n itself.
func Number(n json.Number) Value {
	text := string(n)
	if !strings.ContainsAny(text, ".eE") {
		if i, err := strconv.Atoi(text); err == nil {
			return i
		}
		return n
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(f, 0) {
		return n
	}
	if significant(text) != significant(strconv.FormatFloat(f, 'e', -1, 64)) {
		return n
	}
	return f
}

// significant returns a number's digits without sign, point, exponent and outer zeros.
func significant(number string) string {
	mantissa, _, _ := strings.Cut(strings.ToLower(number), "e")
	digits := strings.Map(func(r rune) rune {
		if r == '-' || r == '.' {
			return -1
		}
		return r
	}, mantissa)
	return strings.Trim(digits, "0")
}

// Raw is an answer that is passed on unchanged and described by T: the schema is that of T, and no
// attribute, null, big integer or time format that T does not know is lost.
type Raw[T any] struct{ Value Value }

func (r Raw[T]) value() Value            { return r.Value }
func (r *Raw[T]) set(v Value)            { r.Value = v }
func (Raw[T]) describedBy() reflect.Type { return reflect.TypeFor[T]() }
