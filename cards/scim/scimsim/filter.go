package scimsim

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// A condition is a filter that was read. It looks at a resource as answers have it, or at one value of a list.
//
// Source: RFC 7644, section 3.4.2.2
type condition func(object map[string]any) bool

// deepest is how many parentheses a filter may have inside each other, and longest its length in bytes.
const (
	deepest = 20
	longest = 8 << 10
)

// A comparison is a whole filter of the form PATH eq VALUE.
type comparison struct {
	path  string
	value any
}

// A filter is a whole filter that was read.
type filter struct {
	holds condition
	only  *comparison // not nil if it is just a comparison with eq
	made  bool        // it compares an attribute that view makes
}

// parseFilter reads a whole filter. literal: a backslash in a text stands for itself.
func parseFilter(text string, literal bool) (f filter, _ *problem) {
	p := &parser{rest: text, literal: literal}
	if len(text) > longest {
		return f, refuse(400, "invalidFilter", "the filter is longer than %d bytes", longest)
	}
	f.holds = p.or(0)
	p.space()
	if p.err == "" && p.rest != "" {
		p.fail("unexpected %q", p.rest)
	}
	if p.err != "" {
		return f, refuse(400, "invalidFilter", "the filter is not valid: %s", p.err)
	}
	f.made = p.made
	if p.equal != nil && p.compared == 1 && !strings.ContainsAny(text, "([") {
		f.only = p.equal
	}
	return f, nil
}

type parser struct {
	rest     string
	literal  bool
	made     bool // it compares an attribute that view makes
	err      string
	compared int         // comparisons so far
	equal    *comparison // the last one with eq
}

func (p *parser) fail(format string, args ...any) condition {
	if p.err == "" {
		p.err = fmt.Sprintf(format, args...)
	}
	return func(map[string]any) bool { return false }
}

func (p *parser) space() { p.rest = strings.TrimLeft(p.rest, " ") }

// word takes a word if it comes next, in any case.
func (p *parser) word(want string) bool {
	p.space()
	if len(p.rest) < len(want) || !strings.EqualFold(p.rest[:len(want)], want) {
		return false
	}
	if after := p.rest[len(want):]; after != "" && !strings.ContainsRune(" ()[]", rune(after[0])) && want != "(" && want != ")" && want != "]" {
		return false
	}
	p.rest = p.rest[len(want):]
	return true
}

func (p *parser) or(depth int) condition {
	c := p.and(depth)
	for p.err == "" && p.word("or") {
		left, right := c, p.and(depth)
		c = func(o map[string]any) bool { return left(o) || right(o) }
	}
	return c
}

func (p *parser) and(depth int) condition {
	c := p.term(depth)
	for p.err == "" && p.word("and") {
		left, right := c, p.term(depth)
		c = func(o map[string]any) bool { return left(o) && right(o) }
	}
	return c
}

func (p *parser) term(depth int) condition {
	if depth > deepest {
		return p.fail("too many parentheses")
	}
	negated := p.word("not")
	if !p.word("(") {
		if negated {
			return p.fail("not without parentheses")
		}
		return p.attribute(depth)
	}
	c := p.or(depth + 1)
	if !p.word(")") {
		return p.fail("a parenthesis is not closed")
	}
	if negated {
		inner := c
		c = func(o map[string]any) bool { return !inner(o) }
	}
	return c
}

func (p *parser) attribute(depth int) condition {
	path := p.path()
	if path == "" {
		return p.fail("an attribute is missing at %q", p.rest)
	}
	names := namesOf(path)
	p.made = p.made || slices.ContainsFunc(madeAttributes, func(made string) bool { return strings.EqualFold(made, names[0]) })
	if strings.HasPrefix(p.rest, "[") {
		p.rest = p.rest[1:]
		inner := p.or(depth + 1)
		if !p.word("]") {
			return p.fail("a bracket is not closed")
		}
		return func(o map[string]any) bool { return slices.ContainsFunc(objects(valuesOf(o, names)), inner) }
	}
	if p.word("pr") {
		p.compared++
		return func(o map[string]any) bool { return len(valuesOf(o, names)) > 0 }
	}
	for op, holds := range operators {
		if p.word(op) {
			p.space()
			want, ok := p.value()
			if !ok {
				return p.fail("a value is missing at %q", p.rest)
			}
			p.compared++
			if op == "eq" {
				p.equal = &comparison{path, want}
			}
			if op == "ne" {
				return func(o map[string]any) bool {
					return !slices.ContainsFunc(comparable(valuesOf(o, names)), func(v any) bool { return equal(v, want) })
				}
			}
			return func(o map[string]any) bool {
				return slices.ContainsFunc(comparable(valuesOf(o, names)), func(v any) bool { return holds(v, want) })
			}
		}
	}
	return p.fail("an operator is missing at %q", p.rest)
}

// path takes an attribute path. It may have a URN before it, with colons and dots.
func (p *parser) path() string {
	p.space()
	end := strings.IndexFunc(p.rest, func(r rune) bool { return strings.ContainsRune(` ()[]"`, r) })
	if end < 0 {
		end = len(p.rest)
	}
	path := p.rest[:end]
	p.rest = p.rest[end:]
	return path
}

// value takes a JSON value.
func (p *parser) value() (v any, ok bool) {
	if p.literal && strings.HasPrefix(p.rest, `"`) {
		text, rest, closed := strings.Cut(p.rest[1:], `"`)
		p.rest = rest
		return text, closed
	}
	d := json.NewDecoder(strings.NewReader(p.rest))
	if err := d.Decode(&v); err != nil {
		return nil, false
	}
	switch v.(type) {
	case map[string]any, []any:
		return nil, false
	}
	p.rest = p.rest[d.InputOffset():]
	return v, true
}

var operators = map[string]func(have, want any) bool{
	"eq": equal,
	"ne": nil, // see attribute
	"co": texts(strings.Contains), "sw": texts(strings.HasPrefix), "ew": texts(strings.HasSuffix),
	"gt": ordered(func(c int) bool { return c > 0 }), "ge": ordered(func(c int) bool { return c >= 0 }),
	"lt": ordered(func(c int) bool { return c < 0 }), "le": ordered(func(c int) bool { return c <= 0 }),
}

func equal(have, want any) bool {
	h, ok := have.(string)
	w, also := want.(string)
	if ok && also {
		return strings.EqualFold(h, w)
	}
	return have == want
}

func texts(holds func(string, string) bool) func(any, any) bool {
	return func(have, want any) bool {
		h, ok := have.(string)
		w, also := want.(string)
		return ok && also && holds(strings.ToLower(h), strings.ToLower(w))
	}
}

func ordered(holds func(int) bool) func(any, any) bool {
	return func(have, want any) bool {
		switch h := have.(type) {
		case string:
			w, ok := want.(string)
			return ok && holds(strings.Compare(strings.ToLower(h), strings.ToLower(w)))
		case float64:
			w, ok := want.(float64)
			return ok && holds(cmp.Compare(h, w))
		}
		return false
	}
}

// comparable replaces complex values by their sub-attribute value: `emails eq "x"` is `emails.value eq "x"`.
func comparable(values []any) []any {
	for i, v := range values {
		if object, ok := v.(map[string]any); ok {
			values[i] = get(object, "value")
		}
	}
	return values
}

func objects(values []any) (all []map[string]any) {
	for _, v := range values {
		if object, ok := v.(map[string]any); ok {
			all = append(all, object)
		}
	}
	return all
}

// madeAttributes are those that a resource does not have itself: view makes them.
var madeAttributes = []string{"id", "schemas", "meta", "members", "groups"}

// valuesAt returns the values at an attribute path, those of lists one by one.
func valuesAt(object map[string]any, path string) (values []any) {
	return valuesOf(object, namesOf(path))
}

// valuesOf is valuesAt for the names of the path.
func valuesOf(object map[string]any, names []string) (values []any) {
	values = []any{object}
	for _, name := range names {
		var next []any
		for _, v := range values {
			inner, _ := v.(map[string]any)
			switch field := get(inner, name).(type) {
			case nil:
			case []any:
				next = append(next, field...)
			default:
				next = append(next, field)
			}
		}
		values = next
	}
	return values
}

// namesOf returns the names of a path from the outside to the inside: the URN of an extension is one name, and that of a core schema none.
//
// Source: RFC 7644, section 3.10
func namesOf(path string) (names []string) {
	lower := strings.ToLower(path)
	for _, core := range []string{userSchema, groupSchema} {
		if strings.HasPrefix(lower, strings.ToLower(core)+":") {
			return strings.Split(path[len(core)+1:], ".")
		}
	}
	if !strings.HasPrefix(lower, "urn:") {
		return strings.Split(path, ".")
	}
	if strings.EqualFold(path, enterpriseSchema) {
		return []string{path}
	}
	i := strings.LastIndex(path, ":")
	return append([]string{path[:i]}, strings.Split(path[i+1:], ".")...)
}
