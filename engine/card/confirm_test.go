package card_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/engine/card"
)

// writing returns a card that changes something.
func writing[In any](do func(context.Context, card.Call, In) (painted, error)) card.Card {
	return card.NewWrite(card.Spec{Name: "fake.write", Effect: card.Idempotent, Undo: card.Undo{Extent: card.None}}, card.Write[In, painted]{Do: do})
}

func TestAnErrorAfterConfirmedWritesReportsThem(t *testing.T) {
	t.Parallel()
	refusal := &card.Error{Kind: card.Forbidden, Code: "E6", Message: "no", Hint: "ask"}
	for _, test := range []struct {
		name    string
		writes  int
		err     error
		changed bool
		hint    string
	}{
		{"nothing was written", 0, refusal, false, "ask"},
		{"one write", 1, refusal, true, "done before the failure: POST /1; ask"},
		{"many writes", 7, refusal, true, "done before the failure: POST /1, POST /2, POST /3, POST /4, POST /5, …; ask"},
		{"no other hint", 1, &card.Error{Kind: card.Forbidden}, true, "done before the failure: POST /1"},
		{"a card that reports its changes itself", 1, &card.Error{Code: card.CodePartly, Hint: "ask"}, false, "ask"},
	} {
		do := writing(func(ctx context.Context, _ card.Call, _ struct{}) (painted, error) {
			for i := range test.writes {
				card.Confirm(ctx, fmt.Sprintf("POST /%d", i+1))
			}
			return painted{}, fmt.Errorf("wrapped: %w", test.err)
		})
		_, err := do.Run(t.Context(), card.Call{}, map[string]any{})
		if e := card.AsError(err); e.Changed != test.changed || e.Hint != test.hint {
			t.Errorf("%s: got changed %t, hint %q", test.name, e.Changed, e.Hint)
		}
	}
	if refusal.Changed {
		t.Error("the card's own error was modified")
	}
}

// A call that is cut off after a write must not count as one that sent nothing.
func TestACallThatWasCutOffAfterAConfirmedWriteIsNotUnsent(t *testing.T) {
	t.Parallel()
	stopped := errors.New("stopped")
	ctx, cancel := context.WithCancelCause(t.Context())
	do := writing(func(ctx context.Context, _ card.Call, _ struct{}) (painted, error) {
		card.Confirm(ctx, "POST /1")
		cancel(stopped)
		return painted{}, fmt.Errorf("%w: %w", card.ErrNotSent, stopped)
	})
	if _, err := do.Run(ctx, card.Call{}, map[string]any{}); !errors.Is(err, stopped) || errors.Is(err, card.ErrNotSent) || strings.Contains(fmt.Sprint(err), "not sent") {
		t.Errorf("got %v", err)
	}
}
