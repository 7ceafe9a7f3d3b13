package okta

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/words"
)

// filterOperators are the operators of RFC 7644, section 3.4.2.2, on which the filters and searches of Okta are based.
var filterOperators = []string{"eq", "ne", "sw", "ew", "co", "gt", "ge", "lt", "le", "pr"}

// symbols are the operators of other languages, and what they are in a filter.
var symbols = map[string]string{
	"=": "eq", "==": "eq", "===": "eq", "!=": "ne", "<>": "ne", ">": "gt", ">=": "ge", "<": "lt", "<=": "le", "&": "and", "&&": "and", "|": "or", "||": "or",
}

// A filterReader finds the mistake in a filter, so that it is reported before the run. It accepts a filter if it is not
// certain that Okta refuses it: Okta's grammar is only documented in parts.
type filterReader struct {
	filterLanguage
	text string
	at   int
}

// mistake returns the reason why Okta refuses the filter; nil if it may accept it.
func (l filterLanguage) mistake(filter string) *card.FilterMistake {
	r := filterReader{filterLanguage: l, text: filter}
	var open []int // the places of the parentheses that are open
	for {
		if m := r.opening(&open); m != nil {
			return m
		}
		if m := r.comparison(); m != nil {
			return m
		}
		for r.skip(); strings.HasPrefix(r.text[r.at:], ")"); r.skip() {
			if len(open) == 0 {
				return r.wrong(1, "", `this parenthesis closes none`)
			}
			r.at++
			open = open[:len(open)-1]
		}
		switch word := r.word(); {
		case strings.EqualFold(word, "and") || strings.EqualFold(word, "or"):
			r.at += len(word)
		case r.at < len(r.text):
			hint := ""
			if meant := symbols[word]; meant == "and" || meant == "or" {
				hint = "write " + meant
			}
			return r.wrong(max(len(word), 1), hint, "a comparison must be followed by and, by or, or by the end of the filter")
		case len(open) > 0:
			r.at = open[len(open)-1]
			return r.wrong(1, "add a ) where it ends", "this parenthesis is not closed")
		default:
			return nil
		}
	}
}

// opening reads the parentheses in front of a comparison, each of which may follow a not.
func (r *filterReader) opening(open *[]int) *card.FilterMistake {
	for {
		r.skip()
		at := r.at
		negated := strings.EqualFold(r.word(), "not")
		if negated {
			r.at += len("not")
			r.skip()
		}
		if !strings.HasPrefix(r.text[r.at:], "(") {
			if r.at = at; negated {
				return r.wrong(len("not"), "write not (…)", "not needs parentheses")
			}
			return nil
		}
		*open = append(*open, r.at)
		r.at++
	}
}

// comparison reads an attribute, an operator and a value.
func (r *filterReader) comparison() *card.FilterMistake {
	attribute := r.word()
	switch {
	case attribute == "":
		return r.wrong(min(len(r.text)-r.at, 1), r.attributeHint(""), "a comparison must start with an attribute")
	case !r.knows(attribute):
		return r.wrong(len(attribute), r.attributeHint(attribute), "unknown attribute %q", attribute)
	}
	r.at += len(attribute)
	r.skip()

	operator := r.word()
	supported := filterOperators
	if r.operators != nil {
		supported = r.operators(attribute)
	}
	switch lower := strings.ToLower(operator); {
	case operator == "":
		return r.wrong(min(len(r.text)-r.at, 1), words.Hint("operators", "", supported), "%s must be followed by an operator", attribute)
	case !slices.Contains(filterOperators, lower):
		hint := words.Hint("operators", operator, supported)
		if meant := symbols[operator]; slices.Contains(supported, meant) {
			hint = "write " + meant + "; " + hint
		}
		return r.wrong(len(operator), hint, "unknown operator %q", operator)
	case !slices.Contains(supported, lower):
		return r.wrong(len(operator), words.Hint("operators", "", supported), "Okta does not support %s for %s", lower, attribute)
	case lower == "pr":
		r.at += len(operator)
		return nil
	}
	r.at += len(operator)
	r.skip()
	return r.value(operator)
}

// value reads a string in quotes, or a number, a time, true, false or null.
func (r *filterReader) value(operator string) *card.FilterMistake {
	rest := r.text[r.at:]
	if !strings.HasPrefix(rest, `"`) {
		word := r.word()
		switch {
		case word == "":
			hint := fmt.Sprintf(`add a value, such as %s "…" or %[1]s ${ quote(…) }`, operator)
			return r.wrong(min(len(rest), 1), hint, "%s must be followed by a value", operator)
		case !bareValue(word):
			return r.wrong(len(word), fmt.Sprintf("write %q", strings.Trim(word, "'`“”‘’")), `a string in a filter needs quotes ("…")`)
		}
		r.at += len(word)
		return nil
	}
	for i := 1; i < len(rest); i++ {
		switch rest[i] {
		case '\\':
			i++
		case '"':
			r.at += i + 1
			return nil
		}
	}
	return r.wrong(1, "", "this string does not end")
}

// bareValue reports whether a value may be one without quotes.
func bareValue(word string) bool {
	switch strings.ToLower(word) {
	case "true", "false", "null":
		return true
	}
	return strings.ContainsRune("+-.0123456789", rune(word[0]))
}

// knows reports whether the language may have an attribute.
func (l filterLanguage) knows(word string) bool {
	spelled := func(name string) string {
		if l.snake {
			name = strings.ReplaceAll(name, "_", "")
		}
		if l.exact {
			return name
		}
		return strings.ToLower(name)
	}
	return l.attributes == nil || slices.ContainsFunc(l.attributes, func(name string) bool {
		if start, open := strings.CutSuffix(name, "*"); open {
			return strings.HasPrefix(spelled(word), spelled(start))
		}
		return spelled(word) == spelled(name)
	})
}

// attributeHint returns the hint for a word that is not an attribute.
func (l filterLanguage) attributeHint(word string) string {
	field, _, _ := strings.Cut(word, ".")
	if i := slices.IndexFunc(l.fields, func(name string) bool { return strings.EqualFold(name, field) }); i >= 0 {
		return fmt.Sprintf("Okta cannot search by %[1]s: read the records in a loop, and compare record.%[1]s there; attributes: %[2]s", l.fields[i], strings.Join(l.attributes, ", "))
	}
	if word != "" && slices.Contains(l.attributes, "profile.*") && !strings.Contains(word, ".") {
		if _, near := words.Nearest(word, l.attributes); !near {
			return fmt.Sprintf("attributes of the profile start with profile., as in profile.%s; attributes: %s", word, strings.Join(l.attributes, ", "))
		}
	}
	return words.Hint("attributes", word, l.attributes)
}

func (r *filterReader) wrong(width int, hint, format string, args ...any) *card.FilterMistake {
	return &card.FilterMistake{Offset: r.at, Width: width, Message: fmt.Sprintf(format, args...), Hint: hint}
}

// word returns the next word; "" if there is none.
func (r *filterReader) word() string {
	rest := r.text[r.at:]
	if end := strings.IndexAny(rest, " \t\r\n()\""); end >= 0 {
		return rest[:end]
	}
	return rest
}

func (r *filterReader) skip() {
	r.at += len(r.text[r.at:]) - len(strings.TrimLeft(r.text[r.at:], " \t\r\n"))
}
