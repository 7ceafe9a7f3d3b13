package expr

// stringPair checks both operands of an operator on strings.
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

// notString returns the fault of an operand of an operator on strings.
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
func matches(ev *evaluation, text, source any) (any, error) {
	if p, ok := source.(pattern); ok {
		s, ok := text.(string)
		if !ok {
			return nil, notString("matches", kindWord(text), false)
		}
		return p.matches(ev, s)
	}
	s, computed, err := stringPair(ev, "matches", text, source)
	if err != nil {
		return false, err
	}
	p, err := computedPattern(ev, computed)
	if err != nil {
		return nil, err
	}
	return p.matches(ev, s)
}
