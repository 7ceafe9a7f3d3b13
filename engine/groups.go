package engine

import (
	"maps"

	"github.com/flowdeck/flowdeck/engine/expr"
)

// Limits for the texts that a loop counts its records by.
const (
	MaxGroups    = 10_000 // different texts
	MaxGroupText = 1000   // bytes of a text
)

// Groups counts the OK records of a stream by the text that `count_by` gives for each: see Outcome.Group. The zero Groups has none.
type Groups struct {
	Counts  map[string]int // nil if there are none, or more than are kept
	Full    bool           // a text exceeded MaxGroups or MaxGroupText
	Unknown bool           // in a dry run: a text depends on a write that was not made
}

// add counts a record.
func (g *Groups) add(group Value) {
	switch group := group.(type) {
	case expr.Unknown:
		g.Unknown = true
	case string:
		g.count(group, 1)
	}
}

func (g *Groups) count(group string, n int) {
	if g.Counts[group] == 0 && (len(g.Counts) == MaxGroups || len(group) > MaxGroupText) {
		g.Counts, g.Full = nil, true
	}
	if g.Full {
		return
	}
	if g.Counts == nil {
		g.Counts = map[string]int{}
	}
	g.Counts[group] += n
}

// Plus returns the sum of two counts. It shares nothing with them.
func (g Groups) Plus(other Groups) Groups {
	sum := Groups{Counts: maps.Clone(g.Counts), Full: g.Full || other.Full, Unknown: g.Unknown || other.Unknown}
	for group, n := range other.Counts {
		sum.count(group, n)
	}
	if sum.Full {
		sum.Counts = nil
	}
	return sum
}

// counts returns the counts as flows see them: nil if there are more than are kept.
func (t Tally) counts() Value {
	switch {
	case t.Undecidable > 0 || t.Groups.Unknown:
		return expr.Unknown{Of: "records that depend on a write", Text: "«records».counts"}
	case t.Groups.Full:
		return nil
	}
	counts := make(map[string]any, len(t.Groups.Counts))
	for group, n := range t.Groups.Counts {
		counts[group] = n
	}
	return counts
}

// GroupsType is the type of the counts.
var GroupsType = expr.MapOf(expr.Int)
