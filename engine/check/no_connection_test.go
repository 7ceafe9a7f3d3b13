package check_test

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/check"
	"github.com/flowdeck/flowdeck/engine/flow"
)

func TestACardWithoutAConnectionNeedsNoneInTheWorkspace(t *testing.T) {
	t.Parallel()
	type input struct {
		Text string `json:"text"`
	}
	c := card.NewRead(card.Spec{Name: "words.text.shout", Effect: card.Reads, NoConnection: true},
		func(_ context.Context, _ card.Call, in input) (input, error) { return in, nil })
	list := card.NewList(card.Spec{Name: "words.text.list", Effect: card.Reads, NoConnection: true},
		func(context.Context, card.Call, struct{}, card.Cursor) ([]input, card.Cursor, error) {
			return nil, "", nil
		})
	ws, problems := flow.Load(fstest.MapFS{
		flow.WorkspaceFile: {Data: []byte("connections: {}\n")},
		"f.yaml": {Data: []byte(`flow: f
inputs:
  text: {type: string, options: {card: words.text.list, value: text}}
steps:
  - card: words.text.shout
    with: {text: "${ inputs.text }"}
  - stream: words.text.list
    do:
      - set: {text: "${ record.text }"}
---
flow: g
steps:
  - card: words.text.shout
    connection: prod
    with: {text: hello}
`)},
	}, "")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	checker := check.New(card.NewSet(c, list), nil, ws)
	plan, problems := checker.Plan(ws.Flow("f"), nil)
	if len(problems) > 0 || len(plan.Uses(nil)) > 0 || len(plan.OptionUses(nil)) > 0 {
		t.Fatalf("%v; want a plan that uses no connection", problems)
	}
	_, problems = checker.Plan(ws.Flow("g"), nil)
	if len(problems) != 1 || !strings.Contains(problems[0].Message, "words.text.shout does not use a connection") || problems[0].Code != flow.CodeUnknownKey {
		t.Errorf("got %v; want one problem, at the key connection", problems)
	}
}
