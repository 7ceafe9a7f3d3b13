package cardstest_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/engine/card"
)

// An id becomes a part of a path. Every card of the registry must refuse an id that leads to another path before it sends
// anything, also if it reads something else first, and also when it reads the state before a call or looks for a lost one.
func TestAnIDThatLeadsToAnotherPathIsRefusedBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	b := oktaBench()
	server := b.Start(t, nil)
	conn, err := b.Service.Open(card.Settings{
		Name: b.Service.Name, Config: server.Config,
		Secret: func(card.Value) (card.Secret, error) { return card.NewSecret(server.Secret), nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	call := card.Call{Run: "r1", ConnName: b.Service.Name, Conn: conn, Attempt: 1}
	tried := 0
	for _, name := range slices.Sorted(maps.Keys(cards.All())) {
		c := cards.All()[name]
		for _, input := range slices.Sorted(maps.Keys(c.In.Properties)) {
			if !strings.HasSuffix(input, "_id") || input == "external_id" { // which is not an id of the service, and in no path
				continue
			}
			for _, id := range []string{"", " ", ".", "..", "a/b", "../x", "a?b", `a\b`, "a\nb"} {
				tried++
				in := map[string]any{}
				for _, other := range c.In.Required {
					if property := c.In.Properties[other]; property != nil && property.Type == "string" {
						in[other] = "00u1"
					}
				}
				in[input] = id
				errs := map[string]error{}
				if c.IsList() {
					_, errs["list"] = c.Page(t.Context(), call, in, "")
				} else {
					_, errs["run"] = c.Run(t.Context(), call, in)
				}
				if c.HasBefore() {
					_, errs["before"] = c.Before(t.Context(), call, in)
				}
				if c.HasDid() {
					_, _, errs["did"] = c.Did(t.Context(), call, in, card.State{})
				}
				want := fmt.Sprintf("%s is %q, which ", input, id)
				for what, err := range errs {
					if e := card.AsError(err); err == nil || e.Kind != card.Invalid || !strings.Contains(e.Message, want) {
						t.Errorf("%s, %s: got %v, want an invalid one with %q", name, what, err, want)
					}
				}
				if sent := server.Requests(); len(sent) > 0 {
					t.Fatalf("%s with %s %q sent %v", name, input, id, sent)
				}
			}
		}
	}
	if tried == 0 {
		t.Error("no card has an id")
	}
}
