package expr

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A closure may name its element: `filter(users, u => u.status == "ACTIVE")`. The parser of expr-lang has no arrows, so it gets
// `filter(users, let u = #; u.status == "ACTIVE")`, which means the same, and positions in that are converted to those in the text.

// stretch is a part of what the parser gets: a part of the text, or words that stand for a part of it.
type stretch struct {
	code, text int  // offsets of its start, in bytes
	made       bool // words: all of them are at one offset of the text
}

// unarrowed returns a text in which the arrows of closures are replaced, and its stretches; nil if it has none.
func unarrowed(text string) (code string, stretches []stretch) {
	var b strings.Builder
	copied := 0
	upTo := func(end int) {
		stretches = append(stretches, stretch{code: b.Len(), text: copied})
		b.WriteString(text[copied:end])
		copied = end
	}
	put := func(words string) {
		stretches = append(stretches, stretch{code: b.Len(), text: copied, made: true})
		b.WriteString(words)
	}
	for s := (scanner{text: text}); !s.done(); {
		at := s.pos
		if s.next() != '=' || s.peek() != '>' {
			continue
		}
		from, ok := arrowed(text[:at])
		if !ok {
			continue
		}
		upTo(from)
		put("let ")
		upTo(at)
		put("= #;")
		copied = at + len("=>")
	}
	if stretches == nil {
		return text, nil
	}
	upTo(len(text))
	return b.String(), stretches
}

// arrowed returns the offset of the name at the end of a text, if it is the start of an argument: after a comma, or after the parenthesis
// of a function that gets its first argument through a pipe, as in `users | filter(u => …)`.
func arrowed(before string) (from int, ok bool) {
	name, rest := lastWord(before)
	if first, _ := utf8.DecodeRuneInString(name); name == "" || unicode.IsDigit(first) || slices.Contains(values, name) {
		return 0, false
	}
	left := strings.TrimRight(rest, blanks)
	if call, open := strings.CutSuffix(left, "("); open {
		function, before := lastWord(call)
		left = strings.TrimRight(before, blanks)
		return len(rest), function != "" && strings.HasSuffix(left, "|") && !strings.HasSuffix(left, "||")
	}
	return len(rest), strings.HasSuffix(left, ",")
}

const blanks = " \t\r\n"

// lastWord returns the name at the end of a text, without blanks after it, and the text before it.
func lastWord(text string) (name, rest string) {
	text = strings.TrimRight(text, blanks)
	rest = strings.TrimRightFunc(text, isName)
	return text[len(rest):], rest
}

// isName reports whether a character may be in a name.
func isName(c rune) bool { return c == '_' || unicode.IsLetter(c) || unicode.IsDigit(c) }

// inText converts an offset in the code to one in the text.
func (s source) inText(offset int) int {
	i, found := slices.BinarySearchFunc(s.stretches, offset, func(p stretch, offset int) int { return p.code - offset })
	if !found {
		i--
	}
	if i < 0 {
		return offset
	}
	if p := s.stretches[i]; !p.made {
		return p.text + offset - p.code
	}
	return s.stretches[i].text
}
