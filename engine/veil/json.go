package veil

import (
	"bytes"
	"encoding/json"

	"github.com/flowdeck/flowdeck/engine/card"
)

// shortestNumber is the length of the shortest number that is hidden in JSON.
const shortestNumber = card.ShortestSecretNumber

// JSON hides the secrets in the strings of a JSON text, which stays valid and keeps its structure. A number that is a
// secret becomes a string. A text that is not valid JSON is handled as Text does.
func (v *Veil) JSON(data []byte) []byte {
	if v == nil {
		return data
	}
	v.mu.RLock()
	defer v.mu.RUnlock()
	if v.known.empty() {
		return data
	}
	if !json.Valid(data) {
		return v.hide(data)
	}
	var out bytes.Buffer
	for at := 0; at < len(data); {
		token := nextToken(data[at:])
		out.Write(v.token(token))
		at += len(token)
	}
	return out.Bytes()
}

// nextToken returns the string, with its quotes, or the number at the start of data, or everything before the next one.
func nextToken(data []byte) []byte {
	switch {
	case data[0] == '"':
		end := 1
		for end < len(data) && data[end] != '"' {
			if data[end] == '\\' {
				end++
			}
			end++
		}
		return data[:min(end+1, len(data))]
	case isDigit(data[0]):
		end := 1
		for end < len(data) && (isDigit(data[end]) || bytes.IndexByte([]byte("+.eE"), data[end]) >= 0) {
			end++
		}
		return data[:end]
	}
	for end, b := range data {
		if b == '"' || isDigit(b) {
			return data[:end]
		}
	}
	return data
}

// isDigit reports whether a number in JSON may start with this byte.
func isDigit(b byte) bool { return '0' <= b && b <= '9' || b == '-' }

// token hides the secrets in a token.
func (v *Veil) token(token []byte) []byte {
	switch {
	case token[0] == '"':
		return v.quoted(token)
	case len(token) >= shortestNumber && isDigit(token[0]) && v.known.has(token):
		return []byte(`"` + card.Hidden + `"`)
	}
	return token
}

// quoted hides the secrets in a string with its quotes. A string without secrets is returned as it is written.
func (v *Veil) quoted(token []byte) []byte {
	text := token[1 : len(token)-1]
	if bytes.IndexByte(text, '\\') >= 0 {
		var unquoted string
		_ = json.Unmarshal(token, &unquoted) // it is valid
		text = []byte(unquoted)
	}
	hidden := v.hide(text)
	if bytes.Equal(hidden, text) {
		return token
	}
	quoted, _ := card.EncodeJSON(string(hidden)) // no string fails
	return quoted
}
