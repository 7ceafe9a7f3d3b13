package expr

import (
	"fmt"
	"slices"
	"strings"
)

// arrowHint returns the hint for the arrow at an offset of a text that is not one of a closure.
func arrowHint(text string, at int) string {
	const example = `as in filter(list, u => u == "x")`
	before := strings.TrimRight(text[:at], blanks)
	name, _ := lastWord(before)
	f := byName[callAround(before)]
	switch {
	case strings.HasSuffix(before, ")"):
		return "the name of an element has no parentheses, " + example
	case slices.Contains(values, name):
		return name + " is a value, which cannot be the name of an element; write another name, " + example
	case f == nil || f.walk != nil:
		return "a closure may name its element, " + example
	}
	i := slices.IndexFunc(f.params, func(p param) bool { return p.name == "path" })
	if i < 0 {
		return fmt.Sprintf("%s takes no closure: %s", f.name, f.signature())
	}
	path := strings.TrimLeft(strings.TrimPrefix(strings.TrimSpace(text[at+len("=>"):]), name), blanks)
	if dot, found := strings.CutPrefix(path, "."); found {
		end := strings.IndexFunc(dot, func(c rune) bool { return c != '.' && !isName(c) })
		if end > 0 && strings.HasPrefix(strings.TrimLeft(dot[end:], blanks), ")") {
			return fmt.Sprintf("%s takes a path in place of a closure: %s(list, %q)", f.name, f.name, dot[:end])
		}
	}
	if f.params[i].optional && strings.HasPrefix(path, ")") {
		return f.name + " takes a path in place of a closure; without one it counts the elements: " + f.name + "(list)"
	}
	return fmt.Sprintf(`%s takes a path in place of a closure, as in %s(list, "a.b")`, f.name, f.name)
}

// values are the words that are a value.
var values = []string{"true", "false", "nil"}

// callAround returns the name of the function whose arguments a text ends in; empty if it does not end in those of one.
func callAround(text string) string {
	var open []int
	for s := (scanner{text: text}); !s.done(); {
		at := s.pos
		switch c := s.next(); {
		case strings.IndexByte("([{", c) >= 0:
			open = append(open, at)
		case strings.IndexByte(")]}", c) >= 0 && len(open) > 0:
			open = open[:len(open)-1]
		}
	}
	if len(open) == 0 || text[open[len(open)-1]] != '(' {
		return ""
	}
	name, _ := lastWord(text[:open[len(open)-1]])
	return name
}
