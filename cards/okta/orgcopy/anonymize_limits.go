package orgcopy

import (
	"encoding/binary"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// A form is what the schema asks of the texts of an attribute, and replacements may not have.
type form struct {
	isURL   bool
	pattern *regexp.Regexp // nil if it asks for none
	unknown bool           // the pattern is one that this program cannot read
}

// longestReplacement is the length of the longest replacement of a text: that of an address.
const longestReplacement = len("0123456789abcdef@0123456789abcdef.example")

// shortestReplacement is the length of the shortest one: a word.
const shortestReplacement = len("0123456789abcdef")

// codes are formats of texts of which many people share each.
var codes = []string{"country-code", "language-code", "currency-code", "locale", "timezone"}

// enums makes the anonymizer keep the attributes whose schema lists their values, and know the limits of the others.
func (r *reader) enums() error {
	if r.hide == nil {
		return nil
	}
	for _, list := range sortedKeys(r.spools["schemas"].lists) {
		kind, owner, _ := strings.Cut(list, " ")
		if err := each(r.spools["schemas"], list, func(s record) error {
			attribute := objectIn(s, "attribute")
			r.hide.learn(kind, owner, textIn(s, "name"), attribute)
			r.hide.learn(kind, owner, textIn(s, "name"), objectIn(attribute, "items"))
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// learn stores what the schema says of an attribute, or of the items of one.
func (a *anonymizer) learn(kind, owner, name string, attribute record) {
	key := [2]string{owner, name}
	format, pattern := textIn(attribute, "format"), textIn(attribute, "pattern")
	longest, hasLongest := number(attribute["maxLength"])
	shortest, _ := number(attribute["minLength"])
	switch of := textIn(attribute, "type"); {
	case attribute["enum"] != nil, attribute["oneOf"] != nil:
		a.listed[key] = map[string]bool{}
		for _, v := range listIn(attribute, "enum") {
			a.listed[key][fmt.Sprint(v)] = true
		}
		for _, v := range listIn(attribute, "oneOf") {
			one, _ := v.(record)
			a.listed[key][fmt.Sprint(one["const"])] = true
		}
	case of == "integer", of == "number", of == "boolean", slices.Contains(codes, format):
		a.enums[key] = true
	case format == "uri", pattern != "", hasLongest && longest < longestReplacement, shortest > shortestReplacement:
		of := form{isURL: format == "uri"}
		if pattern != "" {
			compiled, err := regexp.Compile(pattern)
			of.pattern, of.unknown = compiled, err != nil
		}
		a.limits[key] = of
	default:
		return
	}
	if kind == "type" {
		a.typed[name] = true
	}
}

func number(v any) (int, bool) {
	n, err := strconv.Atoi(fmt.Sprint(v))
	return n, err == nil
}

// valueOf returns what replaces a value of an attribute, and false if nothing can that the schema accepts.
func (a *anonymizer) valueOf(owner, name, text string) (string, bool) {
	key := [2]string{owner, name}
	of, limited := a.limits[key]
	switch {
	case slices.Contains(a.keep, name):
		return text, true
	case a.isKept(owner, name), a.listed[key][a.kept(text)]: // the schema in the copy has its values without addresses, too
		return a.kept(text), true
	case a.listed[key] != nil: // it was listed earlier
		return "", false
	case !limited || stays(text):
		return a.text(text), true
	case of.isURL && of.pattern == nil && !of.unknown:
		return a.url(text), true
	case of.unknown, of.pattern != nil && !of.pattern.MatchString(text), strings.ContainsFunc(text, func(r rune) bool {
		return r > unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsNumber(r))
	}):
		return "", false
	case of.pattern == nil && len(text) == len(a.id("")) && userID.MatchString(text):
		return a.id(text), true
	}
	prefix := ""
	if of.pattern != nil {
		if start, _ := of.pattern.LiteralPrefix(); strings.HasPrefix(text, start) { // of all values
			prefix, text = start, text[len(start):]
		}
	}
	for range 100 { // each text with the pattern is the next of one other at most
		if text = a.shaped(text); (of.pattern == nil || of.pattern.MatchString(prefix+text)) && !stays(prefix+text) {
			return prefix + text, true
		}
	}
	return "", false
}

// shaped returns a text with other letters and digits of the same kinds. Different texts have different ones: each half is shifted, in turns, by what
// follows from the other.
func (a *anonymizer) shaped(text string) string {
	out := []byte(text)
	half := len(out) / 2
	for round := range 8 {
		part, other := out[:half], out[half:]
		if round%2 == 1 {
			part, other = other, part
		}
		for i, c := range part {
			shift := binary.BigEndian.Uint32(a.sum(fmt.Sprint("shape ", len(out), round, i), string(other)))
			for _, kind := range []struct{ first, size byte }{{'a', 26}, {'A', 26}, {'0', 10}} {
				if len(out) == 1 { // once, and never to itself
					shift = 1 + binary.BigEndian.Uint32(a.sum("shape", ""))%uint32(kind.size-1)
				}
				if c >= kind.first && c < kind.first+kind.size && (len(out) > 1 || round == 1) {
					part[i] = kind.first + byte((uint32(c-kind.first)+shift%uint32(kind.size))%uint32(kind.size))
				}
			}
		}
	}
	return string(out)
}
