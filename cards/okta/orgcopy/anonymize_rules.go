package orgcopy

import (
	"regexp"
	"strings"
)

// These are parts of expressions: an attribute, also with what a function gives, and a string.
var (
	operand = regexp.MustCompile(`\b(?:user|source|appuser)\.(?:profile\.)?(\w+)|\bevent\.[\w.?\[\]]*`)
	literal = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'`)
	token   = regexp.MustCompile(operand.String() + `|isMemberOf\w*|` + literal.String())
	ofName  = regexp.MustCompile(`(\w+)(?:\.(?:contains|startsWith|endsWith|matches|equals|equalsIgnoreCase|toLowerCase|toUpperCase|substring))*$`)
)

// isName reports whether the strings after an attribute or function of an expression are not values of a profile, but a status, or names or ids of groups.
func isName(attribute string) bool {
	return attribute == "status" || attribute == "getInternalProperty" || strings.HasPrefix(attribute, "isMemberOf") || strings.HasPrefix(attribute, "getGroups")
}

// nameOf returns the name of the attribute or function at the end of a part of an expression, before the functions that take it.
func nameOf(part string) string {
	if found := ofName.FindStringSubmatch(part); found != nil {
		return found[1]
	}
	return ""
}

// expression returns an expression whose strings are replaced as the values of the attribute to which they belong: the last one before them or, if none is, the
// first one after them.
func (a *anonymizer) expression(text string) string {
	if a == nil {
		return text
	}
	before := nameOf(operand.FindString(text))
	return token.ReplaceAllStringFunc(text, func(part string) string {
		if part[0] != '"' && part[0] != '\'' {
			before = nameOf(part)
			return part
		}
		value := unquoted(part)
		switch {
		case isName(before):
			return requoted(part, a.name(value, 255))
		case before == "type" || before == "eventType" || before == "result" || a.isKept("user", before) || len(value) < 2: // a separator, such as "@"
			return requoted(part, a.kept(value))
		}
		return requoted(part, a.text(value))
	})
}

// bare is what is left of a template that names nobody, without attributes and strings.
var bare = regexp.MustCompile(`^(?:\b(?:String|Arrays|Convert)\.\w+|\bfn:\w+|\b(?:and|or|not|AND|OR|null|true|false)\b|\d+|[\s(){}$,?:+=!<>&|.-])*$`)

// template returns a template of user names. One that is more than an expression is replaced as a text.
func (a *anonymizer) template(text string) string {
	if a == nil || bare.MatchString(literal.ReplaceAllString(operand.ReplaceAllString(text, ""), "")) {
		return a.expression(text)
	}
	return a.text(text)
}

// unquoted returns the value of a string in an expression.
func unquoted(part string) string {
	var b strings.Builder
	escaped := false
	for _, c := range part[1 : len(part)-1] {
		if escaped = !escaped && c == '\\'; !escaped {
			b.WriteRune(c)
		}
	}
	return b.String()
}

// requoted returns a string of an expression with another value.
func requoted(part, value string) string {
	if value == unquoted(part) {
		return part
	}
	return part[:1] + strings.NewReplacer(`\`, `\\`, part[:1], `\`+part[:1]).Replace(value) + part[:1]
}
