package engine

import (
	"errors"
	"fmt"
	"slices"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// Expression is a bare expression of a flow and its position.
type Expression struct {
	Program *expr.Program
	At      func(offset int) flow.Pos // returns the position of a byte of its source
}

// holds evaluates a condition.
func (e *Expression) holds(f *frame, at Place) (bool, error) {
	ok, err := e.Program.EvalBool(f.rt.Context(), f.scope(at))
	return ok, located(err, e.At)
}

// eval evaluates an expression of any type. In a dry run the value may be, or contain, an expr.Unknown.
func (e *Expression) eval(f *frame, at Place) (Value, error) {
	if e.Program.ReadsRoot() {
		f.lend()
	}
	v, err := e.Program.Eval(f.rt.Context(), f.scope(at))
	return v, located(err, e.At)
}

// known evaluates an expression whose value is needed to continue: an unknown value is an undecidable error.
func (e *Expression) known(f *frame, at Place) (Value, error) {
	v, err := e.eval(f, at)
	if u, unknown := v.(expr.Unknown); unknown {
		return nil, placed(undecidable(u), e.At(0))
	}
	return v, err
}

// Template is a value with expressions in it: a literal, a text with ${ }, or a list or an object of templates. The
// value of the zero Template is nil.
type Template struct {
	Literal Value          // used if the other fields are empty
	Text    *expr.Template // a text with at least one expression
	NoNil   bool           // Text: a nil in its value is an error, since it would permanently clear something
	OrNone  bool           // with NoNil: a value of nil is allowed, and means that the input is not given
	At      func(offset int) flow.Pos
	Items   []Template // a list
	Fields  []Field    // an object
	Where   *Where     // a condition on the rows of a table
}

// shown returns the value of a template as text for people. Package check only allows templates there whose value is a
// string or, in a dry run, unknown.
func shown(v Value) string {
	if u, unknown := v.(expr.Unknown); unknown {
		return u.Text
	}
	return Words(v)
}

// Field is one field of an object.
type Field struct {
	Name  string
	Value Template
}

// written returns the value if it is known before a run; otherwise an Unknown. of is the name of the card, for the
// Unknown.
func (t Template) written(of string) Value {
	switch {
	case t.Text != nil:
		if literal, ok := t.Text.Literal(); ok {
			return literal
		}
	case t.Items == nil && t.Fields == nil && t.Where == nil:
		return t.Literal
	}
	return expr.Unknown{Of: of}
}

// eval evaluates the template. All inputs of a step share one scope, so they see the same now().
func (t Template) eval(f *frame, scope expr.Scope) (Value, error) {
	v, err := t.filled(f, scope)
	if err == nil && (t.Items != nil || t.Fields != nil || t.Where != nil) {
		return f.compose(v)
	}
	return v, err
}

// compose returns a value that was made of others. Values may share parts, so a few steps that put the value of the step before
// into a list twice would make one that is practically infinite. Its size is therefore limited like that of the value of an
// expression; see docs/decisions/035. Each key of `with` and `set` is a value of its own.
func (f *frame) compose(v Value) (Value, error) {
	v, err := expr.Compose(f.rt.Context(), v)
	return v, located(err, func(int) flow.Pos { return flow.Pos{} })
}

// each evaluates the template of an object whose fields are separate values, such as the inputs of a step: a field that
// passes on a large value costs nothing.
func (t Template) each(f *frame, scope expr.Scope) (map[string]Value, error) {
	if t.Fields == nil {
		literal, _ := t.Literal.(map[string]any)
		return literal, nil
	}
	return t.object(f, scope, Template.eval)
}

// filled returns the value of the template, whatever its size.
func (t Template) filled(f *frame, scope expr.Scope) (Value, error) {
	switch {
	case t.Text != nil:
		if t.Text.ReadsRoot() {
			f.lend()
		}
		v, err := t.Text.Eval(f.rt.Context(), scope)
		if err == nil && t.NoNil && hasNil(v) && (v != nil || !t.OrNone) {
			return nil, placed(invalid("write a literal null to empty it, or give a value with ??",
				"this is nil, which would empty an attribute"), t.At(0))
		}
		return v, located(err, t.At)
	case t.Items != nil:
		list := make([]any, len(t.Items))
		for i, item := range t.Items {
			v, err := item.filled(f, scope)
			if err != nil {
				return nil, err
			}
			list[i] = v
		}
		return list, nil
	case t.Fields != nil:
		return t.object(f, scope, Template.filled)
	case t.Where != nil:
		return t.Where.value(f, scope), nil
	}
	return t.Literal, nil
}

// object returns an object with the values of the fields.
func (t Template) object(f *frame, scope expr.Scope, value func(Template, *frame, expr.Scope) (Value, error)) (map[string]any, error) {
	object := make(map[string]any, len(t.Fields))
	for _, field := range t.Fields {
		v, err := value(field.Value, f, scope)
		if err != nil {
			return nil, err
		}
		object[field.Name] = v
	}
	return object, nil
}

// hasNil reports whether a value is nil or contains nil.
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

// located turns an expression's error into an error of the flow with a position in the file. The end of a context
// becomes the cancellation of the run.
func located(err error, at func(int) flow.Pos) error {
	if err == nil { // before errors.As, which makes the variables below escape: an allocation for each evaluation
		return nil
	}
	wrong, unknown := (*expr.Error)(nil), (*expr.UndecidableError)(nil)
	switch {
	case errors.As(err, &unknown):
		return placed(undecidable(unknown.Unknown), at(0))
	case !errors.As(err, &wrong):
		return fmt.Errorf("%w: %w", ErrCanceled, err)
	}
	return placed(&card.Error{Kind: card.Invalid, Message: wrong.Message, Hint: wrong.Hint, Err: err}, at(wrong.Offset))
}

// placed adds a position in the file to an error.
func placed(err *card.Error, at flow.Pos) *Error { return &Error{Cause: err, Pos: at} }
