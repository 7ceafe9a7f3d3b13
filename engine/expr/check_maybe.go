package expr

import "slices"

// A Maybe is a value that may be nil where nil is an error: in a run it fails for the records that lack the field.
type Maybe struct {
	Offset, Width int
	Message, Hint string
}

// Maybes returns the values in the expression that may be nil where nil is an error, in the order of their checks. Values of
// unknown type are not among them.
func (p *Program) Maybes() []Maybe { return p.maybes }

// Maybes returns those of the expressions in the text, and the expressions in a longer text whose value may be nil.
func (t *Template) Maybes() (all []Maybe) {
	for _, p := range t.parts {
		if p.program == nil {
			continue
		}
		found := p.program.maybes
		if t.whole == nil {
			if m, ok := mayBeNil(p.program.typ, p.program.src.extent(), p.program.source(), "a text"); ok {
				found = append(found[:len(found):len(found)], m)
			}
		}
		for _, m := range found {
			m.Offset += p.offset
			all = append(all, m)
		}
	}
	return all
}

// source returns the expression if it is only a path; otherwise "this".
func (p *Program) source() string {
	if p.direct {
		at := p.src.extent()
		return p.src.text[at.from:at.to]
	}
	return "this"
}

// rejectsNil records an operand that may be nil. what rejects nil: a function or an operator.
func (c *checker) rejectsNil(o operand, what string) {
	name := o.name
	if name == "" {
		name = "this"
	}
	if m, ok := mayBeNil(o.typ, o.at, name, what); ok && !slices.Contains(c.maybes, m) { // chained comparisons visit a node twice
		c.maybes = append(c.maybes, m)
	}
}

func mayBeNil(t Type, at span, name, what string) (Maybe, bool) {
	if t.isAny() || !t.Nullable() || t.kinds() == kNil {
		return Maybe{}, false
	}
	return Maybe{
		Offset: at.from, Width: at.to - at.from,
		Message: name + " may be nil, which " + what + " does not accept",
		Hint:    "give a value for that case with ??, or check for nil before",
	}, true
}
