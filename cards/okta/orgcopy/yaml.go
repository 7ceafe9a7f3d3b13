package orgcopy

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// A record is an object of the seed, or of an answer of Okta. Its numbers are json.Number, and keep their digits.
type record = map[string]any

// A seedWriter writes the lists of a seed. Its first error stays.
type seedWriter struct {
	to   *bufio.Writer
	err  error
	list string // the key of the list whose first item was written
}

func newSeedWriter(to io.Writer) *seedWriter { return &seedWriter{to: bufio.NewWriterSize(to, 1<<16)} }

// flush writes what is left, and returns the first error.
func (w *seedWriter) flush() error {
	if w.err == nil {
		w.err = w.to.Flush()
	}
	return w.err
}

func (w *seedWriter) print(text string) {
	if w.err == nil {
		_, w.err = w.to.WriteString(text)
	}
}

// comment writes lines that the org does not read, of which each is at most one line of the file.
func (w *seedWriter) comment(format string, args ...any) {
	text := strings.Map(func(r rune) rune {
		if r < ' ' || unwritable(r) {
			return ' '
		}
		return r
	}, fmt.Sprintf(format, args...))
	w.print("# " + text + "\n")
}

// item writes an item of the list with this key: first the fields with the names in first, then the others, sorted. A field without a
// value in the record is left out.
func (w *seedWriter) item(key string, fields record, first ...string) {
	if w.list != key {
		w.print("\n" + key + ":\n")
		w.list = key
	}
	names := slices.DeleteFunc(slices.Clone(first), func(name string) bool { _, has := fields[name]; return !has })
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if !slices.Contains(first, name) {
			names = append(names, name)
		}
	}
	before := "  - "
	for _, name := range names {
		w.print(before + scalar(name) + ": " + flow(fields[name]) + "\n")
		before = "    "
	}
}

// flow returns a value on one line.
func flow(v any) string {
	var b strings.Builder
	if text, ok := v.(string); ok {
		return scalar(text)
	}
	writeFlow(&b, v)
	return b.String()
}

func writeFlow(b *strings.Builder, v any) {
	switch v := v.(type) {
	case map[string]any:
		b.WriteByte('{')
		for i, name := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(quoted(name) + ": ")
			writeFlow(b, v[name])
		}
		b.WriteByte('}')
	case []any:
		b.WriteByte('[')
		for i, item := range v {
			if i > 0 {
				b.WriteString(", ")
			}
			writeFlow(b, item)
		}
		b.WriteByte(']')
	case string:
		b.WriteString(quoted(v))
	case nil:
		b.WriteString("null")
	case json.Number:
		b.WriteString(v.String())
	default:
		fmt.Fprint(b, v)
	}
}

// plain matches texts that are YAML strings, or times, without quotes.
var plain = regexp.MustCompile(`^(?:[A-Za-z][A-Za-z0-9_.+@/-]*(?: [A-Za-z0-9_.+@/-]+)*|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)$`)

// scalar returns a text as a YAML scalar, with quotes if it needs them.
func scalar(text string) string {
	switch strings.ToLower(text) {
	case "null", "true", "false", "yes", "no", "on", "off", "y", "n":
		return quoted(text)
	}
	if plain.MatchString(text) {
		return text
	}
	return quoted(text)
}

// quoted returns a text in double quotes, with escapes that JSON and YAML share, but for \U, which only YAML has.
func quoted(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r > 0xffff && unwritable(r):
			fmt.Fprintf(&b, `\U%08x`, r)
		case r < ' ' || unwritable(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// unwritable reports whether a character is one that YAML does not allow, or that a terminal obeys instead of showing it, but for the
// joiners of Persian and of emoji.
func unwritable(r rune) bool {
	const nonJoiner, joiner = '\u200c', '\u200d'
	return r >= 0x7f && r != nonJoiner && r != joiner && (unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) || r&0xfffe == 0xfffe)
}
