package engine

import (
	"errors"
	"fmt"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// Error is the failure of a step: what went wrong, and where in the flow and in the run.
type Error struct {
	Cause    *card.Error
	Place    flow.Pos // the step, or the spot in an expression
	Step     string   // its path in the run
	Card     string   // empty if it was none
	Attempts int      // how often it was tried; 0 if it never got that far
}

// Error is the cause's message alone.
func (e *Error) Error() string { return e.Cause.Message }

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.Cause }

// IsCanceled reports whether err is the end of the run rather than the failure of a step.
func IsCanceled(err error) bool { return errors.Is(err, ErrCanceled) }

// data is the error as a flow sees it: the root `error`.
func (e *Error) data() map[string]any {
	return map[string]any{
		"kind": string(e.Cause.Kind), "code": e.Cause.Code, "status": e.Cause.Status, "message": e.Cause.Message, "hint": e.Cause.Hint,
		"card": e.Card, "step": e.Step, "attempts": e.Attempts, "details": e.Cause.Details,
	}
}

// at makes err a failure of the step s at path. One that comes from deeper in keeps its own place; the
// end of the run is passed on as it is.
func (s *Step) at(path string, err error) error {
	if IsCanceled(err) {
		return err
	}
	failure, ok := err.(*Error) // the error itself: one that it wraps is of another step
	if !ok {
		return &Error{Cause: card.AsError(err), Place: s.Place, Step: path}
	}
	if failure.Step == "" { // an expression's: it knows its place, but not whose it is
		failure.Step = path
	}
	if failure.Place.Line == 0 {
		failure.Place = s.Place
	}
	return failure
}

func invalid(hint, format string, args ...any) *card.Error {
	return &card.Error{Kind: card.Invalid, Message: fmt.Sprintf(format, args...), Hint: hint}
}
