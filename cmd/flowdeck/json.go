package main

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/flowdeck/flowdeck/engine/words"
)

// printJSON writes the JSON of every --json: indented, and with <, > and & unescaped. Because people read it too, it
// escapes the same characters as words.Visible, in the form of JSON.
func printJSON(w io.Writer, v any) error {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(words.VisibleJSON(text.Bytes()))
	return err
}
