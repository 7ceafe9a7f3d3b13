package temporal_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.temporal.io/sdk/activity"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/enginetest"
	"github.com/flowdeck/flowdeck/engine/enginetest/generated"
	"github.com/flowdeck/flowdeck/engine/local"
	"github.com/flowdeck/flowdeck/engine/temporal"
)

// Whatever a flow does, the result with its streams in workflows is that of one process. With a concurrency of 1, so is what it did.
func TestGeneratedFlowsInWorkflowsAreThoseOfOneProcess(t *testing.T) {
	t.Parallel()
	cards, streams := generated.Cards(), 0
	decides := func(at engine.Place) engine.Decision {
		return engine.Decision{Approved: len(at.ID())%2 == 0, By: "grace"}
	}
	await := func(_ context.Context, at engine.Place, _ engine.Approval) (engine.Decision, error) {
		return decides(at), nil
	}
	starts := func(string, engine.Start) error { return nil }
	for i := range 150 {
		text := strings.ReplaceAll(generated.Text(fmt.Appendf(nil, "workflows %d", i)), "snapshot: true", "snapshot: false")
		plan := generated.Plan(text, cards)
		if plan == nil || len(plan.OuterLoops()) == 0 {
			continue
		}
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			var ran [2][]string
			start := engine.Start{Run: "r1", By: "ada"}
			took := time.Duration(0)
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				defer func() { took = time.Since(began) }()
				out, err := engine.Run(local.New(t.Context(), local.Config{
					Run: "r1", Cards: cards, Connections: generated.Connections(), Await: await, Start: starts, Serial: true,
				}), plan, start)
				ran[0] = []string{fmt.Sprint(out.Status, withoutResults(out.Value)), fmt.Sprint(err)}
			})
			if took > 1000*time.Hour {
				return // the test environment gives up
			}
			synctest.Test(t, func(t *testing.T) {
				v := newServer(t, enginetest.Setup{Run: "r1", Cards: cards, Await: await, Start: starts})
				v.ask = func(ctx context.Context, _ string, at engine.Place, _ engine.Approval) error {
					asks := activity.GetInfo(ctx).WorkflowExecution.ID
					v.soon(func() {
						_ = v.env.UpdateWorkflowByID(asks, temporal.Decide, at.ID(), accepted{t}, temporal.Decided{Place: at, Decision: decides(at)})
					})
					return nil
				}
				got := v.inWorkflows(plan, start, -1, 2, 2)
				streams += len(got.Streams)
				ran[1] = []string{fmt.Sprint(got.Outcome.Status, withoutResults(got.Outcome.Value)), fmt.Sprint(got.Err.Err)}
			})
			if ran[0][1] != ran[1][1] && strings.Contains(ran[0][1]+ran[1][1], "it took longer than") {
				return // which of a wait and a limit comes first, if both end at the same time, is left to chance
			}
			if diff := cmp.Diff(ran[0], ran[1]); diff != "" {
				t.Errorf("(- in one process, + in workflows):\n%s\n%s", diff, text)
			}
		})
	}
	if streams < 12 {
		t.Errorf("only %d streams ran in workflows", streams)
	}
}
