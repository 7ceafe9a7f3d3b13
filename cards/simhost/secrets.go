package simhost

import (
	"bytes"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// masked returns the body of a request in the form that a journal stores: each character of a secret is replaced by
// an x, and all other bytes are unchanged, including duplicate keys. Replayed, it results in the same state if the
// server uses only the length of a secret. The result is nil if the body is not JSON.
func masked(body []byte, secrets [][]string) json.RawMessage {
	if !json.Valid(body) {
		return nil
	}
	m := masker{secrets: secrets, clean: bytes.Clone(body), tokens: json.NewDecoder(bytes.NewReader(body))}
	m.tokens.UseNumber() // accepts numbers of any size
	m.value(nil)
	return m.clean
}

// maskedURI returns the URI of a request in the form that a journal stores: in parameters with the name of a secret,
// each character is replaced by an x.
func maskedURI(u *url.URL, secrets [][]string) string {
	clean := *u
	parts := strings.Split(u.RawQuery, "&")
	for i, part := range parts {
		name, value, _ := strings.Cut(part, "=")
		plain, err := url.QueryUnescape(name)
		if err == nil && slices.ContainsFunc(secrets, func(secret []string) bool { return strings.EqualFold(plain, secret[len(secret)-1]) }) {
			parts[i] = name + "=" + strings.Repeat("x", len(value))
		}
	}
	clean.RawQuery = strings.Join(parts, "&")
	return clean.RequestURI()
}

// A masker masks the secrets of a valid JSON document.
type masker struct {
	secrets [][]string
	clean   []byte
	tokens  *json.Decoder
}

// value processes the next value, which is at a path of keys. Lists are not part of a path.
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
		m.tokens.Token() // the closing bracket
	}
}

// leads reports whether a path is at or below a secret. Keys are compared ignoring case, as in encoding/json.
func leads(path, secret []string) bool {
	return len(path) >= len(secret) && slices.EqualFunc(path[:len(secret)], secret, strings.EqualFold)
}

// mask overwrites a text with x, one for each letter. It fills the rest with spaces, because escapes make a text
// longer.
func mask(text []byte, letters int) {
	text = text[bytes.IndexByte(text, '"'):]
	masked := append(append([]byte{'"'}, bytes.Repeat([]byte{'x'}, letters)...), '"')
	copy(text[copy(text, masked):], bytes.Repeat([]byte{' '}, len(text)))
}
