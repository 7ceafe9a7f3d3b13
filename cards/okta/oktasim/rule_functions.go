package oktasim

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A ruleFunction is a function of the Okta Expression Language that group rules can use.
type ruleFunction struct {
	takes []kind // the types of its arguments; the last one repeats if more is true
	more  bool
	gives kind
	do    func(s subjectOfRule, in []any) any
}

// ruleFunctions are the functions that Okta documents for group rules: those of String, Arrays and user, and the group functions
// (Okta, "Okta Expression Language overview", string, array and group functions). Functions of Convert and Time, of applications and of
// directories cannot be used in a group rule, and are refused like unknown ones. That a null makes a comparison of texts false is our guess.
var ruleFunctions = map[string]ruleFunction{
	"String.stringContains":  texts2(strings.Contains),
	"String.startsWith":      texts2(strings.HasPrefix),
	"String.endsWith":        texts2(strings.HasSuffix),
	"String.len":             {takes: []kind{stringKind}, gives: integerKind, do: lengthOfText},
	"String.toUpperCase":     text1(strings.ToUpper),
	"String.toLowerCase":     text1(strings.ToLower),
	"String.removeSpaces":    text1(func(s string) string { return strings.ReplaceAll(s, " ", "") }),
	"String.append":          text2(func(a, b string) string { return a + b }),
	"String.substringAfter":  text2(func(s, mark string) string { _, after, _ := strings.Cut(s, mark); return after }),
	"String.substringBefore": text2(func(s, mark string) string { before, _, _ := strings.Cut(s, mark); return before }),
	"String.substring":       {takes: []kind{stringKind, numberKind, numberKind}, gives: stringKind, do: substring},
	"String.replace":         text3(func(s, old, by string) string { return strings.ReplaceAll(s, old, by) }),
	"String.replaceFirst":    text3(func(s, old, by string) string { return strings.Replace(s, old, by, 1) }),
	"String.join":            {takes: []kind{stringKind, stringKind}, more: true, gives: stringKind, do: joinTexts},

	"Arrays.contains": {takes: []kind{arrayKind, anyKind}, gives: booleanKind, do: arrayContains},
	"Arrays.isEmpty":  {takes: []kind{arrayKind}, gives: booleanKind, do: func(_ subjectOfRule, in []any) any { return len(listIn(in[0])) == 0 }},
	"Arrays.size":     {takes: []kind{arrayKind}, gives: integerKind, do: func(_ subjectOfRule, in []any) any { return float64(len(listIn(in[0]))) }},

	"user.getInternalProperty": {takes: []kind{stringKind}, gives: stringKind, do: internalProperty},

	"isMemberOfGroup":               {takes: []kind{stringKind}, gives: booleanKind, do: memberById},
	"isMemberOfAnyGroup":            {takes: []kind{stringKind}, more: true, gives: booleanKind, do: memberById},
	"isMemberOfGroupName":           memberByName(func(name, wanted string) bool { return name == wanted }),
	"isMemberOfGroupNameStartsWith": memberByName(strings.HasPrefix),
	"isMemberOfGroupNameContains":   memberByName(strings.Contains),
	"isMemberOfGroupNameRegex": memberByName(func(name, pattern string) bool {
		expression, err := regexp.Compile("^(?:" + pattern + ")$")
		return err == nil && expression.MatchString(name)
	}),
}

// call parses the arguments of a function.
func (p *ruleParser) call(name string) ruleExpression {
	in := p.list("(", ")")
	f, ok := ruleFunctions[name]
	if !ok {
		return p.fail("the function %q does not exist, or cannot be used in a group rule", name)
	}
	if len(in) != len(f.takes) && (!f.more || len(in) < len(f.takes)) {
		return p.fail("%s has %d parameters, and the call has %d", name, len(f.takes), len(in))
	}
	for i, e := range in {
		wanted := f.takes[min(i, len(f.takes)-1)]
		if wanted != anyKind && e.kind != anyKind && e.kind != wanted && !(wanted == numberKind && e.numeric()) {
			return p.fail("parameter %d of %s must be %s, not %s", i+1, name, wanted.article(), e.kind.article())
		}
	}
	return ruleExpression{f.gives, func(s subjectOfRule) any { return f.do(s, valuesOf(in, s)) }}
}

func valuesOf(items []ruleExpression, s subjectOfRule) []any {
	values := make([]any, len(items))
	for i, e := range items {
		values[i] = e.value(s)
	}
	return values
}

func texts2(holds func(a, b string) bool) ruleFunction {
	return ruleFunction{takes: []kind{stringKind, stringKind}, gives: booleanKind, do: func(_ subjectOfRule, in []any) any {
		return in[0] != nil && in[1] != nil && holds(textIn(in[0]), textIn(in[1]))
	}}
}

func text1(change func(string) string) ruleFunction {
	return ruleFunction{takes: []kind{stringKind}, gives: stringKind, do: func(_ subjectOfRule, in []any) any { return change(textIn(in[0])) }}
}

func text2(change func(a, b string) string) ruleFunction {
	return ruleFunction{takes: []kind{stringKind, stringKind}, gives: stringKind, do: func(_ subjectOfRule, in []any) any {
		return change(textIn(in[0]), textIn(in[1]))
	}}
}

func text3(change func(a, b, c string) string) ruleFunction {
	return ruleFunction{takes: []kind{stringKind, stringKind, stringKind}, gives: stringKind, do: func(_ subjectOfRule, in []any) any {
		return change(textIn(in[0]), textIn(in[1]), textIn(in[2]))
	}}
}

func lengthOfText(_ subjectOfRule, in []any) any {
	return float64(utf8.RuneCountInString(textIn(in[0])))
}

// substring returns the characters from one index to another. Indexes beyond the text are those of its end.
func substring(_ subjectOfRule, in []any) any {
	letters := []rune(textIn(in[0]))
	index := func(v any) int { return max(0, min(int(numberIn(v)), len(letters))) }
	from, to := index(in[1]), index(in[2])
	return string(letters[min(from, to):to])
}

func joinTexts(_ subjectOfRule, in []any) any {
	var parts []string
	for _, v := range in[1:] {
		parts = append(parts, textIn(v))
	}
	return strings.Join(parts, textIn(in[0]))
}

func arrayContains(_ subjectOfRule, in []any) any {
	return slices.ContainsFunc(listIn(in[0]), func(item any) bool { return equalValues(item, in[1]) })
}

func internalProperty(s subjectOfRule, in []any) any {
	switch textIn(in[0]) {
	case "id":
		return s.user().id
	case "status":
		return s.user().status.String()
	}
	return nil
}

func memberById(s subjectOfRule, in []any) any {
	return slices.ContainsFunc(in, func(id any) bool {
		g, ok := s.d.group(textIn(id))
		return ok && g.has(s.ordinal)
	})
}

func memberByName(fits func(name, wanted string) bool) ruleFunction {
	return ruleFunction{takes: []kind{stringKind}, gives: booleanKind, do: func(s subjectOfRule, in []any) any {
		for i := range s.d.groups {
			if g := &s.d.groups[i]; !g.deleted && g.has(s.ordinal) && fits(g.name, textIn(in[0])) {
				return true
			}
		}
		return false
	}}
}

// ruleValue returns the value of an attribute for an expression; nil if it has none.
func (u *user) ruleValue(name string) any {
	if own := u.ownField(name); own != nil {
		if *own == "" {
			return nil
		}
		return *own
	}
	var v any
	if json.Unmarshal([]byte(u.attribute(name)), &v) != nil {
		return nil
	}
	return v
}

func numberIn(v any) float64 { n, _ := v.(float64); return n }

func listIn(v any) []any { list, _ := v.([]any); return list }

// textIn returns a value as text, as + does it; "" for null.
func textIn(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

// equalValues reports whether two values are equal. Texts are compared with their case.
func equalValues(a, b any) bool {
	left, list := a.([]any)
	right, both := b.([]any)
	if list || both {
		return list == both && slices.EqualFunc(left, right, equalValues)
	}
	return a == b
}

// compareValues returns the order of two numbers or two texts.
func compareValues(a, b any) (order int, comparable bool) {
	switch a := a.(type) {
	case float64:
		b, ok := b.(float64)
		switch {
		case a < b:
			return -1, ok
		case a > b:
			return 1, ok
		}
		return 0, ok
	case string:
		b, ok := b.(string)
		return strings.Compare(a, b), ok
	}
	return 0, false
}
