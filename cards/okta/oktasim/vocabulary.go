package oktasim

import (
	"slices"
	"strings"
)

// A vocabulary is the attributes and operators that expressions of one parameter of one list may have.
type vocabulary struct {
	attributes []string
	operators  []operator // of attributes
	moments    []string   // attributes whose values are times, and whose operators are those of ordering
	open       []string   // any other attribute that starts with one of these is known too
	contained  []string   // the only attributes of co, which then needs three characters; nil is all
	apart      []string   // attributes that co is refused for, with an error of its own
	bare       bool       // numbers, true and false are values, without quotes
	exact      bool       // attributes are written with the vocabulary's capitals
	cased      bool       // and so are values
	snake      bool       // attributes may be written as event_type
	negation   bool       // not (…) is an expression
}

// leastContained is how many characters the value of co needs (Okta Identity Engine release notes of 2025, OKTA-846206).
const leastContained = 3

// find is the attribute that a word names, as the vocabulary spells it, and its operators.
func (v vocabulary) find(word string) (attribute string, operators []operator, ok bool) {
	if v.snake {
		word = camel(word)
	}
	same := func(name string) bool { return name == word || !v.exact && strings.EqualFold(name, word) }
	if at := slices.IndexFunc(v.attributes, same); at >= 0 {
		return v.attributes[at], v.operators, true
	}
	if at := slices.IndexFunc(v.moments, same); at >= 0 {
		return v.moments[at], ordering, true
	}
	return word, v.operators, slices.ContainsFunc(v.open, func(start string) bool { return strings.HasPrefix(word, start) && word != start })
}

// camel is a name in snake_case as Okta's attributes are written.
func camel(word string) string {
	parts := strings.Split(word, "_")
	for i, part := range parts[1:] {
		if part != "" {
			parts[i+1] = strings.ToUpper(part[:1]) + part[1:]
		}
	}
	return strings.Join(parts, "")
}
