package veil

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/flowdeck/flowdeck/engine/card"
)

// String is Text for a string.
func (v *Veil) String(text string) string { return string(v.Text([]byte(text))) }

// Value hides the secrets in the strings and keys of a value, which keeps its structure. A number that is a secret becomes
// a string. The value itself is not changed.
func (v *Veil) Value(value card.Value) card.Value {
	if v == nil || value == nil {
		return value
	}
	v.mu.RLock()
	defer v.mu.RUnlock()
	if v.known.empty() {
		return value
	}
	return v.value(value)
}

func (v *Veil) value(value card.Value) card.Value {
	switch value := value.(type) {
	case nil, bool:
		return value
	case string:
		return string(v.hide([]byte(value)))
	case []any:
		if value == nil {
			return value // null in JSON
		}
		items := make([]any, len(value))
		for i, item := range value {
			items[i] = v.value(item)
		}
		return items
	case map[string]any:
		if value == nil {
			return value
		}
		return v.fields(value)
	}
	return v.other(value)
}

// fields hides the secrets in the fields of an object. Two keys that become the same are numbered, so that no value is
// lost.
func (v *Veil) fields(object map[string]any) map[string]any {
	out := make(map[string]any, len(object))
	for _, key := range slices.Sorted(maps.Keys(object)) {
		name := string(v.hide([]byte(key)))
		if name != key {
			name = unused(name, object, out)
		}
		out[name] = v.value(object[key])
	}
	return out
}

// unused is a name, with a number after it if an object has a field of this name.
func unused(name string, objects ...map[string]any) string {
	taken := func(name string) bool {
		return slices.ContainsFunc(objects, func(object map[string]any) bool { _, ok := object[name]; return ok })
	}
	for n, base := 2, name; taken(name); n++ {
		name = fmt.Sprintf("%s %d", base, n)
	}
	return name
}

// other hides a number, and a value of a type that is known only by its JSON, such as a value of a dry run.
func (v *Veil) other(value card.Value) card.Value {
	data, err := card.EncodeJSON(value)
	if err != nil || len(data) == 0 { // no value of the model fails
		return value
	}
	if data[0] == '-' || '0' <= data[0] && data[0] <= '9' {
		digits := strings.TrimPrefix(string(data), "-")
		if len(digits) >= Shortest && (v.known.has(data) || v.known.has([]byte(digits))) {
			return card.Hidden
		}
		return value
	}
	decoded, err := card.DecodeJSON(data)
	if err != nil {
		return value
	}
	if hidden := v.value(decoded); !reflect.DeepEqual(hidden, decoded) {
		return hidden
	}
	return value
}

// An answer that a message quotes may have any length. A message above longestMessage bytes is cut to keptMessage; the
// difference is more than the remark about the cut needs, so that a message is cut once.
const (
	longestMessage = 2_100
	keptMessage    = 2_000
)

// Message hides the secrets in the message of an error. Then it shortens a long message: before, a part of a secret
// could remain.
func (v *Veil) Message(text string) string {
	text = v.String(text)
	if len(text) <= longestMessage {
		return text
	}
	end := keptMessage
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return fmt.Sprintf("%s… (%d more bytes)", text[:end], len(text)-end)
}

// Excerpt is a card.Excerpt: it hides what the veil has learned, and more secrets, before it cuts. A service may split a secret by any space. A
// text with such a secret is returned without its space, because the place of the secret in it is not known.
func (v *Veil) Excerpt(text string, most int, secrets ...string) string {
	more := New()
	more.Learn(secrets...)
	hide := func(text string) string { return v.String(more.String(text)) }
	text = hide(text)
	joined := strings.Map(withoutSpace, text)
	if hidden := hide(joined); hidden != joined {
		text = hidden
	}
	return card.Cut(text, most)
}

// withoutSpace is a mapping for strings.Map that drops space and what is not seen.
func withoutSpace(c rune) rune {
	if unicode.IsSpace(c) || unicode.IsControl(c) || unicode.Is(unicode.Cf, c) {
		return -1
	}
	return c
}

// Error hides the secrets in an error, and shortens its message. The error itself is not changed.
func (v *Veil) Error(e *card.Error) *card.Error {
	if v == nil || e == nil {
		return e
	}
	hidden := *e
	hidden.Message, hidden.Hint, hidden.Code = v.Message(e.Message), v.String(e.Hint), v.String(e.Code)
	hidden.Details = v.Value(e.Details)
	return &hidden
}
