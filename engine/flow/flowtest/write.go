package flowtest

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/chance"
)

// A value of a file is a mapping, a list, or a scalar: what YAML reads as that text, number or boolean.
type (
	mapping []field
	list    []any
	scalar  string // as it is written
	prose   string // text, in whatever style
	field   struct {
		key   string
		value any
	}
)

func (m mapping) has(key string) bool {
	return slices.ContainsFunc(m, func(f field) bool { return f.key == key })
}

func (m mapping) without(key string) mapping {
	return slices.DeleteFunc(m, func(f field) bool { return f.key == key })
}

func (m mapping) value(key string) any {
	for _, f := range m {
		if f.key == key {
			return f.value
		}
	}
	return nil
}

// document writes a mapping as people do, more or less: in any style, order and indentation, and with comments.
func document(c *chance.Choices, m mapping) string {
	w := writer{Choices: c}
	w.block(m, 0)
	return w.out.String()
}

type writer struct {
	*chance.Choices
	out strings.Builder
}

// block writes a value on lines of its own.
func (w *writer) block(v any, indent int) {
	switch v := v.(type) {
	case mapping:
		for i := range v {
			w.between(indent)
			w.out.WriteString(strings.Repeat(" ", indent))
			w.entry(v[i], indent)
		}
	case list:
		for _, item := range v {
			w.between(indent)
			w.out.WriteString(strings.Repeat(" ", indent) + "- ")
			if m, ok := item.(mapping); ok && len(m) > 0 {
				w.entry(m[0], indent+2)
				w.block(m[1:], indent+2)
				continue
			}
			w.value(item, indent)
		}
	}
}

// between writes what is nothing, now and then.
func (w *writer) between(indent int) {
	switch w.Pick(24) {
	case 0:
		w.out.WriteString("\n")
	case 1:
		w.out.WriteString(strings.Repeat(" ", indent) + "# a comment: [\n")
	}
}

func (w *writer) entry(f field, indent int) {
	w.out.WriteString(f.key + ":" + strings.Repeat(" ", 1+w.Pick(8)/7))
	w.value(f.value, indent)
}

// value writes what is after a key or a dash, to the end of the line or on the lines below.
func (w *writer) value(v any, indent int) {
	large := false
	switch v := v.(type) {
	case mapping:
		large = len(v) > 0 && !flat(v)
	case list:
		large = len(v) > 0 && !flat(v)
	case prose:
		if text := string(v); w.Pick(4) == 0 && text != "" && strings.TrimSpace(text) == text && !strings.ContainsAny(text, "\r\t") {
			mark := chance.OneOf(w.Choices, []string{"|-", ">-"})
			if mark == ">-" && strings.Contains(text, "\n") {
				mark = "|-"
			}
			pad := "\n" + strings.Repeat(" ", indent+2)
			w.out.WriteString(mark + pad + strings.ReplaceAll(text, "\n", pad) + "\n")
			return
		}
	}
	if !large && w.Pick(3) > 0 || empty(v) {
		w.flow(v)
		if w.Pick(16) == 0 {
			w.out.WriteString("  # why")
		}
		w.out.WriteString("\n")
		return
	}
	switch v.(type) {
	case mapping, list:
		w.out.WriteString("\n")
		w.block(v, indent+2+w.Pick(8)/7)
	default:
		w.flow(v)
		w.out.WriteString("\n")
	}
}

func empty(v any) bool {
	m, isMapping := v.(mapping)
	l, isList := v.(list)
	return isMapping && len(m) == 0 || isList && len(l) == 0
}

// flat reports whether there are only scalars in a value.
func flat(v any) bool {
	switch v := v.(type) {
	case mapping:
		return len(v) < 4 && !slices.ContainsFunc(v, func(f field) bool { return !flat(f.value) })
	case list:
		return len(v) < 4 && !slices.ContainsFunc(v, func(item any) bool { return !flat(item) })
	}
	return true
}

// flow writes a value on one line.
func (w *writer) flow(v any) {
	switch v := v.(type) {
	case mapping:
		w.out.WriteString("{")
		for i, f := range v {
			if i > 0 {
				w.out.WriteString(", ")
			}
			w.out.WriteString(f.key + ": ")
			w.flow(f.value)
		}
		w.out.WriteString("}")
	case list:
		w.out.WriteString("[")
		for i, item := range v {
			if i > 0 {
				w.out.WriteString("," + strings.Repeat(" ", w.Pick(2)))
			}
			w.flow(item)
		}
		w.out.WriteString("]")
	case scalar:
		w.out.WriteString(string(v))
	case prose:
		w.out.WriteString(w.quoted(string(v)))
	}
}

// simple is text that is itself without quotes, wherever it is.
var simple = regexp.MustCompile(`^[a-z][a-zA-Z0-9_.()+]*( (\+|==|<|and|or|\?\?|[a-z0-9"][a-zA-Z0-9_.()"]*))*$`)

func (w *writer) quoted(text string) string {
	words := []string{"true", "false", "null", "yes", "no", "on", "off", "y", "n"}
	if w.Pick(3) > 0 && simple.MatchString(text) && !slices.Contains(words, text) {
		return text
	}
	if w.Pick(2) == 0 && !strings.ContainsAny(text, "\n\r\t") {
		return "'" + strings.ReplaceAll(text, "'", "''") + "'"
	}
	quoted, _ := json.Marshal(text)
	return string(quoted)
}
