package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"

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
	_, err := w.Write(visibleJSON(text.Bytes()))
	return err
}

// visibleJSON escapes characters in strings. Outside of strings, encoding/json writes no harmful ones.
func visibleJSON(text []byte) []byte {
	if !bytes.ContainsFunc(text, words.IsHarmful) {
		return text
	}
	var shown []byte
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		if words.IsHarmful(r) {
			for _, unit := range utf16.Encode([]rune{r}) {
				shown = fmt.Appendf(shown, `\u%04x`, unit)
			}
		} else {
			shown = append(shown, text[:size]...)
		}
		text = text[size:]
	}
	return shown
}
