package oktasim

import (
	"slices"
	"strings"
)

// A vocabulary is the set of attributes and operators that one parameter of a list supports in its expressions.
type vocabulary struct {
	attributes []string
	operators  []operator // of all attributes but moments
	moments    []string   // attributes that are times, with the operators of ordering
	open       []string   // prefixes of further attributes
	contained  []string   // the only attributes for co, which then needs three characters; nil means all
	apart      []string   // attributes for which co is refused with an error of its own
	bare       bool       // numbers, true and false may be written without quotes
	exact      bool       // the names of attributes are case-sensitive
	cased      bool       // values are case-sensitive
	snake      bool       // attributes may be written in snake case, such as event_type
	negation   bool       // not (…) is supported
}

// leastContained is the minimum length of the value of co (Okta Identity Engine release notes of 2025, OKTA-846206).
const leastContained = 3

// find returns the attribute that a word names, in the vocabulary's spelling, and its operators.
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

// camel converts a name from snake case to camel case.
func camel(word string) string {
	parts := strings.Split(word, "_")
	for i, part := range parts[1:] {
		if part != "" {
			parts[i+1] = strings.ToUpper(part[:1]) + part[1:]
		}
	}
	return strings.Join(parts, "")
}
