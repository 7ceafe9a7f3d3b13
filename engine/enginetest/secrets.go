package enginetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/card/cardtest"
)

type invitation struct {
	Login string `json:"login"`
	Token string `json:"token" secret:"true"`
}

// invite returns a card whose answer has a secret, which its input login determines.
func invite(effect card.Effect, login string) card.Card {
	return cardtest.Fake("fake.invitation.create", effect,
		func(context.Context, card.Call, struct{}) (invitation, error) {
			return invitation{Login: login, Token: "token of " + login}, nil
		})
}

// invitations returns a list card whose records have secrets.
func invitations(pages int) card.Card {
	return card.NewList(card.Spec{Name: "fake.invitation.list", Effect: card.Reads, Key: "login"},
		func(_ context.Context, _ card.Call, _ struct{}, at card.Cursor) ([]invitation, card.Cursor, error) {
			next := at + "x"
			if len(next) == pages {
				next = ""
			}
			login := fmt.Sprint("p", len(at))
			return []invitation{{login, "token of " + login}}, next, nil
		})
}

// learns runs a flow and fails the test unless each secret is learned before the first event that may show it.
func (w *world) learns(t *testing.T, p *engine.Plan, s engine.Start, may func(secret string, e engine.Event) bool, secrets []string, cards ...card.Card) {
	t.Helper()
	var got []engine.Event
	w.listen = func(e engine.Event) { got = append(got, e) }
	w.run(t, func(t *testing.T, rt engine.Runtime) {
		if _, err := run(rt, p, s); err != nil {
			t.Error(err)
		}
	}, cards...)
	for _, secret := range secrets {
		learned := slices.IndexFunc(got, func(e engine.Event) bool { return e.Kind == engine.Learned && slices.Contains(e.Secrets, secret) })
		shown := slices.IndexFunc(got, func(e engine.Event) bool { return e.Kind != engine.Learned && may(secret, e) })
		if learned < 0 || shown < 0 || learned > shown {
			t.Errorf("%q was learned by event %d, and event %d may show it, of %+v", secret, learned, shown, got)
		}
	}
}

var secrets = tests{
	"a secret of an answer is learned before the call is reported": func(t *testing.T, host Host) {
		for _, effect := range []card.Effect{card.Reads, card.Creates} {
			c := invite(effect, "ada")
			reported := func(_ string, e engine.Event) bool { return e.Kind == engine.StepEnded || e.Kind == engine.Wrote }
			newWorld(host).learns(t, flowOf(step("made", engine.CallCard{Card: c, Retry: once}), returns("${ steps.made.token }")),
				start, reported, []string{"token of ada"}, c)
		}
	},

	"secrets of a page's records are learned before its records start": func(t *testing.T, host Host) {
		list := invitations(3)
		own := func(secret string, e engine.Event) bool {
			return e.Kind == engine.RecordStarted && strings.HasSuffix(secret, " "+e.Place.Key()) || e.Kind == engine.StepEnded && e.Place.String() == "sweep"
		}
		newWorld(host).learns(t, flowOf(step("sweep", engine.Loop{Source: engine.CallCard{Card: list, Retry: once}, Width: 2, Do: steps(idle("s"))})),
			start, own, []string{"token of p0", "token of p1", "token of p2"}, list)
	},

	"secrets of a list are learned before its step ends": func(t *testing.T, host Host) {
		list := invitations(2)
		ended := func(_ string, e engine.Event) bool { return e.Kind == engine.StepEnded && e.Place.String() == "list" }
		newWorld(host).learns(t, flowOf(step("list", engine.CallCard{Card: list, Result: engine.All, Max: 9, Retry: once})),
			start, ended, []string{"token of p0", "token of p1"}, list)
	},

	"secret inputs are learned before anything else of their flow": func(t *testing.T, host Host) {
		inputs := []engine.Input{{Name: "open"}, {Name: "key", Secret: true}}
		helper := &engine.Plan{Flow: "helper", Inputs: inputs, Steps: steps(idle("inside"))}
		p := flowOf(
			step("call", engine.CallFlow{To: helper, With: object(field("key", text("${ inputs.key } of a helper")))}),
			step("each", engine.Loop{Each: when("[1]"), Width: 1, To: &engine.Plan{
				Flow: "turn", Inputs: append(inputs, engine.Input{Name: "record", Secret: true}), Steps: steps(idle("turn")),
			}}))
		p.Inputs = append(inputs, engine.Input{Name: "pin", Secret: true, Default: map[string]any{"code": 1234, "more": []any{"deep"}}})
		first := map[string]string{"sw0rdfish": "call", "1234": "call", "deep": "call", "sw0rdfish of a helper": "call.set-inside", "1": "each[0].set-turn"}
		for _, dry := range []bool{false, true} {
			in := engine.Start{Run: "r1", DryRun: dry, Inputs: map[string]engine.Value{"key": "sw0rdfish", "open": "sesame"}}
			newWorld(host).learns(t, p, in, func(secret string, e engine.Event) bool { return e.Place.String() == first[secret] },
				[]string{"sw0rdfish", "1234", "deep", "sw0rdfish of a helper", "1"})
		}
	},
}
