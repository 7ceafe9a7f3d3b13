package card

import (
	"encoding/json"
	"fmt"
	"iter"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
)

// Hidden is shown in place of a secret.
const Hidden = "[secret]"

// ShortestSecret is the length in characters of the shortest text that can be hidden. Shorter ones appear too often in texts
// that are not secret.
const ShortestSecret = 4

// secretKeyword marks a field in a schema. SchemaFor sets it for the tag secret:"true".
const secretKeyword = "secret"

// Secret is a string that no formatter, encoder or logger shows. The zero Secret is empty.
type Secret struct{ text string }

// NewSecret hides a string.
func NewSecret(text string) Secret { return Secret{text} }

// Reveal returns the string itself. Only the code that sends it to its service, hides it, or encrypts it, may call it; a test lists the
// callers.
func (s Secret) Reveal() string { return s.text }

// Len returns the number of bytes of the string.
func (s Secret) Len() int { return len(s.text) }

// IsZero reports whether there is nothing to hide.
func (s Secret) IsZero() bool { return s.text == "" }

func (Secret) String() string               { return Hidden }
func (Secret) GoString() string             { return Hidden }
func (Secret) Format(f fmt.State, _ rune)   { _, _ = f.Write([]byte(Hidden)) }
func (Secret) MarshalText() ([]byte, error) { return []byte(Hidden), nil }
func (Secret) LogValue() slog.Value         { return slog.StringValue(Hidden) }

// Cut returns the start of a text, of at most so many bytes and valid in UTF-8, with a mark if something is missing.
func Cut(text string, most int) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

// HasSecrets reports whether a schema, of inputs or of an answer, marks any field as secret. It looks at the
// schema only and allocates nothing. A nil schema marks none.
func HasSecrets(s *jsonschema.Schema) bool {
	if s == nil {
		return false
	}
	if isSecret(s) || HasSecrets(s.Items) || HasSecrets(s.AdditionalItems) || HasSecrets(s.AdditionalProperties) ||
		HasSecrets(s.Then) || HasSecrets(s.Else) || anyHasSecrets(s.AllOf) || anyHasSecrets(s.AnyOf) || anyHasSecrets(s.OneOf) ||
		anyHasSecrets(s.PrefixItems) || anyHasSecrets(s.ItemsArray) {
		return true
	}
	for _, fields := range [...]map[string]*jsonschema.Schema{s.Properties, s.PatternProperties} {
		for _, field := range fields {
			if HasSecrets(field) {
				return true
			}
		}
	}
	return false
}

func anyHasSecrets(schemas []*jsonschema.Schema) bool {
	return slices.ContainsFunc(schemas, HasSecrets)
}

// Shown returns v as people may see it: a copy with Hidden in place of each value at a field that the schema marks
// as secret, whatever its type. A nil stays nil, and fields that the schema does not know stay as they are.
// Parts of v without secrets are shared with the copy.
func Shown(s *jsonschema.Schema, v Value) Value {
	switch {
	case v == nil || !HasSecrets(s):
		return v
	case isSecret(s):
		return Hidden
	}
	switch v := v.(type) {
	case map[string]any:
		shown := make(map[string]any, len(v))
		for name, field := range v {
			shown[name] = Shown(fieldSchema(s, name), field)
		}
		return shown
	case []any:
		shown := make([]any, len(v))
		for i, item := range v {
			shown[i] = Shown(itemSchema(s, i), item)
		}
		return shown
	}
	return v
}

// Secrets returns the strings, and the numbers as JSON writes them, at the fields of v that the schema marks as
// secret, in a stable order: they must be hidden everywhere else, too. Booleans are left out, since
// hiding every "true" would garble the output and protect nothing.
func Secrets(s *jsonschema.Schema, v Value) (all []string) {
	EachSecret(s, v, func(_ string, secret Value) { all = append(all, texts(secret)...) })
	return all
}

// EachSecret calls visit for each part of v that a schema marks as secret, with its JSON Pointer.
func EachSecret(s *jsonschema.Schema, v Value, visit func(pointer string, secret Value)) {
	if !HasSecrets(s) {
		return
	}
	if isSecret(s) {
		visit("", v)
		return
	}
	for _, other := range slices.Concat(s.AllOf, s.AnyOf, s.OneOf, []*jsonschema.Schema{s.Then, s.Else}) {
		EachSecret(other, v, visit) // whether the schema applies or not: hiding too much is better than showing a secret
	}
	for name, part := range parts(v) {
		schema := fieldSchema(s, name)
		if _, list := v.([]any); list {
			i, _ := strconv.Atoi(name) // an index
			schema = itemSchema(s, i)
		}
		EachSecret(schema, part, func(pointer string, secret Value) {
			visit("/"+strings.NewReplacer("~", "~0", "/", "~1").Replace(name)+pointer, secret)
		})
	}
}

// texts returns all strings and numbers in a value.
func texts(v Value) (all []string) {
	switch v := v.(type) {
	case string:
		return []string{v}
	case json.Number:
		return []string{v.String()}
	case int, float64:
		data, err := EncodeJSON(v)
		if err != nil { // an infinite number has no JSON
			return nil
		}
		return []string{string(data)}
	}
	for _, part := range parts(v) {
		all = append(all, texts(part)...)
	}
	return all
}

// parts yields the items of a list with their index, or the fields of an object, sorted by name.
func parts(v Value) iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		switch v := v.(type) {
		case []any:
			for i, item := range v {
				if !yield(strconv.Itoa(i), item) {
					return
				}
			}
		case map[string]any:
			for _, name := range slices.Sorted(maps.Keys(v)) {
				if !yield(name, v[name]) {
					return
				}
			}
		}
	}
}

func isSecret(s *jsonschema.Schema) bool { return s.Extra[secretKeyword] == true }

// itemSchema returns the schema of an item of a list: its own, or the one for items without their own; nil if there is
// neither.
func itemSchema(s *jsonschema.Schema, i int) *jsonschema.Schema {
	switch {
	case s == nil:
		return nil
	case i < len(s.PrefixItems):
		return s.PrefixItems[i]
	case i < len(s.ItemsArray):
		return s.ItemsArray[i]
	case s.Items != nil:
		return s.Items
	}
	return s.AdditionalItems
}

// fieldSchema returns the schema of a field of an object: its own, one for a pattern of names, or the one for fields
// without their own; nil if there is none. A pattern with a secret applies to every name: hiding too much is better
// than showing a secret.
func fieldSchema(s *jsonschema.Schema, name string) *jsonschema.Schema {
	if s == nil {
		return nil
	}
	if property, ok := s.Properties[name]; ok {
		return property
	}
	for _, pattern := range slices.Sorted(maps.Keys(s.PatternProperties)) {
		if HasSecrets(s.PatternProperties[pattern]) {
			return s.PatternProperties[pattern]
		}
	}
	return s.AdditionalProperties
}
