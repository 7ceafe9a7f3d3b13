package oktasim

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A condition is a search or filter expression, read. What it is true of is asked for by attribute
// name, so that people and groups share the language.
type condition interface {
	holds(of subject) bool
}

// A subject gives the value of an attribute, those of a list joined by listSeparator, times as
// instantLayout writes them; it is not ok where the value is null.
type subject func(attribute string) (value string, ok bool)

// The nodes of a condition.
type (
	both       struct{ left, right condition }
	either     struct{ left, right condition }
	comparison struct {
		attribute string // as the vocabulary spells it
		operator  operator
		value     string // folded; a time as instantLayout writes it
		number    bool   // the value is a number, not text
	}
)

func (c both) holds(of subject) bool   { return c.left.holds(of) && c.right.holds(of) }
func (c either) holds(of subject) bool { return c.left.holds(of) || c.right.holds(of) }

// holds compares without case, as Okta does for all text. Of a list, one value that holds is enough.
func (c comparison) holds(of subject) bool {
	value, ok := of(c.attribute)
	if !ok || c.operator == present {
		return ok
	}
	for one := range strings.SplitSeq(fold(value), listSeparator) {
		if c.operator.compare(one, c.value, c.number) {
			return true
		}
	}
	return false
}

// listSeparator stands between the values of an attribute that is a list.
const listSeparator = "\x1f"

// An operator compares an attribute with the value of an expression.
type operator string

const (
	equals     operator = "eq"
	startsWith operator = "sw"
	contains   operator = "co"
	present    operator = "pr" // takes no value
	above      operator = "gt"
	atLeast    operator = "ge"
	below      operator = "lt"
	atMost     operator = "le"
)

// ordered are the operators that know more and less.
var ordered = []operator{above, atLeast, below, atMost}

func (o operator) compare(value, with string, number bool) bool {
	switch o {
	case startsWith:
		return strings.HasPrefix(value, with)
	case contains:
		return strings.Contains(value, with)
	case equals:
		return value == with
	}
	order := strings.Compare(value, with)
	if number {
		a, errA := strconv.ParseFloat(value, 64)
		b, errB := strconv.ParseFloat(with, 64)
		if errA != nil || errB != nil {
			return false
		}
		order = cmp.Compare(a, b)
	}
	switch o {
	case above:
		return order > 0
	case atLeast:
		return order >= 0
	case below:
		return order < 0
	}
	return order <= 0
}

// A vocabulary is what expressions of one parameter of one list may say.
type vocabulary struct {
	attributes []string
	operators  []operator
	times      []string // attributes that are times; they take the ordered operators too
	profile    bool     // any profile.x is an attribute; values may be numbers, true and false
}

// attribute is what an attribute is called that is written in any case. Names in a profile are the
// org's own, and stay as they are.
func (v vocabulary) attribute(word string) (string, bool) {
	for _, list := range [][]string{v.attributes, v.times} {
		if at := slices.IndexFunc(list, func(name string) bool { return strings.EqualFold(name, word) }); at >= 0 {
			return list[at], true
		}
	}
	name, found := strings.CutPrefix(word, "profile.")
	return word, v.profile && found && name != ""
}

// names is the attributes as an error lists them.
func (v vocabulary) names() string {
	names := slices.Concat(v.attributes, v.times)
	if v.profile {
		names = append(names, "profile.*")
	}
	return strings.Join(names, ", ")
}

func (v vocabulary) operatorsOf(attribute string) []operator {
	if slices.Contains(v.times, attribute) && !slices.Contains(v.operators, above) {
		return slices.Concat(v.operators, ordered)
	}
	return v.operators
}

// maxDepth bounds parentheses, and with them the stack.
const maxDepth = 100

// parseFilter reads an expression by the grammar of RFC 7644, section 3.4.2.2, on which Okta's is
// built: comparisons, and, or and parentheses; and binds tighter than or; operators and attribute
// names are written in any case; a value is a JSON string. The error says what is wrong and where.
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
		return nil, p.wrong("more than %d parentheses within each other", maxDepth)
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
	name, known := p.words.attribute(word)
	if !known {
		return nil, p.wrong("expected one of %s, found %s", p.words.names(), p.found())
	}
	c.attribute = name
	p.at += len(word)
	p.skip()

	word = p.peek()
	operators := p.words.operatorsOf(c.attribute)
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
	return p.compared(c)
}

// compared reads the value of a comparison.
func (p *filterParser) compared(c comparison) (condition, error) {
	word, start := p.peek(), p.at
	if p.words.profile && (word == "true" || word == "false" || plainNumber.MatchString(word)) {
		p.at += len(word)
		c.value, c.number = fold(word), word != "true" && word != "false"
		return c, nil
	}
	value, err := p.value()
	if err != nil {
		return nil, err
	}
	if slices.Contains(p.words.times, c.attribute) {
		t, err := time.Parse(time.RFC3339Nano, value)
		if err != nil {
			p.at = start
			return nil, p.wrong("%s is a time such as 2026-03-01T09:30:00.000Z, not %q", c.attribute, value)
		}
		value = t.UTC().Format(instantLayout)
	}
	c.value = fold(value)
	return c, nil
}

// value is a JSON string: \" and \\ stand for a quote and a backslash.
func (p *filterParser) value() (string, error) {
	rest := p.text[p.at:]
	if !strings.HasPrefix(rest, `"`) {
		return "", p.wrong(`expected text in "quotes", found %s`, p.found())
	}
	for i := 1; i < len(rest); i++ {
		switch rest[i] {
		case '\\':
			i++
		case '"':
			var value string
			if err := json.Unmarshal([]byte(rest[:i+1]), &value); err != nil {
				return "", p.wrong("%s is not text as JSON writes it", rest[:i+1])
			}
			p.at += i + 1
			return value, nil
		}
	}
	return "", p.wrong("the quote that begins here does not end")
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

// found is what comes next, as an error quotes it.
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
