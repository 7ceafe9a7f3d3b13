package flow

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// A syntaxError is an error of yaml.v3.
type syntaxError struct {
	message string // without "yaml: line 7: "
	offset  int    // number of bytes that yaml.v3 had read when it failed, including lookahead
}

// plainMessage returns the message of yaml.v3 without its prefix and line.
func plainMessage(err error) string {
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	if rest, ok := strings.CutPrefix(message, "line "); ok {
		if _, after, ok := strings.Cut(rest, ": "); ok {
			message = after
		}
	}
	return message
}

// mended parses the documents of a chunk. If yaml.v3 rejects it, the mistakes that can be identified are reported and
// replaced with spaces, and the chunk is parsed again. Any remaining error is reported as yaml.v3 describes it.
func mended(src *source, c chunk, ps *Problems) []*yaml.Node {
	text := src.text[c.start:c.end]
	docs, bad := decode(text)
	if bad == nil {
		return docs
	}
	found := suspects(src, c)
	reported := map[int]bool{}
	text = slices.Clone(text)
	for _, s := range found {
		if s.weak {
			continue
		}
		ps.put(s.problem)
		reported[s.problem.Pos.Line] = true
		if src.blanked == nil {
			src.blanked = map[int]bool{}
		}
		src.blanked[src.pos(s.start).Line] = true
		for i := s.start - c.start; i < s.end-c.start; i++ {
			if text[i] != '\n' && text[i] != '\r' {
				text[i] = ' '
			}
		}
	}
	if len(reported) > 0 {
		if docs, bad = decode(text); bad == nil {
			return docs
		}
	}
	if p := bad.problem(src, c, found); !reported[p.Pos.Line] {
		ps.put(p)
	}
	return docs
}

// problem returns a Problem for the error: with the message of a suspect that explains it, or else in our words.
func (e *syntaxError) problem(src *source, c chunk, found []suspect) Problem {
	text := src.text[:c.end]
	at := min(max(c.start+e.offset-1, c.start), len(text)-1)
	for at > c.start && strings.IndexByte(" \t\r\n", text[at]) >= 0 {
		at-- // the lookahead
	}
	line := src.pos(at).Line
	for _, s := range found {
		// The mistake may be on the line before: some are only noticed on the next line.
		if s.weak && (s.problem.Pos.Line == line || s.problem.Pos.Line == line-1) {
			return s.problem
		}
	}
	p := Problem{Code: CodeSyntax, Width: 1}
	p.Message, p.Hint = inOurWords(e.message)
	switch {
	case strings.Contains(e.message, "unknown anchor"):
		p.Code = CodeAlias
		name := strings.Split(e.message, "'")[1]
		if i := bytes.Index(text[c.start:], []byte("*"+name)); i >= 0 {
			at, p.Width = c.start+i, 1+utf8.RuneCountInString(name)
		}
	case strings.Contains(e.message, "expected key"), strings.Contains(e.message, "'-' indicator"), strings.Contains(e.message, "<document start>"):
		// The whole line is wrong.
		at = src.lines[line-1]
		for at < len(text)-1 && isBlank(text[at]) {
			at++
		}
	case strings.Contains(e.message, "expected ',' or"):
		at = opener(text[c.start:at+1], at-c.start) + c.start
	case strings.Contains(e.message, "escape character"):
		if i := bytes.LastIndexByte(text[:at+1], '\\'); i >= c.start {
			at, p.Width = i, 2
		}
	}
	for at > c.start && !utf8.RuneStart(text[at]) {
		at--
	}
	p.Pos = src.pos(at)
	return p
}

// opener returns the offset of the bracket that is still open at the end of a text; without one, that of the bracket
// that was closed last; without brackets, or.
func opener(text []byte, or int) int {
	var open []int
	for i, c := range text {
		switch c {
		case '[', '{':
			open = append(open, i)
		case ']', '}':
			if len(open) > 0 {
				or = open[len(open)-1]
				open = open[:len(open)-1]
			}
		}
	}
	if len(open) > 0 {
		return open[len(open)-1]
	}
	return or
}

// inOurWords rewrites a message of yaml.v3 for people.
func inOurWords(message string) (ours, hint string) {
	indentation := "check the indentation of this line and of those above it"
	for _, m := range []struct{ theirs, ours, hint string }{
		{"mapping values are not allowed", "a key is not allowed here", indentation + "; write a string that contains \": \" in quotes"},
		{"did not find expected key", "this line does not continue the mapping above it", indentation},
		{"did not find expected '-' indicator", "this line does not continue the list above it", indentation},
		{"did not find expected <document start>", "this is not part of the document above it", "put a line --- between documents, or " + indentation},
		{"could not find expected ':'", "a colon is missing after this key", "a key has a colon and a space after it"},
		{"found character that cannot start any token", "a value cannot start with this character", "indent with spaces, not tabs; write a string that starts with a special character in quotes"},
		{"did not find expected ',' or", "a comma is missing after this bracket, or the other bracket", "in brackets, write a string that contains , ? [ ] { or } in quotes"},
		{"found unexpected end of stream", "a quote is not closed", ""},
		{"unknown escape character", "not an escape in double quotes", `write \\ for a backslash, or use single quotes`},
		{"control characters are not allowed", "a control character is not allowed", `write it as an escape in double quotes, such as "\u001b"`},
		{"block sequence entries are not allowed", "a list item is not allowed here", "start a list on the line below its key"},
		{"did not find expected node content", "a value is missing here, or a bracket", ""},
		{"exceeded max depth", "lists and mappings are nested too deeply", ""},
	} {
		if strings.Contains(message, m.theirs) {
			return m.ours, m.hint
		}
	}
	if strings.HasPrefix(message, "unknown anchor") {
		return strings.Replace(message, "unknown anchor", "unknown anchor", 1), "write a string that starts with * in quotes"
	}
	return "not valid YAML: " + message, ""
}
