package cases

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/veil"
)

// A Failure is an expectation that the run did not meet.
type Failure struct {
	Pos       flow.Pos // of the expectation
	Width     int
	What      string // what is expected to be something: "result.suspended"
	Want, Got string // empty if What says it all
}

// matcher compares what is expected with what is.
type matcher struct {
	failures *[]Failure
	veil     *veil.Veil
	unsorted bool // lists of texts may be in any order
	mentions func(name string) bool
}

// match adds a failure for each part of want that got does not have. An object may have more keys than want; a list has the same length. What is
// expected to be null may be missing.
func (m matcher) match(path string, want *flow.Node, got card.Value) {
	fail := func() { m.fail(want, path, want.Literal(), got) }
	switch want.Kind {
	case flow.Mapping:
		object, ok := got.(map[string]any)
		if !ok {
			fail()
			return
		}
		for _, field := range want.Fields {
			m.match(joined(path, field.Key.Text), field.Value, object[field.Key.Text])
		}
	case flow.List:
		list, ok := got.([]any)
		if !ok || len(list) != len(want.Items) {
			fail()
			return
		}
		if m.unsorted && texts(list) && texts(want.Literal().([]any)) {
			wanted := want.Literal().([]any)
			slices.SortFunc(wanted, byText)
			list = slices.SortedFunc(slices.Values(list), byText)
			for i := range list {
				if !same(wanted[i], list[i]) {
					fail()
					return
				}
			}
			return
		}
		for i, item := range want.Items {
			m.match(fmt.Sprintf("%s[%d]", path, i), item, list[i])
		}
	default:
		if !same(want.Value, got) {
			fail()
		}
	}
}

// fail adds a failure at a node.
func (m matcher) fail(at *flow.Node, what string, want, got card.Value) {
	*m.failures = append(*m.failures, Failure{Pos: at.Pos, Width: at.Width, What: what, Want: shown(m.veil, want), Got: shown(m.veil, got)})
}

// joined returns the path of a key in an object.
func joined(path, key string) string {
	if strings.ContainsAny(key, ". []") {
		key = strconv.Quote(key)
	}
	if path == "" {
		return key
	}
	return path + "." + key
}

func texts(list []any) bool {
	return !slices.ContainsFunc(list, func(v any) bool { _, is := v.(string); return !is })
}

func byText(a, b any) int { return strings.Compare(a.(string), b.(string)) }

// same reports whether two scalars are the same. Numbers are compared by their values, and times by the moment.
func same(want, got card.Value) bool {
	if asJSON(want) == asJSON(got) {
		return true
	}
	a, isText := want.(string)
	b, areTexts := got.(string)
	if isText && areTexts {
		x, errX := time.Parse(time.RFC3339, a)
		y, errY := time.Parse(time.RFC3339, b)
		return errX == nil && errY == nil && x.Equal(y)
	}
	x, isNumber := number(want)
	y, areNumbers := number(got)
	return isNumber && areNumbers && x == y
}

// number returns a number that a float64 has exactly.
func number(v card.Value) (float64, bool) {
	switch v := v.(type) {
	case int:
		return float64(v), int(float64(v)) == v
	case float64:
		return v, true
	}
	return 0, false
}

// longest is how much is shown of a value.
const longest = 400

// shown returns a value as people see it in a failure. Secrets are hidden before it is cut: a part of one would not be found.
func shown(secrets *veil.Veil, v card.Value) string {
	text := secrets.String(asJSON(v))
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "") + "…"
	}
	return text
}
