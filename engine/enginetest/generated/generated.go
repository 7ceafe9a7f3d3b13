// Package generated makes random flows as plans, with cards that run: for tests of what every Runtime must keep of every flow.
//
// It must not know a Runtime.
package generated

import (
	"context"
	"fmt"
	"testing/fstest"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/card/cardtest"
	"github.com/flowdeck/flowdeck/engine/check"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/flow/flowtest"
)

type personInput struct {
	ID   string         `json:"id"`
	Tags []string       `json:"tags,omitempty"`
	Note map[string]any `json:"note,omitempty"`
	Send bool           `json:"send,omitempty" default:"true"`
}

type personOutput struct {
	ID     string         `json:"id"`
	Status string         `json:"status"`
	Note   map[string]any `json:"note"`
	Tags   []string       `json:"tags"`
}

type peopleInput struct {
	Q string `json:"q,omitempty"`
}

// person is one, or an error that depends on the id.
func person(_ context.Context, _ card.Call, in personInput) (personOutput, error) {
	switch len(in.ID) % 5 {
	case 0:
		return personOutput{}, &card.Error{Kind: card.NotFound, Message: "nobody"}
	case 4:
		return personOutput{}, &card.Error{Kind: card.Unavailable, Message: "busy", Details: map[string]any{"id": in.ID}}
	}
	return personOutput{ID: in.ID, Status: "ACTIVE", Note: in.Note, Tags: in.Tags}, nil
}

// Cards returns the cards that the flows call. They answer as their inputs say, always the same.
func Cards() card.Set {
	return card.NewSet(
		cardtest.Fake("bench.person.get", card.Reads, person),
		cardtest.Fake("bench.person.update", card.Idempotent, person),
		cardtest.Fake("bench.person.create", card.Creates, person),
		card.NewList(card.Spec{Name: "bench.person.list", Effect: card.Reads, Key: "id"},
			func(_ context.Context, _ card.Call, in peopleInput, at card.Cursor) (people []personOutput, next card.Cursor, err error) {
				for i := range (len(in.Q) + 2) % 5 {
					people = append(people, personOutput{ID: fmt.Sprintf("%s%d", at, i), Status: "ACTIVE"})
				}
				if len(at) < 2 {
					next = at + "x"
				}
				return people, next, nil
			}),
	)
}

func vocabulary() flowtest.Vocabulary {
	gives := map[string]flowtest.Sort{"id": flowtest.Text, "status": flowtest.Text, "note": flowtest.Object, "tags": flowtest.Any}
	takes := map[string]flowtest.Sort{"id": flowtest.Text, "note": flowtest.Object, "send": flowtest.Bool}
	return flowtest.Vocabulary{Connection: "bench", Cards: []flowtest.Card{
		{Name: "bench.person.get", With: takes, Needs: []string{"id"}, Gives: gives},
		{Name: "bench.person.update", With: takes, Needs: []string{"id"}, Gives: gives},
		{Name: "bench.person.create", With: takes, Needs: []string{"id"}, Gives: gives},
		{Name: "bench.person.list", List: true, With: map[string]flowtest.Sort{"q": flowtest.Text}, Gives: gives},
	}}
}

// Text returns the text of a file of flows that depends on data. The first one is f, and needs no inputs.
func Text(data []byte) string { return flowtest.Flows(data, vocabulary()) }

// Plan returns the plan of the flow f in a text; nil if the checker does not accept it.
func Plan(text string, cards card.Set) *engine.Plan {
	ws, problems := flow.Load(fstest.MapFS{
		flow.WorkspaceFile: {Data: []byte("connections: {bench: {type: bench}}")}, "f.yaml": {Data: []byte(text)},
	}, "")
	services := map[string]card.Service{"bench": card.NewService("bench", func(card.Settings, struct{}) (card.Connection, error) { return nowhere{}, nil })}
	plan, found := check.New(cards, services, ws).Plan(ws.Flow("f"), nil)
	if problems.Err() != nil || found.Err() != nil {
		return nil
	}
	return plan
}

// Connections returns the connections of the flows.
func Connections() map[string]card.Connection { return map[string]card.Connection{"bench": nowhere{}} }

// nowhere is a connection to nothing.
type nowhere struct{}

func (nowhere) Test(context.Context) (card.Identity, error) { return card.Identity{}, nil }
func (nowhere) Close() error                                { return nil }
