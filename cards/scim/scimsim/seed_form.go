package scimsim

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// A SeedError is one mistake in a seed, with its place. Load joins all mistakes that it finds.
type SeedError struct {
	Line, Column  int // from 1; 0 if they are not known
	Message, Hint string
}

// Mistake returns the parts of the error.
func (e *SeedError) Mistake() (line, column int, message, hint string) {
	return e.Line, e.Column, e.Message, e.Hint
}

func (e *SeedError) Error() string {
	if e.Line == 0 {
		return e.Message
	}
	return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Message)
}

// SeedKeys returns the keys of a seed.
func SeedKeys() []string { return keysOf(reflect.TypeFor[document]()) }

// A form finds mistakes in the form of a seed: the decoder of YAML knows their lines only, and reports values, which may be secret.
type form struct{ mistakes []error }

func (f *form) mistake(n *yaml.Node, hint, format string, args ...any) {
	f.mistakes = append(f.mistakes, &SeedError{n.Line, n.Column, fmt.Sprintf(format, args...), hint})
}

// check compares a value with the type that it is decoded into. where names it in messages.
func (f *form) check(n *yaml.Node, t reflect.Type, where string) {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	switch {
	case n.Tag == "!!null":
	case t.Kind() == reflect.Struct && t != reflect.TypeFor[time.Time]() && n.Kind == yaml.MappingNode:
		f.checkFields(n, t, where)
	case t.Kind() == reflect.Slice && n.Kind == yaml.SequenceNode:
		for i, item := range n.Content {
			f.check(item, t.Elem(), fmt.Sprintf("%s[%d]", where, i))
		}
	default:
		switch err := n.Decode(reflect.New(t).Interface()); {
		case err == nil:
		case t.Kind() == reflect.Map && n.Kind == yaml.MappingNode: // it is about a key of it
			f.mistakes = append(f.mistakes, placed(err))
		default:
			f.mistake(n, "", "%s must be %s", where, spoken(t))
		}
	}
}

func (f *form) checkFields(n *yaml.Node, t reflect.Type, where string) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		field, known := fieldOf(t, key.Value)
		switch {
		case key.Value == "<<": // its keys are in another place
		case known && where == seedItself:
			f.check(value, field, key.Value)
		case known:
			f.check(value, field, where+"."+key.Value)
		default:
			f.mistake(key, "keys: "+strings.Join(keysOf(t), ", "), "unknown key %q in %s", key.Value, where)
		}
	}
}

// seedItself names the whole seed in messages.
const seedItself = "the seed"

// fieldOf returns the type of the field of a struct with a key.
func fieldOf(t reflect.Type, key string) (reflect.Type, bool) {
	for i := range t.NumField() {
		if keyOf(t.Field(i)) == key {
			return t.Field(i).Type, true
		}
	}
	return nil, false
}

func keysOf(t reflect.Type) (keys []string) {
	for i := range t.NumField() {
		keys = append(keys, keyOf(t.Field(i)))
	}
	return keys
}

func keyOf(field reflect.StructField) string {
	if key := field.Tag.Get("yaml"); key != "" {
		return key
	}
	return strings.ToLower(field.Name)
}

// spoken names the values of a type.
func spoken(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return "a time such as 2026-03-01T09:30:00Z"
	case t == reflect.TypeFor[time.Duration]():
		return "a duration such as 30s"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return "an integer"
	case reflect.Slice:
		return "a list"
	case reflect.String:
		return "a string"
	}
	return "a mapping"
}

// atLine matches an error of the decoder that has a line.
var atLine = regexp.MustCompile(`^(?:yaml: )?line (\d+): (.*)`)

// placed returns the errors of the decoder with their lines.
func placed(err error) error {
	messages := []string{err.Error()}
	if several := (*yaml.TypeError)(nil); errors.As(err, &several) {
		messages = several.Errors
	}
	var all []error
	for _, message := range messages {
		one := &SeedError{Message: strings.TrimPrefix(message, "yaml: ")}
		if m := atLine.FindStringSubmatch(message); m != nil {
			one.Line, _ = strconv.Atoi(m[1])
			one.Column, one.Message = 1, m[2]
		}
		all = append(all, one)
	}
	return errors.Join(all...)
}

// A spot is a line and a column.
type spot struct{ line, column int }

// items returns the places of the items of a list of the seed.
func items(seed *yaml.Node, key string) (all []spot) {
	for i := 0; i+1 < len(seed.Content); i += 2 {
		if seed.Content[i].Value == key {
			for _, item := range seed.Content[i+1].Content {
				all = append(all, spot{item.Line, item.Column})
			}
		}
	}
	return all
}
