package veil

import (
	"bytes"
	"html"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// unescape decodes all escapes that start with the byte lead. one decodes the escape at the start of a text: it
// appends the decoded bytes to to, and returns the length of the escape, or 0 if there is none.
func unescape(r, to *reading, lead byte, one func(to, text []byte) ([]byte, int)) {
	if bytes.IndexByte(r.text, lead) < 0 {
		return // before the memory is allocated
	}
	memory := make([]byte, 0, utf8.UTFMax)
	done := 0 // bytes of r that are in to
	for at := 0; ; {
		i := bytes.IndexByte(r.text[at:], lead)
		if i < 0 {
			break
		}
		at += i
		decoded, n := one(memory, r.text[at:])
		if n == 0 {
			at++
			continue
		}
		to.copy(r, done, at)
		for _, b := range decoded {
			to.add(b, r.span(at, at+n))
		}
		at += n
		done = at
	}
	if done > 0 {
		to.copy(r, done, len(r.text))
	}
}

// blanks reads any space between two words as one blank, because lines may be indented or wrapped.
func blanks(r, to *reading) {
	if !hasSpace(r.text) {
		return
	}
	done := 0 // bytes of r that are in to
	for at := 0; at < len(r.text); {
		start := at
		for n := blank(r.text[at:]); n > 0; n = blank(r.text[at:]) {
			at += n
		}
		if at == start {
			at++
			continue
		}
		run := r.text[start:at]
		if start > 0 && at < len(r.text) && (len(run) > 1 || fold[run[0]] != fold[' ']) {
			to.copy(r, done, start)
			to.add(' ', r.span(start, at))
			done = at
		}
	}
	if done > 0 {
		to.copy(r, done, len(r.text))
	}
}

// unwrap removes line breaks, with the indentation of the next line: a text without blanks is wrapped in the middle.
func unwrap(r, to *reading) {
	if bytes.IndexByte(r.text, '\n') < 0 && bytes.IndexByte(r.text, '\r') < 0 {
		return
	}
	done := 0 // bytes of r that are in to
	for at := 0; at < len(r.text); {
		n := lineBreak(r.text[at:])
		if n == 0 {
			at++
			continue
		}
		to.copy(r, done, at)
		at += n
		done = at
	}
	if done > 0 {
		to.copy(r, done, len(r.text))
	}
}

// spaces has 1 for the bytes of a single blank, and 2 for those with which other space may start.
var spaces = func() (kinds [256]byte) {
	kinds[' '], kinds['+'] = 1, 1
	for b := range kinds {
		if b < ' ' || b >= utf8.RuneSelf {
			kinds[b] = 2
		}
	}
	return kinds
}()

// hasSpace reports whether a text may have space that is not a single blank.
func hasSpace(text []byte) bool {
	before := byte(0)
	for _, b := range text {
		kind := spaces[b]
		if kind+before > 1 && kind > 0 {
			return true
		}
		before = kind
	}
	return false
}

// blank returns the length of the space character at the start of a text, or 0.
func blank(text []byte) int {
	if len(text) == 0 || text[0] > ' ' && text[0] < utf8.RuneSelf && text[0] != '+' {
		return 0
	}
	if r, n := utf8.DecodeRune(text); isBlank(r) {
		return n
	}
	return 0
}

// isBlank reports whether a character is space. HTML forms write a blank as a plus, and the log draws a bar before each
// line of a value.
func isBlank(r rune) bool { return unicode.IsSpace(r) || r == '+' || r == '│' }

// short lists the escapes of a backslash and one more byte, in JSON, Go and YAML. The second line is for texts that were
// escaped and then put in upper case.
var short = map[byte]string{
	'a': "\a", 'b': "\b", 'e': "\x1b", 'f': "\f", 'n': "\n", 'r': "\r", 't': "\t", 'v': "\v", '0': "\x00",
	'A': "\a", 'B': "\b", 'E': "\x1b", 'F': "\f", 'R': "\r", 'T': "\t", 'V': "\v",
	'"': `"`, '\'': "'", '`': "`", '\\': `\`, '/': "/", ' ': " ",
	'N': "\u0085", '_': "\u00a0", 'L': "\u2028", 'P': "\u2029",
}

func backslash(to, text []byte) ([]byte, int) {
	if len(text) < 2 {
		return to, 0
	}
	switch text[1] {
	case 'x', 'X':
		if b, ok := number(text, 2, 2); ok {
			return append(to, byte(b)), 4
		}
	case 'U':
		if r, ok := number(text, 2, 8); ok && r <= unicode.MaxRune {
			return utf8.AppendRune(to, rune(r)), 10
		}
		return unit(to, text) // \u in upper case
	case 'u':
		return unit(to, text)
	case '0', '1', '2', '3':
		if r, ok := octal(text); ok {
			return append(to, r), 4
		}
		fallthrough
	default:
		if plain, ok := short[text[1]]; ok {
			return append(to, plain...), 2
		}
	}
	return to, 0
}

// unit decodes an escape of a UTF-16 unit, or two that make one character.
func unit(to, text []byte) ([]byte, int) {
	first, ok := number(text, 2, 4)
	if !ok {
		return braced(to, text)
	}
	if !utf16.IsSurrogate(rune(first)) {
		return utf8.AppendRune(to, rune(first)), 6
	}
	if second, ok := number(text, 8, 4); ok && text[6] == '\\' && text[7] == text[1] {
		if r := utf16.DecodeRune(rune(first), rune(second)); r != utf8.RuneError {
			return utf8.AppendRune(to, r), 12
		}
	}
	return to, 0
}

// braced decodes an escape such as \u{1F600}.
func braced(to, text []byte) ([]byte, int) {
	const digits = 6
	end := bytes.IndexByte(text[:min(len(text), len(`\u{}`)+digits)], '}')
	if end < len(`\u{0`) || text[2] != '{' {
		return to, 0
	}
	r, ok := number(text, len(`\u{`), end-len(`\u{`))
	if !ok || r > unicode.MaxRune {
		return to, 0
	}
	return utf8.AppendRune(to, rune(r)), end + 1
}

// octal returns the byte that a backslash and three octal digits make.
func octal(text []byte) (b byte, ok bool) {
	if len(text) < 4 {
		return 0, false
	}
	for _, digit := range text[1:4] {
		if digit < '0' || digit > '7' {
			return 0, false
		}
		b = b<<3 | (digit - '0')
	}
	return b, true
}

// number returns the number that so many hexadecimal digits of a text make. ok is false if one is missing.
func number(text []byte, at, digits int) (n uint32, ok bool) {
	if len(text) < at+digits {
		return 0, false
	}
	for _, b := range text[at : at+digits] {
		digit := hex.values[b]
		if digit < 0 {
			return 0, false
		}
		n = n<<4 | uint32(digit)
	}
	return n, true
}

// percent decodes an escape in a URL.
func percent(to, text []byte) ([]byte, int) {
	if b, ok := number(text, 1, 2); ok {
		return append(to, byte(b)), 3
	}
	return to, 0
}

// doubled decodes a quote that is written twice: ' in YAML, " in CSV.
func doubled(to, text []byte) ([]byte, int) {
	if len(text) > 1 && text[1] == text[0] {
		return append(to, text[0]), 2
	}
	return to, 0
}

// style decodes a change of color or style on a terminal to nothing: a table has one around each line.
func style(to, text []byte) ([]byte, int) {
	if len(text) < 2 || text[1] != '[' {
		return to, 0
	}
	for i := 2; i < len(text); i++ {
		switch b := text[i]; {
		case b == 'm', b == 'M': // a style is put in upper case with the text
			return to, i + 1
		case b != ';' && b != ':' && (b < '0' || b > '9'):
			return to, 0
		}
	}
	return to, 0
}

// entity decodes a character reference in HTML or XML.
func entity(to, text []byte) ([]byte, int) {
	const longest = len("&CounterClockwiseContourIntegral;")
	n := bytes.IndexByte(text[:min(len(text), longest)], ';') + 1
	if n == 0 {
		return to, 0
	}
	escaped := string(text[:n])
	if plain := html.UnescapeString(escaped); plain != escaped {
		return append(to, plain...), n
	}
	return to, 0
}
