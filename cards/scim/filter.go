package scim

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
)

// A filter is a filter of the standard that was read. It reports whether a resource, or a value of a list, fits.
//
// Source: RFC 7644, section 3.4.2.2
type filter func(object map[string]any) bool

// The limits of a filter: its length in bytes, and how many parentheses and brackets may be inside each other.
const (
	longestFilter = 8 << 10
	deepestFilter = 50
)

// parseFilter reads a filter.
func parseFilter(text string) (filter, *card.FilterMistake) {
	if len(text) > longestFilter {
		return nil, &card.FilterMistake{Offset: longestFilter, Width: len(text) - longestFilter, Message: fmt.Sprintf("the filter is longer than %d bytes", longestFilter)}
	}
	p := &filterParser{text: text}
	f := p.either(0)
	if p.next(); p.mistake == nil && p.at < len(text) {
		p.fail("and, or or the end of the filter", "")
	}
	if p.mistake != nil {
		return nil, p.mistake
	}
	return f, nil
}

// filterMistake reads a filter before a run.
func filterMistake(text string) *card.FilterMistake {
	_, mistake := parseFilter(text)
	return mistake
}

// singleQuoted is a string as in other languages.
var singleQuoted = regexp.MustCompile(`^'([^'"\\]*)'`)

// filterParser reads a filter from left to right. After a mistake all its methods do nothing.
type filterParser struct {
	text    string
	at      int
	mistake *card.FilterMistake
}

// fail records what is missing at the current place.
func (p *filterParser) fail(want, hint string) filter {
	if p.mistake == nil {
		rest := p.text[p.at:]
		width := len(rest)
		if end := strings.IndexAny(rest, " ()[]"); end > 0 {
			width = end
		} else if end == 0 {
			width = 1
		}
		message := "unexpected end of the filter"
		if rest != "" {
			message = fmt.Sprintf("unexpected %q", rest[:width])
		}
		p.mistake = &card.FilterMistake{Offset: p.at, Width: width, Message: message + ": expected " + want, Hint: hint}
	}
	return func(map[string]any) bool { return false }
}

// next skips blanks.
func (p *filterParser) next() {
	for p.at < len(p.text) && p.text[p.at] == ' ' {
		p.at++
	}
}

// sign takes a character if it comes next.
func (p *filterParser) sign(c byte) bool {
	p.next()
	if p.mistake != nil || p.at >= len(p.text) || p.text[p.at] != c {
		return false
	}
	p.at++
	return true
}

// peek returns the word that comes next: all up to a blank, a parenthesis, a bracket or a quote.
func (p *filterParser) peek() string {
	p.next()
	rest := p.text[p.at:]
	if end := strings.IndexAny(rest, ` ()[]"`); end >= 0 {
		rest = rest[:end]
	}
	return rest
}

// word takes a word if it comes next, in any case.
func (p *filterParser) word(want string) bool {
	if p.mistake != nil || !strings.EqualFold(p.peek(), want) {
		return false
	}
	p.at += len(want)
	return true
}

func (p *filterParser) either(depth int) filter {
	f := p.both(depth)
	for p.word("or") {
		left, right := f, p.both(depth)
		f = func(o map[string]any) bool { return left(o) || right(o) }
	}
	return f
}

func (p *filterParser) both(depth int) filter {
	f := p.term(depth)
	for p.word("and") {
		left, right := f, p.term(depth)
		f = func(o map[string]any) bool { return left(o) && right(o) }
	}
	return f
}

func (p *filterParser) term(depth int) filter {
	if depth > deepestFilter {
		return p.fail("fewer parentheses", "")
	}
	negated := p.word("not")
	switch {
	case p.sign('('):
		f := p.either(depth + 1)
		if !p.sign(')') {
			return p.fail("a closing parenthesis", "")
		}
		if negated {
			return func(o map[string]any) bool { return !f(o) }
		}
		return f
	case negated:
		return p.fail("a parenthesis after not", "")
	}
	return p.comparison(depth)
}

func (p *filterParser) comparison(depth int) filter {
	path := p.peek()
	names, ok := attributePath(path)
	if !ok {
		return p.fail("an attribute, such as userName", "")
	}
	p.at += len(path)
	if p.at < len(p.text) && p.text[p.at] == '[' {
		p.at++
		inner := p.either(depth + 1)
		if !p.sign(']') {
			return p.fail("a closing bracket", "")
		}
		return func(o map[string]any) bool {
			return slices.ContainsFunc(valuesAt(o, names), func(v any) bool { object, ok := v.(map[string]any); return ok && inner(object) })
		}
	}
	op := strings.ToLower(p.peek())
	if op == "pr" {
		p.at += len(op)
		return func(o map[string]any) bool {
			return slices.ContainsFunc(valuesAt(o, names), func(v any) bool { return !isEmpty(v) })
		}
	}
	holds := comparisons[op]
	if holds == nil {
		return p.fail("an operator: eq, ne, co, sw, ew, gt, ge, lt, le or pr", "")
	}
	p.at += len(op)
	want, ok := p.value()
	if !ok {
		hint := "insert a string with quote(…)"
		if single := singleQuoted.FindStringSubmatch(p.text[p.at:]); single != nil {
			hint = fmt.Sprintf("write %q", single[1])
		}
		return p.fail("a string in double quotes, a number, true, false or null", hint)
	}
	exact := caseExact[strings.ToLower(names[len(names)-1])]
	return func(o map[string]any) bool {
		some := slices.ContainsFunc(valuesAt(o, names), func(v any) bool { return holds(valueOf(v), want, exact) })
		return some != (op == "ne")
	}
}

// value takes a JSON value that is not an object or a list.
func (p *filterParser) value() (v any, ok bool) {
	p.next()
	d := json.NewDecoder(strings.NewReader(p.text[p.at:]))
	if p.mistake != nil || d.Decode(&v) != nil {
		return nil, false
	}
	switch v.(type) {
	case map[string]any, []any:
		return nil, false
	}
	p.at += int(d.InputOffset())
	return v, true
}

// attributePath returns the names of a path such as name.givenName, or of one with the URN of a schema before it: the URN of an extension is a name,
// that of a core schema is none. It returns false for a text that is not a path.
//
// Source: RFC 7644, section 3.10
func attributePath(path string) (names []string, ok bool) {
	rest := path
	for _, schema := range []string{userSchema, groupSchema} {
		if len(path) > len(schema) && strings.EqualFold(path[:len(schema)+1], schema+":") {
			rest = path[len(schema)+1:]
		}
	}
	if urn.MatchString(rest) {
		if strings.EqualFold(rest, enterpriseSchema) {
			return []string{rest}, true
		}
		colon := strings.LastIndex(rest, ":")
		names, rest = []string{rest[:colon]}, rest[colon+1:]
	}
	for name := range strings.SplitSeq(rest, ".") {
		if !attributeName.MatchString(name) {
			return nil, false
		}
		names = append(names, name)
	}
	return names, true
}

// caseExact are the attributes of which the case matters.
//
// Source: RFC 7643, section 3.1
var caseExact = map[string]bool{"id": true, "externalid": true, "$ref": true, "location": true, "version": true}

// comparisons has the operators. That of ne is eq: its result is turned around.
var comparisons = map[string]func(have, want any, exact bool) bool{
	"eq": isEqual, "ne": isEqual,
	"co": textual(strings.Contains), "sw": textual(strings.HasPrefix), "ew": textual(strings.HasSuffix),
	"gt": ordered(func(c int) bool { return c > 0 }), "ge": ordered(func(c int) bool { return c >= 0 }),
	"lt": ordered(func(c int) bool { return c < 0 }), "le": ordered(func(c int) bool { return c <= 0 }),
}

func isEqual(have, want any, exact bool) bool {
	h, text := have.(string)
	w, isText := want.(string)
	if text && isText {
		return h == w || !exact && strings.EqualFold(h, w)
	}
	return sameValue("", want, have)
}

func textual(holds func(text, part string) bool) func(any, any, bool) bool {
	return func(have, want any, exact bool) bool {
		h, text := have.(string)
		w, isText := want.(string)
		if !exact {
			h, w = strings.ToLower(h), strings.ToLower(w)
		}
		return text && isText && holds(h, w)
	}
}

// ordered compares strings, such as times, and numbers.
func ordered(holds func(int) bool) func(any, any, bool) bool {
	return func(have, want any, _ bool) bool {
		if h, ok := have.(string); ok {
			w, isText := want.(string)
			return isText && holds(strings.Compare(strings.ToLower(h), strings.ToLower(w)))
		}
		h, ok := plain(have).(float64)
		w, number := plain(want).(float64)
		return ok && number && (h > w && holds(1) || h == w && holds(0) || h < w && holds(-1))
	}
}

// valueOf replaces an object by its `value`: `emails eq "x"` is `emails.value eq "x"`.
func valueOf(v any) any {
	if object, ok := v.(map[string]any); ok {
		return field(object, "value")
	}
	return v
}

// valuesAt returns the values at a path, those of lists one by one.
func valuesAt(object map[string]any, names []string) []any {
	values := []any{object}
	for _, name := range names {
		var inside []any
		for _, v := range values {
			inner, _ := v.(map[string]any)
			switch f := field(inner, name).(type) {
			case nil:
			case []any:
				inside = append(inside, f...)
			default:
				inside = append(inside, f)
			}
		}
		values = inside
	}
	return values
}
