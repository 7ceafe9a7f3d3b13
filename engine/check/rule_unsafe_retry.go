package check

import (
	"context"
	"fmt"
	"strings"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// unsafeRetry warns about a `when` that retries a card that creates or destroys after an error that does not show
// whether it was done. A `when` of the flow is reported at the card.
func (b *builder) unsafeRetry(s *flow.Step, step engine.CallCard) {
	r, effect := step.Retry, step.Effect()
	if r.When == nil || r.Attempts < 2 || effect != card.Creates && effect != card.Destroys {
		return
	}
	var again []string
	for _, kind := range []card.Kind{card.Unavailable, card.Timeout, card.Internal, card.Failed} {
		failure := map[string]any{
			"kind": string(kind), "code": "", "status": 0, "message": "", "hint": "", "card": step.Card.Name, "step": "", "attempts": 1, "details": nil,
		}
		// If the condition reads anything else, its value is not known here, and nothing is reported.
		holds, err := r.When.Program.EvalBool(context.Background(), expr.Scope{Roots: map[string]any{"error": failure}})
		if err == nil && holds {
			again = append(again, string(kind))
		}
	}
	if len(again) == 0 {
		return
	}
	message := fmt.Sprintf("%s %s, and after %s it may already have been done", step.Card.Name, effect, strings.Join(again, " or "))
	own := s.Key("retry")
	if own == nil || own.Field("when") == nil {
		b.warn(flow.Problem{
			Pos: s.Value.Pos, Width: s.Value.Width, Code: CodeUnsafeRetry, Message: message + ": the flow's `retry` repeats it",
			Hint: "give the step a `retry` with another `when`, such as error.kind == \"rate_limit\", which is safe",
		})
		return
	}
	n := own.Field("when")
	b.warn(flow.Problem{
		Pos: n.Pos, Width: n.Width, Code: CodeUnsafeRetry, Message: message,
		Hint: `error.kind == "rate_limit" and a refused connection are safe, and are retried without a ` + "`when`",
	})
}
