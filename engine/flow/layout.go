package flow

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// A layout decodes the source of a scalar and compares it with the text that yaml.v3 read, to find the source of each
// byte. If the two differ, it fails instead of guessing.
type layout struct {
	text string // as YAML read it
	done int    // number of bytes of text that were found in src
	src  []byte
	at   int // offset in src
	runs []run
}

// same records that the next n bytes of text are the next n bytes of the source.
func (l *layout) same(n int) {
	if last := len(l.runs) - 1; last >= 0 {
		if r := &l.runs[last]; r.text+r.length == l.done && r.source+r.length == l.at {
			r.length += n
			l.done += n
			l.at += n
			return
		}
	}
	l.runs = append(l.runs, run{l.done, l.at, n})
	l.done += n
	l.at += n
}

// other records that the next n bytes of text are written as size bytes of source.
func (l *layout) other(n, size int) bool {
	if l.done+n > len(l.text) {
		return false
	}
	l.runs = append(l.runs, run{l.done, l.at, 0})
	l.done += n
	l.at += size
	return true
}

func (l *layout) plain() bool {
	if l.text == "" {
		l.same(0)
		return true
	}
	for l.done < len(l.text) {
		if ok, met := l.blanks(); met {
			if !ok {
				return false
			}
			continue
		}
		if l.at >= len(l.src) || l.src[l.at] != l.text[l.done] {
			return false
		}
		l.same(1)
	}
	return true
}

func (l *layout) quoted(quote byte) bool {
	if l.at >= len(l.src) || l.src[l.at] != quote {
		return false
	}
	l.at++
	for l.at < len(l.src) {
		if ok, met := l.blanks(); met {
			if !ok {
				return false
			}
			continue
		}
		c := l.src[l.at]
		switch {
		case c == quote && quote == '\'' && l.at+1 < len(l.src) && l.src[l.at+1] == quote:
			if !l.other(1, 2) {
				return false
			}
		case c == quote:
			l.same(0)
			l.at++
			return l.done == len(l.text)
		case c == '\\' && quote == '"':
			if !l.escape() {
				return false
			}
		case l.done >= len(l.text) || c != l.text[l.done]:
			return false
		default:
			l.same(1)
		}
	}
	return false
}

// blanks reads white space; met reports whether there was any. Within a line it is kept, around a line break it is
// folded.
func (l *layout) blanks() (ok, met bool) {
	end := l.at
	for end < len(l.src) && isBlank(l.src[end]) {
		end++
	}
	switch {
	case breakSize(l.src[end:]) > 0:
		return l.fold(), true
	case end == l.at:
		return true, false
	case strings.HasPrefix(l.text[l.done:], string(l.src[l.at:end])):
		l.same(end - l.at)
		return true, true
	}
	return false, true
}

// escape reads an escape sequence after a backslash in double quotes.
func (l *layout) escape() bool {
	rest := l.src[l.at+1:]
	if len(rest) == 0 {
		return false
	}
	if n := breakSize(rest); n > 0 { // an escaped line break adds nothing to the text
		l.at += 1 + n
		for l.at < len(l.src) {
			if n := breakSize(l.src[l.at:]); n > 0 { // an empty line after it adds a line break
				if !l.other(1, n) {
					return false
				}
			} else if isBlank(l.src[l.at]) {
				l.at++
			} else {
				break
			}
		}
		return true
	}
	size := 2
	switch rest[0] {
	case 'x':
		size = 4
	case 'u':
		size = 6
	case 'U':
		size = 10
	}
	if l.at+size > len(l.src) || l.done >= len(l.text) {
		return false
	}
	_, n := utf8.DecodeRuneInString(l.text[l.done:])
	return l.other(n, size)
}

// fold reads a line break in a plain or quoted scalar. White space around it is ignored, one break is a space, and each
// further break is a line break.
func (l *layout) fold() bool {
	breaks, start := 0, l.at
	for l.at < len(l.src) {
		if n := breakSize(l.src[l.at:]); n > 0 {
			breaks++
			l.at += n
		} else if isBlank(l.src[l.at]) {
			l.at++
		} else {
			break
		}
	}
	want := " "
	if breaks > 1 {
		want = strings.Repeat("\n", breaks-1)
	}
	if !strings.HasPrefix(l.text[l.done:], want) {
		return false
	}
	l.runs = append(l.runs, run{l.done, start, 0})
	l.done += len(want)
	return true
}

// block reads the lines below a | or >.
func (l *layout) block() bool {
	line, next, _ := l.line(l.at)
	if len(line) == 0 || line[0] != '|' && line[0] != '>' {
		return false
	}
	end := next
	indent := -1
	for l.at = next; l.done < len(l.text); {
		line, next, ok := l.line(l.at)
		if !ok {
			return l.finish(end)
		}
		if indent < 0 && len(bytes.TrimLeft(line, " ")) > 0 {
			indent = l.indent(line)
			if indent < 0 {
				return l.finish(end)
			}
		}
		content := line[min(max(indent, 0), len(line)-len(bytes.TrimLeft(line, " "))):]
		if indent < 0 || len(content) == 0 { // an empty line: its line break is matched before the next content
			l.at = next
			continue
		}
		skip := l.done // skip line breaks, the space of a folded one, and lines of spaces
		for skip < len(l.text) && strings.IndexByte(" \t\n", l.text[skip]) >= 0 && !strings.HasPrefix(l.text[skip:], string(content)) {
			skip++
		}
		if !strings.HasPrefix(l.text[skip:], string(content)) {
			if len(bytes.TrimLeft(content, " ")) > 0 {
				return l.finish(end)
			}
			l.at = next
			continue
		}
		l.done = skip
		l.at += len(line) - len(content)
		l.same(len(content))
		end = l.at
		l.at = next
	}
	return l.finish(end)
}

// finish ends a block. It reports whether the rest of the text consists of line breaks and lines of spaces.
func (l *layout) finish(end int) bool {
	l.at = end
	return strings.Trim(l.text[l.done:], " \t\n") == ""
}

// indent returns the indentation of a block scalar, which its first line that is not empty determines; -1 if line does
// not match.
func (l *layout) indent(line []byte) int {
	first, rest, more := strings.Cut(l.text[l.done:], "\n")
	for more && strings.Trim(first, " ") == "" {
		first, rest, more = strings.Cut(rest, "\n")
	}
	for indent := len(line) - len(bytes.TrimLeft(line, " ")); indent >= 0; indent-- {
		if bytes.HasPrefix([]byte(first), line[indent:]) {
			return indent
		}
	}
	return -1
}

// line returns the line that starts at a byte, and the offset of the next line.
func (l *layout) line(at int) (line []byte, next int, ok bool) {
	if at >= len(l.src) {
		return nil, at, false
	}
	for i := at; i < len(l.src); i++ {
		if n := breakSize(l.src[i:]); n > 0 {
			return l.src[at:i], i + n, true
		}
	}
	return l.src[at:], len(l.src), true
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// breakSize returns the length of the line break that text starts with, as yaml.v3 defines it; 0 if there is none.
func breakSize(text []byte) int {
	switch {
	case len(text) == 0:
		return 0
	case text[0] == '\n':
		return 1
	case text[0] == '\r':
		if len(text) > 1 && text[1] == '\n' {
			return 2
		}
		return 1
	case text[0] == 0xC2 && len(text) > 1 && text[1] == 0x85:
		return 2
	case text[0] == 0xE2 && len(text) > 2 && text[1] == 0x80 && (text[2] == 0xA8 || text[2] == 0xA9):
		return 3
	}
	return 0
}
