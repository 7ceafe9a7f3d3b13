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
				card.Sending(ctx, fmt.Sprintf("POST /%d", i+1)).Confirmed()
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
		card.Sending(ctx, "POST /1").Confirmed()
		cancel(stopped)
		return painted{}, fmt.Errorf("%w: %w", card.ErrNotSent, stopped)
	})
	if _, err := do.Run(ctx, card.Call{}, map[string]any{}); !errors.Is(err, stopped) || errors.Is(err, card.ErrNotSent) || strings.Contains(fmt.Sprint(err), "not sent") {
		t.Errorf("got %v", err)
	}
}

func TestTheErrorOfAnAttemptReportsWhetherAllItsWritesWereAnswered(t *testing.T) {
	t.Parallel()
	lost := &card.Error{Kind: card.Unavailable, Message: "no answer"}
	for name, test := range map[string]struct {
		send func(context.Context)
		err  error
		want card.Writes
	}{
		"nothing is reported":                  {func(context.Context) {}, lost, ""},
		"only a read was sent":                 {func(ctx context.Context) { card.Sending(ctx, "") }, lost, card.Answered},
		"a write was lost":                     {func(ctx context.Context) { card.Sending(ctx, "POST /1") }, lost, card.Unanswered},
		"a write was lost, then a read failed": {func(ctx context.Context) { card.Sending(ctx, "POST /1"); card.Sending(ctx, "") }, &card.Error{Kind: card.NotFound}, card.Unanswered},
		"a write was refused":                  {func(ctx context.Context) { card.Sending(ctx, "POST /1").Refused() }, lost, card.Answered},
		"a write was confirmed twice":          {func(ctx context.Context) { s := card.Sending(ctx, "POST /1"); s.Confirmed(); s.Confirmed() }, lost, card.Answered},
		"one of two writes was lost":           {func(ctx context.Context) { card.Sending(ctx, "POST /1"); card.Sending(ctx, "POST /2").Refused() }, lost, card.Unanswered},
		"a lost write was taken back":          {func(ctx context.Context) { card.Sending(ctx, "POST /1"); card.TakenBack(ctx) }, lost, card.Answered},
		"a bug after a read":                   {func(ctx context.Context) { card.Sending(ctx, "") }, errors.New("bug"), card.Answered},
	} {
		do := writing(func(ctx context.Context, _ card.Call, _ struct{}) (painted, error) {
			test.send(ctx)
			return painted{}, test.err
		})
		_, err := do.Run(t.Context(), card.Call{}, map[string]any{})
		if e := card.AsError(err); e.Writes != test.want || e.MayBeDone() != (test.want == card.Unanswered || test.want == "") {
			t.Errorf("%s: got %+v", name, e)
		}
	}
}

func TestACallWhoseTimeEndsBeforeAWriteIsNotSent(t *testing.T) {
	t.Parallel()
	stopped := errors.New("stopped")
	for _, write := range []string{"", "POST /1"} {
		ctx, cancel := context.WithCancelCause(t.Context())
		do := writing(func(ctx context.Context, _ card.Call, _ struct{}) (painted, error) {
			card.Sending(ctx, write)
			cancel(stopped)
			return painted{}, context.Cause(ctx)
		})
		if _, err := do.Run(ctx, card.Call{}, map[string]any{}); !errors.Is(err, stopped) || errors.Is(err, card.ErrNotSent) != (write == "") {
			t.Errorf("%q: got %v", write, err)
		}
	}
}

func TestACardThatOnlyReadsHasNothingToReport(t *testing.T) {
	t.Parallel()
	card.Sending(t.Context(), "POST /1").Confirmed()
	card.Sending(t.Context(), "POST /1").Refused()
	card.TakenBack(t.Context())
}
