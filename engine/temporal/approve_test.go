package temporal_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/enginetest"
	"github.com/flowdeck/flowdeck/engine/temporal"
)

// The suite asks people who decide at once.
func TestARunWaitsForADecision(t *testing.T) {
	t.Parallel()
	yes := engine.Decision{Approved: true, By: "grace"}
	at := engine.Place{}.Step("ask")
	decide := func(v *server, id string, at engine.Place, answer interface {
		Accept()
		Reject(error)
		Complete(any, error)
	}) {
		v.env.UpdateWorkflow(temporal.Decide, id, answer, temporal.Decided{Place: at, Decision: yes})
	}
	for name, test := range map[string]struct {
		does func(v *server)
		took time.Duration
		ends func(engine.Decision, error) bool
	}{
		"that comes": {
			func(v *server) {
				decide(v, "elsewhere", at.Step("other"), refused{v.T})
				decide(v, "first", at, accepted{v.T})
				decide(v, "second", at, refused{v.T})
			}, 2 * time.Minute,
			func(d engine.Decision, err error) bool { return err == nil && d.By == "grace" },
		},
		"that nobody makes": {
			func(*server) {}, time.Hour,
			func(_ engine.Decision, err error) bool {
				return card.AsError(err).Code == engine.CodeApprovalExpired && !engine.IsCanceled(err)
			},
		},
		"until it is canceled": {
			func(v *server) { v.env.CancelWorkflow() }, 2 * time.Minute,
			func(_ engine.Decision, err error) bool { return engine.IsCanceled(err) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				await := func(context.Context, engine.Place, engine.Approval) (engine.Decision, error) { return yes, nil }
				v := newServer(t, enginetest.Setup{Run: "r1", Await: await})
				v.ask = func(context.Context, string, engine.Place, engine.Approval) error { // it only lets people know
					time.AfterFunc(2*time.Minute, func() { v.env.RegisterDelayedCallback(func() { test.does(v) }, 0) })
					return nil
				}
				v.run(func(t *testing.T, rt engine.Runtime, _ func()) {
					start := rt.Now()
					if d, err := rt.Await(at, engine.Approval{Prompt: "go on?", For: time.Hour}); !test.ends(d, err) {
						t.Errorf("got %+v, %v", d, err)
					}
					if took := rt.Now().Sub(start); took != test.took {
						t.Errorf("it took %v, want %v", took, test.took)
					}
				})
			})
		})
	}
}
