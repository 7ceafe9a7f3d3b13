package expr

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// scalar is the type of values that can be converted to a string; textKinds names them in messages.
var scalar = Type{set: kBool | kNumber | kString | kTime | kDuration}

const textKinds = "string, number, boolean, time or duration"

var textFunctions = []definition{
	{
		theme: "text", name: "quote", params: []param{one("text", Type{set: kString | kTime | kDuration})}, returns: String.graded(complete),
		call: func(_ *evaluation, args []any) (any, error) {
			text, _ := scalarText(args[0])
			if !utf8.ValidString(text) {
				return nil, faultf("quote: the string is not valid UTF-8, so no filter can find it").at(0)
			}
			return quote(text), nil
		},
		hint: func(kind string) string {
			if slices.Contains([]string{"integer", "decimal", "number", "boolean"}, kind) {
				return "a filter has numbers, true and false without quotes"
			}
			return ""
		},
		summary: "A string literal for a filter or a search of Okta or SCIM, with its quotes: the filter matches exactly this string.",
		example: `"profile.login eq " + quote("o\"brien")`, result: `"profile.login eq \"o\\\"brien\""`,
	},
	{
		theme: "text", name: "quote_expression", params: []param{one("text", Type{set: kString | kTime | kDuration})}, returns: String.graded(exact),
		call: func(_ *evaluation, args []any) (any, error) {
			text, _ := scalarText(args[0])
			switch {
			case !utf8.ValidString(text):
				return nil, faultf("quote_expression: the string is not valid UTF-8").at(0)
			case strings.ContainsAny(text, "\"\\"):
				return nil, faultf("quote_expression: a string in an expression of Okta cannot have a quote or a backslash").
					withHint(`Okta's expression language does not describe how to escape " and \`).at(0)
			}
			return `"` + text + `"`, nil
		},
		hint: func(kind string) string {
			if slices.Contains([]string{"integer", "decimal", "number", "boolean"}, kind) {
				return "an expression has numbers, true and false without quotes"
			}
			return ""
		},
		summary: "A string literal for an expression in Okta's expression language, with its quotes, such as the expression of a group rule. That language has no escapes, so a string with \" or \\ is an error.",
		example: `"user.department == " + quote_expression("R&D")`, result: `"user.department == \"R&D\""`,
	},
	{
		theme: "text", name: "string", light: true, shallow: true, params: []param{one("value", Any)}, returns: String,
		infer: asGrade(complete),
		call: func(_ *evaluation, args []any) (any, error) {
			text, ok := scalarText(args[0])
			if !ok {
				return nil, textFault(kindWord(args[0])).at(0)
			}
			return text, nil
		},
		summary: "A string, number, boolean, time or duration as a string.",
		example: `string(1.5)`, result: `"1.5"`,
	},
	{
		theme: "text", name: "text", params: []param{one("value", Any)}, returns: String,
		infer: func(c *checker, args []operand) Type {
			if args[0].typ.may(kList | kObject) {
				return String
			}
			return asGrade(complete)(c, args)
		},
		call: func(ev *evaluation, args []any) (any, error) {
			if args[0] == nil {
				return "", nil
			}
			if text, ok := scalarText(args[0]); ok {
				return text, nil
			}
			return ev.encode(args[0])
		},
		summary: "Any value as a string: nil is the empty string, lists and objects are JSON, and others are as string has them.",
		example: `text(nil) + text(1.5) + text(["a"])`, result: `"1.5[\"a\"]"`,
	},
	{
		theme: "text", name: "empty", light: true, shallow: true, params: []param{one("value", Any)}, returns: Bool, call: isEmpty,
		summary: "Whether the value is nil, an empty string, an empty list, or an object without fields.",
		example: `empty(nil) and empty("") and not empty([0])`, result: `true`,
	},
	onText("upper", strings.ToUpper, "The string in upper case.", `upper("ann")`, `"ANN"`),
	onText("lower", strings.ToLower, "The string in lower case.", `lower("Ann")`, `"ann"`),
	{
		theme: "text", name: "trim", params: []param{one("text", String), optional("characters", String)}, returns: String,
		infer: asGrade(word),
		call: func(_ *evaluation, args []any) (any, error) {
			if len(args) > 1 {
				characters := map[rune]bool{}
				for _, c := range args[1].(string) {
					characters[c] = true
				}
				return strings.TrimFunc(args[0].(string), func(c rune) bool { return characters[c] }), nil
			}
			return strings.TrimSpace(args[0].(string)), nil
		},
		summary: "The string without white space at its ends, or without these characters.",
		example: `trim("  ann ")`, result: `"ann"`,
	},
	{
		theme: "text", name: "trimPrefix", params: []param{one("text", String), one("prefix", String)}, returns: String,
		call: func(_ *evaluation, args []any) (any, error) {
			return strings.TrimPrefix(args[0].(string), args[1].(string)), nil
		},
		summary: "The string without the prefix, if it starts with it.",
		example: `trimPrefix("DOMAIN\\ann", "DOMAIN\\")`, result: `"ann"`,
	},
	{
		theme: "text", name: "trimSuffix", params: []param{one("text", String), one("suffix", String)}, returns: String,
		call: func(_ *evaluation, args []any) (any, error) {
			return strings.TrimSuffix(args[0].(string), args[1].(string)), nil
		},
		summary: "The string without the suffix, if it ends with it.",
		example: `trimSuffix("ann@acme.com", "@acme.com")`, result: `"ann"`,
	},
	{
		theme: "text", name: "split", params: []param{one("text", String), one("separator", String), optional("limit", Int)},
		returns: ListOf(String),
		call: func(ev *evaluation, args []any) (any, error) {
			text, limit := args[0].(string), -1
			if len(args) > 2 {
				if limit = args[2].(int); limit < 1 {
					return nil, faultf("split: the limit must be at least 1, not %d", limit).at(2)
				}
			}
			if err := ev.made(elementSize * (strings.Count(text, args[1].(string)) + 1)); err != nil {
				return nil, err
			}
			return stringList(strings.SplitN(text, args[1].(string), limit)), nil
		},
		summary: "The parts of the string between the separators. With a limit there are at most that many, and the last one is the rest.",
		example: `split("ann@acme.com", "@")`, result: `["ann","acme.com"]`,
	},
	{
		theme: "text", name: "join", params: []param{one("list", ListOf(scalar)), optional("separator", String)}, returns: String,
		infer:   joinedType,
		call:    joinList,
		summary: "The elements as one string, with the separator between them.",
		example: `join(["a", "b", 3], ", ")`, result: `"a, b, 3"`,
	},
	{
		theme: "text", name: "replace", params: []param{one("text", String), one("old", String), one("new", String)}, returns: String,
		call: func(ev *evaluation, args []any) (any, error) {
			text, old, with := args[0].(string), args[1].(string), args[2].(string)
			if err := ev.made(strings.Count(text, old) * len(with)); err != nil {
				return nil, err
			}
			return strings.ReplaceAll(text, old, with), nil
		},
		summary: "The string with every old replaced by new.",
		example: `replace("a-b-c", "-", "+")`, result: `"a+b+c"`,
	},
	{
		theme: "text", name: "repeat", params: []param{one("text", String), one("times", Int)}, returns: String,
		call: func(ev *evaluation, args []any) (any, error) {
			text, n := args[0].(string), args[1].(int)
			if n < 0 {
				return nil, faultf("repeat: the number of times must be at least 0, not %d", n).at(1)
			}
			if len(text) > 0 && n > maxMade/len(text) {
				return nil, faultf("repeat: the string is too long").at(1)
			}
			if err := ev.made(n * len(text)); err != nil {
				return nil, err
			}
			return strings.Repeat(text, n), nil
		},
		summary: "The string, that many times.",
		example: `repeat("ab", 2)`, result: `"abab"`,
	},
	{
		theme: "text", name: "indexOf", params: []param{one("text", String), one("part", String)}, returns: Int,
		call: func(_ *evaluation, args []any) (any, error) {
			return characters(args[0].(string), strings.Index(args[0].(string), args[1].(string))), nil
		},
		summary: "The position of the first occurrence of the part, in characters from 0; -1 if there is none.",
		example: `indexOf("ann@acme.com", "@")`, result: `3`,
	},
	{
		theme: "text", name: "lastIndexOf", params: []param{one("text", String), one("part", String)}, returns: Int,
		call: func(_ *evaluation, args []any) (any, error) {
			return characters(args[0].(string), strings.LastIndex(args[0].(string), args[1].(string))), nil
		},
		summary: "The position of the last occurrence of the part, in characters from 0; -1 if there is none.",
		example: `lastIndexOf("a.b.c", ".")`, result: `3`,
	},
	{
		theme: "text", name: "ascii", params: []param{one("text", String)}, returns: String,
		call: func(_ *evaluation, args []any) (any, error) { return ascii(args[0].(string)) },
		summary: "The string in ASCII: accents are removed (é is e, ü is u), ß is ss, æ is ae; characters that are neither letters nor " +
			"digits and have no ASCII form are dropped. A letter of a script other than Latin is an error.",
		example: `ascii("Zoë Müller-Łęcka")`, result: `"Zoe Muller-Lecka"`,
	},
	{
		theme: "text", name: "slug", params: []param{one("text", String)}, returns: String,
		call: func(_ *evaluation, args []any) (any, error) {
			text, err := ascii(args[0].(string))
			if err != nil {
				return nil, err
			}
			words := strings.FieldsFunc(strings.ToLower(text), func(c rune) bool { return (c < 'a' || c > 'z') && (c < '0' || c > '9') })
			return strings.Join(words, "-"), nil
		},
		summary: "The string as ascii returns it, in lower case letters and digits joined by -.",
		example: `slug("Sales & Marketing (München)")`, result: `"sales-marketing-munchen"`,
	},
}

// onText defines a function from a string to a string.
func onText(name string, f func(string) string, summary, example, result string) definition {
	return definition{
		theme: "text", name: name, params: []param{one("text", String)}, returns: String,
		infer:   asGrade(word),
		call:    func(_ *evaluation, args []any) (any, error) { return f(args[0].(string)), nil },
		summary: summary, example: example, result: result,
	}
}

// quote returns a string literal of SCIM's filter grammar, which is that of JSON.
func quote(text string) string {
	var b strings.Builder
	b.Grow(len(text) + 2)
	b.WriteByte('"')
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ':
			short, _ := json.Marshal(string(rune(c)))
			b.Write(short[1 : len(short)-1])
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// characters converts an offset in bytes to one in characters; -1 stays -1.
func characters(text string, offset int) int {
	if offset < 0 {
		return offset
	}
	return utf8.RuneCountInString(text[:offset])
}

func stringList(texts []string) []any {
	list := make([]any, len(texts))
	for i, text := range texts {
		list[i] = text
	}
	return list
}

func joinList(ev *evaluation, args []any) (any, error) {
	separator := ""
	if len(args) > 1 {
		separator = args[1].(string)
	}
	var b strings.Builder
	for i, e := range args[0].([]any) {
		text, ok := scalarText(e)
		if !ok {
			return nil, mustBe(fmt.Sprintf("element %d of join", i), textKinds, kindWord(e)).at(0)
		}
		if err := ev.made(len(text) + len(separator)); err != nil {
			return nil, err
		}
		if i > 0 {
			b.WriteString(separator)
		}
		b.WriteString(text)
	}
	return b.String(), nil
}
