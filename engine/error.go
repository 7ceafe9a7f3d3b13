package engine

import (
	"errors"
	"fmt"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// Error is the failure of a step: what went wrong, and where in the flow and in the run.
type Error struct {
	Cause    *card.Error
	Pos      flow.Pos // in the flow: the step, or the spot in an expression
	Place    Place    // of the step, in the run
	Card     string   // empty if the step calls none
	Attempts int      // how often it was tried; 0 if it never got that far
}

// Error is the cause's message alone.
func (e *Error) Error() string { return e.Cause.Message }

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.Cause }

// IsCanceled reports whether err is the end of the run rather than the failure of a step.
func IsCanceled(err error) bool { return errors.Is(err, ErrCanceled) }

// passes reports whether an error is not the failure of a step, but the end of what is around it.
func passes(err error) bool {
	return IsCanceled(err) || errors.Is(err, errUndecidable) || errors.Is(err, errNotKept) || endsRun(err)
}

// endsRun reports whether an error ends the run, whatever catch, on_error and allow say: the credentials of a connection
// were refused, so that each further call would fail in the same way. A token that is revoked in the middle of a stream
// would otherwise fail a hundred thousand records, one request each.
func endsRun(err error) bool { return err != nil && card.AsError(err).Kind == card.Unauthorized }

// ErrorType is the type of the root `error`, which data makes.
var ErrorType = expr.ObjectOf(map[string]expr.Type{
	"kind": expr.String, "code": expr.String, "status": expr.Int, "message": expr.String, "hint": expr.String,
	"card": expr.String, "step": expr.String, "attempts": expr.Int, "details": expr.Any.OrNil(),
}, false)

// data is the error as a flow sees it.
func (e *Error) data() map[string]any {
	return map[string]any{
		"kind": string(e.Cause.Kind), "code": e.Cause.Code, "status": e.Cause.Status, "message": e.Cause.Message, "hint": e.Cause.Hint,
		"card": e.Card, "step": e.Place.String(), "attempts": e.Attempts, "details": e.Cause.Details,
	}
}

// failed makes err a failure of the step s at its place. One that comes from deeper in keeps its own place; the
// end of the run is passed on as it is.
func (s *Step) failed(at Place, err error) error {
	if err == nil || IsCanceled(err) {
		return err
	}
	failure, ok := err.(*Error) // the error itself: one that it wraps is of another step
	if !ok {
		return &Error{Cause: card.AsError(err), Pos: s.Pos, Place: at}
	}
	if failure.Place.IsZero() { // an expression's: it knows its spot in the file, but not whose it is
		failure.Place = at
	}
	if failure.Pos.Line == 0 {
		failure.Pos = s.Pos
	}
	return failure
}

// Described is an error as a person or a program reads it later: in the report of a run and in its results.
type Described struct {
	Kind     card.Kind `json:"kind"`
	Code     string    `json:"code,omitempty"`
	Status   int       `json:"status,omitempty"`
	Message  string    `json:"message"`
	Hint     string    `json:"hint,omitempty"`
	Place    string    `json:"place,omitempty"` // in the flow
	Step     string    `json:"step,omitempty"`  // in the run
	Card     string    `json:"card,omitempty"`
	Attempts int       `json:"attempts,omitempty"`
	Details  Value     `json:"details,omitempty"`
}

// Describe describes an error, with its place if it is the failure of a step.
func Describe(err error) Described {
	e := card.AsError(err)
	d := Described{Kind: e.Kind, Code: e.Code, Status: e.Status, Message: e.Message, Hint: e.Hint, Details: e.Details}
	if step := (*Error)(nil); errors.As(err, &step) {
		d.Place, d.Step, d.Card, d.Attempts = step.Pos.String(), step.Place.String(), step.Card, step.Attempts
	}
	return d
}

func invalid(hint, format string, args ...any) *card.Error {
	return &card.Error{Kind: card.Invalid, Message: fmt.Sprintf(format, args...), Hint: hint}
}
