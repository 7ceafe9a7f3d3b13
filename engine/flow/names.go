package flow

import (
	"regexp"
	"strings"
)

var (
	flowNamePattern   = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	identifierPattern = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	// connectionPattern matches names that are also names of folders.
	connectionPattern = regexp.MustCompile(`^[\pL\pN_][\pL\pN_.@ -]*$`)
)

// name checks a text against a shape that is a kind of name.
func (r *reader) name(key, v *Node, s *Shape) bool {
	bad := func(what, hint string) bool {
		r.problem(v, CodeBadName, hint, "%s is not a valid %s", quoted(v.Text), what)
		return false
	}
	switch {
	case strings.Contains(v.Text, "${"):
		r.problem(v, CodeWrongType, "an expression is not allowed here; write the value itself", "%s must be %s, not an expression", quoted(key.Text), s)
		return false
	case s.Kind == ShapeFlowName && !flowNamePattern.MatchString(v.Text):
		hint := FlowNameHint(v.Text)
		if before, yaml := strings.CutSuffix(v.Text, ".yaml"); yaml && flowNamePattern.MatchString(before[strings.LastIndex(before, "/")+1:]) {
			hint = "a flow is named by its key `flow`, not by its file"
		}
		return bad(strings.TrimPrefix(s.String(), "the "), hint)
	case s.Kind == ShapeIdentifier && !identifierPattern.MatchString(v.Text):
		hint := "letters, digits and _, not starting with a digit"
		if try := identifierLike(v.Text); try != "" {
			hint += ", such as " + try
		}
		return bad("name in expressions", hint)
	case strings.TrimSpace(v.Text) == "":
		r.problem(key, CodeWrongType, "it must be "+s.String(), "%s has no value", quoted(key.Text))
		return false
	}
	return true
}

// connectionName checks the name of a connection.
func (r *reader) connectionName(n *Node) bool {
	if connectionPattern.MatchString(n.Text) {
		return true
	}
	r.problem(n, CodeBadName, "letters, digits, spaces and . @ _ -, not starting with one of the last", "%s is not a valid name of a connection", quoted(n.Text))
	return false
}

// FlowNameHint returns what the name of a flow must be, with a valid one similar to text; "" if text is valid.
func FlowNameHint(text string) string {
	if flowNamePattern.MatchString(text) {
		return ""
	}
	hint := `lowercase words joined by "-"`
	if try := flowNameLike(text); try != "" {
		hint += ", such as " + try
	}
	return hint
}

// NeedsQuotes reports whether YAML reads a name as something else than text, such as null and 1e3, so that it must be in quotes everywhere.
func NeedsQuotes(name string) bool {
	value, wrong := scalarValue(name)
	_, text := value.(string)
	return !text || wrong != nil
}

// flowNameLike returns a valid flow name similar to text; "" if there is none.
func flowNameLike(text string) string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	if try := strings.Join(words, "-"); flowNamePattern.MatchString(try) {
		return try
	}
	return ""
}

// identifierLike returns a valid identifier similar to text; "" if there is none.
func identifierLike(text string) string {
	words := strings.FieldsFunc(text, func(r rune) bool { return !identifierPattern.MatchString("_" + string(r)) })
	if try := strings.Join(words, "_"); identifierPattern.MatchString(try) {
		return try
	}
	return ""
}
