package expr

import (
	"crypto/sha256"
	"encoding/json"
	"strconv"
	"time"
)

// identity returns a string that is the same for equal values and different for others: a text or, if that is long, its
// hash. The identity of a list or an object is built from those of its elements, so that it needs little memory.
func identity(ev *evaluation, v any) (string, error) {
	var text []byte
	switch v := v.(type) {
	case nil:
		text = append(text, 'z')
	case bool:
		text = strconv.AppendBool(text, v)
	case string:
		text = appendSized(text, 's', v)
	case int, float64, json.Number:
		digits, _ := scalarText(v)
		text = appendSized(text, 'n', decimal(digits))
	case instant:
		text = v.t.UTC().AppendFormat(append(text, 't'), time.RFC3339Nano)
	case time.Duration:
		text = strconv.AppendInt(append(text, 'd'), int64(v), 10)
	case []any:
		text = append(text, 'l')
		for _, e := range v {
			id, err := identity(ev, e)
			if err != nil {
				return "", err
			}
			text = appendSized(text, 'e', id)
		}
	case map[string]any:
		text = append(text, 'o')
		names, err := ev.names(v)
		if err != nil {
			return "", err
		}
		for _, name := range names {
			id, err := identity(ev, v[name])
			if err != nil {
				return "", err
			}
			text = appendSized(appendSized(text, 'k', name), 'e', id)
		}
	}
	if err := ev.spend(len(text)); err != nil {
		return "", err
	}
	if len(text) > sha256.Size {
		hash := sha256.Sum256(text)
		text = append(hash[:], 'h') // longer than any text that is not hashed
	}
	return string(text), nil
}

// appendSized appends a part of an identity with its length, so that it cannot be confused with two parts.
func appendSized(to []byte, kind byte, part string) []byte {
	to = strconv.AppendInt(append(to, kind), int64(len(part)), 10)
	return append(append(to, ':'), part...)
}
