package cardstest_test

import (
	"context"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/cards/cardstest"
	"github.com/flowdeck/flowdeck/engine/card"
)

type shoutInput struct {
	Text string `json:"text" jsonschema:"what to shout"`
}

type shouted struct {
	Text string `json:"text" jsonschema:"the text in upper case"`
}

// shout is the only card of a service without a connection: it has no card.Service, no server and no scopes.
var shout = card.NewRead(card.Spec{
	Name:         "words.text.shout",
	Title:        "Shout Text",
	Summary:      "write a text in upper case",
	Effect:       card.Reads,
	NoConnection: true,
	Example:      "card: words.text.shout\nwith: {text: hello}",
}, func(_ context.Context, call card.Call, in shoutInput) (shouted, error) {
	if call.Conn != nil || call.ConnName != "" {
		return shouted{}, &card.Error{Kind: card.Internal, Message: "it was called on a connection"}
	}
	return shouted{strings.ToUpper(in.Text)}, nil
})

func TestAServiceWithoutAConnectionPassesTheSuite(t *testing.T) {
	t.Parallel()
	cardstest.Run(t, cardstest.Bench{Cards: []card.Card{shout}})
}
