package simhost

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"
)

// masked is a request's body as a journal keeps it: each letter of a secret is an x, and the rest is byte for byte as it
// came, keys that come twice included. What is left makes the same state, for a server that knows no more of a secret
// than how long it is. What is not a JSON document is nil.
func masked(body []byte, secrets [][]string) json.RawMessage {
	if !json.Valid(body) {
		return nil
	}
	m := masker{secrets: secrets, clean: bytes.Clone(body), tokens: json.NewDecoder(bytes.NewReader(body))}
	m.tokens.UseNumber() // no number is too large
	m.value(nil)
	return m.clean
}

// A masker goes through a JSON document, which it knows to be one.
type masker struct {
	secrets [][]string
	clean   []byte
	tokens  *json.Decoder
}

// value goes through the next value, which the path of keys leads to; lists are not part of a path.
func (m masker) value(path []string) {
	from := m.tokens.InputOffset()
	token, _ := m.tokens.Token()
	switch token := token.(type) {
	case string:
		if slices.ContainsFunc(m.secrets, func(secret []string) bool { return leads(path, secret) }) {
			mask(m.clean[from:m.tokens.InputOffset()], utf8.RuneCountInString(token))
		}
	case json.Delim:
		for m.tokens.More() {
			below := path
			if token == '{' {
				key, _ := m.tokens.Token()
				below = append(path, key.(string))
			}
			m.value(below)
		}
		m.tokens.Token() // its end
	}
}

// leads reports whether a path is a secret one, or below it. Keys count in any case, as the operations read them.
func leads(path, secret []string) bool {
	return len(path) >= len(secret) && slices.EqualFunc(path[:len(secret)], secret, strings.EqualFold)
}

// mask writes so many letters over a text, and blanks after it where it was longer, as one with escapes is.
func mask(text []byte, letters int) {
	text = text[bytes.IndexByte(text, '"'):]
	masked := append(append([]byte{'"'}, bytes.Repeat([]byte{'x'}, letters)...), '"')
	copy(text[copy(text, masked):], bytes.Repeat([]byte{' '}, len(text)))
}
