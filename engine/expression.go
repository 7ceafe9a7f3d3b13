package engine

import (
	"errors"

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
	ok, err := e.Program.EvalBool(f.rt.Context(), f.scope(path))
	return ok, placed(err, e.At)
}

// Template is a value with expressions in it: a literal, a text with ${ }, or a list or an object of
// templates. The zero Template is nil.
type Template struct {
	Literal Value          // when the others are empty
	Text    *expr.Template // a text with at least one expression
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
		return v, placed(err, t.At)
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

// placed makes an expression's failure an error of the flow, at its place in the file.
func placed(err error, at func(int) flow.Pos) error {
	wrong := (*expr.Error)(nil)
	if !errors.As(err, &wrong) {
		return err
	}
	return &Error{
		Cause: &card.Error{Kind: card.Invalid, Message: wrong.Message, Hint: wrong.Hint, Err: err},
		Place: at(wrong.Offset),
	}
}
