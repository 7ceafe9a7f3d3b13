package expr

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// formatDate formats a time with a layout of tokens.
func formatDate(t time.Time, text string) (string, error) {
	var b strings.Builder
	err := eachToken(text, func(literal, token string) error {
		b.WriteString(literal)
		switch token {
		case "":
		case "H": // package time has no layout for it
			b.WriteString(strconv.Itoa(t.Hour()))
		default:
			b.WriteString(strings.TrimPrefix(t.Format(tokens[token]), "."))
		}
		return nil
	})
	return b.String(), err
}

// eachToken calls use for each token of a layout, with the text before it, and for the text after the last one.
func eachToken(layout string, use func(literal, token string) error) error {
	var literal strings.Builder
	for rest := layout; rest != ""; {
		if rest[0] == '[' {
			end := strings.IndexByte(rest, ']')
			if end < 0 {
				return faultf("unclosed [ in the layout").at(1)
			}
			literal.WriteString(rest[1:end])
			rest = rest[end+1:]
			continue
		}
		if !isLetter(rest[0]) {
			literal.WriteByte(rest[0])
			rest = rest[1:]
			continue
		}
		end := 1
		for end < len(rest) && rest[end] == rest[0] {
			end++
		}
		token := rest[:end]
		if _, ok := tokens[token]; !ok {
			return faultf("unknown %q in the layout", token).withHint(layoutHint).at(1)
		}
		if err := use(literal.String(), token); err != nil {
			return err
		}
		literal.Reset()
		rest = rest[end:]
	}
	return use(literal.String(), "")
}

const layoutHint = "YYYY YY MMMM MMM MM M DD D dddd ddd HH H hh h mm m ss s SSS A a Z ZZ; put other letters in [brackets]"

// tokens maps the tokens of a layout to those of package time.
var tokens = map[string]string{
	"YYYY": "2006", "YY": "06", "MMMM": "January", "MMM": "Jan", "MM": "01", "M": "1", "DD": "02", "D": "2",
	"dddd": "Monday", "ddd": "Mon", "HH": "15", "H": "", "hh": "03", "h": "3", "mm": "04", "m": "4", "ss": "05", "s": "5",
	"SSS": ".000", "A": "PM", "a": "pm", "Z": "-07:00", "ZZ": "-0700",
}

// layout is a layout of tokens that reads times.
type layout struct {
	text   *regexp.Regexp // of a whole text; a group for each token
	tokens []string
}

// patterns are the tokens of a layout as regular expressions.
var patterns = map[string]string{
	"YYYY": `\d{4}`, "YY": `\d\d`, "MMMM": `[[:alpha:]]+`, "MMM": `[[:alpha:]]{3}`, "MM": `\d\d`, "M": `\d\d?`, "DD": `\d\d`, "D": `\d\d?`,
	"dddd": `[[:alpha:]]+`, "ddd": `[[:alpha:]]{3}`, "HH": `\d\d`, "H": `\d\d?`, "hh": `\d\d`, "h": `\d\d?`, "mm": `\d\d`, "m": `\d\d?`,
	"ss": `\d\d`, "s": `\d\d?`, "SSS": `\d{3}`, "A": `[AP]M`, "a": `[ap]m`, "Z": `[+-]\d\d:\d\d`, "ZZ": `[+-]\d{4}`,
}

// newLayout returns a layout that reads times. It must have a year, and each part of a time once at most.
func newLayout(text string) (layout, error) {
	pattern, l, parts := strings.Builder{}, layout{}, map[byte]string{}
	err := eachToken(text, func(literal, token string) error {
		pattern.WriteString(regexp.QuoteMeta(literal))
		if token == "" {
			return nil
		}
		if other, ok := parts[token[0]]; ok {
			return faultf("%q and %q in one layout", other, token).withHint("a time is read from one of them").at(1)
		}
		parts[token[0]] = token
		l.tokens = append(l.tokens, token)
		pattern.WriteString("(" + patterns[token] + ")")
		return nil
	})
	if err != nil {
		return layout{}, err
	}
	half := parts['A'] + parts['a']
	switch {
	case parts['Y'] == "":
		err = faultf("the layout has no year").withHint(layoutHint).at(1)
	case parts['A'] != "" && parts['a'] != "":
		err = faultf("%q and %q in one layout", "A", "a").withHint("a time is read from one of them").at(1)
	case parts['h'] != "" && (half == "" || parts['H'] != ""):
		err = faultf("the layout has %q without A or a", parts['h']).withHint("HH is an hour from 00 to 23; hh needs A or a, for AM or pm").at(1)
	case parts['h'] == "" && half != "":
		err = faultf("the layout has %q without an hour from 1 to 12", half).withHint("write hh or h").at(1)
	}
	if err != nil {
		return layout{}, err
	}
	if l.text, err = regexp.Compile(`^` + pattern.String() + `$`); err != nil { // it is not valid UTF-8, or very long
		return layout{}, faultf("the layout is not one that can be read: %s", strings.TrimPrefix(err.Error(), "error parsing regexp: ")).at(1)
	}
	return l, nil
}

// read reads a time. Without a zone in the layout, its clock is that of the zone. ok is false if the text does not have the
// layout, or a day or an hour that does not exist.
func (l layout) read(text string, zone *time.Location) (t time.Time, ok bool) {
	match := l.text.FindStringSubmatch(text)
	if match == nil {
		return time.Time{}, false
	}
	layouts, values, weekday := make([]string, len(l.tokens)), match[1:], ""
	for i, token := range l.tokens {
		layouts[i] = tokens[token]
		switch token {
		case "H": // package time has no layout for it
			layouts[i], values[i] = "15", strings.Repeat("0", 2-len(values[i]))+values[i]
		case "SSS":
			values[i] = "." + values[i]
		case "dddd", "ddd":
			weekday = values[i]
		}
	}
	t, err := time.Parse(strings.Join(layouts, "|"), strings.Join(values, "|"))
	if err != nil || weekday != "" && !strings.EqualFold(weekday, t.Weekday().String()[:len(weekday)]) {
		return time.Time{}, false
	}
	if slices.Contains(l.tokens, "Z") || slices.Contains(l.tokens, "ZZ") {
		return t.In(zone), true
	}
	return onClock(t, zone), true
}

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
