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

// printJSON writes a document for programs, in the one form that every --json has: indented, and with <, > and & as
// they are. People look at it too: what words.Visible escapes is escaped, in JSON's way.
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

// visibleJSON escapes characters of strings: a document of encoding/json has no harmful ones elsewhere.
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
