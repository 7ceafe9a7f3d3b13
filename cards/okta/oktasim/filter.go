package oktasim

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A condition is a search or filter expression, read. What it is true of is asked for by attribute
// name, so that people and groups share the language.
type condition interface {
	holds(of subject) bool
}

// A subject gives the value of an attribute; it is not ok where the value is null. An attribute of
// several values (the targets of an event) gives them with valuesApart between them, and a comparison
// is true if it is true of any.
type subject func(attribute string) (value string, ok bool)

const valuesApart = "\x00"

// The nodes of a condition.
type (
	both       struct{ left, right condition }
	either     struct{ left, right condition }
	comparison struct {
		attribute string // as the vocabulary spells it
		operator  operator
		value     string // folded; of a moment, as instantLayout writes it; "" for pr
		number    bool   // it was written without quotes, and is compared as a number
	}
)

func (c both) holds(of subject) bool   { return c.left.holds(of) && c.right.holds(of) }
func (c either) holds(of subject) bool { return c.left.holds(of) || c.right.holds(of) }

// holds compares without case, as Okta does for all text.
func (c comparison) holds(of subject) bool {
	values, ok := of(c.attribute)
	if !ok {
		return false
	}
	for value := range strings.SplitSeq(values, valuesApart) {
		if c.number && c.operator.compareNumbers(value, c.value) || !c.number && c.operator.compare(fold(value), c.value) {
			return true
		}
	}
	return false
}

// An operator compares an attribute with the value of an expression.
type operator string

const (
	equals       operator = "eq"
	differs      operator = "ne"
	startsWith   operator = "sw"
	endsWith     operator = "ew"
	contains     operator = "co"
	greater      operator = "gt"
	greaterEqual operator = "ge"
	less         operator = "lt"
	lessEqual    operator = "le"
	present      operator = "pr" // takes no value
)

// ordering are the operators of moments.
var ordering = []operator{equals, greater, greaterEqual, less, lessEqual}

func (o operator) compare(value, with string) bool {
	switch o {
	case startsWith:
		return strings.HasPrefix(value, with)
	case endsWith:
		return strings.HasSuffix(value, with)
	case contains:
		return strings.Contains(value, with)
	case differs:
		return value != with
	case greater:
		return value > with
	case greaterEqual:
		return value >= with
	case less:
		return value < with
	case lessEqual:
		return value <= with
	case present:
		return true
	}
	return value == with
}

// A vocabulary is the attributes and operators that expressions of one parameter of one list may have.
type vocabulary struct {
	attributes []string
	operators  []operator // of attributes
	moments    []string   // attributes whose values are times, and whose operators are those of ordering
	profile    bool       // any other attribute that starts with "profile." is known too
	bare       bool       // numbers, true and false are values, without quotes
	exact      bool       // attributes are written with the vocabulary's capitals
}

// find is the attribute that a word names, as the vocabulary spells it, and its operators.
func (v vocabulary) find(word string) (attribute string, operators []operator, ok bool) {
	same := func(name string) bool { return name == word || !v.exact && strings.EqualFold(name, word) }
	if at := slices.IndexFunc(v.attributes, same); at >= 0 {
		return v.attributes[at], v.operators, true
	}
	if at := slices.IndexFunc(v.moments, same); at >= 0 {
		return v.moments[at], ordering, true
	}
	return word, v.operators, v.profile && strings.HasPrefix(word, "profile.") && len(word) > len("profile.")
}

// maxDepth bounds parentheses, and with them the stack.
const maxDepth = 100

// parseFilter reads an expression by the grammar of RFC 7644, section 3.4.2.2, on which Okta's is
// built: comparisons, and, or and parentheses; and binds tighter than or; operators and attribute
// names are written in any case; a value is a JSON string. The error has what is wrong and where.
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

func (p *filterParser) wrong(format string, args ...any) error {
	return fmt.Errorf("at character %d: %s", p.at+1, fmt.Sprintf(format, args...))
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

// term is a comparison, or an expression in parentheses.
func (p *filterParser) term(depth int) (condition, error) {
	p.skip()
	if !strings.HasPrefix(p.text[p.at:], "(") {
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
	return c, nil
}

func (p *filterParser) comparison() (condition, error) {
	var c comparison
	word := p.peek()
	attribute, operators, ok := p.words.find(word)
	if !ok {
		known := slices.Concat(p.words.attributes, p.words.moments)
		return nil, p.wrong("expected one of %s, found %s", strings.Join(known, ", "), p.found())
	}
	c.attribute = attribute
	p.at += len(word)
	p.skip()

	word = p.peek()
	at := slices.IndexFunc(operators, func(o operator) bool { return strings.EqualFold(string(o), word) })
	if at < 0 {
		return nil, p.wrong("expected one of %s after %s, found %s", joinOperators(operators), c.attribute, p.found())
	}
	c.operator = operators[at]
	p.at += len(word)
	if c.operator == present {
		return c, nil
	}
	p.skip()

	start := p.at
	if word := p.peek(); p.words.bare && (word == "true" || word == "false" || plainNumber.MatchString(word)) {
		p.at += len(word)
		c.value, c.number = word, word != "true" && word != "false"
		return c, nil
	}
	value, err := p.value()
	if err == nil && slices.Contains(p.words.moments, c.attribute) {
		at, bad := time.Parse(time.RFC3339, strings.ToUpper(value)) // RFC 3339 lets t and z be small
		if year := at.UTC().Year(); bad != nil || year < 0 || year > 9999 {
			p.at = start
			return nil, p.wrong("%q is not a time; write it as %q", value, instantLayout)
		}
		value = instantOf(at).text()
	}
	c.value = fold(value)
	return c, err
}

// value is a JSON string: \" and \\ are a quote and a backslash.
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

// keyword reads a word if it comes next.
func (p *filterParser) keyword(word string) bool {
	p.skip()
	if !strings.EqualFold(p.peek(), word) {
		return false
	}
	p.at += len(word)
	return true
}

// peek is the word that comes next, "" where none does.
func (p *filterParser) peek() string {
	rest := p.text[p.at:]
	if end := strings.IndexAny(rest, " \t\n\r()\""); end >= 0 {
		return rest[:end]
	}
	return rest
}

// found is the next word, as an error quotes it.
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

func joinOperators(list []operator) string {
	words := make([]string, len(list))
	for i, o := range list {
		words[i] = string(o)
	}
	return strings.Join(words, ", ")
}
