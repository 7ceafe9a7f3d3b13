package machines

import (
	"errors"
	"iter"
	"slices"
	"testing"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
	"github.com/flowdeck/flowdeck/engine/temporal"
)

func TestRunsAreReadInTheirOrder(t *testing.T) {
	t.Parallel()
	ids := "abcdefghijklmnopqrstuvwxyz"
	lost := errors.New("the server is lost")
	list := func(end error) iter.Seq2[temporal.Listed, error] {
		return func(yield func(temporal.Listed, error) bool) {
			for _, id := range ids {
				if !yield(temporal.Listed{Run: string(id)}, nil) {
					return
				}
			}
			if end != nil {
				yield(temporal.Listed{}, end)
			}
		}
	}
	read := func(at temporal.Listed) (*host.Past, error) {
		if at.Run == "c" { // the server has deleted it meanwhile
			return nil, &card.Error{Kind: card.NotFound, Message: "no such run"}
		}
		return &host.Past{Run: store.Run{ID: at.Run}}, nil
	}
	wanted := func(at temporal.Listed) bool { return at.Run != "a" }
	for want, end := range map[string]error{"bdefghijklmnopqrstuvwxyz": nil, "bdefghijklmnopqrstuvwxyz!": lost} {
		got := ""
		for past, err := range inTurns(list(end), wanted, read) {
			if err != nil {
				got += "!"
				continue
			}
			got += past.Run.ID
		}
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	var first []string
	for past := range inTurns(list(lost), wanted, read) {
		if first = append(first, past.Run.ID); len(first) == 2 {
			break
		}
	}
	if !slices.Equal(first, []string{"b", "d"}) {
		t.Errorf("got %v", first)
	}
}
