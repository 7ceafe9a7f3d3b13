package flow

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
)

// When yaml.v3 rejects a document it reports little, and only the first mistake. This file reads the document again,
// loosely and line by line, and looks for the usual mistakes in YAML. Mistakes that it is certain of are reported
// instead and replaced with spaces, so that the rest of the document can be read.

// A suspect is a part of the source that cannot be YAML.
type suspect struct {
	start, end int // offsets of the part to replace with spaces; equal if that would not help
	problem    Problem
	weak       bool // only used if yaml.v3 failed on this line
}

// bareKeys are all keys of the language whose values are expressions without ${ }.
var bareKeys = []string{"if", "when", "until", "each", "key", "collect", "count_by", "per"}

var (
	blockHeader = regexp.MustCompile(`^[|>][-+0-9]*([ \t]+#.*)?[ \t]*$`)
	aliasName   = regexp.MustCompile(`^[&*]([A-Za-z0-9_-]+)([ \t]|$)`)
	nothing     = regexp.MustCompile(`^([!&][^ \t]*)?[ \t]*(#.*)?$`) // no value on this line, except a tag or an anchor
	anchor      = regexp.MustCompile(`&([A-Za-z0-9_-]+)`)
)

// A scan is the state of the search for suspects.
type scan struct {
	src            *source
	start, at, end int // offsets of the start of the document, the next line, and the end
	found          []suspect
	levels         []int           // columns of the enclosing keys and items, outermost first
	valued         bool            // the previous key has its value on its own line
	anchors        map[string]bool // nil until an alias is found
}

// suspects returns the suspects of a document.
func suspects(src *source, c chunk) []suspect {
	s := &scan{src: src, start: c.start, at: c.start, end: c.end}
	for s.at < s.end {
		line, next := cutLine(src.text[:s.end], s.at)
		start := s.at
		s.at = next
		if isMarker(line, "---") {
			line, start = line[3:], start+3
		}
		if !hasContent(line) || isMarker(line, "...") || line[0] == '%' {
			continue
		}
		s.line(line, start)
	}
	return s.found
}

// mend gives the problem that was found last the edit that writes a value in quotes, unless the value goes on below.
func (s *scan) mend(at, col int, whole string, bare bool) {
	if inner, wrapped := unwrapped(whole); bare && wrapped {
		s.found[len(s.found)-1].problem.Fix = s.src.replaced(at, at+len(whole), yamlQuoted(inner))
		return
	}
	if s.at < s.end && s.indented(s.at, col) && hasContent(lineOf(s.src.text[:s.end], s.at)) {
		return
	}
	s.found[len(s.found)-1].problem.Fix = s.src.inQuotes(at, whole)
}

func (s *scan) add(start, end, at, width int, weak bool, code, hint, message string) {
	s.found = append(s.found, suspect{start: start, end: end, weak: weak,
		problem: Problem{Pos: s.src.pos(at), Width: width, Code: code, Message: message, Hint: hint}})
}

// line checks a line that is not inside a block scalar, quotes or brackets.
func (s *scan) line(line []byte, start int) {
	indent := len(line) - len(bytes.TrimLeft(line, " "))
	if line[indent] == '\t' {
		s.add(0, 0, start+indent, 1, true, CodeSyntax, "indent with spaces", "a tab cannot indent a line")
		return
	}
	at := indent
	item := false
	for at < len(line) && line[at] == '-' && (at+1 == len(line) || isBlank(line[at+1])) {
		s.level(at, start, item)
		item = true
		for at++; at < len(line) && isBlank(line[at]); at++ {
		}
	}
	if at == len(line) || line[at] == '#' {
		s.valued = false
		return
	}
	rest := line[at:]
	if (rest[0] == '?' || rest[0] == ':') && (len(rest) == 1 || isBlank(rest[1])) {
		s.valued = false // a key of several lines, which is never written by mistake
		return
	}
	for word := propertyEnd(rest); word > 0 && word < len(rest); word = propertyEnd(rest) {
		rest, at = rest[word:], at+word
	}
	colon := keyEnd(rest)
	if colon < 0 {
		if item || rest[0] == '{' || rest[0] == '[' {
			s.valued = !nothing.Match(rest)
			s.value("", rest, start+at, at-1)
		} else {
			s.noKey(rest, start+at, at)
		}
		return
	}
	s.level(at, start, item)
	key := strings.Trim(string(rest[:colon]), `"' `)
	after := colon + 1
	for after < len(rest) && isBlank(rest[after]) {
		after++
	}
	if s.valued = after < len(rest) && !nothing.Match(rest[after:]); s.valued {
		s.value(key, rest[after:], start+at+after, at)
	}
}

// propertyEnd returns the offset of the value after a tag or an anchor; 0 if the text starts with neither.
func propertyEnd(text []byte) int {
	end := bytes.IndexAny(text, " \t")
	if end < 0 || text[0] != '!' && (text[0] != '&' || !aliasName.Match(text)) {
		return 0
	}
	for end < len(text) && isBlank(text[end]) {
		end++
	}
	return end
}

// keyEnd returns the offset of the colon that ends the key of a line; -1 if the line has no key.
func keyEnd(line []byte) int {
	i := 0
	switch line[0] {
	case '"', '\'':
		if i = quoteEnd(line); i < 0 {
			return -1
		}
		for i < len(line) && isBlank(line[i]) {
			i++
		}
		if i < len(line) && line[i] == ':' && (i+1 == len(line) || isBlank(line[i+1])) {
			return i
		}
		return -1
	case '{', '[', '?':
		return -1
	}
	return colonIn(line)
}

// colonIn returns the offset of the first colon in a plain text that YAML reads as the end of a key; -1 if there is
// none.
func colonIn(text []byte) int {
	for i, c := range text {
		switch {
		case c == '#' && i > 0 && isBlank(text[i-1]):
			return -1
		case c == ':' && (i+1 == len(text) || isBlank(text[i+1])):
			return i
		}
	}
	return -1
}

// level updates the columns of the enclosing keys and items.
func (s *scan) level(col, start int, item bool) {
	depth := len(s.levels)
	for len(s.levels) > 0 && s.levels[len(s.levels)-1] > col {
		s.levels = s.levels[:len(s.levels)-1]
	}
	known := len(s.levels) > 0 && s.levels[len(s.levels)-1] == col
	switch {
	case known:
	case len(s.levels) < depth && !item:
		s.add(0, 0, start+col, 1, true, CodeSyntax, "align it with the line that it belongs to", "this line starts at a column where no line above it starts")
		s.levels = append(s.levels, col)
	case depth > 0 && s.valued && !item:
		s.add(0, 0, start+col, 1, true, CodeSyntax, "align it with the line above, or remove the value of that line", "this line is indented as part of the line above, which already has a value")
		s.levels = append(s.levels, col)
	default:
		s.levels = append(s.levels, col)
	}
	s.valued = false
}

// noKey checks a line that is not an item and has no key: it may continue the text above.
func (s *scan) noKey(rest []byte, at, col int) {
	if len(s.levels) > 0 && col > s.levels[len(s.levels)-1] {
		return
	}
	word, _, _ := bytes.Cut(rest, []byte(" "))
	if before, after, ok := bytes.Cut(word, []byte(":")); ok && len(before) > 0 && len(after) > 0 {
		s.add(0, 0, at+len(before), 1, true, CodeSyntax, "write `"+string(before)+": "+clip(string(after))+"`", "a space is missing after this colon")
		return
	}
	s.add(0, 0, at, len([]rune(string(word))), true, CodeSyntax, "a key has a colon and a space after it, a list item starts with \"- \"", "a colon is missing on this line")
}

// value checks the value after a key or a "-" and skips the lines that belong to it: those indented beyond col.
func (s *scan) value(key string, text []byte, at, col int) {
	if word := propertyEnd(text); word > 0 && word < len(text) {
		s.value(key, text[word:], at+word, col)
		return
	}
	lineEnd := at + len(text)
	whole := strings.TrimRight(string(text), " \t")
	bare := slices.Contains(bareKeys, key)
	bad := func(from, width int, message, hint string) {
		code := CodeSyntax
		if bare || strings.Contains(whole, "${") {
			code = CodeTrap
		}
		s.add(at, lineEnd, from, width, false, code, hint, message)
	}
	inQuotes := quoteHint(whole, bare)
	inner := inQuotes // the same hint, for quotes that were meant for YAML
	if last := len(whole) - 1; last > 0 && whole[0] == whole[last] {
		inner = "write " + yamlQuoted(clip(whole[1:last]))
	}
	switch c := text[0]; {
	case c == '#':
	case c == '"' || c == '\'':
		end := s.quoted(at, col)
		s.goOn(end)
		switch {
		case end < 0:
			bad(at, 1, "this quote is not closed", "add the other quote, or remove this one")
		case s.trailing(end):
			if strings.Contains(whole, "${") || !isBlank(s.src.text[end]) {
				inQuotes = inner
			}
			bad(end, 1, "YAML ends this string at its second quote, but the line goes on", inQuotes)
		}
	case startsTemplate(whole):
		found, _ := bracesIn(whole, 0)
		s.add(at, lineEnd, at, found.end, false, CodeTrap, "write "+inYAML(withoutComment(whole, bare), bare, false), found.tool+"; YAML reads it as a mapping")
	case c == '[' || c == '{':
		s.brackets(at, col, bare, bad, inQuotes)
	case c == '|' || c == '>':
		if !blockHeader.Match(text) {
			bad(at, 1, "YAML reads "+quoted(string(c))+" as the start of a string on the lines below", inQuotes)
		} else {
			s.skipBlock(col)
		}
	case c == '@' || c == '`' || c == '%':
		bad(at, 1, "a YAML string cannot start with "+quoted(string(c)), inQuotes)
		s.mend(at, col, whole, bare)
	case c == '*' && aliasName.MatchString(whole) && !slices.Contains(bareKeys, key):
		if !s.anchored(text) {
			s.add(at, lineEnd, at, len(whole), false, CodeAlias, "write a string that starts with * in quotes", "unknown anchor "+quoted("&"+whole[1:]))
		}
	case c == '*' && !s.anchored(text), c == '&' && !aliasName.Match(text):
		bad(at, 1, "YAML reads "+quoted(string(c))+" as the name of an alias", inQuotes)
	case c == '-' && len(text) > 1 && isBlank(text[1]):
		bad(at, 1, "a list cannot start on the line of its key", "start it on the next line, or write it in brackets: [a, b]")
	case c == '!' || c == '&' || c == '*' || c == '?':
	default:
		if colon := colonIn(text); colon >= 0 {
			bad(at+colon, 1, "YAML reads this colon as the end of a key, in the middle of a string", inQuotes)
			s.mend(at, col, whole, bare)
		}
	}
}

// anchored reports whether the document has the anchor of an alias.
func (s *scan) anchored(alias []byte) bool {
	if s.anchors == nil {
		s.anchors = map[string]bool{}
		for _, m := range anchor.FindAllSubmatch(s.src.text[s.start:s.end], -1) {
			s.anchors[string(m[1])] = true
		}
	}
	m := aliasName.FindSubmatch(alias)
	return m != nil && s.anchors[string(m[1])]
}

// trailing reports whether the line continues with anything other than a comment.
func (s *scan) trailing(at int) bool {
	line := lineOf(s.src.text[:s.end], at)
	rest := bytes.TrimLeft(line, " \t")
	return len(rest) > 0 && !(rest[0] == '#' && len(rest) < len(line))
}

// indented reports whether the line at a byte is empty or starts beyond a column.
func (s *scan) indented(at, col int) bool {
	line := lineOf(s.src.text[:s.end], at)
	rest := bytes.TrimLeft(line, " \t")
	return len(rest) == 0 || len(line)-len(rest) > max(col, 0)
}

// goOn continues the scan at the line after the one with a byte; -1 changes nothing.
func (s *scan) goOn(at int) {
	if at < 0 {
		return
	}
	if _, next := cutLine(s.src.text[:s.end], at); next > s.at {
		s.at = next
	}
}

// skipBlock skips the lines of a block scalar.
func (s *scan) skipBlock(col int) {
	for s.at < s.end && s.indented(s.at, col) {
		_, s.at = cutLine(s.src.text[:s.end], s.at)
	}
}
