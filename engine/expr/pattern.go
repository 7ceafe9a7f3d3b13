package expr

import (
	"io"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// A pattern is a regular expression that counts its work, so that a cancel ends the search in a long text.
type pattern struct {
	re   *regexp.Regexp
	cost int // work for each character of the text
}

const (
	atOnce         = 1 << 20 // maximum work between two checks for a cancel
	idleForOneBusy = 8       // instructions of a pattern for each that is executed at a character: an estimate
)

func newPattern(source string) (pattern, *fault) {
	re, err := regexp.Compile(source)
	if err != nil {
		return pattern{}, faultf("not a regular expression: %s", strings.TrimPrefix(err.Error(), "error parsing regexp: ")).
			withHint("the syntax is RE2's; write patterns in `backquotes`, where \\ needs no second \\")
	}
	tree, _ := syntax.Parse(source, syntax.Perl) // as Compile did
	program, _ := syntax.Compile(tree.Simplify())
	return pattern{re, 1 + len(program.Inst)/idleForOneBusy}, nil
}

// computedPattern compiles a computed regular expression. Its cost is higher than that of reading it.
func computedPattern(ev *evaluation, source string) (pattern, error) {
	if err := ev.spend(100 * len(source)); err != nil {
		return pattern{}, err
	}
	p, wrong := newPattern(source)
	if wrong != nil {
		return pattern{}, wrong
	}
	return p, nil
}

// matches reports whether the pattern matches some part of a text.
func (p pattern) matches(ev *evaluation, text string) (bool, error) {
	if len(text) <= atOnce/p.cost {
		return p.re.MatchString(text), ev.spend(p.cost * len(text))
	}
	r := &charged{ev: ev, text: text, cost: p.cost}
	found := p.re.MatchReader(r)
	return found, r.err
}

// first returns the first match, as package regexp describes it; nil if there is none.
func (p pattern) first(ev *evaluation, text string) (match []int, err error) {
	if len(text) <= atOnce/p.cost {
		return p.re.FindStringSubmatchIndex(text), ev.spend(p.cost * len(text))
	}
	r := &charged{ev: ev, text: text, cost: p.cost}
	match = p.re.FindReaderSubmatchIndex(r)
	return match, r.err
}

// replace replaces every match, and fails if the result becomes too large.
func (p pattern) replace(ev *evaluation, text, replacement string) (any, error) {
	var out []byte
	last := 0
	expand := func(match []int) error {
		before := len(out)
		out = append(out, text[last:match[0]]...)
		out = p.re.ExpandString(out, replacement, text, match)
		last = match[1]
		return ev.made(len(out) - before)
	}
	if err := p.each(ev, text, expand); err != nil {
		return nil, err
	}
	return string(append(out, text[last:]...)), nil
}

// each calls use for every match. In the worst case there is one at each character, and the search for it reads the rest
// of the text.
func (p pattern) each(ev *evaluation, text string, use func(match []int) error) error {
	if len(text) <= atOnce/p.cost/(1+len(text)) {
		for _, match := range p.re.FindAllStringSubmatchIndex(text, -1) {
			if err := use(match); err != nil {
				return err
			}
		}
		return ev.spend(p.cost * len(text))
	}
	// A search that continues in the middle of the text includes the character before it: ^ and \b depend on it.
	later, err := regexp.Compile(`\A(?s:.)(?s:.*?)(` + p.re.String() + `)`)
	if err != nil {
		return err
	}
	for at, end := 0, -1; at <= len(text); {
		search, from := p.re, 0
		if at > 0 {
			_, size := utf8.DecodeLastRuneInString(text[:at])
			search, from = later, at-size
		}
		r := &charged{ev: ev, text: text[from:], cost: p.cost}
		match := search.FindReaderSubmatchIndex(r)
		if match == nil || r.err != nil {
			return r.err
		}
		if at > 0 {
			match = match[2:]
			for i := range match {
				if match[i] >= 0 {
					match[i] += from
				}
			}
		}
		if match[0] != match[1] || match[0] != end { // an empty match next to another one does not count
			if err := use(match); err != nil {
				return err
			}
		}
		if end = match[1]; end > at {
			at = end
			continue
		}
		_, size := utf8.DecodeRuneInString(text[at:])
		at += max(size, 1)
	}
	return nil
}

// charged reads a text for a pattern. It ends early if the budget is exceeded or the run is canceled.
type charged struct {
	ev   *evaluation
	text string
	cost int
	err  error
}

func (r *charged) ReadRune() (rune, int, error) {
	if r.err = r.ev.spend(r.cost); r.err != nil || r.text == "" {
		return 0, 0, io.EOF
	}
	c, size := utf8.DecodeRuneInString(r.text)
	r.text = r.text[size:]
	return c, size, nil
}
