package expr

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/expr-lang/expr/parser"

	"github.com/flowdeck/flowdeck/engine/words"
)

// bindings are the roots whose fields are names that an author chose.
var bindings = []string{"steps", "inputs", "vars"}

// habits are words and signs of other languages, in lower case, with the hint for what is written here.
var habits = map[string]string{
	"null": "a missing value is nil", "none": "a missing value is nil", "undefined": "a missing value is nil",
	"yes": "write true", "on": "write true", "no": "write false", "off": "write false", "true": "write true", "false": "write false", "nil": "write nil",

	"and": "write and", "or": "write or", "not": "write not", "in": "write in",
	"&": "write and", "|": "write or; a function is written before its values, as in upper(name)",
	"eq": "== compares", "ne": "!= compares", "gt": "> compares", "ge": ">= compares", "gte": ">= compares",
	"lt": "< compares", "le": "<= compares", "lte": "<= compares",
	"=": "== compares", "<>": "!= compares", "=~": "matches compares with a regular expression", "~": "matches compares with a regular expression",
	"co": "write contains", "includes": "write contains", "has": "write contains", "like": "write contains, startsWith, endsWith or matches",
	"sw": "write startsWith", "ew": "write endsWith", "pr": "compare with nil: value != nil", "exists": "compare with nil: value != nil",
	"isempty": "write empty(value)",
	"isblank": "write empty(value)", "isnull": "compare with nil: value == nil", "isnil": "compare with nil: value == nil",
	"equals": "== compares", "equal": "== compares", "xor": "!= compares two conditions",
	"is": "== compares: value == nil; empty(value) is true for nil, \"\", [] and {}", "isnt": "!= compares",
	"if": "write condition ? value : other", "when": "write condition ? value : other", "then": "write condition ? value : other",
	"else": "write condition ? value : other",
	":":    "put an object that a closure returns in parentheses: map(list, ({id: .id}))",
}

// elsewhere are roots of other languages, with the hint for where their values are here.
var elsewhere = map[string]string{
	"secrets": "an expression cannot read secrets: a connection refers to them, as in auth: {api_token: {env: NAME}}, and an input with secret: true is hidden",
	"env":     "an expression cannot read the environment: declare an input, and give it with --input NAME=\"$NAME\"",
	"item":    "the element of a loop is record in its do; a helper that a loop runs declares it as an input and reads inputs.record",
	"github":  "trigger has what started the run, and run the run itself", "context": "trigger has what started the run, and run the run itself",
	"params": "write inputs.NAME", "args": "write inputs.NAME", "input": "did you mean inputs?", "data": "write inputs.NAME, or steps.ID for the result of a step",
	"outputs": "write steps.ID, the result of the step itself", "result": "write steps.ID, the result of the step itself", "results": "write steps.ID, the result of the step itself",
	"this": "in the closure of a list # is the element", "self": "in the closure of a list # is the element",
}

// habit returns the hint for a word or sign of another language; empty if there is none.
func habit(word string) string { return habits[strings.ToLower(word)] }

// misread returns the hint for the position of a syntax error: for the sign there, which may be longer than the token, or for a
// sign that has no token.
func misread(src source, at span) string {
	rest := src.text[at.from:]
	switch first := []rune(rest); {
	case len(first) > 0 && strings.ContainsRune("“”„‘’«»", first[0]):
		return `the quotes of a string are straight: "text"`
	case shorthand.MatchString(src.text):
		return "a field has a name and a value: {" + shorthand.FindStringSubmatch(src.text)[1] + ": value}"
	}
	for _, start := range []int{at.from, at.from - 1} {
		if start >= 0 && strings.HasPrefix(src.text[start:], "=>") {
			return arrowHint(src.text, start)
		}
	}
	for _, sign := range []string{"=~", "<>"} {
		if strings.HasPrefix(rest, sign) || at.from > 0 && strings.HasPrefix(src.text[at.from-1:], sign) {
			return habit(sign)
		}
	}
	return habit(src.text[at.from:at.to])
}

// shorthand matches an object whose first field has a name only.
var shorthand = regexp.MustCompile(`^\s*\{\s*([A-Za-z_]\w*)\s*[,}]`)

// braced reports whether the source between ${ and } is an expression in braces of its own, as in ${{ x }}.
func braced(text string) bool {
	inner, ok := strings.CutPrefix(text, "{")
	inner, closed := strings.CutSuffix(inner, "}")
	if !ok || !closed {
		return false
	}
	if sane(inner) != nil {
		return false
	}
	_, err := parser.ParseWithConfig(newSource(inner).code, fenced())
	return err == nil
}

// root returns the hint for a name that is not a root: a name in one of the roots, or a string without quotes.
func (c *checker) root(name string) string {
	for _, root := range bindings {
		if names, ok := c.env.Field(root); ok && names.Lists(name) {
			return fmt.Sprintf("did you mean %s.%s?", root, name)
		}
	}
	if path, dollar := strings.CutPrefix(name, "$"); dollar && name != "$env" {
		return c.jsonPath(path)
	}
	if hint := habit(name); hint != "" {
		return hint
	}
	if owner := c.owner(name); owner != "" && len(c.loops) == 0 {
		return fmt.Sprintf("did you mean %s.%s?", owner, name)
	}
	letters := strings.ReplaceAll(name, "_", "")
	if len(letters) > 1 && strings.IndexFunc(letters, func(r rune) bool { return !unicode.IsUpper(r) && !unicode.IsDigit(r) }) < 0 {
		return fmt.Sprintf("a string has quotes: %q", name)
	}
	if hint := elsewhere[name]; hint != "" {
		if c.env.Lists("record") && name == "item" {
			return "the element of a loop is record"
		}
		return hint
	}
	if name == "record" {
		return "record exists in the do of a loop; a helper that a loop runs declares it as an input and reads inputs.record"
	}
	return ""
}

// jsonPath returns the hint for a path that starts with $ and, in $name, a name.
func (c *checker) jsonPath(name string) string {
	const is = "$ is the syntax of JSONPath"
	if name != "" && !c.env.Lists(name) {
		return is + "; a path starts with a name"
	}
	if m := afterDollar.FindStringSubmatch(c.src.text); m != nil {
		return is + "; write " + m[1]
	}
	return is + "; a path starts with a name"
}

// afterDollar matches the first path of JSONPath in an expression.
var afterDollar = regexp.MustCompile(`\$\.?([A-Za-z_][\w.]*)`)

// owner returns the record, or the only step, that has a field: "record", "steps.u". It is empty if none has it, or several have.
func (c *checker) owner(field string) string {
	if record, ok := c.env.Field("record"); ok && record.NotNil().Lists(field) {
		return "record"
	}
	steps, _ := c.env.Field("steps")
	var owners []string
	for _, id := range steps.Fields() {
		if result, ok := steps.Field(id); ok && result.NotNil().Lists(field) {
			owners = append(owners, "steps."+id)
		}
	}
	if len(owners) != 1 {
		return ""
	}
	return owners[0]
}

// otherRoot returns the hint for a field of a root that is a root itself, or a field of another root.
func (c *checker) otherRoot(base operand, name string) string {
	if _, near := words.Nearest(name, base.typ.alternatives()); near {
		return ""
	}
	if c.env.Lists(name) {
		return "did you mean " + name + "?"
	}
	for _, root := range bindings {
		if names, ok := c.env.Field(root); ok && root != base.name && names.Lists(name) {
			return fmt.Sprintf("did you mean %s.%s?", root, name)
		}
	}
	return ""
}

// listIn returns the path of the list in an object, as in the result of a list card: steps.users.items. It is empty if the
// object is open, has no list, or has no name.
func (o operand) listIn() string {
	if o.name == "" || o.typ.isAny() || o.typ.NotNil().kinds() != kObject || o.typ.Open() {
		return ""
	}
	fields := o.typ.Fields()
	i := slices.IndexFunc(fields, func(field string) bool {
		t, _ := o.typ.Field(field)
		return t.NotNil().kinds() == kList
	})
	if i < 0 {
		return ""
	}
	return o.name + "." + fields[i]
}
