package words

import (
	"bytes"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// VisibleJSON escapes the same characters in the strings of a JSON text, in the form of JSON. Outside of strings,
// encoding/json writes no harmful ones.
func VisibleJSON(text []byte) []byte {
	if !bytes.ContainsFunc(text, IsHarmful) {
		return text
	}
	var shown []byte
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		if IsHarmful(r) {
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
