package engine

import (
	"testing"

	"github.com/flowdeck/flowdeck/engine/card"
)

func TestTheHintOfAWriteInDoubtStartsWithTheDoubtAndKeepsTheCause(t *testing.T) {
	t.Parallel()
	const doubt = "it may have been done: check before you repeat it"
	for hint, want := range map[string]string{"": doubt, "is the domain right?": doubt + "; is the domain right?", doubt: doubt} {
		if got := card.AsError(wrote{doubt: true}.failed(&card.Error{Kind: card.Unavailable, Hint: hint})).Hint; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	partly := card.AsError(wrote{doubt: true}.failed(&card.Error{Kind: card.Forbidden, Code: card.CodePartly}))
	if want := "a part of it was done: check before you repeat it"; partly.Hint != want {
		t.Errorf("got %q, want %q", partly.Hint, want)
	}
}
