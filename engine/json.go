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

// Everything that crosses between the interpreter and its Runtime is data: Call, Start, Record, Batch, Outcome, Tally
// and Event keep all that they have through JSON, so that a Runtime can be in another process, or keep a journal.
// encoding/json alone would make floats of integers, integers of floats, and strings of unknowns, and has no errors.

// ValueJSON is a Value whose JSON form loses nothing: an int, a float64 and a json.Number stay what they are, and so
// does an expr.Unknown of a dry run, which no text of an answer can be confused with.
type ValueJSON struct{ Value Value }

// MarshalJSON writes the value.
func (v ValueJSON) MarshalJSON() ([]byte, error) { return card.EncodeJSON(exact(v.Value)) }

// UnmarshalJSON reads what MarshalJSON has written.
func (v *ValueJSON) UnmarshalJSON(data []byte) (err error) {
	if v.Value, err = card.DecodeJSON(data); err == nil {
		v.Value = inexact(v.Value)
	}
	return err
}

// unknownField is the only field of an object that is an Unknown. An object of a flow whose only field starts like it
// crosses with a mark at the field's end.
const (
	unknownField = "$unknown"
	unknownMark  = "$"
)

// exact is a value as encoding/json has to see it.
func exact(v Value) Value {
	switch v := v.(type) {
	case float64:
		text := strconv.FormatFloat(v, 'g', -1, 64)
		if !strings.ContainsAny(text, ".eIN") { // an integer, which would come back as an int; not Inf or NaN
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

// inexact takes back what exact did. It changes lists in place.
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

// ErrorJSON is an error of a run whose JSON form keeps what the interpreter and a flow may ask of it: whether it is a
// halt, whether it is undecidable or NotKept, the step of an *Error, and all of a *card.Error but its Go cause.
type ErrorJSON struct{ Err error }

// failure is the JSON form of an error.
type failure struct {
	Canceled    string    `json:"canceled,omitempty"` // the message of a halt
	CutOff      bool      `json:"cut_off,omitempty"`  // of a halt, which has nothing else
	Undecidable bool      `json:"undecidable,omitempty"`
	NotKept     bool      `json:"not_kept,omitempty"`
	Cause       cause     `json:"cause"`
	Details     ValueJSON `json:"details"`
	Step        *failed   `json:"step,omitempty"` // of an *Error
}

type cause card.Error // without its methods, so that encoding/json sees its fields

type failed struct {
	Pos      flow.Pos
	Place    Place
	Card     string
	Attempts int
}

// MarshalJSON writes the error; null if there is none.
func (e ErrorJSON) MarshalJSON() ([]byte, error) {
	if e.Err == nil {
		return []byte("null"), nil
	}
	if IsCanceled(e.Err) {
		return json.Marshal(failure{Canceled: e.Err.Error(), CutOff: errors.Is(e.Err, ErrCutOff)})
	}
	f := failure{Undecidable: errors.Is(e.Err, errUndecidable), NotKept: errors.Is(e.Err, errNotKept), Cause: cause(*card.AsError(e.Err))}
	f.Details, f.Cause.Details = ValueJSON{f.Cause.Details}, nil
	if step, ok := e.Err.(*Error); ok { // the error itself: one that it wraps is of another step
		f.Step = &failed{Pos: step.Pos, Place: step.Place, Card: step.Card, Attempts: step.Attempts}
	}
	return json.Marshal(f)
}

// UnmarshalJSON reads what MarshalJSON has written.
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
	why.Details = f.Details.Value
	switch {
	case f.Undecidable:
		why.Err = errUndecidable
	case f.NotKept:
		why.Err = errNotKept
	}
	e.Err = &why
	if s := f.Step; s != nil {
		e.Err = &Error{Cause: &why, Pos: s.Pos, Place: s.Place, Card: s.Card, Attempts: s.Attempts}
	}
	return nil
}

// halt is a halt that came from another process.
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
