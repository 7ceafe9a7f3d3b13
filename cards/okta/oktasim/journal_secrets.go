package oktasim

import (
	"bytes"
	"encoding/json"
	"strings"
)

// withoutSecrets is a request's body as a journal keeps it: each letter of a password, a hash or a recovery
// answer is an x. What is left makes the same org, which knows only whether somebody has a password. What is
// no JSON document is nil: no operation read it.
func withoutSecrets(body []byte) json.RawMessage {
	var v any
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber() // numbers keep their digits
	if d.Decode(&v) != nil || d.More() {
		return nil
	}
	for _, path := range [][]string{
		{"credentials", "password"}, {"credentials", "recovery_question", "answer"},
		{"password"}, {"recovery_question", "answer"}, {"oldPassword"}, {"newPassword"},
	} {
		v = masked(v, path)
	}
	clean, err := json.Marshal(v)
	if err != nil {
		return nil // it came out of a JSON document, so it is one
	}
	return clean
}

// masked is a value with all texts below a path masked. Keys count in any case, as the operations read them.
func masked(v any, path []string) any {
	switch v := v.(type) {
	case string:
		if len(path) == 0 {
			return strings.Repeat("x", len([]rune(v)))
		}
	case []any:
		if len(path) == 0 {
			for i := range v {
				v[i] = masked(v[i], path)
			}
		}
	case map[string]any:
		for key, inner := range v {
			switch {
			case len(path) == 0:
				v[key] = masked(inner, path)
			case strings.EqualFold(key, path[0]):
				v[key] = masked(inner, path[1:])
			}
		}
	}
	return v
}
