package expr

import (
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
)

// A filter of a service ("profile.login eq …") is a text with values from people or from an org in it, which can change
// its meaning: `"x" or id pr` finds everybody. So each string type has a grade, which is tracked through variables,
// inputs and functions, and a filter may only be composed of safe grades.

// grade defines how the strings of a type may be used in a filter. The grades are in ascending order: a string of one
// grade also meets the lower ones.
type grade uint8

const (
	foreign  grade = iota // any string: its contents are not known
	complete              // a complete part of a filter: its quotes are closed, and foreign strings in it went through quote()
	exact                 // the same without escapes, so that it is also a part of an expression: foreign strings in it went through quote_expression()
	word                  // without quotes and backslashes: a number, a time, a string from the flow itself
)

// grade returns the grade of the values as text: numbers, times and booleans are words.
func (t Type) grade() grade {
	if t.kinds()&kString == 0 {
		return word
	}
	return t.text
}

// graded returns the type with a grade for its strings.
func (t Type) graded(g grade) Type {
	t.set, t.text = t.kinds(), g
	return t
}

// part is a part of a text: a literal, or a value with a known grade.
type part struct {
	literal string
	grade   grade
	value   bool
}

// A Syntax is the syntax of the strings in a filter.
type Syntax uint8

const (
	NoFilter     Syntax = iota // it is not a filter
	JSONStrings                // "…" with escapes, as in the filters of SCIM
	PlainStrings               // "…" or '…' without escapes, as in Okta's expression language
)

// SyntaxOf returns the syntax of the filters that a schema declares.
func SyntaxOf(s *jsonschema.Schema) Syntax {
	switch {
	case s == nil:
	case s.Extra["filter"] == true:
		return JSONStrings
	case s.Extra["filter"] == "expression":
		return PlainStrings
	}
	return NoFilter
}

// needs returns the lowest grade of a part of a filter.
func (s Syntax) needs() grade {
	if s == PlainStrings {
		return exact
	}
	return complete
}

// quotes tracks the quotes of a filter.
type quotes struct {
	syntax       Syntax
	open         bool
	single       bool // the open quote is ', which only PlainStrings have
	escaped, any bool // any: there was a quote or a backslash
}

func (q *quotes) literal(text string) {
	for i := range len(text) {
		switch c := text[i]; {
		case q.syntax == PlainStrings:
			if c == '"' && !(q.open && q.single) || c == '\'' && (!q.open || q.single) {
				q.open, q.single = !q.open, c == '\''
			}
		case q.escaped:
			q.escaped = false
		case c == '"':
			q.open, q.any = !q.open, true
		case c == '\\':
			q.escaped, q.any = q.open, true
		}
	}
}

// misplaced returns the indexes of the values that may change the meaning of a filter that consists of the parts, and the
// quotes after it. In the quotes of a literal only a word is safe: the result of quote() has its own quotes.
func misplaced(parts []part, s Syntax) (wrong []int, q quotes) {
	q.syntax = s
	for i, p := range parts {
		switch {
		case !p.value:
			q.literal(p.literal)
		case p.grade < s.needs() || q.escaped || q.open && p.grade < word:
			wrong = append(wrong, i)
		}
	}
	return wrong, q
}

// assemble returns the grade of a text that consists of the parts.
func assemble(parts []part) grade {
	wrong, q := misplaced(parts, JSONStrings)
	if len(wrong) > 0 || q.open {
		return foreign
	}
	g := word
	for _, p := range parts {
		if p.value {
			g = min(g, p.grade)
		}
	}
	if q.any {
		g = min(g, exact)
	}
	if g == exact {
		if wrong, q := misplaced(parts, PlainStrings); len(wrong) > 0 || q.open {
			return complete
		}
	}
	return g
}

// gradeOf returns the grade of a string literal in the flow.
func gradeOf(text string) grade {
	return assemble([]part{{literal: text}})
}

// parts returns the parts that an operand adds to a text.
func (o operand) parts() []part {
	switch {
	case o.joined != nil:
		return o.joined
	case o.text != nil:
		return []part{{literal: *o.text}}
	}
	return []part{{value: true, grade: o.typ.grade()}}
}

// join returns o as the text of two operands.
func (o operand) join(l, r operand) operand {
	if o.typ.kinds()&kString != 0 {
		o.joined = append(l.parts(), r.parts()...)
		o.typ = o.typ.graded(assemble(o.joined))
	}
	return o
}

// asGrade returns the type of a function on strings whose result consists of the same characters, or of safe ones.
func asGrade(keeps grade) func(c *checker, args []operand) Type {
	return func(_ *checker, args []operand) Type {
		if g := args[0].typ.grade(); g >= keeps {
			return String.graded(g)
		}
		return String
	}
}

// joinedType returns the type of join: parts of a filter with such a part between them are also one.
func joinedType(_ *checker, args []operand) Type {
	g := listElem(args[0].typ).grade()
	if len(args) > 1 {
		g = min(g, args[1].typ.grade())
	}
	return String.graded(g)
}

// A Loose is a ${ } in a filter that may change the filter's meaning.
type Loose struct {
	Offset, Width int    // position of its expression in the text, in bytes
	Source        string // its expression
	Path          bool   // the expression is only a path: steps.user.id
	Quoted        bool   // the literal text around it has quotes
	Complete      bool   // it is a complete part of a filter, and only the quotes around it are wrong
	Escaped       bool   // it is a complete part of a filter with JSONStrings, but not of one with PlainStrings
	Whole         bool   // it is the whole text
}

// Loose returns the expressions in the text that may change the meaning of a filter: those whose value is not a number,
// a boolean, a time, a string from the flow itself, or a result of the function that quotes for the syntax.
func (t *Template) Loose(s Syntax) []Loose {
	var parts []part
	for _, p := range t.parts {
		parts = append(parts, p.part())
	}
	wrong, _ := misplaced(parts, s)
	var loose []Loose
	for _, i := range wrong {
		p := t.parts[i]
		before := quotes{syntax: s}
		for _, earlier := range parts[:i] {
			before.literal(earlier.literal)
		}
		source := p.program.src.text
		loose = append(loose, Loose{
			Offset: p.offset, Width: len(source), Source: strings.TrimSpace(source), Path: p.program.direct,
			Quoted: before.open, Complete: parts[i].grade >= s.needs(), Escaped: s == PlainStrings && parts[i].grade == complete, Whole: t.whole != nil,
		})
	}
	return loose
}

// BareTimes returns the expressions in a filter with JSONStrings that are times without quotes around them, which no service accepts.
func (t *Template) BareTimes() (bare []Loose) {
	q := quotes{syntax: JSONStrings}
	for _, p := range t.parts {
		if p.program == nil {
			q.literal(p.literal)
		} else if t.whole == nil && !q.open && p.program.typ.kinds() == kTime {
			source := p.program.src.text
			bare = append(bare, Loose{Offset: p.offset, Width: len(source), Source: strings.TrimSpace(source)})
		}
	}
	return bare
}

// part returns the piece as a part of a text.
func (p piece) part() part {
	if p.program == nil {
		return part{literal: p.literal}
	}
	return part{value: true, grade: p.program.typ.grade()}
}
