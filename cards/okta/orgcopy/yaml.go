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

	"github.com/flowdeck/flowdeck/engine/flow"
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
		if r < ' ' || flow.Unwritable(r) {
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
		w.print(before + scalar(name) + ": " + inLine(fields[name]) + "\n")
		before = "    "
	}
}

// inLine returns a value on one line.
func inLine(v any) string {
	var b strings.Builder
	if text, ok := v.(string); ok {
		return scalar(text)
	}
	writeInLine(&b, v)
	return b.String()
}

func writeInLine(b *strings.Builder, v any) {
	switch v := v.(type) {
	case map[string]any:
		b.WriteByte('{')
		for i, name := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(flow.Quoted(name) + ": ")
			writeInLine(b, v[name])
		}
		b.WriteByte('}')
	case []any:
		b.WriteByte('[')
		for i, item := range v {
			if i > 0 {
				b.WriteString(", ")
			}
			writeInLine(b, item)
		}
		b.WriteByte(']')
	case string:
		b.WriteString(flow.Quoted(v))
	case nil:
		b.WriteString("null")
	case json.Number:
		b.WriteString(v.String())
	default:
		fmt.Fprint(b, v)
	}
}

// moment matches times, which seeds have without quotes.
var moment = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$`)

// scalar returns a text as a YAML scalar, with quotes if it needs them.
func scalar(text string) string {
	if moment.MatchString(text) {
		return text
	}
	return flow.TextScalar(text)
}
