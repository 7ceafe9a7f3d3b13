package expr

import (
	"strconv"
	"strings"
	"unicode"
)

var patternFunctions = []definition{
	{
		theme: "text", name: "regex_find", params: []param{one("text", String), one("pattern", String), optional("group", Int)}, returns: String.OrNil(),
		infer: func(c *checker, args []operand) Type { c.pattern(args); return String.OrNil() },
		call: func(ev *evaluation, args []any) (any, error) {
			p, err := computedPattern(ev, args[1].(string))
			if err != nil {
				return nil, err
			}
			group := 0
			if len(args) > 2 {
				if group = args[2].(int); group < 0 || group > p.re.NumSubexp() {
					return nil, p.noGroup("regex_find", strconv.Itoa(group)).at(2)
				}
			}
			match, err := p.first(ev, args[0].(string))
			if err != nil || match == nil || match[2*group] < 0 {
				return nil, err
			}
			return args[0].(string)[match[2*group]:match[2*group+1]], nil
		},
		summary: "The first part of the string that the regular expression (RE2) fits, or what one of its groups matches, from 1; nil if there is none.",
		example: "regex_find(\"Request REQ-4711 by ann\", `REQ-(\\d+)`, 1)", result: `"4711"`,
	},
	{
		theme: "text", name: "regex_index", params: []param{one("text", String), one("pattern", String)}, returns: Int.OrNil(),
		infer: func(c *checker, args []operand) Type { c.pattern(args); return Int.OrNil() },
		call: func(ev *evaluation, args []any) (any, error) {
			p, err := computedPattern(ev, args[1].(string))
			if err != nil {
				return nil, err
			}
			match, err := p.first(ev, args[0].(string))
			if err != nil || match == nil {
				return nil, err
			}
			return characters(args[0].(string), match[0]), nil
		},
		summary: "The position of the first part of the string that the regular expression (RE2) fits, in characters from 0; nil if there is none.",
		example: "regex_index(\"ann2\", `\\d`)", result: `3`,
	},
	{
		theme: "text", name: "regex_replace", params: []param{one("text", String), one("pattern", String), one("replacement", String)},
		returns: String,
		infer: func(c *checker, args []operand) Type {
			if p, ok := c.pattern(args); ok && args[2].text != nil {
				if wrong := p.references(*args[2].text); wrong != nil {
					c.fail(wrong.placed(args[2].at))
				}
			}
			return String
		},
		call: func(ev *evaluation, args []any) (any, error) {
			p, err := computedPattern(ev, args[1].(string))
			if err != nil {
				return nil, err
			}
			if wrong := p.references(args[2].(string)); wrong != nil {
				return nil, wrong.at(2)
			}
			return p.replace(ev, args[0].(string), args[2].(string))
		},
		summary: "The string with every match of the regular expression (RE2) replaced; $1 is the match of its first group, ${name} that of a group with a name, and $$ a dollar sign.",
		example: "regex_replace(\"27.02.2026\", `(\\d+)\\.(\\d+)\\.(\\d+)`, \"$3-$2-$1\")", result: `"2026-02-27"`,
	},
}

// pattern checks the second argument of a function if it is a literal.
func (c *checker) pattern(args []operand) (p pattern, ok bool) {
	if args[1].text == nil {
		return pattern{}, false
	}
	p, wrong := newPattern(*args[1].text)
	if wrong != nil {
		c.fail(wrong.placed(args[1].at))
		return pattern{}, false
	}
	return p, true
}

// noGroup returns the fault of a group that the pattern does not have.
func (p pattern) noGroup(function, group string) *fault {
	f := faultf("%s: the pattern has no group %q", function, group)
	switch n := p.re.NumSubexp(); n {
	case 0:
		return f.withHint("put a part of the pattern in ( ) to make it a group")
	case 1:
		return f.withHint("it has group 1")
	default:
		return f.withHint("it has groups 1 to " + strconv.Itoa(n))
	}
}

// references returns the fault of a reference in a replacement to a group that the pattern does not have. Package regexp
// would insert nothing for it.
func (p pattern) references(replacement string) *fault {
	for rest := replacement; ; {
		_, after, found := strings.Cut(rest, "$")
		if !found {
			return nil
		}
		if rest = after; strings.HasPrefix(rest, "$") {
			rest = rest[1:]
			continue
		}
		name := rest
		inner, braces := strings.CutPrefix(rest, "{")
		if braces {
			if name, _, found = strings.Cut(inner, "}"); !found {
				continue // a dollar sign that stands for itself
			}
		} else if end := strings.IndexFunc(rest, func(c rune) bool { return c != '_' && !unicode.IsLetter(c) && !unicode.IsDigit(c) }); end >= 0 {
			name = rest[:end]
		}
		if name == "" {
			continue
		}
		n, err := strconv.Atoi(name)
		if err == nil && n <= p.re.NumSubexp() || err != nil && p.re.SubexpIndex(name) >= 0 {
			continue
		}
		wrong := p.noGroup("regex_replace", name)
		if digits := len(name) - len(strings.TrimLeft(name, "0123456789")); digits > 0 && digits < len(name) && !braces {
			wrong.hint = "braces end the number of a group: ${" + name[:digits] + "}" + name[digits:]
		}
		return wrong
	}
}
