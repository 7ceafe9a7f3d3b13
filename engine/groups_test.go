package engine

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine/expr"
)

func TestCountsAreBounded(t *testing.T) {
	t.Parallel()
	many := Groups{Counts: map[string]int{}}
	for i := range MaxGroups {
		many.add(Words(i))
	}
	many.add("0")
	more := many.Plus(Groups{})
	more.add("another")
	both := Groups{Counts: map[string]int{"x": 1}}.Plus(many)
	long := Groups{Counts: map[string]int{"x": 1}}
	long.add(strings.Repeat("x", MaxGroupText+1))
	for name, test := range map[string]struct {
		got  Groups
		want bool
	}{"as many as there may be": {many, false}, "one more": {more, true}, "in two parts": {both, true}, "and in the other order": {many.Plus(Groups{Counts: map[string]int{"x": 1}}), true},
		"after that": {more.Plus(Groups{Counts: map[string]int{"x": 1}}), true}, "a long text": {long, true}} {
		value := Tally{Groups: test.got}.counts()
		if (value == nil) != test.want || test.got.Full != test.want || (test.got.Counts == nil) != test.want {
			t.Errorf("%s: full is %t, with %d counts", name, test.got.Full, len(test.got.Counts))
		}
	}
	if many.Counts["0"] != 2 {
		t.Errorf("got %d", many.Counts["0"])
	}
}

func TestASumOfCountsSharesNothing(t *testing.T) {
	t.Parallel()
	a := Groups{Counts: map[string]int{"x": 1}}
	sum := a.Plus(Groups{Counts: map[string]int{"x": 2, "y": 3}})
	sum.add("x")
	want := map[string]int{"x": 4, "y": 3}
	if !cmp.Equal(sum.Counts, want) || a.Counts["x"] != 1 {
		t.Errorf("got %v of %v", sum.Counts, a.Counts)
	}
}

func TestCountsThatDependOnAWriteAreUnknown(t *testing.T) {
	t.Parallel()
	tally := Tally{}
	tally.Count(0, Outcome{Group: "x"}, nil)
	tally.Count(1, Outcome{Group: expr.Unknown{Of: "a write"}}, nil)
	if _, unknown := tally.counts().(expr.Unknown); !unknown {
		t.Errorf("got %v", tally.counts())
	}
}
