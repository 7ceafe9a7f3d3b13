package flow

import "bytes"

// line is a comment or a blank line that is not attached to a piece yet.
type line struct {
	text string
	col  int
}

// column returns the number of bytes before an offset on its line.
func (p *pieceReader) column(at int) int {
	start := at
	for start > 0 && !endsLine(p.src.text[:start]) {
		start--
	}
	return at - start
}

func endsLine(text []byte) bool {
	last := text[len(text)-1]
	return last == '\n' || last == '\r'
}

// comment reads the comment that follows on this line; "" if there is none.
func (p *pieceReader) comment() string {
	for p.at < p.end && isBlank(p.src.text[p.at]) {
		p.at++
	}
	if p.at == p.end || p.src.text[p.at] != '#' {
		return ""
	}
	text := lineOf(p.src.text[:p.end], p.at)
	p.at += len(text)
	comment := string(bytes.TrimRight(text, " \t"))
	p.comments = append(p.comments, comment)
	return comment
}

// sideComment reads the comment that follows on this line and stores it in place. If place is not empty, the comment
// becomes a line of its own.
func (p *pieceReader) sideComment(place *string) {
	comment := p.comment()
	switch {
	case comment == "":
	case *place == "" && len(p.lines) == 0:
		*place = comment
	default:
		p.lines = append(p.lines, line{comment, p.column(p.at - len(comment))})
	}
}

// rest reads the comments and blank lines up to the next token. Consecutive blank lines become one.
func (p *pieceReader) rest() {
	breaks := 0
	if p.at == 0 || endsLine(p.src.text[:p.at]) {
		breaks = 1
	}
	for p.at < p.end {
		rest := p.src.text[p.at:p.end]
		switch {
		case isBlank(rest[0]):
			p.at++
		case breakSize(rest) > 0:
			p.at += breakSize(rest)
			p.broken = p.at
			if breaks++; breaks == 2 {
				p.lines = append(p.lines, line{})
			}
		case rest[0] == '#':
			col := p.column(p.at)
			p.lines = append(p.lines, line{p.comment(), col})
			breaks = 0
		default:
			return
		}
	}
}

// take returns the lines that are not attached yet, and removes them.
func (p *pieceReader) take() []string {
	var texts []string
	for _, l := range p.lines {
		texts = append(texts, l.text)
	}
	p.lines = nil
	return texts
}

// foot returns the lines after the last part of a list or mapping that are indented at least as far as its parts: they
// belong to it. A list that is not indented below its key has none.
func (p *pieceReader) foot(col, outer int) []string {
	p.rest()
	next := -1
	if text := lineOf(p.src.text[:p.end], p.at); len(text) > 0 && !(p.column(p.at) == 0 && isMarker(text, "...")) {
		next = p.column(p.at)
	}
	if col <= next || col <= outer {
		return nil
	}
	n := 0
	for i, l := range p.lines {
		if l.text != "" && l.col < col {
			break
		}
		if l.text != "" {
			n = i + 1
		}
	}
	var texts []string
	for _, l := range p.lines[:n] {
		texts = append(texts, l.text)
	}
	p.lines = p.lines[n:]
	return texts
}
