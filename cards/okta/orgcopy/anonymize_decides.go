package orgcopy

import (
	"regexp"
	"slices"
	"strings"
)

// A deciding reads the expression of a group rule, and replaces its strings, as far as the copy then decides as the org did: about equal values.
type deciding struct {
	*anonymizer
	tokens []string
	at     int
	failed bool
	parts  bool // it may look at a part of an address in an attribute that stays
}

// A term is a part of a comparison.
type term struct {
	kind   termKind
	string int                 // of a literal: its token
	change func(string) string // of a replaced value: what replaces the strings with which it is compared
	plain  bool                // a replaced value is replaced as any text, and may be compared with others
	name   string              // of an attribute
}

type termKind int

const (
	same     termKind = iota // is what it was
	fixed                    // null, true or false
	aString                  // a string of the expression
	replaced                 // depends on a value that is replaced
)

var (
	ruleToken = regexp.MustCompile(`^\s*("[^"\\]*"|'[^'\\]*'|\d+(?:\.\d+)?|[\p{L}_][\p{L}\d_.]*|==|!=|<=|>=|&&|\|\||[<>!(),])`)
	wholeName = regexp.MustCompile(`^` + operand.String() + `$`)
)

// decides returns the expression of a rule for the copy, and whether it decides there as it did: a comparison of sizes or of parts of replaced texts does not.
func (a *anonymizer) decides(text string) (string, bool) {
	if a == nil {
		return text, true
	}
	d := &deciding{anonymizer: a}
	for rest := strings.TrimSpace(text); rest != ""; {
		found := ruleToken.FindStringSubmatch(rest)
		if found == nil {
			d.failed = true
			break
		}
		d.tokens, rest = append(d.tokens, found[1]), rest[len(found[0]):]
	}
	if !d.failed {
		d.or()
	}
	if d.failed || d.at < len(d.tokens) {
		out := a.expression(text)
		return out, !d.parts && out == text && !strings.Contains(text, "GroupName") && a.allKept(text)
	}
	strung := literal.FindAllStringIndex(text, -1)
	var b strings.Builder
	end, n := 0, 0
	for _, token := range d.tokens { // the white space of the expression stays
		if token[0] == '"' || token[0] == '\'' {
			b.WriteString(text[end:strung[n][0]] + token)
			end = strung[n][1]
			n++
		}
	}
	return b.String() + text[end:], true
}

// allKept reports whether no attribute in an expression is replaced.
func (a *anonymizer) allKept(text string) bool {
	for _, found := range operand.FindAllStringSubmatch(text, -1) {
		if found[1] != "status" && !a.isKept("user", found[1]) {
			return false
		}
	}
	return true
}

func (d *deciding) fail() term {
	d.failed = true
	return term{}
}

func (d *deciding) next() string {
	if d.failed || d.at == len(d.tokens) {
		return ""
	}
	return d.tokens[d.at]
}

// take returns the next token, and goes on, if it is one of these.
func (d *deciding) take(tokens ...string) string {
	for _, token := range tokens {
		if next := d.next(); next != "" && strings.EqualFold(next, token) {
			d.at++
			return next
		}
	}
	return ""
}

func (d *deciding) or() {
	for d.and(); d.take("or", "||") != ""; {
		d.and()
	}
}

func (d *deciding) and() {
	for d.not(); d.take("and", "&&") != ""; {
		d.not()
	}
}

func (d *deciding) not() {
	switch {
	case d.take("!", "not") != "":
		d.not()
	case d.take("(") != "":
		if d.or(); d.take(")") == "" {
			d.fail()
		}
	default:
		d.comparison()
	}
}

func (d *deciding) comparison() {
	left := d.term()
	operator := d.take("==", "!=", "<", "<=", ">", ">=")
	if operator == "" {
		if left.kind == replaced || left.kind == aString {
			d.fail()
		}
		return
	}
	right := d.term()
	if d.failed {
		return
	}
	if left.kind == aString {
		left, right = right, left
	}
	equality := operator == "==" || operator == "!="
	switch {
	case right.kind == aString && left.kind == replaced && equality:
		d.replace(right, left.change)
	case right.kind == aString && left.kind == same:
		d.unchanged(right, equality, slices.Contains(d.keep, left.name))
	case right.kind == aString:
		d.fail()
	case left.kind == fixed || right.kind == fixed:
		if !equality {
			d.fail()
		}
	case left.kind != right.kind, left.kind == replaced && !(equality && left.plain && right.plain):
		d.fail()
	}
}

func (d *deciding) replace(t term, change func(string) string) {
	part := d.tokens[t.string]
	d.tokens[t.string] = requoted(part, change(unquoted(part)))
}

// unchanged replaces only addresses in a string, as in the values with which it is compared, unless it is compared with those of named, which stay as they
// are. If it is compared with a part of a value, it may not be one of an address.
func (d *deciding) unchanged(t term, equality, named bool) {
	before := d.tokens[t.string]
	switch {
	case named:
	case equality:
		d.replace(t, d.kept)
	case strings.ContainsAny(before, "@."):
		d.parts = true
		d.fail()
	}
}

func (d *deciding) term() term {
	next := d.next()
	if next == "" {
		return d.fail()
	}
	d.at++
	switch c := next[0]; {
	case c == '"' || c == '\'':
		return term{kind: aString, string: d.at - 1}
	case c >= '0' && c <= '9':
		return term{kind: same}
	case strings.EqualFold(next, "null") || truth.MatchString(next):
		return term{kind: fixed}
	case d.take("(") != "":
		return d.call(next)
	}
	found := wholeName.FindStringSubmatch(next)
	if found == nil || found[1] == "" {
		return d.fail()
	}
	return d.attributeOf(found[1])
}

// attributeOf returns the attribute of users with this name.
func (d *deciding) attributeOf(name string) term {
	switch {
	case d.typed[name]: // user types may treat it in another way
		return d.fail()
	case name == "status" || d.isKept("user", name):
		return term{kind: same, name: name}
	case name == "id":
		return term{kind: replaced, change: d.id}
	}
	_, limited := d.limits[[2]string{"user", name}]
	limited = limited || d.listed[[2]string{"user", name}] != nil
	return term{kind: replaced, plain: !limited, name: name, change: func(text string) string {
		out, ok := d.valueOf("user", name, text)
		d.failed = d.failed || !ok
		return out
	}}
}

// call returns what a function gives.
func (d *deciding) call(name string) term {
	var in []term
	for d.take(")") == "" {
		if len(in) > 0 && d.take(",") == "" {
			return d.fail()
		}
		in = append(in, d.term())
		if d.failed {
			return term{}
		}
	}
	text := func(i int) string {
		if i >= len(in) || in[i].kind != aString {
			return ""
		}
		return unquoted(d.tokens[in[i].string])
	}
	ofReplaced := len(in) > 0 && in[0].kind == replaced
	isLogin := ofReplaced && (in[0].name == "login" || in[0].name == "email")
	switch {
	case name == "isMemberOfGroupName" && len(in) == 1 && in[0].kind == aString:
		d.replace(in[0], func(group string) string { return d.name(group, 255) })
		return term{kind: fixed}
	case name == "isMemberOfGroup" || name == "isMemberOfAnyGroup" || strings.HasPrefix(name, "isMemberOfGroupName") && !d.renamed:
		return term{kind: fixed}
	case name == "user.getInternalProperty" && text(0) == "id":
		return term{kind: replaced, change: d.id}
	case (name == "String.toLowerCase" || name == "String.toUpperCase") && len(in) == 1 && in[0].plain:
		return term{kind: replaced, change: in[0].change, plain: true}
	case name == "String.substringAfter" && isLogin && text(1) == "@":
		return term{kind: replaced, change: d.part(d.domain)}
	case name == "String.substringBefore" && isLogin && text(1) == "@":
		return term{kind: replaced, change: d.part(d.word)}
	case name == "String.stringContains" && isLogin && strings.HasPrefix(text(1), "@") && d.isWholeDomain(text(1)[1:]):
		if text(1) != "@" { // which all logins have
			d.replace(in[1], d.text)
		}
		return term{kind: fixed}
	case name == "Arrays.contains" && ofReplaced && len(in) == 2 && in[1].kind == aString:
		d.replace(in[1], in[0].change)
		return term{kind: fixed}
	case (name == "Arrays.isEmpty" || name == "Arrays.size") && len(in) == 1:
		return term{kind: same}
	}
	known := strings.HasPrefix(name, "String.") || strings.HasPrefix(name, "Arrays.") || name == "user.getInternalProperty"
	for _, t := range in {
		if !known || t.kind == replaced {
			return d.fail()
		} else if t.kind == aString {
			d.unchanged(t, false, slices.Contains(d.keep, in[0].name))
		}
	}
	return term{kind: same}
}

// part returns a function that replaces a part of a login. An empty one stays.
func (d *deciding) part(change func(string) string) func(string) string {
	return func(text string) string {
		if text == "" {
			return ""
		}
		return change(text)
	}
}

// isWholeDomain reports whether users have a domain, and none has one that starts with it and is longer. "" is not a domain: all logins have it.
func (a *anonymizer) isWholeDomain(domain string) bool {
	if domain == "" {
		return true
	}
	of := a.domain(domain)
	return a.domains[of] && !a.starts[of]
}

// newParts returns what replaces the texts with which the domains of addresses start and end, but for the domains themselves, and those that it
// returned before.
func (a *anonymizer) newParts(addresses ...string) (starts, ends []any) {
	for _, address := range addresses {
		_, domain, _ := strings.Cut(address, "@")
		if a.met[domain] {
			continue
		}
		a.met[domain] = true
		for i := range domain {
			if i > 0 {
				starts, ends = append(starts, a.domain(domain[:i])), append(ends, a.domain(domain[i:]))
			}
		}
	}
	return starts, ends
}
