package oktasim

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A ruleExpression is a part of a compiled expression of a group rule: its type, and the function that returns its value. A value
// is a string, a float64, a bool, a []any or nil.
type ruleExpression struct {
	kind  kind
	value func(subjectOfRule) any
}

// A subjectOfRule is a user for whom an expression is evaluated.
type subjectOfRule struct {
	d       *directory
	ordinal uint32
}

// compileRule compiles an expression of type urn:okta:expression:1.0. Its language is the part of the Okta Expression Language that
// group rules can use (Okta, "Okta Expression Language overview", group rules samples, and "Create group rules"): user attributes,
// constants, the functions of ruleFunctions, comparisons, +, AND, OR and !. The keywords of the language, which is based on SpEL, ignore
// case. The whole must be a Boolean. The texts of errors are ours.
func compileRule(text string, attributes schema) (ruleExpression, error) {
	p := ruleParser{text: text, attributes: attributes}
	p.next()
	e := p.either()
	switch {
	case p.err != nil:
	case p.token != "":
		p.fail("unexpected %q", p.token)
	case e.kind != booleanKind && e.kind != anyKind:
		p.err = fmt.Errorf("the expression must evaluate to a Boolean, not to %s", e.kind.article())
	}
	return e, p.err
}

// holds reports whether the expression is true for a user.
func (e ruleExpression) holds(s subjectOfRule) bool { return e.value(s) == true }

// A ruleParser reads an expression token by token. After the first mistake all its methods return without effect.
type ruleParser struct {
	text       string
	attributes schema
	at         int    // the end of the current token
	token      string // the current token, as written; "" at the end
	depth      int    // of parentheses, lists, functions and negations
	err        error
}

func (p *ruleParser) fail(format string, args ...any) ruleExpression {
	if p.err == nil {
		p.err = fmt.Errorf(format, args...)
	}
	p.token, p.at = "", len(p.text)
	return ruleExpression{value: func(subjectOfRule) any { return nil }}
}

// ruleOperators are the tokens of more than one sign, and then those of one.
var ruleOperators = []string{"==", "!=", "<=", ">=", "&&", "||", "<", ">", "!", "+", "(", ")", "{", "}", ","}

// next reads the next token.
func (p *ruleParser) next() {
	rest := strings.TrimLeftFunc(p.text[p.at:], unicode.IsSpace)
	p.at = len(p.text) - len(rest)
	size := 0
	switch r, _ := utf8.DecodeRuneInString(rest); {
	case rest == "":
	case r == '"' || r == '\'':
		if size = strings.IndexByte(rest[1:], rest[0]) + 2; size == 1 {
			p.fail("unterminated string %s", rest)
			return
		}
	case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_':
		end := strings.IndexFunc(rest, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && r != '.' })
		if size = end; end < 0 {
			size = len(rest)
		}
	default:
		for _, operator := range ruleOperators {
			if strings.HasPrefix(rest, operator) {
				size = len(operator)
				break
			}
		}
		switch {
		case size == 0 && r == '=':
			p.fail("an expression cannot contain an assignment (=); use == to compare")
			return
		case size == 0:
			p.fail("unexpected %q", r)
			return
		}
	}
	p.token = rest[:size]
	p.at += size
}

// take skips a token, and reports whether it was next. Words ignore case.
func (p *ruleParser) take(tokens ...string) (taken string) {
	for _, token := range tokens {
		if p.token != "" && strings.EqualFold(p.token, token) {
			p.next()
			return token
		}
	}
	return ""
}

func (p *ruleParser) want(token string) {
	if p.take(token) == "" {
		p.fail("expected %q, found %q", token, p.token)
	}
}

// isBoolean refuses an operand of another type.
func (p *ruleParser) isBoolean(operator string, operands ...ruleExpression) {
	for _, e := range operands {
		if e.kind != booleanKind && e.kind != anyKind {
			p.fail("%s is for Booleans, not for %s", operator, e.kind.article())
		}
	}
}

func (p *ruleParser) either() ruleExpression {
	left := p.both()
	for p.take("OR", "||") != "" {
		l, r := left, p.both()
		p.isBoolean("OR", l, r)
		left = ruleExpression{booleanKind, func(s subjectOfRule) any { return l.holds(s) || r.holds(s) }}
	}
	return left
}

func (p *ruleParser) both() ruleExpression {
	left := p.equal()
	for p.take("AND", "&&") != "" {
		l, r := left, p.equal()
		p.isBoolean("AND", l, r)
		left = ruleExpression{booleanKind, func(s subjectOfRule) any { return l.holds(s) && r.holds(s) }}
	}
	return left
}

func (p *ruleParser) equal() ruleExpression {
	left := p.ordered()
	for {
		operator := p.take("==", "!=")
		if operator == "" {
			return left
		}
		l, r := left, p.ordered()
		left = ruleExpression{booleanKind, func(s subjectOfRule) any { return equalValues(l.value(s), r.value(s)) == (operator == "==") }}
	}
}

func (p *ruleParser) ordered() ruleExpression {
	left := p.sum()
	operator := p.take("<=", ">=", "<", ">")
	if operator == "" {
		return left
	}
	right := p.sum()
	for _, e := range []ruleExpression{left, right} {
		if e.kind == booleanKind || e.kind == arrayKind {
			p.fail("%s is for numbers and strings, not for %s", operator, e.kind.article())
		}
	}
	return ruleExpression{booleanKind, func(s subjectOfRule) any {
		order, comparable := compareValues(left.value(s), right.value(s))
		switch operator {
		case "<":
			return comparable && order < 0
		case "<=":
			return comparable && order <= 0
		case ">":
			return comparable && order > 0
		}
		return comparable && order >= 0
	}}
}

// sum parses operands joined by +, which adds numbers and concatenates strings. A null counts as an empty string.
func (p *ruleParser) sum() ruleExpression {
	left := p.unary()
	for p.take("+") != "" {
		l, r := left, p.unary()
		if l.numeric() && r.numeric() {
			left = ruleExpression{numberKind, func(s subjectOfRule) any { return numberIn(l.value(s)) + numberIn(r.value(s)) }}
			continue
		}
		left = ruleExpression{stringKind, func(s subjectOfRule) any { return textIn(l.value(s)) + textIn(r.value(s)) }}
	}
	return left
}

func (e ruleExpression) numeric() bool { return e.kind == numberKind || e.kind == integerKind }

// maxRuleDepth limits the nesting of an expression, and so the stack.
const maxRuleDepth = 100

func (p *ruleParser) unary() ruleExpression {
	if p.depth++; p.depth > maxRuleDepth {
		return p.fail("the expression is nested more than %d deep", maxRuleDepth)
	}
	defer func() { p.depth-- }()
	if p.take("!", "NOT") != "" {
		e := p.unary()
		p.isBoolean("!", e)
		return ruleExpression{booleanKind, func(s subjectOfRule) any { return !e.holds(s) }}
	}
	return p.operand()
}

func (p *ruleParser) operand() ruleExpression {
	token := p.token
	first, _ := utf8.DecodeRuneInString(token)
	switch {
	case token == "":
		return p.fail("the expression ends too early")
	case token == "(":
		p.next()
		e := p.either()
		p.want(")")
		return e
	case token == "{":
		items := p.list("{", "}")
		return ruleExpression{arrayKind, func(s subjectOfRule) any { return valuesOf(items, s) }}
	case first == '"' || first == '\'':
		p.next()
		return constant(stringKind, token[1:len(token)-1])
	case unicode.IsDigit(first):
		n, err := strconv.ParseFloat(token, 64)
		if err != nil {
			return p.fail("%q is not a number", token)
		}
		p.next()
		return constant(numberKind, n)
	case !unicode.IsLetter(first):
		return p.fail("unexpected %q", token)
	}
	p.next()
	switch fold(token) {
	case "true", "false":
		return constant(booleanKind, fold(token) == "true")
	case "null":
		return constant(anyKind, nil)
	}
	if p.token == "(" {
		return p.call(token)
	}
	return p.attribute(token)
}

func constant(k kind, v any) ruleExpression {
	return ruleExpression{k, func(subjectOfRule) any { return v }}
}

// list parses expressions between two tokens.
func (p *ruleParser) list(open, end string) (items []ruleExpression) {
	p.want(open)
	for p.token != end && p.err == nil {
		items = append(items, p.either())
		if p.token != end {
			p.want(",")
		}
	}
	p.want(end)
	return items
}

// attribute returns the value of an attribute of the user.
func (p *ruleParser) attribute(token string) ruleExpression {
	name, ok := strings.CutPrefix(token, "user.")
	if !ok {
		return p.fail("unknown name %q: only user attributes can be used", token)
	}
	property, ok := p.attributes.find(name)
	if !ok {
		return p.fail("the user has no attribute %q", name)
	}
	return ruleExpression{property.kind, func(s subjectOfRule) any { return s.user().ruleValue(name) }}
}

func (s subjectOfRule) user() *user { return s.d.users[s.ordinal].at(forever) }
