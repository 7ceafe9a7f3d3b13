package oktasim

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const hexDigits = "0123456789abcdef"

// appendText appends s as a JSON string. Unlike encoding/json, it does not escape <, > and &, and neither does Okta.
// It is faster than encoding/json, which matters for a page of 1,000 users.
func appendText(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 || needsEscape(r) {
				b = append(b, s[start:i]...)
				b = append(b, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
				start = i + size
			}
			i += size
			continue
		}
		if c >= ' ' && c != '"' && c != '\\' && c != 0x7f {
			i++
			continue
		}
		b = append(b, s[start:i]...)
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\t':
			b = append(b, '\\', 't')
		case '\r':
			b = append(b, '\\', 'r')
		default:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
		i++
		start = i
	}
	b = append(b, s[start:]...)
	return append(b, '"')
}

// needsEscape reports whether YAML forbids a rune that JSON allows unescaped, or treats it as a line break. Dumps are
// YAML that contains JSON strings.
func needsEscape(r rune) bool {
	return r < 0xa0 || r == 0x2028 || r == 0x2029 || r == 0xfeff || r == 0xfffe || r == 0xffff
}

// appendTextOrNull appends s as a JSON string, or null if s is empty: Okta has no empty names or descriptions.
func appendTextOrNull(b []byte, s string) []byte {
	if s == "" {
		return append(b, "null"...)
	}
	return appendText(b, s)
}

// jsonText returns s as a JSON string.
func jsonText(s string) string { return string(appendText(nil, s)) }

// fold returns a text in the form in which texts are compared, because Okta ignores case.
func fold(s string) string { return strings.ToLower(s) }

// foldLogin returns a login in the form in which logins are compared: "Logins are not considered unique if they
// differ only in case and/or diacritical marks" (Users API, "Okta login"). That a path finds a user by such a login
// is our guess.
func foldLogin(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0 {
		return fold(s)
	}
	bare := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(s))
	return fold(bare)
}
