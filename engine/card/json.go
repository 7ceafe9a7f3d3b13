package card

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"github.com/flowdeck/flowdeck/engine/words"
)

// DecodeJSON reads one JSON value without losing anything: nulls stay, an integer that fits becomes an int, a
// number that a float64 represents exactly becomes one, and any other stays a json.Number. If a name occurs twice in an
// object, the last value wins.
//
// encoding/json validates the text and makes the error. It does not make the value: it keeps numbers exact
// only in a Decoder, which copies the text and would need a second pass over the value.
func DecodeJSON(data []byte) (Value, error) {
	if !json.Valid(data) {
		var v any
		return nil, words.NotJSON(data, json.Unmarshal(data, &v))
	}
	r := reader{rest: data}
	return r.value(), nil
}

// reader makes values from text that is known to be valid JSON, so that nothing that it expects can be missing.
type reader struct{ rest []byte }

func (r *reader) value() Value {
	switch r.next() {
	case '{':
		return r.object()
	case '[':
		return r.list()
	case '"':
		return r.text()
	case 't':
		r.take(len("true"))
		return true
	case 'f':
		r.take(len("false"))
		return false
	case 'n':
		r.take(len("null"))
		return nil
	}
	return r.number()
}

func (r *reader) object() map[string]any {
	object := map[string]any{}
	r.take(len("{"))
	for r.more('}') {
		name := r.text()
		r.next()
		r.take(len(":"))
		object[name] = r.value()
	}
	return object
}

func (r *reader) list() []any {
	list := []any{}
	r.take(len("["))
	for r.more(']') {
		list = append(list, r.value())
	}
	return list
}

// more goes on to the next item, past a comma, or past the end.
func (r *reader) more(end byte) bool {
	switch r.next() {
	case end:
		r.take(1)
		return false
	case ',':
		r.take(1)
		r.next()
	}
	return true
}

func (r *reader) text() string {
	end, plain := 1, true
	for ; r.rest[end] != '"'; end++ {
		if r.rest[end] == '\\' {
			plain = false
			end++ // the escaped character may be a quote
		}
	}
	quoted := r.take(end + 1)
	if inside := quoted[1:end]; plain && utf8.Valid(inside) {
		return string(inside)
	}
	var text string
	_ = json.Unmarshal(quoted, &text)
	return text
}

func (r *reader) number() Value {
	end := bytes.IndexAny(r.rest, ",]} \t\r\n")
	if end < 0 {
		end = len(r.rest)
	}
	return Number(json.Number(r.take(end)))
}

// next skips white space and returns the next character.
func (r *reader) next() byte {
	for r.rest[0] == ' ' || r.rest[0] == '\t' || r.rest[0] == '\r' || r.rest[0] == '\n' {
		r.rest = r.rest[1:]
	}
	return r.rest[0]
}

func (r *reader) take(n int) (taken []byte) {
	taken, r.rest = r.rest[:n], r.rest[n:]
	return taken
}
