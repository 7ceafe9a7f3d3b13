package card

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"sync"
	"unicode/utf8"

	"github.com/flowdeck/flowdeck/engine/words"
)

// DecodeJSON reads one JSON value without losing anything: nulls stay, an integer that fits becomes an int, a
// number that a float64 represents exactly becomes one, and any other stays a json.Number. If a name occurs twice in an
// object, the last value wins. The errors wrap those of encoding/json.
func DecodeJSON(data []byte) (Value, error) { return decodeJSON(data, math.MaxInt, deepest) }

func decodeJSON(data []byte, room, most int) (Value, error) {
	r := readers.Get().(*reader)
	defer readers.Put(r)
	v, ok := r.document(data, room, most)
	switch {
	case ok:
		return v, nil
	case r.room < 0:
		return nil, ErrLargeAnswer
	case r.over && most < deepest:
		return nil, ErrDeepAnswer
	}
	return nil, words.NotJSON(data, json.Unmarshal(data, new(json.RawMessage)))
}

// readers are kept for their memory: a stream decodes several answers for each record.
var readers = sync.Pool{New: func() any { return new(reader) }}

// reader makes values from JSON. It accepts exactly what encoding/json accepts. encoding/json itself keeps numbers exact only in a
// Decoder, which copies the text and would need a second pass over the value.
type reader struct {
	rest []byte
	bad  bool // something was not JSON, so the value is of no use
	deep int  // the number of objects and lists around rest
	most int  // the maximum of deep
	over bool // deep was above it
	room int  // the bytes that the rest of the value may have; negative if the value is too large

	// The fields and items of the objects and lists that are being read, the innermost last. An object is made when all its fields
	// are known, in its final size, because a map that grows is allocated several times.
	fields []pair
	items  []Value

	// Names of fields that were read recently, each at its hash: answers, and the objects of a page, repeat their names.
	names [256]string
}

// keptItems is the capacity up to which the items of a reader are kept.
const keptItems = 64 << 10

type pair struct {
	name  string
	value Value
}

// deepest is how many objects and lists encoding/json accepts inside each other.
const deepest = 10_000

// document reads data. It reports false if data is not one JSON value.
func (r *reader) document(data []byte, room, most int) (v Value, ok bool) {
	r.rest, r.bad, r.over, r.deep, r.room, r.most = data, false, false, 0, room, most
	v = r.value()
	r.next()
	ok = len(r.rest) == 0 && !r.bad
	r.rest = nil
	if r.bad || cap(r.items) > keptItems {
		r.items, r.fields = nil, nil
	}
	return v, ok
}

// These are the sizes in bytes that values are counted with. A map that is not empty has room for eight fields.
const (
	itemSize   = 16 // of a list; also a number, and a string without its text
	listSize   = 24
	objectSize = 48
	fieldSize  = 48
	leastSize  = 7 * fieldSize
)

// spend counts a part of the value.
func (r *reader) spend(size int) {
	if r.room -= size; r.room < 0 {
		r.fail()
	}
}

func (r *reader) value() Value {
	switch r.next() {
	case '{':
		return r.object()
	case '[':
		return r.list()
	case '"':
		return r.text()
	case 't':
		r.word("true")
		return true
	case 'f':
		r.word("false")
		return false
	case 'n':
		r.word("null")
		return nil
	}
	return r.number()
}

func (r *reader) object() map[string]any {
	first := len(r.fields)
	for more := r.open('}'); more; more = r.more('}') {
		name := r.name()
		r.next()
		r.word(":")
		r.fields = append(r.fields, pair{name, r.value()})
	}
	r.deep--
	r.spend(objectSize)
	if fields := len(r.fields) - first; fields > 0 {
		r.spend(max(fields*fieldSize, leastSize))
	}
	object := make(map[string]any, len(r.fields)-first)
	for _, f := range r.fields[first:] {
		object[f.name] = f.value
	}
	clear(r.fields[first:])
	r.fields = r.fields[:first]
	return object
}

func (r *reader) list() []any {
	first := len(r.items)
	for more := r.open(']'); more; more = r.more(']') {
		r.spend(itemSize)
		r.items = append(r.items, r.value())
	}
	r.deep--
	r.spend(listSize)
	list := append([]any{}, r.items[first:]...)
	clear(r.items[first:])
	r.items = r.items[:first]
	return list
}

// open enters an object or a list, and reports whether an item follows.
func (r *reader) open(end byte) bool {
	r.take(1)
	if r.deep++; r.deep > r.most {
		r.over = true
		r.fail()
	}
	if r.next() == end {
		r.take(1)
		return false
	}
	return !r.bad
}

// more goes past the comma to the next item, or past the end.
func (r *reader) more(end byte) bool {
	switch r.next() {
	case end:
		r.take(1)
		return false
	case ',':
		r.take(1)
		return true
	}
	r.fail()
	return false
}

func (r *reader) text() string { return r.unquoted(r.quoted()) }

// name reads the name of a field. It returns the same string as for an equal name before, if that is still known.
func (r *reader) name() string {
	if r.next() != '"' {
		r.fail()
		return ""
	}
	inside, plain := r.quoted()
	if !plain || len(inside) > longestName {
		return r.unquoted(inside, plain)
	}
	known := &r.names[hash(inside)%uint32(len(r.names))]
	if *known == string(inside) {
		return *known
	}
	name := r.unquoted(inside, plain)
	if !r.bad { // what is known is not validated again
		*known = name
	}
	return name
}

// longestName bounds the memory of reader.names.
const longestName = 64 // bytes

// hash is FNV-1a.
func hash(text []byte) uint32 {
	h := uint32(2166136261)
	for _, c := range text {
		h = (h ^ uint32(c)) * 16777619
	}
	return h
}

// quoted takes a text and returns what is between its quotes, and whether it has no escapes.
func (r *reader) quoted() (inside []byte, plain bool) {
	end := 1 + bytes.IndexByte(r.rest[1:], '"')
	if plain = end > 0 && bytes.IndexByte(r.rest[1:end], '\\') < 0; !plain {
		for end = 1; end < len(r.rest) && r.rest[end] != '"'; end++ {
			if r.rest[end] == '\\' {
				end++ // the escaped character may be a quote
			}
		}
	}
	if end >= len(r.rest) {
		r.fail()
		return nil, true
	}
	return r.take(end + 1)[1:end], plain
}

// unquoted returns the string that is written between quotes. A plain one has no escapes.
func (r *reader) unquoted(inside []byte, plain bool) string {
	r.spend(itemSize + len(inside))
	if plain && utf8.Valid(inside) {
		if slices.ContainsFunc(inside, func(c byte) bool { return c < ' ' }) {
			r.fail()
		}
		return string(inside)
	}
	var text string
	if json.Unmarshal(slices.Concat([]byte{'"'}, inside, []byte{'"'}), &text) != nil {
		r.fail()
	}
	return text
}

// number reads anything that has no other beginning.
func (r *reader) number() Value {
	end := bytes.IndexAny(r.rest, ",]} \t\r\n")
	if end < 0 {
		end = len(r.rest)
	}
	number := r.take(end)
	r.spend(itemSize)
	if !json.Valid(number) {
		r.fail()
		return nil
	}
	return Number(json.Number(number))
}

// next skips white space and returns the next character, or 0 at the end.
func (r *reader) next() byte {
	for i, c := range r.rest {
		if c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			r.rest = r.rest[i:]
			return c
		}
	}
	r.rest = nil
	return 0
}

// word takes a word that must be next.
func (r *reader) word(word string) {
	if len(r.rest) < len(word) || string(r.rest[:len(word)]) != word {
		r.fail()
		return
	}
	r.take(len(word))
}

// fail ends the reading.
func (r *reader) fail() { r.bad, r.rest = true, nil }

func (r *reader) take(n int) (taken []byte) {
	taken, r.rest = r.rest[:n], r.rest[n:]
	return taken
}
