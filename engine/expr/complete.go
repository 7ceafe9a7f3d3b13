package expr

import (
	"slices"
	"strings"
	"unicode"
)

// Complete returns what can stand at the end of an unfinished expression, sorted, and the offset of the word that it replaces:
// fields of the path there that are names, or names of roots and functions, which end with (. env is as in Compile.
func Complete(source string, env Type) (from int, words []string) {
	from = len(strings.TrimRightFunc(source, partOfName))
	word := source[from:]
	if before, field := strings.CutSuffix(source[:from], "."); field {
		words = env.under(strings.TrimSuffix(before, "?"))
	} else {
		words = env.Fields()
		for i := range functions {
			words = append(words, functions[i].name+"(")
		}
	}
	words = slices.DeleteFunc(words, func(w string) bool {
		name := strings.TrimSuffix(w, "(")
		return !strings.HasPrefix(w, word) || strings.TrimLeftFunc(name, partOfName) != "" || strings.IndexFunc(name, unicode.IsDigit) == 0
	})
	slices.Sort(words)
	return from, words
}

func partOfName(c rune) bool { return c == '_' || unicode.IsLetter(c) || unicode.IsDigit(c) }

// under returns the fields of the path at the end of a source: the longest part that compiles.
func (t Type) under(source string) []string {
	for from := range source {
		p, err := compile(source[from:], t)
		if err != nil {
			continue
		}
		typ := p.typ.NotNil()
		if typ.may(kObject) {
			return typ.Fields()
		}
		return nil
	}
	return nil
}
