package expr

import (
	"regexp"
	"strings"
)

// stringPair gives both operands of an operator on strings.
func stringPair(ev *evaluation, operator string, a, b any) (x, y string, err error) {
	x, ok := a.(string)
	y, ok2 := b.(string)
	if !ok || !ok2 {
		wrong := a
		if ok {
			wrong = b
		}
		_, list := wrong.([]any)
		return "", "", notString(operator, kindWord(wrong), list)
	}
	return x, y, ev.spend(len(x) + len(y))
}

// notString is the fault of an operand of an operator on strings.
func notString(operator, kind string, list bool) *fault {
	f := mustBe("the operand of "+operator, "string", kind)
	switch {
	case operator == "contains" && list:
		f.hint = "for an element of a list, write: element in list"
	case kind == string(KindNil):
		f.hint = `give a value for that case, as in x ?? ""`
	}
	return f
}

// matches reports whether a string matches a regular expression, which may be compiled already.
func matches(ev *evaluation, text, pattern any) (any, error) {
	if re, ok := pattern.(*regexp.Regexp); ok {
		s, ok := text.(string)
		if !ok {
			return nil, notString("matches", kindWord(text), false)
		}
		return re.MatchString(s), ev.spend(len(s))
	}
	s, p, err := stringPair(ev, "matches", text, pattern)
	if err != nil {
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
