package expr

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr/file"

	"github.com/flowdeck/flowdeck/engine/words"
)

// Error is an error in an expression, found before or during its evaluation. A canceled context is not an Error.
type Error struct {
	Offset, Width int    // position in the source text, in bytes
	Message       string // lower case, no full stop
	Hint          string // how to fix it, or empty

	// Set if a name does not exist: the name as written, and the names that do exist, sorted.
	Name         string
	Alternatives []string
	Of           []string // if the name is that of a field: the path of the value without it; nil if that is not a path

	budget bool // a budget was exceeded
}

// Error returns the message without the position and the hint.
func (e *Error) Error() string { return e.Message }

// shifted returns the error with its position in a text that contains the expression at an offset.
func (e *Error) shifted(by int) *Error {
	moved := *e
	moved.Offset += by
	return &moved
}

// fault is an error of an operator or a function, without a position.
type fault struct {
	message, hint string
	arg           int    // the number of the wrong argument, from 1; 0: the call as a whole
	read          string // a name that could not be read, quoted
	kind          string // the kind of the value that has no such name
	beyond        bool   // a list does not have the element
	budget        bool
}

func (f *fault) Error() string { return f.message }

// mustBe returns the fault of a value of the wrong kind.
func mustBe(subject, want, got string) *fault {
	return &fault{message: words.MustBe(subject, want, got)}
}

func faultf(format string, args ...any) *fault { return &fault{message: fmt.Sprintf(format, args...)} }

// tooMuch returns the fault of an exceeded budget.
func tooMuch(format string, args ...any) *fault {
	f := faultf(format, args...).withHint(budgetHint)
	f.budget = true
	return f
}

func (f *fault) withHint(hint string) *fault {
	f.hint = hint
	return f
}

// at sets the argument that is wrong, counted from 0.
func (f *fault) at(arg int) *fault {
	f.arg = arg + 1
	return f
}

// about adds the name of the value that could not be read from to the message.
func (f *fault) about(subject string) *fault {
	if f.read == "" || subject == "" {
		return f
	}
	named := *f
	named.message = fmt.Sprintf("cannot read %s of %s, which is %s", f.read, subject, words.A(f.kind))
	return &named
}

// placed turns the fault into an Error with a position.
func (f *fault) placed(at span) *Error {
	return &Error{Offset: at.from, Width: at.to - at.from, Message: excerpt(f.message), Hint: excerpt(f.hint), budget: f.budget}
}

// excerpt cuts a message, which may quote a text of many megabytes.
func excerpt(message string) string {
	const most = 500 // bytes
	if len(message) <= most {
		return message
	}
	return strings.ToValidUTF8(message[:most], "") + "…"
}

// span is a range in the source, in bytes.
type span struct{ from, to int }

// cover returns the smallest span that contains both; an empty span is ignored.
func (s span) cover(o span) span {
	switch {
	case s == span{}:
		return o
	case o == span{}:
		return s
	}
	return span{min(s.from, o.from), max(s.to, o.to)}
}

// source is the text of an expression. expr-lang counts characters; source converts its positions to bytes.
type source struct {
	text      string
	code      string // what the parser gets
	ascii     bool
	stretches []stretch // of the code; nil if it is the text
}

func newSource(text string) source {
	s := source{text: text, ascii: true}
	s.code, s.stretches = unarrowed(text)
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			s.ascii = false
		}
	}
	return s
}

func (s source) span(l file.Location) span {
	from, to := s.offset(l.From), s.offset(l.To)
	if to < from {
		to = from
	}
	return span{from, to}
}

// closed extends the span of the inside of brackets by the closing bracket.
func (s source) closed(at span) span {
	rest := strings.TrimLeft(s.text[at.to:], " \t\r\n,")
	if rest != "" && strings.IndexByte(")]}", rest[0]) >= 0 {
		at.to = len(s.text) - len(rest) + 1
	}
	return at
}

// name returns the span of a name, without its quotes.
func (s source) name(l file.Location) span {
	at := s.span(l)
	if at.to-at.from > 2 && strings.IndexByte("\"'`", s.text[at.from]) >= 0 && s.text[at.to-1] == s.text[at.from] {
		return span{at.from + 1, at.to - 1}
	}
	return at
}

// extent returns the span of the expression without surrounding white space.
func (s source) extent() span {
	from, to := 0, len(s.text)
	for from < to && isSpace(s.text[from]) {
		from++
	}
	for to > from && isSpace(s.text[to-1]) {
		to--
	}
	return span{from, to}
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// offset converts a position in the code, in characters, to one in the text, in bytes.
func (s source) offset(characters int) int {
	n := max(characters, 0)
	if !s.ascii {
		n = len(s.code)
		for i := range s.code {
			if characters <= 0 {
				n = i
				break
			}
			characters--
		}
	}
	return min(s.inText(n), len(s.text))
}

// unknown returns the error for a name that does not exist. noun names the alternatives in the message.
func unknown(at span, name, what, noun string, alternatives []string) *Error {
	slices.Sort(alternatives)
	e := &Error{Offset: at.from, Width: at.to - at.from, Message: what, Name: name, Alternatives: alternatives}
	e.Hint = words.Hint(noun, name, alternatives)
	return e
}
