package expr

import (
	"io"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// A pattern is a regular expression that counts its work, so that a long text does not outlast a cancel.
type pattern struct {
	re   *regexp.Regexp
	cost int // of a character of the text
}

const (
	atOnce      = 1 << 20 // work that is done before anything looks whether the run is still wanted
	busyOfThese = 8       // of this many instructions of a pattern, one is at work at each character
)

func newPattern(source string) (pattern, *fault) {
	re, err := regexp.Compile(source)
	if err != nil {
		return pattern{}, faultf("not a regular expression: %s", strings.TrimPrefix(err.Error(), "error parsing regexp: ")).
			withHint("the syntax is RE2's; write patterns in `backquotes`, where \\ needs no second \\")
	}
	tree, _ := syntax.Parse(source, syntax.Perl) // as Compile did
	program, _ := syntax.Compile(tree.Simplify())
	return pattern{re, 1 + len(program.Inst)/busyOfThese}, nil
}

// computedPattern is a pattern that is not known before the run; it costs more to make than to read.
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

// matches reports whether the pattern fits some part of a text.
func (p pattern) matches(ev *evaluation, text string) (bool, error) {
	if len(text) <= atOnce/p.cost {
		return p.re.MatchString(text), ev.spend(p.cost * len(text))
	}
	r := &charged{ev: ev, text: text, cost: p.cost}
	found := p.re.MatchReader(r)
	return found, r.err
}

// replace expands the replacement for every match, and stops where that makes too much.
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

// each calls use with every match. There may be one at each character, for which the rest of the text is read.
func (p pattern) each(ev *evaluation, text string, use func(match []int) error) error {
	if len(text) <= atOnce/p.cost/(1+len(text)) {
		for _, match := range p.re.FindAllStringSubmatchIndex(text, -1) {
			if err := use(match); err != nil {
				return err
			}
		}
		return ev.spend(p.cost * len(text))
	}
	// A search that goes on in the middle of the text sees the character before it: ^ and \b depend on that.
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
		if match[0] != match[1] || match[0] != end { // an empty match next to another is none
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

// charged reads a text for a pattern, until the work is too much or the run is canceled.
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
