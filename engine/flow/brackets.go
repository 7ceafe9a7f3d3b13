package flow

import (
	"bytes"
	"strings"
)

// farthest is the maximum length of a text in quotes or brackets that is scanned. About longer ones nothing is
// reported.
const farthest = 1 << 16

// quoted returns the offset after a text in quotes, which may continue on indented lines; -1 if it is not closed.
func (s *scan) quoted(at, col int) int {
	quote := s.src.text[at]
	end := min(s.end, at+farthest)
	for i := at + 1; i < end; i++ {
		switch c := s.src.text[i]; {
		case c == '\\' && quote == '"':
			i++
		case c == quote && quote == '\'' && i+1 < end && s.src.text[i+1] == quote:
			i++
		case c == quote:
			return i + 1
		case c == '\n' && !s.indented(i+1, col):
			return -1
		}
	}
	if end < s.end {
		return s.end
	}
	return -1
}

// quoteEnd returns the length of the text in quotes that a line starts with; -1 if it is not closed on this line.
func quoteEnd(line []byte) int {
	s := scan{src: &source{text: line}, end: len(line)}
	return s.quoted(0, 0)
}

// brackets checks a list or mapping in brackets and moves to its end.
func (s *scan) brackets(at, col int, bare bool, bad func(int, int, string, string), inQuotes string) {
	end, odd := s.bracketsEnd(at, col)
	switch {
	case odd >= 0:
		blank := end
		if end < 0 {
			blank = at + len(lineOf(s.src.text[:s.end], at))
		}
		hint := "in brackets, write a string that contains , ? [ ] { or } in quotes"
		var fix *Edit
		jinja := startsTemplate(string(s.src.excerpt(odd)))
		if jinja || strings.IndexByte("$@`", s.src.text[odd]) >= 0 {
			hint = quoteHint(s.expressionAt(odd), bare)
			if from, whole := s.stringAround(at, odd); whole != "" {
				hint, fix = quoteHint(whole, bare), s.src.inQuotes(from, whole)
				if _, tool := ourBraces(whole, bare); tool != "" {
					fix = nil
				}
			}
		}
		if s.src.text[odd] == '$' {
			odd++
		}
		code, message := CodeTrap, "in brackets YAML reads this "+string(s.src.text[odd])+" as the start of a "
		switch s.src.text[odd] {
		case '{':
			message += "mapping"
			if found, _ := bracesIn(string(s.src.excerpt(odd)), 0); jinja {
				message, hint = found.tool+"; YAML reads it as a mapping", strings.TrimPrefix(hint, found.tool+"; ")
			}
		case '[':
			message += "list"
		case '?':
			message += "key"
		case '@', '`':
			code, message = CodeSyntax, "a YAML string cannot start with "+quoted(string(s.src.text[odd]))
		default:
			code, message = CodeSyntax, "a comma is missing in brackets between a string in quotes and this"
		}
		s.add(at, blank, odd, 1, false, code, hint, message)
		s.found[len(s.found)-1].problem.Fix = fix
	case end < 0:
		bad(at, 1, "this "+quoted(string(s.src.text[at]))+" is not closed", "add the other bracket, or write the string in quotes")
	case s.trailing(end) && !bytes.HasPrefix(bytes.TrimLeft(s.src.text[end:s.end], " "), []byte(":")):
		bad(end, 1, "YAML ends this value at its bracket, but the line goes on", inQuotes)
	}
	s.goOn(end)
}

// bracketsEnd returns the offset after the bracket that closes the one at a byte; -1 if there is none. odd is the first
// character in between that YAML does not read as a part of the surrounding text: "${", a bracket or question mark in
// the middle of a text, a character that cannot start one, or a character after a text in quotes; -1 if there is none.
func (s *scan) bracketsEnd(at, col int) (end, odd int) {
	text, depth := s.src.text[:min(s.end, at+farthest)], 0
	odd = -1
	open := false
	mayStart := true // a value may start here, so a quote opens a string
	for i := at; i < len(text); i++ {
		c := text[i]
		switch {
		case (c == '"' || c == '\'') && mayStart:
			if i = s.quoted(i, col) - 1; i < 0 {
				return -1, odd
			}
			if next := bytes.TrimLeft(text[min(i+1, len(text)):], " \t\r\n"); odd < 0 && len(next) > 0 && strings.IndexByte(",:]}#", next[0]) < 0 {
				odd = len(text) - len(next)
			}
		case c == '$' && bytes.HasPrefix(text[i:], []byte("${")):
			if odd < 0 {
				odd = i
			}
			if n := expressionEnd(lineOf(text, i)[2:]); n > 0 && !open {
				i += 1 + n
			} else {
				open = true // not closed: count its braces, and do not look for another expression
			}
		case c == '!' && mayStart: // a tag
			for i+1 < len(text) && !isBlank(text[i+1]) && breakSize(text[i+1:]) == 0 {
				i++
			}
			continue
		case (c == '@' || c == '`') && mayStart && odd < 0:
			odd = i
		case c == '{' && mayStart && startsTemplate(string(s.src.excerpt(i))):
			if odd < 0 {
				odd = i
			}
			found, _ := bracesIn(string(s.src.excerpt(i)), 0)
			i += found.end - 1
		case c == '[' || c == '{' || c == '?':
			if odd < 0 && !mayStart {
				odd = i
			}
			if c != '?' {
				depth++
			}
		case c == ']' || c == '}':
			if depth--; depth == 0 {
				return i + 1, odd
			}
		case c == '#' && isBlank(text[i-1]):
			i += len(lineOf(text, i)) - 1
		case c == '\n' && !s.indented(i+1, col) && !s.closes(i+1):
			return -1, odd
		}
		mayStart = strings.IndexByte("[{,:", c) >= 0 || mayStart && (isBlank(c) || c == '\n' || c == '\r')
	}
	if len(text) < s.end {
		return s.end, odd
	}
	return -1, odd
}

// closes reports whether the line at a byte starts with a closing bracket.
func (s *scan) closes(at int) bool {
	rest := bytes.TrimLeft(lineOf(s.src.text[:s.end], at), " \t")
	return len(rest) > 0 && (rest[0] == ']' || rest[0] == '}')
}

// expressionAt returns the ${ } at a byte, as far as it can be found.
func (s *scan) expressionAt(at int) string {
	line := lineOf(s.src.text[:min(s.end, at+farthest)], at)
	if n := expressionEnd(line[2:]); n > 0 {
		return clip(string(line[:2+n]))
	}
	return "${ … }"
}

// stringAround returns the text in the brackets at a byte to which the character at another one belongs, up to the next comma or
// bracket, and its start. It is empty if its end is not known.
func (s *scan) stringAround(brackets, at int) (from int, whole string) {
	text := s.src.text
	from = at
	for from > brackets+1 && strings.IndexByte("[{,\n", text[from-1]) < 0 && (!isBlank(text[from-1]) || from < 2 || text[from-2] != ':') {
		from--
	}
	end := at
	line := lineOf(text[:min(s.end, at+farthest)], at)
	for i := 0; i < len(line) && strings.IndexByte(",]}", line[i]) < 0; i++ {
		if bytes.HasPrefix(line[i:], []byte("${")) {
			n := expressionEnd(line[i+2:])
			if n < 0 {
				break
			}
			i += 1 + n
		} else if rest := string(line[i:min(len(line), i+longestTemplate)]); startsTemplate(rest) {
			found, _ := bracesIn(rest, 0)
			i += found.end - 1
		}
		end = at + i + 1
	}
	if end == at {
		return at, ""
	}
	for from < at && isBlank(text[from]) {
		from++
	}
	return from, strings.TrimSpace(string(text[from:end]))
}
