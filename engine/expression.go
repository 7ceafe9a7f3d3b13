package engine

import (
	"errors"
	"fmt"
	"slices"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// Expression is a bare expression of a flow, and where it is written.
type Expression struct {
	Program *expr.Program
	At      func(offset int) flow.Pos // the place of a byte of its source
}

// holds evaluates a condition.
func (e *Expression) holds(f *frame, path string) (bool, error) {
	if err := f.decidable(e.Program.Reads()); err != nil {
		return false, placed(err, e.At(0))
	}
	ok, err := e.Program.EvalBool(f.rt.Context(), f.scope(path))
	return ok, located(err, e.At)
}

// eval evaluates an expression of any type.
func (e *Expression) eval(f *frame, path string) (Value, error) {
	v, err := e.Program.Eval(f.rt.Context(), f.scope(path))
	if err != nil {
		if unknown := f.decidable(e.Program.Reads()); unknown != nil {
			return nil, placed(unknown, e.At(0))
		}
	}
	return v, located(err, e.At)
}

// Template is a value with expressions in it: a literal, a text with ${ }, or a list or an object of
// templates. The zero Template is nil.
type Template struct {
	Literal Value          // when the others are empty
	Text    *expr.Template // a text with at least one expression
	NoNil   bool           // Text: a nil in its value is an error, since it would empty something for good
	OrNone  bool           // with NoNil: nil itself is none, and means that the input is not given
	At      func(offset int) flow.Pos
	Items   []Template // a list
	Fields  []Field    // an object
}

// Field is one field of an object.
type Field struct {
	Name  string
	Value Template
}

// eval computes the value; scope is shared by all of one step's inputs, so that they see one now().
func (t Template) eval(f *frame, scope expr.Scope) (Value, error) {
	switch {
	case t.Text != nil:
		v, err := t.Text.Eval(f.rt.Context(), scope)
		if err != nil {
			if unknown := f.decidable(t.Text.Reads()); unknown != nil {
				return nil, placed(unknown, t.At(0))
			}
		}
		if err == nil && t.NoNil && hasNil(v) && (v != nil || !t.OrNone) {
			return nil, placed(invalid("say `clear: [name]`, or a literal null, where that is meant; else give a value with ??",
				"this is nil, which would empty an attribute"), t.At(0))
		}
		return v, located(err, t.At)
	case t.Items != nil:
		list := make([]any, len(t.Items))
		for i, item := range t.Items {
			v, err := item.eval(f, scope)
			if err != nil {
				return nil, err
			}
			list[i] = v
		}
		return list, nil
	case t.Fields != nil:
		object := make(map[string]any, len(t.Fields))
		for _, field := range t.Fields {
			v, err := field.Value.eval(f, scope)
			if err != nil {
				return nil, err
			}
			object[field.Name] = v
		}
		return object, nil
	}
	return t.Literal, nil
}

// hasNil reports whether a value is nil, or holds one.
func hasNil(v Value) bool {
	switch v := v.(type) {
	case nil:
		return true
	case []any:
		return slices.ContainsFunc(v, hasNil)
	case map[string]any:
		for _, field := range v {
			if hasNil(field) {
				return true
			}
		}
	}
	return false
}

// located makes an expression's failure an error of the flow, at its place in the file. A context that
// ended is the end of the run.
func located(err error, at func(int) flow.Pos) error {
	wrong := (*expr.Error)(nil)
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &wrong):
		return fmt.Errorf("%w: %w", ErrCanceled, err)
	}
	return placed(&card.Error{Kind: card.Invalid, Message: wrong.Message, Hint: wrong.Hint, Err: err}, at(wrong.Offset))
}

// placed is an error at a place in the file.
func placed(err *card.Error, at flow.Pos) *Error { return &Error{Cause: err, Place: at} }
