package oktasim

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// A condition is a parsed search or filter expression. It gets attributes by name, so that users, groups and events
// share the language.
type condition interface {
	holds(of subject) bool
}

// A subject returns the value of an attribute. ok is false if the value is null. An attribute with several values,
// such as the targets of an event, returns them separated by valuesApart; a comparison holds if it holds for one of
// them.
type subject func(attribute string) (value string, ok bool)

const valuesApart = "\x00"

// These are the nodes of a condition.
type (
	both       struct{ left, right condition }
	either     struct{ left, right condition }
	comparison struct {
		attribute string // as written in the vocabulary
		operator  operator
		value     string // folded unless cased; a time has the form of instantLayout; "" for pr
		number    bool   // the value is written without quotes, and compared as a number
		cased     bool   // the comparison distinguishes capitals
	}
	negation struct{ of condition }
)

func (c both) holds(of subject) bool   { return c.left.holds(of) && c.right.holds(of) }
func (c either) holds(of subject) bool { return c.left.holds(of) || c.right.holds(of) }

func (c negation) holds(of subject) bool { return !c.of.holds(of) }

func (c comparison) holds(of subject) bool {
	values, ok := of(c.attribute)
	if !ok {
		return false
	}
	for value := range strings.SplitSeq(values, valuesApart) {
		if !c.cased {
			value = fold(value)
		}
		if c.number && c.operator.compareNumbers(value, c.value) || !c.number && c.operator.compare(value, c.value) {
			return true
		}
	}
	return false
}

// A filterError is a mistake in an expression, with its place.
type filterError struct {
	at       int // offset in bytes
	message  string
	field    string     // the attribute that is unknown, or that does not support the operator
	operator string     // the operator that is unknown, or not supported by the attribute
	expected []operator // the supported operators
}

func (e *filterError) Error() string { return fmt.Sprintf("at character %d: %s", e.at+1, e.message) }

// maxDepth limits the depth of parentheses, and so the stack.
const maxDepth = 100

// parseFilter parses an expression by the grammar of RFC 7644, section 3.4.2.2, on which Okta's language is based:
// comparisons, and, or, not and parentheses. And binds tighter than or, operators are not case-sensitive, and a value
// is a JSON string. The error is a *filterError.
func parseFilter(text string, words vocabulary) (condition, error) {
	p := filterParser{text: text, words: words}
	c, err := p.either(0)
	if err != nil {
		return nil, err
	}
	if p.skip(); p.at < len(text) {
		return nil, p.wrong("expected and, or or the end, found %s", p.found())
	}
	return c, nil
}

type filterParser struct {
	text  string
	at    int
	words vocabulary
}

func (p *filterParser) wrong(format string, args ...any) *filterError {
	return &filterError{at: p.at, message: fmt.Sprintf(format, args...)}
}

func (p *filterParser) either(depth int) (condition, error) {
	left, err := p.both(depth)
	for err == nil && p.keyword("or") {
		var right condition
		right, err = p.both(depth)
		left = either{left, right}
	}
	return left, err
}

func (p *filterParser) both(depth int) (condition, error) {
	left, err := p.term(depth)
	for err == nil && p.keyword("and") {
		var right condition
		right, err = p.term(depth)
		left = both{left, right}
	}
	return left, err
}

// term parses a comparison, or an expression in parentheses, which may be negated.
func (p *filterParser) term(depth int) (condition, error) {
	negated := p.words.negation && p.keyword("not")
	p.skip()
	switch open := strings.HasPrefix(p.text[p.at:], "("); {
	case !open && negated:
		return nil, p.wrong("expected ( after not, found %s", p.found())
	case !open:
		return p.comparison()
	}
	if depth == maxDepth {
		return nil, p.wrong("parentheses nested more than %d deep", maxDepth)
	}
	p.at++
	c, err := p.either(depth + 1)
	if err != nil {
		return nil, err
	}
	if p.skip(); !strings.HasPrefix(p.text[p.at:], ")") {
		return nil, p.wrong("expected ), found %s", p.found())
	}
	p.at++
	if negated {
		return negation{c}, nil
	}
	return c, nil
}

func (p *filterParser) comparison() (condition, error) {
	c := comparison{cased: p.words.cased}
	word := p.peek()
	attribute, operators, ok := p.words.find(word)
	if !ok {
		known := slices.Concat(p.words.attributes, p.words.moments)
		for _, start := range p.words.open {
			known = append(known, start+"*")
		}
		err := p.wrong("expected one of %s, found %s", strings.Join(known, ", "), p.found())
		err.field = word
		return nil, err
	}
	c.attribute = attribute
	p.at += len(word)
	p.skip()

	word = p.peek()
	at := slices.IndexFunc(operators, func(o operator) bool { return strings.EqualFold(string(o), word) })
	if at < 0 {
		err := p.wrong("expected one of %s after %s, found %s", joinOperators(operators), c.attribute, p.found())
		err.operator, err.expected = word, operators
		return nil, err
	}
	c.operator = operators[at]
	if c.operator == contains && p.words.contained != nil && !slices.Contains(p.words.contained, c.attribute) {
		return nil, p.wrong("co is only for %s, not for %s", strings.Join(p.words.contained, ", "), c.attribute)
	}
	if c.operator == contains && slices.Contains(p.words.apart, c.attribute) {
		err := p.wrong("co is not for %s", c.attribute)
		err.operator, err.field = string(contains), c.attribute
		return nil, err
	}
	p.at += len(word)
	if c.operator == present {
		return c, nil
	}
	p.skip()

	start := p.at
	if word := p.peek(); p.words.bare && !slices.Contains(p.words.moments, c.attribute) && (word == "true" || word == "false" || plainNumber.MatchString(word)) {
		p.at += len(word)
		c.value, c.number = word, word != "true" && word != "false"
		return c, nil
	}
	value, err := p.value()
	if err == nil && slices.Contains(p.words.moments, c.attribute) {
		at, bad := time.Parse(time.RFC3339, strings.ToUpper(value)) // RFC 3339 allows lower-case t and z
		if year := at.UTC().Year(); bad != nil || year < 0 || year > 9999 {
			p.at = start
			return nil, p.wrong("%q is not a time; write it as %q", value, instantLayout)
		}
		value = instantOf(at).text()
	}
	if err == nil && c.operator == contains && p.words.contained != nil && utf8.RuneCountInString(value) < leastContained {
		p.at = start
		return nil, p.wrong("the value of co needs %d characters or more", leastContained)
	}
	if c.value = value; !c.cased {
		c.value = fold(value)
	}
	return c, err
}

// value parses a JSON string: \" is a quote, \\ is a backslash.
func (p *filterParser) value() (string, error) {
	rest := p.text[p.at:]
	if !strings.HasPrefix(rest, `"`) {
		return "", p.wrong(`expected a string in "quotes", found %s`, p.found())
	}
	for i := 1; i < len(rest); i++ {
		switch rest[i] {
		case '\\':
			i++
		case '"':
			var value string
			if err := json.Unmarshal([]byte(rest[:i+1]), &value); err != nil {
				return "", p.wrong("%s is not a valid JSON string", rest[:i+1])
			}
			p.at += i + 1
			return value, nil
		}
	}
	return "", p.wrong("unterminated string")
}

// keyword skips a word, and reports whether it was next.
func (p *filterParser) keyword(word string) bool {
	p.skip()
	if !strings.EqualFold(p.peek(), word) {
		return false
	}
	p.at += len(word)
	return true
}

// peek returns the next word; "" if there is none.
func (p *filterParser) peek() string {
	rest := p.text[p.at:]
	if end := strings.IndexAny(rest, " \t\n\r()\""); end >= 0 {
		return rest[:end]
	}
	return rest
}

// found returns the next word in the form in which an error quotes it.
func (p *filterParser) found() string {
	if word := p.peek(); word != "" {
		return fmt.Sprintf("%q", word)
	}
	if p.at == len(p.text) {
		return "the end"
	}
	return fmt.Sprintf("%q", p.text[p.at:p.at+1])
}

func (p *filterParser) skip() {
	for p.at < len(p.text) && strings.IndexByte(" \t\n\r", p.text[p.at]) >= 0 {
		p.at++
	}
}
