package cardstest

import (
	"testing"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Rules are the rules of the suite, for the tests that spoil a card.
func Rules() (all []func(testing.TB, Bench, card.Card)) {
	for _, rule := range rules {
		all = append(all, rule.hold)
	}
	return all
}
