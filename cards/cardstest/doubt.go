package cardstest

import (
	"testing"

	"github.com/flowdeck/flowdeck/engine/card"
)

// exactDoubt loses the answer to each request of the example in turn. The call may have been done if the request could change something,
// and only then.
func exactDoubt(tb testing.TB, b Bench, c card.Card) {
	if c.Effect == card.Reads || b.Start == nil {
		return
	}
	for nth := 0; ; nth++ {
		s := b.start(tb, nil)
		if s.Lose == nil {
			return
		}
		s.Lose(nth)
		out, err := s.example(tb, c)
		sent := s.Requests()
		if nth >= len(sent) { // nothing was lost
			return
		}
		lost := sent[nth]
		writes := lost.Method != "GET" && lost.Method != "HEAD"
		switch failure := card.AsError(err); {
		case err == nil && writes && !card.Changed(out):
			tb.Errorf("the answer to %s %s was lost, and it answers %v", lost.Method, lost.Path, out)
		case err != nil && failure.MayBeDone() != writes && !b.Retracts[c.Name]:
			tb.Errorf("the answer to %s %s was lost: may be done is %t, want %t, in %+v", lost.Method, lost.Path, failure.MayBeDone(), writes, failure)
		}
	}
}
