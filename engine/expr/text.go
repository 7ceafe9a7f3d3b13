package expr

import (
	"context"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/words"
)

// Part is a part of a text with holes: literal text, or the source of an expression.
type Part struct {
	Text   string // literal text, in which `$${` was replaced by `${`; or the source between `${` and its `}`
	Hole   bool   // it is an expression
	Offset int    // offset of the part in the whole text, in bytes; for a hole, of the first byte after `${`
}

// ParseText splits a text at its ${ … } holes. A hole ends at its matching }: braces and strings inside of it are
// skipped. `$${` is a literal `${`. A text without holes has one literal part, an empty text has no parts. The error is
// an *Error at the position of the `${` that is not closed.
func ParseText(s string) ([]Part, error) {
	var parts []Part
	literal, from := strings.Builder{}, 0
	flush := func() {
		if literal.Len() > 0 {
			parts = append(parts, Part{Text: literal.String(), Offset: from})
			literal.Reset()
		}
	}
	for i := 0; i < len(s); {
		switch {
		case strings.HasPrefix(s[i:], "$${"):
			literal.WriteString("${")
			i += 3
		case strings.HasPrefix(s[i:], "${"):
			flush()
			end := holeEnd(s, i+2)
			if end < 0 {
				return nil, &Error{
					Offset: i, Width: 2, Message: "unclosed ${",
					Hint: "close it with }, or write $${ for the two characters themselves",
				}
			}
			parts = append(parts, Part{Text: s[i+2 : end], Hole: true, Offset: i + 2})
			i = end + 1
			from = i
		default:
			literal.WriteByte(s[i])
			i++
		}
	}
	flush()
	return parts, nil
}

// holeEnd returns the offset of the } that closes the hole; -1 if there is none.
func holeEnd(s string, from int) int {
	sc := scanner{text: s, pos: from}
	for depth := 0; !sc.done(); {
		switch at := sc.pos; sc.next() {
		case '{':
			depth++
		case '}':
			if depth == 0 {
				return at
			}
			depth--
		}
	}
	return -1
}

// scanner reads the bytes of an expression and skips the inside of strings and comments. It knows just enough of
// expr-lang's lexer for that.
type scanner struct {
	text string
	pos  int
}

func (s *scanner) done() bool { return s.pos >= len(s.text) }

func (s *scanner) peek() byte {
	if s.done() {
		return 0
	}
	return s.text[s.pos]
}

// next returns the next byte. For a string or a comment it returns the first byte and skips the rest.
func (s *scanner) next() byte {
	c := s.text[s.pos]
	s.pos++
	switch {
	case c == '"' || c == '\'':
		for !s.done() {
			d := s.text[s.pos]
			s.pos++
			if d == '\\' && !s.done() {
				s.pos++
			} else if d == c {
				break
			}
		}
	case c == '`':
		s.until("`")
	case c == '/' && s.peek() == '/':
		s.until("\n")
	case c == '/' && s.peek() == '*':
		s.pos++
		s.until("*/")
	}
	return c
}

func (s *scanner) until(end string) {
	if i := strings.Index(s.text[s.pos:], end); i >= 0 {
		s.pos += i + len(end)
	} else {
		s.pos = len(s.text)
	}
}

// Template is a compiled text with holes. It is safe for concurrent use.
type Template struct {
	text  string
	parts []piece
	whole *Program // set if the text is a single hole and nothing else
	grade grade
}

// piece is a literal, or a program and the offset of its source in the text.
type piece struct {
	literal string
	program *Program
	offset  int
}

// CompileText compiles a text with holes and checks it against the types of the roots. The error is an *Error with its
// position in s.
func CompileText(s string, env Type) (*Template, error) { return compileText(s, env, true) }

// CompileString is CompileText for a text that is printed: its value is always a string, even if it is a single hole.
func CompileString(s string, env Type) (*Template, error) { return compileText(s, env, false) }

func compileText(s string, env Type, mayBeWhole bool) (*Template, error) {
	parts, err := ParseText(s)
	if err != nil {
		return nil, err
	}
	t := &Template{text: s}
	holes, blank := 0, true
	for _, part := range parts {
		if !part.Hole {
			t.parts = append(t.parts, piece{literal: part.Text})
			blank = blank && strings.TrimSpace(part.Text) == ""
			continue
		}
		program, err := compile(part.Text, env)
		if err != nil {
			if braced(part.Text) {
				err.Hint = "${{ }} is GitHub Actions' syntax; one pair of braces is enough here: $" + strings.TrimSpace(part.Text)
			}
			return nil, err.shifted(part.Offset)
		}
		holes++
		t.parts = append(t.parts, piece{program: program, offset: part.Offset})
	}
	if mayBeWhole && holes == 1 && blank {
		for _, p := range t.parts {
			if p.program != nil {
				t.whole, t.parts = p.program, []piece{p}
			}
		}
		return t, nil
	}
	for _, p := range t.parts {
		if p.program == nil || p.program.typ.may(kBool|kNumber|kString|kTime|kDuration) {
			continue
		}
		at := p.program.src.extent()
		return nil, textFault(string(p.program.typ.Kind())).placed(at).shifted(p.offset)
	}
	var all []part
	for _, p := range t.parts {
		all = append(all, p.part())
	}
	t.grade = assemble(all)
	return t, nil
}

// Source returns the text as it was written.
func (t *Template) Source() string { return t.text }

// Literal returns the text if it has no holes.
func (t *Template) Literal() (string, bool) {
	switch {
	case len(t.parts) == 0:
		return "", true
	case len(t.parts) == 1 && t.parts[0].program == nil:
		return t.parts[0].literal, true
	}
	return "", false
}

// Type returns the type of the value of Eval.
func (t *Template) Type() Type {
	if t.whole != nil {
		return t.whole.Type()
	}
	return String.graded(t.grade)
}

// ReadsRoot reports whether an expression in the text reads a root as a whole.
func (t *Template) ReadsRoot() bool {
	return slices.ContainsFunc(t.parts, func(p piece) bool { return p.program != nil && p.program.whole })
}

// Reads returns the paths that the expressions in the text read, with positions in the text.
func (t *Template) Reads() []Read {
	var reads []Read
	for _, p := range t.parts {
		if p.program == nil {
			continue
		}
		for _, r := range p.program.reads {
			r.Offset += p.offset
			reads = append(reads, r)
		}
	}
	return reads
}

// Eval fills the holes. The value of a text that is a single hole, ignoring outer white space, is the value of the
// hole. Any other value is a string; a nil, list or object in a hole is then an *Error. If a hole is Unknown, so is the
// whole text, with the Unknown at the hole's position. All holes share the scope's Site.
func (t *Template) Eval(ctx context.Context, scope Scope) (any, error) {
	if literal, ok := t.Literal(); ok {
		return literal, nil
	}
	ev := newEvaluation(ctx, scope)
	defer ev.free()
	if t.whole != nil {
		v, err := t.whole.run(ev)
		return v, t.at(err, t.parts[0])
	}
	var b strings.Builder
	var unknown *Unknown
	for _, p := range t.parts {
		if p.program == nil {
			b.WriteString(p.literal)
			continue
		}
		v, err := p.program.run(ev)
		if err != nil {
			return nil, t.at(err, p)
		}
		if u, ok := v.(Unknown); ok {
			if unknown == nil {
				unknown = &u
			}
			v = u.Text
		}
		text, ok := scalarText(v)
		if !ok {
			return nil, textFault(kindWord(v)).placed(p.program.src.extent()).shifted(p.offset)
		}
		if err := ev.made(len(text)); err != nil {
			return nil, t.at(place(err, p.program.src.extent()), p)
		}
		b.WriteString(text)
	}
	if unknown != nil {
		return Unknown{Of: unknown.Of, Text: b.String()}, nil
	}
	return b.String(), nil
}

// at changes the position of an error from one in the hole to one in the text.
func (t *Template) at(err error, p piece) error {
	if e, ok := err.(*Error); ok {
		return e.shifted(p.offset)
	}
	return err
}

func textFault(kind string) *fault {
	f := faultf("cannot convert %s to a string", words.A(kind))
	switch kind {
	case "nil":
		f.hint = `give a value for that case, as in x ?? ""`
	case "list":
		f.hint = "join(list, \", \") or json(list) converts it to a string"
	case "object":
		f.hint = "json(object) converts it to a string"
	}
	return f
}
