package card

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"reflect"
	"strconv"
	"strings"
)

// Value is what flows work on: nil, bool, int, float64, string, []any or map[string]any, and json.Number
// for a number that neither int nor float64 holds without a change.
type Value = any

// DecodeJSON reads one JSON value, losing nothing: nulls stay, an integer that fits becomes an int, a
// number that a float64 holds exactly as written becomes one, any other stays a json.Number.
func DecodeJSON(data []byte) (Value, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one JSON value")
	}
	return modelled(v), nil
}

// EncodeJSON writes a value as JSON, with the characters <, > and & as they are.
func EncodeJSON(v Value) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// modelled replaces every json.Number in v, in place, by the int or float64 that it is.
func modelled(v any) Value {
	switch v := v.(type) {
	case json.Number:
		return Number(v)
	case []any:
		for i, item := range v {
			v[i] = modelled(item)
		}
	case map[string]any:
		for name, field := range v {
			switch field.(type) {
			case json.Number, []any, map[string]any: // writing back the others would only cost time
				v[name] = modelled(field)
			}
		}
	}
	return v
}

// Number is the value of a number as JSON writes it: an int where it is one and fits, a float64 where
// that holds it to the last digit, else n itself.
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

// significant is a number's digits without sign, point, exponent and outer zeros.
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

// Raw is an answer kept as it came, described by T: the schema is T's, and the value goes through
// untouched, so that no attribute, null, big integer or time that T does not know, or would write
// otherwise, is lost.
type Raw[T any] struct{ Value Value }

func (r Raw[T]) value() Value            { return r.Value }
func (Raw[T]) describedBy() reflect.Type { return reflect.TypeFor[T]() }
