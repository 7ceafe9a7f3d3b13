package cardstest

import (
	"testing"

	"github.com/flowdeck/flowdeck/engine/card"
)

func declaredEffect(tb testing.TB, b Bench, c card.Card) {
	s := b.start(tb, nil)
	before := s.facts()
	first, err := s.example(tb, c)
	if err != nil {
		tb.Fatal(err)
	}
	after := s.facts()
	changes := differing(before, after)
	if c.Effect == card.Reads {
		if len(changes) > 0 {
			tb.Errorf("it reads, and changed %v", changes)
		}
		return
	}
	hidden, seen := b.Hidden[c.Name] != "", len(changes) > 0
	if !seen && !hidden || !card.Changed(first) {
		tb.Errorf("the example changed %v and answers %v", changes, first)
	}
	again, err := s.example(tb, c)
	more := differing(after, s.facts())
	if hidden && err == nil && card.Changed(again) && len(more) == 0 {
		return
	}
	if hidden {
		tb.Errorf("the dump shows every change, but the bench calls it hidden: %s", b.Hidden[c.Name])
	}
	switch {
	case c.Effect == card.Idempotent:
		if err != nil || card.Changed(again) || len(more) > 0 {
			tb.Errorf("a second time it changed %v and answers %v (%v)", more, again, err)
		}
	case err != nil: // a refusal is allowed: the name is taken, or the resource no longer exists
	case card.Changed(again) != (len(more) > 0), c.Effect == card.Destroys && card.Changed(again):
		tb.Errorf("a second time it changed %v and answers %v", more, again)
	}
}
