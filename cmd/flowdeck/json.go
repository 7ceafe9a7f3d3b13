package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"

	"github.com/flowdeck/flowdeck/engine/words"
)

// printJSON writes the JSON of every --json: indented, and with <, > and & unescaped. Because people read it too, it
// escapes the same characters as words.Visible, in the form of JSON.
func printJSON(w io.Writer, v any) error {
	text, err := jsonText("", v)
	if err == nil {
		_, err = w.Write(text)
	}
	return err
}

// jsonText returns the JSON of printJSON. Each line but the first starts with prefix.
func jsonText(prefix string, v any) ([]byte, error) {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	enc.SetIndent(prefix, "  ")
	err := enc.Encode(v)
	return words.VisibleJSON(text.Bytes()), err
}

// printWith is printJSON of an object with one more field, last: a list whose items are passed to add, so that they are not in memory together.
func printWith(w io.Writer, object any, field string, items func(add func(any) error) error) error {
	text, err := jsonText("", object)
	if err != nil {
		return err
	}
	to := bufio.NewWriter(w)
	_, _ = to.Write(bytes.TrimSuffix(text, []byte("\n}\n"))) // a failure also ends Flush
	before := ",\n  \"" + field + "\": ["
	empty := true
	if err := items(func(item any) error {
		text, err := jsonText("    ", item)
		if err != nil {
			return err
		}
		_, _ = to.WriteString(before + "\n    ")
		before, empty = ",", false
		_, err = to.Write(bytes.TrimSpace(text))
		return err
	}); err != nil {
		return err
	}
	if empty {
		_, _ = to.WriteString(before + "]\n}\n")
	} else {
		_, _ = to.WriteString("\n  ]\n}\n")
	}
	return to.Flush()
}
