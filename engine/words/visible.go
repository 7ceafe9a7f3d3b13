package words

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Visible returns a text that is safe to show on a terminal: a character that controls a terminal, or that hides or
// reorders others, becomes an escape such as \x1b or \u202e, and so does a byte that is not UTF-8. Line breaks and tabs
// do not change. Visible does not change its own output.
func Visible(text string) string {
	if !strings.ContainsFunc(text, IsHarmful) && utf8.ValidString(text) {
		return text
	}
	var shown strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case strings.HasPrefix(text[i:], "\r\n"): // a line break, too
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&shown, `\x%02x`, text[i])
		case IsHarmful(r):
			shown.WriteString(escaped(r))
		default:
			shown.WriteString(text[i : i+size])
		}
		i += size
	}
	return shown.String()
}

// VisibleLine is Visible for a text that must stay on one line: a line break becomes \n.
func VisibleLine(text string) string {
	return strings.ReplaceAll(Visible(text), "\n", `\n`)
}

// Folded returns prose as one line: white space, including line breaks, becomes single spaces.
func Folded(text string) string { return strings.Join(strings.Fields(text), " ") }

func escaped(r rune) string {
	switch {
	case r < 0x100:
		return fmt.Sprintf(`\x%02x`, r)
	case r < 0x10000:
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}

// IsHarmful reports whether a character may do anything to a terminal other than being drawn.
func IsHarmful(r rune) bool {
	const nonJoiner, joiner = '\u200c', '\u200d' // used in Persian spelling and in emoji
	switch {
	case r < 0x7f:
		return r < ' ' && r != '\n' && r != '\t'
	case r == nonJoiner, r == joiner:
		return false
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}
