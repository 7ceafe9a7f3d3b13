// Package cardtest makes fake cards for tests of packages that use cards.
package cardtest

import (
	"context"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Fake returns a card with this effect whose work is do. If it changes something, the change cannot be undone, and
// nobody can find out whether it was done.
func Fake[In, Out any](name string, effect card.Effect, do func(context.Context, card.Call, In) (Out, error)) card.Card {
	spec := card.Spec{Name: name, Effect: effect}
	switch effect {
	case card.Reads:
		return card.NewRead(spec, do)
	case card.Creates, card.Destroys:
		spec.InDoubt = "it is a fake"
	}
	spec.Undo.Extent = card.None
	return card.NewWrite(spec, card.Write[In, Out]{Do: do})
}
