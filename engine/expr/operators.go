package expr

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/flowdeck/flowdeck/engine/words"
)

// Every operator is a call of ours: expr-lang's own read nil where nothing is, wrap integers around, add where they
// should refuse, and know no time with its fraction.

// fetch reads a field of an object or an element of a list. A field that is missing is nil.
func fetch(from, key any) (any, error) {
	switch from := from.(type) {
	case map[string]any:
		if name, ok := key.(string); ok {
			return from[name], nil
		}
		return nil, mustBe("the name of a field", "string", kindWord(key)).at(1)
	case []any:
		i, ok := whole(key)
		if !ok {
			return nil, mustBe("the index of a list", "integer", kindWord(key)).at(1)
		}
		n := i
		if i < 0 {
			n = len(from) + i
		}
		if n < 0 || n >= len(from) {
			return nil, faultf("there is no element %d in a list of %d", i, len(from)).
				withHint("first(list) and last(list) give nil for an empty list").at(1)
		}
		return from[n], nil
	}
	kind := kindWord(from)
	f := &fault{read: keyText(key), kind: kind}
	f.message = "cannot read " + f.read + " of " + words.A(kind)
	switch from.(type) {
	case nil:
		f.hint = "use ?. where a value may be nil, and ?? for what to take instead"
	case string:
		if _, ok := key.(string); !ok {
			f.hint = "text[0:1] is the first character"
		}
	}
	return nil, f
}

func keyText(key any) string {
	if name, ok := key.(string); ok {
		return strconv.Quote(name)
	}
	if text, ok := scalarText(key); ok {
		return "element " + text
	}
	return "that"
}

// slice is part of a list or of a text, counted in characters. Bounds beyond the ends are the ends.
func slice(from, low, high any) (any, error) {
	var length int
	switch from := from.(type) {
	case []any:
		length = len(from)
	case string:
		length = utf8.RuneCountInString(from)
	default:
		return nil, faultf("cannot take a part of %s", words.A(kindWord(from)))
	}
	bound := func(v any, otherwise int) (int, error) {
		if v == nil {
			return otherwise, nil
		}
		i, ok := whole(v)
		if !ok {
			return 0, mustBe("the bound of a slice", "integer", kindWord(v))
		}
		if i < 0 {
			i += length
		}
		return min(max(i, 0), length), nil
	}
	a, err := bound(low, 0)
	if err != nil {
		return nil, err
	}
	b, err := bound(high, length)
	if err != nil {
		return nil, err
	}
	a = min(a, b)
	switch from := from.(type) {
	case []any:
		return from[a:b:b], nil
	case string:
		if len(from) == length {
			return from[a:b], nil
		}
		return string([]rune(from)[a:b]), nil
	}
	return nil, nil
}

// in reports whether a list has an element or an object a name.
func in(ev *evaluation, v, of any) (any, error) {
	switch of := of.(type) {
	case nil:
		return false, nil
	case []any:
		if err := ev.spend(len(of)); err != nil {
			return nil, err
		}
		for _, e := range of {
			if same, err := equal(ev, v, e); same || err != nil {
				return same, err
			}
		}
		return false, nil
	case map[string]any:
		if name, ok := v.(string); ok {
			_, ok = of[name]
			return ok, nil
		}
		return nil, mustBe("the name of a field", "string", kindWord(v))
	case string:
		return nil, mustBe("the right side of in", "list or object", "string").withHint(`text contains "part" looks into a text`)
	}
	return nil, mustBe("the right side of in", "list or object", kindWord(of))
}

// texts gives both operands of an operator on text. Nil has no text in it: found is false then.
func texts(ev *evaluation, operator string, a, b any) (x, y string, found bool, err error) {
	if a == nil || b == nil {
		return "", "", false, nil
	}
	x, ok := a.(string)
	y, ok2 := b.(string)
	if !ok || !ok2 {
		wrong := a
		if ok {
			wrong = b
		}
		f := mustBe("the operand of "+operator, "string", kindWord(wrong))
		if _, list := wrong.([]any); list && operator == "contains" {
			f.hint = "element in list looks into a list"
		}
		return "", "", false, f
	}
	return x, y, true, ev.spend(len(x) + len(y))
}

// matches reports whether a text matches a regular expression, which may be compiled already.
func matches(ev *evaluation, text, pattern any) (any, error) {
	if re, ok := pattern.(*regexp.Regexp); ok {
		if text == nil {
			return false, nil
		}
		s, ok := text.(string)
		if !ok {
			return nil, mustBe("the operand of matches", "string", kindWord(text))
		}
		return re.MatchString(s), ev.spend(len(s))
	}
	s, p, found, err := texts(ev, "matches", text, pattern)
	if !found || err != nil {
		return false, err
	}
	re, err := compilePattern(ev, p)
	if err != nil {
		return nil, err
	}
	return re.MatchString(s), nil
}

// compilePattern compiles a regular expression that is computed; it costs more than to read it.
func compilePattern(ev *evaluation, pattern string) (*regexp.Regexp, error) {
	if err := ev.spend(100 * len(pattern)); err != nil {
		return nil, err
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, patternFault(err)
	}
	return re, nil
}

func patternFault(err error) *fault {
	return faultf("not a regular expression: %s", strings.TrimPrefix(err.Error(), "error parsing regexp: ")).
		withHint("the syntax is RE2's; write patterns in `backquotes`, where \\ needs no second \\")
}

// condition lets true and false pass and nothing else.
func condition(v any, what string) (any, error) {
	if _, ok := v.(bool); ok {
		return v, nil
	}
	return nil, conditionFault(kindWord(v), what)
}

func conditionFault(kind, what string) *fault {
	f := mustBe(what, "boolean", kind)
	if kind == "nil" {
		f.hint = "say what nil means: x ?? false, or x == nil"
	}
	return f
}

// whole is a number as an integer, if it is one.
func whole(v any) (int, bool) {
	switch v := v.(type) {
	case int:
		return v, true
	case float64:
		if v == math.Trunc(v) && v >= math.MinInt64 && v < math.MaxInt64 {
			return int(v), true
		}
	}
	return 0, false
}
