package engine

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// Everything that passes between the interpreter and its Runtime is data: Invocation, Start, Record, Batch, Outcome,
// Tally and Event survive JSON without loss, so that a Runtime can be in another process or keep a journal.
// encoding/json alone would turn integers into floats, floats into integers and unknowns into strings, and it cannot
// represent errors.

// ValueJSON is a Value whose JSON form loses nothing: an int, a float64 and a json.Number keep their types, and so does
// an expr.Unknown of a dry run, which cannot be confused with a text of an answer.
type ValueJSON struct{ Value Value }

// MarshalJSON encodes the value.
func (v ValueJSON) MarshalJSON() ([]byte, error) { return card.EncodeJSON(exact(v.Value)) }

// UnmarshalJSON decodes the output of MarshalJSON.
func (v *ValueJSON) UnmarshalJSON(data []byte) (err error) {
	if v.Value, err = card.DecodeJSON(data); err == nil {
		v.Value = inexact(v.Value)
	}
	return err
}

// unknownField is the only field of an object that represents an Unknown. If an object of a flow has a single field
// whose name starts with unknownField, a mark is added to the end of the name.
const (
	unknownField = "$unknown"
	unknownMark  = "$"
)

// exact converts a value to the form that encoding/json writes.
func exact(v Value) Value {
	switch v := v.(type) {
	case float64:
		text := strconv.FormatFloat(v, 'g', -1, 64)
		if !strings.ContainsAny(text, ".eIN") { // an integer, which would be decoded as an int; not Inf or NaN
			text += ".0"
		}
		return json.Number(text)
	case expr.Unknown:
		return map[string]any{unknownField: []any{v.Of, v.Text}}
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = exact(item)
		}
		return list
	case map[string]any:
		object := make(map[string]any, len(v))
		for name, field := range v {
			if len(v) == 1 && strings.HasPrefix(name, unknownField) {
				name += unknownMark
			}
			object[name] = exact(field)
		}
		return object
	}
	return v
}

// inexact reverses exact. It changes lists in place.
func inexact(v Value) Value {
	switch v := v.(type) {
	case []any:
		for i, item := range v {
			v[i] = inexact(item)
		}
	case map[string]any:
		if list, ok := v[unknownField].([]any); ok && len(v) == 1 && len(list) == 2 {
			of, _ := list[0].(string)
			text, _ := list[1].(string)
			return expr.Unknown{Of: of, Text: text}
		}
		object := make(map[string]any, len(v))
		for name, field := range v {
			if len(v) == 1 && strings.HasPrefix(name, unknownField) {
				name = strings.TrimSuffix(name, unknownMark)
			}
			object[name] = inexact(field)
		}
		return object
	}
	return v
}

// ErrorJSON is an error of a run. Its JSON form keeps everything that the interpreter and a flow can query: whether it
// is a cancellation, undecidable or NotKept; the step of an *Error; and all of a *card.Error except a Go cause that is neither.
type ErrorJSON struct{ Err error }

// failure is the JSON form of an error.
type failure struct {
	Canceled    string    `json:"canceled,omitempty"` // the message of a cancellation
	CutOff      bool      `json:"cut_off,omitempty"`  // a cancellation that is ErrCutOff
	Undecidable bool      `json:"undecidable,omitempty"`
	NotKept     bool      `json:"not_kept,omitempty"`
	Cause       cause     `json:"cause"`
	Details     ValueJSON `json:"details"`
	Step        *failed   `json:"step,omitempty"` // of an *Error
	Wrapped     ErrorJSON `json:"wrapped"`        // an error of a card or a step that it wraps
}

type cause card.Error // without its methods, so that encoding/json sees its fields

type failed struct {
	Pos      flow.Pos
	Place    Place
	Title    string `json:",omitempty"`
	Card     string
	Attempts int
	Unknown  *ValueJSON `json:",omitempty"` // an object
}

// MarshalJSON encodes the error; null if there is none.
func (e ErrorJSON) MarshalJSON() ([]byte, error) {
	if e.Err == nil {
		return []byte("null"), nil
	}
	if IsCanceled(e.Err) {
		return json.Marshal(failure{Canceled: e.Err.Error(), CutOff: errors.Is(e.Err, ErrCutOff)})
	}
	f := failure{Undecidable: errors.Is(e.Err, errUndecidable), NotKept: errors.Is(e.Err, errNotKept), Cause: cause(*card.AsError(e.Err))}
	f.Details, f.Cause.Details = ValueJSON{f.Cause.Details}, nil
	f.Wrapped.Err = wrapped(card.AsError(e.Err))
	if step, ok := e.Err.(*Error); ok { // e.Err itself only: a wrapped *Error belongs to another step
		f.Step = &failed{Pos: step.Pos, Place: step.Place, Title: step.Title, Card: step.Card, Attempts: step.Attempts}
		if step.Unknown != nil {
			f.Step.Unknown = &ValueJSON{step.Unknown}
		}
	}
	return json.Marshal(f)
}

// UnmarshalJSON decodes the output of MarshalJSON.
func (e *ErrorJSON) UnmarshalJSON(data []byte) error {
	e.Err = nil
	var f *failure
	if err := json.Unmarshal(data, &f); err != nil || f == nil {
		return err
	}
	if f.Canceled != "" {
		e.Err = halt{f.Canceled, f.CutOff}
		return nil
	}
	why := card.Error(f.Cause)
	why.Details, why.Err = f.Details.Value, f.Wrapped.Err
	switch {
	case f.Undecidable:
		why.Err = errUndecidable
	case f.NotKept:
		why.Err = errNotKept
	}
	e.Err = &why
	if s := f.Step; s != nil {
		step := &Error{Cause: &why, Pos: s.Pos, Place: s.Place, Title: s.Title, Card: s.Card, Attempts: s.Attempts}
		if s.Unknown != nil {
			step.Unknown, _ = s.Unknown.Value.(map[string]any)
		}
		e.Err = step
	}
	return nil
}

// halt is a cancellation that was decoded from another process.
type halt struct {
	message string
	cutOff  bool
}

func (h halt) Error() string { return h.message }

func (h halt) Unwrap() error {
	if h.cutOff {
		return ErrCutOff
	}
	return ErrCanceled
}
