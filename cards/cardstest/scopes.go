package cardstest

import (
	"slices"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/engine/card"
)

func exactScopes(tb testing.TB, b Bench, c card.Card) {
	scopes := b.scopes(c)
	if _, err := b.start(tb, scopes).example(tb, c); err != nil {
		tb.Errorf("with its scopes %v: %v", scopes, err)
	}
	for i, scope := range scopes {
		fewer := slices.Delete(slices.Clone(scopes), i, i+1)
		_, err := b.start(tb, fewer).example(tb, c)
		e := card.AsError(err)
		if e == nil || e.Kind != card.Forbidden || e.Hint == "" || !b.raw(c) && !strings.Contains(e.Hint, scope) {
			tb.Errorf("without %s: got %v, want an error of kind forbidden with a hint that names the scope", scope, err)
		}
	}
}

func describedScopes(tb testing.TB, b Bench, c card.Card) {
	if b.Allowing == nil {
		return
	}
	s := b.start(tb, nil)
	if _, err := s.example(tb, c); err != nil {
		tb.Fatal(err)
	}
	scopes, needed := b.scopes(c), map[string]bool{}
	for _, r := range s.Requests() {
		scope := b.Allowing(tb, scopes, r)
		if scope == "" {
			tb.Errorf("%s %s needs a scope that is not among %v", r.Method, r.Path, scopes)
		}
		needed[scope] = true
	}
	for _, scope := range scopes {
		if !needed[scope] {
			tb.Errorf("no request of the example needs %s", scope)
		}
	}
}
