package oktasim

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// A loader reads a seed from YAML nodes and collects all problems. It reads nodes instead of decoded values, because
// decoding loses the places, accepts duplicate keys, and resolves plain scalars such as 0123 or 00e1 in YAML's own
// way.
type loader struct {
	problems            []error
	objects             map[string][]seedObject // the listed objects, by the key of their resource
	schema, groupSchema schema                  // the custom attributes of users, and of groups
	typeSchemas         map[string]schema       // those of users of other types than the default one
}

func (l *loader) problem(n *yaml.Node, hint, format string, args ...any) {
	l.problems = append(l.problems, &SeedError{
		Line: n.Line, Column: n.Column, Message: fmt.Sprintf(format, args...), Hint: hint,
	})
}

// An entry is one key of a mapping with its value.
type entry struct {
	key   string
	at    *yaml.Node
	value *yaml.Node
}

// entries reads a mapping in the order of the file. Duplicate keys are problems.
func (l *loader) entries(n *yaml.Node, where string) []entry {
	if isNull(n) {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		l.problem(n, "", "%s must be a mapping (key: value), not %s", where, spoken(n))
		return nil
	}
	var list []entry
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Kind != yaml.ScalarNode {
			l.problem(key, "", "a key of %s must be a word, not %s", where, spoken(key))
			continue
		}
		if line, twice := seen[key.Value]; twice {
			l.problem(key, "", "key %q of %s is already on line %d", key.Value, where, line)
			continue
		}
		seen[key.Value] = key.Line
		list = append(list, entry{key: key.Value, at: key, value: value})
	}
	return list
}

// mapping reads a mapping. Keys that are not in keys are problems. The result lacks keys that are absent.
func (l *loader) mapping(n *yaml.Node, where string, keys ...string) map[string]*yaml.Node {
	found := map[string]*yaml.Node{}
	for _, e := range l.entries(n, where) {
		if !slices.Contains(keys, e.key) {
			l.problem(e.at, "keys: "+strings.Join(keys, ", "), "unknown key %q in %s", e.key, where)
			continue
		}
		found[e.key] = e.value
	}
	return found
}

// list reads a sequence. Null means an empty sequence.
func (l *loader) list(n *yaml.Node, where string) []*yaml.Node {
	if n == nil || isNull(n) {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		l.problem(n, "", "%s must be a list, not %s", where, spoken(n))
		return nil
	}
	return n.Content
}

// text reads a scalar as a string, unchanged: 0123 and 2024-01-01 are strings. Absent and null mean "".
func (l *loader) text(n *yaml.Node, where string) string {
	if n == nil || isNull(n) {
		return ""
	}
	if n.Kind != yaml.ScalarNode {
		l.problem(n, "", "%s must be a string, not %s", where, spoken(n))
		return ""
	}
	return n.Value
}

// count reads a whole number that is at least low. Absent and null mean 0.
func (l *loader) count(n *yaml.Node, where string, low int) int {
	if n == nil || isNull(n) {
		return 0
	}
	number, err := strconv.ParseInt(n.Value, 10, 32)
	if n.Kind != yaml.ScalarNode || err != nil || int(number) < low {
		l.problem(n, "", "%s must be an integer from %d to %d, not %s", where, low, math.MaxInt32, spoken(n))
		return 0
	}
	return int(number)
}

// percent reads a percentage, such as 50%. Zero is a problem.
func (l *loader) percent(n *yaml.Node, where string) int {
	digits, ok := strings.CutSuffix(l.text(n, where), "%")
	number, err := strconv.Atoi(digits)
	if !ok || err != nil || number < 1 || number > 100 {
		l.problem(n, "write it like 50%", "%s must be a percentage from 1%% to 100%%, not %s", where, spoken(n))
		return 0
	}
	return number
}

// flag reads a boolean. Absent and null mean usual.
func (l *loader) flag(n *yaml.Node, where string, usual bool) bool {
	if n == nil || isNull(n) {
		return usual
	}
	if n.Kind != yaml.ScalarNode || n.Value != "true" && n.Value != "false" {
		l.problem(n, "", "%s must be true or false, not %s", where, spoken(n))
		return usual
	}
	return n.Value == "true"
}

// moment reads a timestamp. Absent means unset; null means never.
func (l *loader) moment(n *yaml.Node, where string) instant {
	if n == nil {
		return unset
	}
	if isNull(n) {
		return never
	}
	t, err := time.Parse(time.RFC3339Nano, n.Value)
	if n.Kind != yaml.ScalarNode || err != nil {
		l.problem(n, "write it like 2026-03-01T09:30:00Z", "%s must be a time, not %s", where, spoken(n))
		return unset
	}
	if at := instantOf(t); at != never {
		return at
	}
	l.problem(n, "", "%s cannot be %s: the org uses that time for null", where, n.Value)
	return unset
}

// past is moment for a time that everything has: null is unset, too.
func (l *loader) past(n *yaml.Node, where string) instant {
	if at := l.moment(n, where); at != never {
		return at
	}
	return unset
}

// duration reads a duration that is not negative. Absent and null mean 0.
func (l *loader) duration(n *yaml.Node, where string) time.Duration {
	if n == nil || isNull(n) {
		return 0
	}
	d, err := time.ParseDuration(n.Value)
	if n.Kind != yaml.ScalarNode || err != nil || d < 0 {
		l.problem(n, "write it like 5ms or 1.5s", "%s must be a duration, not %s", where, spoken(n))
		return 0
	}
	return d
}

// isNull reports whether a node is null, or has no text after the colon.
func isNull(n *yaml.Node) bool {
	if n.Kind != yaml.ScalarNode || n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		return false
	}
	switch n.Value {
	case "", "~", "null", "Null", "NULL":
		return true
	}
	return false
}

// spoken returns a node in the form in which errors name it.
func spoken(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "an alias (write the value out)"
	}
	return strconv.Quote(n.Value)
}

// plainNumber matches JSON's numbers. misread reports other numbers of YAML (0123, 0x1F, 1_000, .5). A number
// keeps its digits, because a float64 cannot represent all of Okta's integers, such as 9007199254740993.
var plainNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// otherNumber matches plain scalars that other programs read as numbers: octal or decimal, with or without _.
var otherNumber = regexp.MustCompile(`^[-+]?(0[0-9][0-9_]*(\.[0-9_]*)?([eE][-+]?[0-9]+)?|[0-9][0-9_]*_[0-9_]*(\.[0-9_]*)?|[0-9]+\.[0-9]*_[0-9_]*|0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|[0-9]+\.([eE][-+]?[0-9]+)?|\.[0-9][0-9_]*([eE][-+]?[0-9]+)?)$`)

// misread reports a plain scalar that is not what it seems to be, as flows do: True would be a string, and 0123 not the number 123.
func (l *loader) misread(n *yaml.Node, where string) {
	quotes := "if it is a string, write it in quotes: " + strconv.Quote(n.Value)
	switch n.Value {
	case "True", "TRUE", "False", "FALSE", "Null", "NULL":
		l.problem(n, "write "+strings.ToLower(n.Value)+"; "+quotes, "%s: %q is not how %s is written here", where, n.Value, strings.ToLower(n.Value))
	case "~":
		l.problem(n, "write null; "+quotes, "%s: %q is not how null is written here", where, n.Value)
	default:
		if otherNumber.MatchString(n.Value) {
			l.problem(n, quotes+"; if it is a number, write it in decimal digits", "%s: the number %q is read differently by other programs", where, n.Value)
		}
	}
}

// appendJSON appends any value as JSON: a scalar, a list, or a mapping in the order of the file.
func (l *loader) appendJSON(b []byte, n *yaml.Node, where string) []byte {
	switch n.Kind {
	case yaml.SequenceNode:
		b = append(b, '[')
		for i, item := range n.Content {
			if i > 0 {
				b = append(b, ',')
			}
			b = l.appendJSON(b, item, where)
		}
		return append(b, ']')
	case yaml.MappingNode:
		b = append(b, '{')
		for i, e := range l.entries(n, where) {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendText(b, e.key), ':')
			b = l.appendJSON(b, e.value, where)
		}
		return append(b, '}')
	case yaml.ScalarNode:
		if n.Style == 0 {
			l.misread(n, where)
		}
		if isNull(n) {
			return append(b, "null"...)
		}
		if n.Style == 0 && (n.Value == "true" || n.Value == "false" || plainNumber.MatchString(n.Value)) {
			return append(b, n.Value...)
		}
		return appendText(b, n.Value)
	}
	l.problem(n, "", "%s must be a string, a number, a list or a mapping, not %s", where, spoken(n))
	return append(b, "null"...)
}
