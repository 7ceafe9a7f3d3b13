package flow

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// plainText matches texts that all programs read as texts without quotes, in brackets, too, but for a few words.
var plainText = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.@+/-]*(?: [A-Za-z0-9_.@+/-]+)*$`)

// TextScalar returns a text as a YAML scalar that can also be in brackets, with quotes if it needs them.
func TextScalar(text string) string {
	switch strings.ToLower(text) {
	case "null", "true", "false", "yes", "no", "on", "off", "y", "n":
		return Quoted(text)
	}
	if plainText.MatchString(text) {
		return text
	}
	return Quoted(text)
}

// Quoted returns a text in double quotes, with escapes that JSON and YAML share, but for \U, which only YAML has.
func Quoted(text string) string {
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
		case r > 0xffff && Unwritable(r):
			fmt.Fprintf(&b, `\U%08x`, r)
		case r < ' ' || Unwritable(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// Unwritable reports whether a character is one that YAML does not allow, or that a terminal obeys instead of showing it, but for the
// joiners of Persian and of emoji.
func Unwritable(r rune) bool {
	const nonJoiner, joiner = '\u200c', '\u200d'
	return r >= 0x7f && r != nonJoiner && r != joiner && (unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) || r&0xfffe == 0xfffe)
}
