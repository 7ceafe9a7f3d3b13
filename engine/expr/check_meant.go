package expr

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/words"
)

// What people write by the habits of other languages, and by the form of Okta's answers.

// lengths are the names that other languages have for the length of a list.
var lengths = []string{"length", "len", "size", "count"}

// results are the names that other tools have for the result of a step, in lower case.
var results = []string{"output", "outputs", "result", "results", "response", "body", "data", "value"}

// attributes is the field that holds the attributes of a record. An org can add more to them.
const attributes = "profile"

// methods are methods of other languages whose functions have a different name, in lower case.
var methods = map[string]string{
	"tolowercase": "lower", "tolower": "lower", "downcase": "lower", "touppercase": "upper", "toupper": "upper", "upcase": "upper",
	"length": "len", "size": "len", "count": "len", "strip": "trim", "tostring": "string", "includes": "contains", "has": "contains",
}

// functionFor returns the hint for a method of a value at a position: the function to write.
func (c *checker) functionFor(base operand, method string, at span) string {
	value := base.name
	if value == "" {
		value = "value"
	}
	name := method
	if other, ok := methods[strings.ToLower(method)]; ok {
		name = other
	}
	if op := c.binaries[name]; op != nil {
		if base.typ.may(kString) {
			return fmt.Sprintf(`write %s %s "text"`, value, name)
		}
		return "write element in " + value
	}
	f := c.functions[name]
	if hint := habit(method); f == nil && hint != "" {
		return hint
	}
	if f == nil {
		if near := c.nearestFunctions(method); len(near) > 0 {
			f = c.functions[slices.Min(near)]
		}
	}
	if f == nil {
		return "functions are written before their values, as in upper(" + value + ")"
	}
	args := strings.TrimLeft(strings.TrimPrefix(c.src.text[at.to:], "("), " ")
	if least, most := f.arity(); least > 1 || f.walk != nil || most != 1 && args != "" && args[0] != ')' {
		value += ", …"
	}
	return fmt.Sprintf("write %s(%s)", f.name, value)
}

// elsewhere returns the hint for a field at a position that base does not have, but a part of it does, or base itself is meant; empty if
// neither is known.
func (c *checker) elsewhere(base operand, name string, at span) string {
	prefix := strings.TrimPrefix(base.name, "an element of "+c.loopOf())
	if base.name == "" {
		return ""
	}
	if slices.Contains(bindings, base.name) {
		return c.otherRoot(base, name)
	}
	if len(base.path) == 2 && base.path[0] == "steps" && slices.Contains(results, strings.ToLower(name)) {
		return base.name + " is the result of the step itself"
	}
	dot := func(optional bool) string {
		if optional {
			return "?."
		}
		return "."
	}
	fields := base.typ.alternatives()
	if _, near := words.Nearest(name, fields); near {
		return ""
	}
	for _, field := range fields {
		t, _ := base.typ.Field(field)
		if t.Lists(name) || field == attributes && t.Open() {
			meant := name
			if near, ok := words.Nearest(name, t.Fields()); ok && !t.Lists(name) {
				meant = near
			}
			return fmt.Sprintf("did you mean %s%s%s%s%s?", prefix, dot(strings.HasSuffix(c.src.text[:at.from], "?.")), field, dot(t.Nullable() && !t.isAny()), meant)
		}
	}
	return ""
}

// timeHint returns the hint for an operator on a time and a string; empty for other operands.
func timeHint(l, r operand) string {
	text, other := l, r
	if r.typ.NotNil().kinds() == kString {
		text, other = r, l
	}
	switch kind := other.typ.NotNil().kinds(); {
	case text.typ.NotNil().kinds() != kString || kind&(kTime|kDuration) == 0:
	case text.text != nil:
		if _, ok := parseDuration(*text.text); ok {
			return fmt.Sprintf("write duration(%q)", *text.text)
		}
	case text.name != "" && kind == kTime:
		return "write date(" + text.name + ")"
	}
	return ""
}

// never reports a comparison of a string, of which all values are known, with another text.
func (c *checker) never(o, with operand) {
	if with.text == nil || o.typ.texts == nil || o.typ.NotNil().kinds() != kString || slices.Contains(*o.typ.texts, *with.text) {
		return
	}
	name := o.name
	if name == "" {
		name = "this"
	}
	c.fail(faultf("%s is never %q", name, *with.text).withHint(words.Hint("values", *with.text, *o.typ.texts)).placed(with.at))
}
