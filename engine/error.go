package engine

import (
	"errors"
	"fmt"
	"maps"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// Error is the failure of a step, with its place in the flow and in the run.
type Error struct {
	Cause    *card.Error
	Pos      flow.Pos         // position in the flow: of the step, or of the part of an expression
	Place    Place            // the step's place in the run
	Title    string           // the step's name in the flow, for people; empty if it has none
	Card     string           // empty if the step calls none
	Attempts int              // number of attempts; 0 if the card was never called
	Unknown  map[string]Value // in a dry run: the fields of the root `error` that only a real run knows
}

// text returns the value of a field as people read it. A flow that reads the field gets an unknown value as it is.
func (e *Error) text(field string, v Value) string {
	if hasUnknown(v) {
		if e.Unknown == nil {
			e.Unknown = map[string]Value{}
		}
		e.Unknown[field] = v
	}
	return shown(v)
}

// repeats makes the message unknown if it contains the unknown message of another error.
func (e *Error) repeats(other error) {
	step, _ := other.(*Error)
	if step == nil {
		return
	}
	if u, ok := step.Unknown["message"].(expr.Unknown); ok {
		e.Unknown = map[string]Value{"message": expr.Unknown{Of: u.Of, Text: e.Cause.Message}}
	}
}

// Error returns the message of the cause, without the place.
func (e *Error) Error() string { return e.Cause.Message }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// IsCanceled reports whether err means that the run was canceled, rather than that a step failed.
func IsCanceled(err error) bool { return errors.Is(err, ErrCanceled) }

// passes reports whether an error is not the failure of a step, but a halt from outside of it, which the step must pass
// on.
func passes(err error) bool {
	return IsCanceled(err) || errors.Is(err, errUndecidable) || errors.Is(err, errNotKept) || endsRun(err)
}

// endsRun reports whether an error ends the run regardless of catch, on_error and allow: the service refused the
// credentials of a connection, so every further call would fail in the same way. Without this, a token that is revoked
// in the middle of a stream would fail a hundred thousand records, with one request each.
func endsRun(err error) bool { return err != nil && card.AsError(err).Kind == card.Unauthorized }

// ErrorType is the type of the root `error`. The values are made by Error.data.
var ErrorType = expr.ObjectOf(map[string]expr.Type{
	"kind": expr.OneOf(kindNames()...), "code": expr.String, "status": expr.Int, "message": expr.String, "hint": expr.String,
	"card": expr.String, "step": expr.String, "attempts": expr.Int, "details": expr.Any.OrNil(),
}, false)

func kindNames() (names []string) {
	for _, kind := range card.Kinds() {
		names = append(names, string(kind))
	}
	return names
}

// data returns the error as flows see it.
func (e *Error) data() map[string]any {
	data := map[string]any{
		"kind": string(e.Cause.Kind), "code": e.Cause.Code, "status": e.Cause.Status, "message": e.Cause.Message, "hint": e.Cause.Hint,
		"card": e.Card, "step": e.Place.String(), "attempts": e.Attempts, "details": e.Cause.Details,
	}
	maps.Copy(data, e.Unknown)
	return data
}

// failed makes err a failure of the step s at its place. An error of a nested step keeps its own place and name, and a
// cancellation is returned unchanged.
func (s *Step) failed(at Place, err error) error {
	if err == nil || IsCanceled(err) {
		return err
	}
	failure, ok := err.(*Error) // err itself only: a wrapped *Error belongs to another step
	if !ok {
		return &Error{Cause: card.AsError(err), Pos: s.Pos, Place: at, Title: s.Title}
	}
	if failure.Place.IsZero() { // an expression's error: it has a position in the file, but does not know its step
		failure.Place = at
	}
	if failure.Pos.Line == 0 {
		failure.Pos = s.Pos
	}
	if s.Title != "" && failure.Place.Equal(at) {
		failure.Title = s.Title
	}
	return failure
}

// Described is an error in the form that reports and results keep, for people and programs.
type Described struct {
	Kind     card.Kind `json:"kind"`
	Code     string    `json:"code,omitempty"`
	Status   int       `json:"status,omitempty"`
	Message  string    `json:"message"`
	Hint     string    `json:"hint,omitempty"`
	Place    string    `json:"place,omitempty"` // position in the flow
	Step     string    `json:"step,omitempty"`  // place in the run
	Title    string    `json:"name,omitempty"`  // the step's name in the flow, for people
	Card     string    `json:"card,omitempty"`
	Changed  bool      `json:"changed,omitempty"` // the call had changed something before it failed
	Attempts int       `json:"attempts,omitempty"`
	Details  Value     `json:"details,omitempty"`

	Cause *Described `json:"cause,omitempty"` // the service's error that led to this one, which has another code
}

// Describe describes an error, with its place if it is the failure of a step.
func Describe(err error) Described {
	e := card.AsError(err)
	d := Described{Kind: e.Kind, Code: e.Code, Status: e.Status, Message: e.Message, Hint: e.Hint, Changed: e.Changed, Details: e.Details}
	if step := (*Error)(nil); errors.As(err, &step) {
		d.Place, d.Step, d.Title, d.Card, d.Attempts = step.Pos.String(), step.Place.String(), step.Title, step.Card, step.Attempts
	}
	if inner := wrapped(e); inner != nil && card.AsError(inner).Code != e.Code {
		cause := Describe(inner)
		d.Cause = &cause
	}
	return d
}

// wrapped returns the error of a card or a step that another error wraps; nil if there is none.
func wrapped(e *card.Error) error {
	if inner := (*card.Error)(nil); errors.As(e.Err, &inner) {
		return e.Err
	}
	return nil
}

// A Hider hides secrets.
type Hider interface {
	String(string) string
	Message(string) string // also shortens a long message
	Value(Value) Value
}

// Hidden returns the description without secrets. The names of fields, cards and kinds do not change.
func (d Described) Hidden(v Hider) Described {
	d.Code, d.Message, d.Hint, d.Step, d.Title = v.String(d.Code), v.Message(d.Message), v.String(d.Hint), v.String(d.Step), v.String(d.Title)
	d.Details = v.Value(d.Details)
	if d.Cause != nil {
		cause := d.Cause.Hidden(v)
		d.Cause = &cause
	}
	return d
}

func invalid(hint, format string, args ...any) *card.Error {
	return &card.Error{Kind: card.Invalid, Message: fmt.Sprintf(format, args...), Hint: hint}
}
