package cardstest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/engine/card"
)

// A card that takes itself back needs the values of before, which no example has: those are not run here.
func TestAnUndoIsAsExactAsItSays(t *testing.T) {
	everyCard(t, func(t *testing.T, c card.Card) {
		if c.Undo.Card == "" || c.Undo.Card == c.Name {
			return
		}
		o := newOrg(t, nil)
		before := o.dump(t)
		did, err := o.example(t, c)
		if err != nil {
			t.Fatal(err)
		}
		undo := c
		undo.Example = strings.Replace(c.Example, c.Name, c.Undo.Card, 1)
		if c.Effect == card.Creates { // what was created is told by the answer
			id := cards.All()[c.Undo.Card].In.Required[0]
			undo.Example = fmt.Sprintf("card: %s\nwith: {%s: %s}", c.Undo.Card, id, did.(map[string]any)["id"])
		}
		if undone, err := o.example(t, undo); err != nil || undone.(map[string]any)["changed"] != true {
			t.Fatalf("%s answers %v (%v)", c.Undo.Card, undone, err)
		}
		if same := o.dump(t) == before; same != (c.Undo.Extent == card.Exact) {
			t.Errorf("the undo is %s; is the org as before? %t", c.Undo.Extent, same)
		}
	})
}
