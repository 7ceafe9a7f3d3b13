package expr

import "strings"

// A filter of a service ("profile.login eq …") is a text that is put together, and what a person or an org gave may
// change what it finds: `"x" or id pr` finds everybody. So the type of a string knows its grade, through variables,
// inputs and functions, and a filter is put together of good grades alone.

// grade is how far the strings of a type can be part of a filter. Each grade includes those above it.
type grade uint8

const (
	foreign  grade = iota // any string: nobody knows what is in it
	complete              // a piece of a filter: it closes its quotes, and foreign strings in it went through quote()
	word                  // it has no quotes and no backslash: a number, a time, a string that the author wrote
)

// grade is that of the texts of the values: a text of numbers, times and booleans is a word.
func (t Type) grade() grade {
	if t.kinds()&kString == 0 {
		return word
	}
	return t.text
}

// graded is the type with a grade for its strings.
func (t Type) graded(g grade) Type {
	t.set, t.text = t.kinds(), g
	return t
}

// part is a part of a text: a literal, or a value of which the grade is known.
type part struct {
	literal string
	grade   grade
	value   bool
}

// quotes follows the quotes of a filter, which are those of JSON.
type quotes struct{ open, escaped, any bool }

func (q *quotes) literal(text string) {
	for i := range len(text) {
		switch c := text[i]; {
		case q.escaped:
			q.escaped = false
		case c == '"':
			q.open, q.any = !q.open, true
		case c == '\\':
			q.escaped, q.any = q.open, true
		}
	}
}

// assemble is the grade of a text that consists of the parts, and the values in it that may change its meaning. Within
// the quotes of a literal only a word is harmless: quote() has quotes of its own.
func assemble(parts []part) (g grade, wrong []int) {
	var q quotes
	g = word
	for i, p := range parts {
		switch {
		case !p.value:
			q.literal(p.literal)
		case p.grade == foreign || q.escaped || q.open && p.grade < word:
			wrong = append(wrong, i)
		default:
			g = min(g, p.grade)
		}
	}
	if q.any {
		g = min(g, complete)
	}
	if len(wrong) > 0 || q.open {
		g = foreign
	}
	return g, wrong
}

// gradeOf is the grade of a string that the author wrote.
func gradeOf(text string) grade {
	g, _ := assemble([]part{{literal: text}})
	return g
}

// parts are those that an operand brings into a text.
func (o operand) parts() []part {
	switch {
	case o.joined != nil:
		return o.joined
	case o.text != nil:
		return []part{{literal: *o.text}}
	}
	return []part{{value: true, grade: o.typ.grade()}}
}

// join makes an operand the text of two others.
func (o operand) join(l, r operand) operand {
	if o.typ.kinds()&kString != 0 {
		o.joined = append(l.parts(), r.parts()...)
		g, _ := assemble(o.joined)
		o.typ = o.typ.graded(g)
	}
	return o
}

// asGrade is the type of a function from a string to one that consists of the same characters, or of harmless ones.
func asGrade(keeps grade) func(c *checker, args []operand) Type {
	return func(_ *checker, args []operand) Type {
		if g := args[0].typ.grade(); g >= keeps {
			return String.graded(g)
		}
		return String
	}
}

// joinedType is the type of join: pieces of a filter with a piece between them are one.
func joinedType(_ *checker, args []operand) Type {
	g := listElem(args[0].typ).grade()
	if len(args) > 1 {
		g = min(g, args[1].typ.grade())
	}
	return String.graded(g)
}

// A Loose is a ${ } of a text that may change the meaning of the filter that the text is.
type Loose struct {
	Offset, Width int    // of its expression, in bytes of the text
	Source        string // its expression
	Path          bool   // the expression is a path, and no more: steps.user.id
	Quoted        bool   // the literal text around it has quotes
	Complete      bool   // it is a piece of a filter already, and only the quotes around it are wrong
	Whole         bool   // it is all of the text
}

// Loose are the expressions in the text that may change the meaning of a filter: those whose value is not a number, a
// boolean, a time, a string from the flow itself, or a result of quote().
func (t *Template) Loose() []Loose {
	var parts []part
	for _, p := range t.parts {
		parts = append(parts, p.part())
	}
	_, wrong := assemble(parts)
	var loose []Loose
	for _, i := range wrong {
		p := t.parts[i]
		var before quotes
		for _, earlier := range parts[:i] {
			before.literal(earlier.literal)
		}
		source := p.program.src.text
		loose = append(loose, Loose{
			Offset: p.offset, Width: len(source), Source: strings.TrimSpace(source), Path: p.program.direct,
			Quoted: before.open, Complete: parts[i].grade != foreign, Whole: t.whole != nil,
		})
	}
	return loose
}

// part is a piece as a part of a text.
func (p piece) part() part {
	if p.program == nil {
		return part{literal: p.literal}
	}
	return part{value: true, grade: p.program.typ.grade()}
}
