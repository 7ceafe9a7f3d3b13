package cardstest

import (
	"testing"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Rules returns the rules of the suite. Tests apply them to defective cards.
func Rules() (all []func(testing.TB, Bench, card.Card)) {
	for _, rule := range rules {
		all = append(all, rule.hold)
	}
	return all
}
